"""Which web origin is this site's own (RFC 6454)."""

from ipaddress import ip_address

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


def is_loopback(host: str) -> bool:
    """Whether a ``Host`` header names this very machine."""
    name = split_domain_port(host)[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def own_origin(host: str) -> str:
    """The origin of the page that a request with this ``Host`` header belongs to.

    Browsers give camera and microphone only to https pages and to loopback addresses, so
    anywhere else the page came over https, whatever the proxy in front told us. ``DEBUG``
    adds plain http for trying things on a local network.
    """
    plain = settings.DEBUG or is_loopback(host)
    return f"{'http' if plain else 'https'}://{host.lower()}"


def is_own_origin(origin: str, host: str) -> bool:
    """Whether a handshake's ``Origin`` is this site: scheme, host and port all equal."""
    origin = origin.lower()
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain = split_domain_port(host)[0]
    allowed = settings.ALLOWED_HOSTS or [".localhost", "127.0.0.1", "[::1]"]
    return bool(domain) and validate_host(domain, allowed) and origin == own_origin(host)


class OwnOriginOnly:
    """ASGI middleware: refuses (403) WebSockets that a page of another site opens.

    Stricter than Channels' ``AllowedHostsOriginValidator``, which lets any scheme and port
    of an allowed host in. A handshake without ``Origin`` is refused too.
    """

    def __init__(self, app: ASGI3Application) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        headers = dict(scope["headers"])  # type: ignore[typeddict-item]
        origin = headers.get(b"origin", b"").decode("latin1")
        host = headers.get(b"host", b"").decode("latin1")
        if origin and is_own_origin(origin, host):
            await self.app(scope, receive, send)
        else:
            await WebsocketDenier()(scope, receive, send)
