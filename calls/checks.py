"""System checks: what starts, but will disappoint somebody."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register("calls")
def check_ice_servers(**_: Any) -> list[CheckMessage]:
    """Without STUN or TURN a browser knows only its local addresses (RFC 8445, section 5.1)."""
    if settings.DEBUG or settings.ICE.stun_urls or settings.ICE.turn_urls:
        return []
    return [
        Warning(
            "No STUN or TURN server is configured: calls connect only within one network.",
            hint="Set STUN_URLS, or TURN_URLS and TURN_SECRET (see docs/operations.md).",
            id="calls.W001",
        )
    ]
