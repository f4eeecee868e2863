"""The project's settings as a development machine has them, whatever this one's environment."""

import os

from tests.support.processes import OWN_VARIABLES

for name in OWN_VARIABLES:
    os.environ.pop(name, None)
os.environ["DEBUG"] = "1"
os.environ["PYTHON_DOTENV_DISABLED"] = "1"

from config.settings import *  # noqa: E402, F403
