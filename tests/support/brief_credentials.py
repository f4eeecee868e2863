"""The project's settings, but that TURN credentials end sooner than ``TURN_TTL`` may say."""

from dataclasses import replace

from config.settings import *  # noqa: F403
from config.settings import ICE

# Seconds. A page asks for others when 80 per cent of them are over, and has the rest to go on
# with those.
TTL = 12

ICE = replace(ICE, turn_ttl=TTL)
