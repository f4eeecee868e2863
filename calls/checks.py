"""System checks: what starts, but will disappoint somebody."""

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Warning, register


@register("calls")
def check_ice_servers(**_: Any) -> list[CheckMessage]:
    """Without STUN or TURN a browser knows only its local addresses (RFC 8445, section 5.1)."""
    if settings.DEBUG or settings.ICE.stun_urls or settings.ICE.has_turn:
        return []
    return [
        Warning(
            "No STUN or TURN server is configured: calls connect only within one network.",
            hint="Set STUN_URLS, or a TURN server (see docs/operations.md).",
            id="calls.W001",
        )
    ]


@register("calls", deploy=True)
def check_static_files(**_: Any) -> list[CheckMessage]:
    """Without a collected copy of every file, pages that name one end in a server error.

    Asked at the start and by ``check --deploy``: before that there need not be any.
    """
    if settings.DEBUG:
        return []
    collected = set(getattr(staticfiles_storage, "hashed_files", ()))
    missing = sorted(_static_files() - collected)
    if not missing:
        return []
    return [
        Warning(
            f"Static files are not collected, {missing[0]} for one: pages end in a server error.",
            hint="Run python manage.py collectstatic --noinput.",
            id="calls.W002",
        )
    ]


def _static_files() -> set[str]:
    """What ``collectstatic`` would collect."""
    ignored = StaticFilesConfig.ignore_patterns
    return {path.replace("\\", "/") for finder in get_finders() for path, _ in finder.list(ignored)}
