"""What providers answer, in five shapes, as one type. Pure.

- a list of servers (Metered)
- ``{"iceServers": …}`` with a list of servers or a single one (Cloudflare)
- ``{"ice_servers": […], "ttl": "86400"}`` (Twilio)
- ``{"v": {"iceServers": …}}`` (Xirsys)
- ``{"username", "password", "uris", "ttl"}`` (draft-uberti-behave-turn-rest-00, section 2.2)

A server has ``urls`` (a list or one) or ``url``, and ``username`` and ``credential`` if it is
TURN (RTCIceServer: webrtc-pc, section 4.2.2). Unknown fields are ignored.
"""

import math
from dataclasses import dataclass

import msgspec
from msgspec import Struct, field

from calls.ice.servers import IceServer

# Seconds. Nobody could use credentials that end sooner, and asking again at once helps nobody.
LEAST_TTL = 60


@dataclass(frozen=True)
class Answer:
    """``ttl``: seconds until the credentials expire, None where the provider does not say."""

    servers: list[IceServer]
    ttl: float | None


class NotUnderstood(ValueError):
    """The answer has none of the shapes."""


class _Server(Struct):
    urls: list[str] | str | None = None
    url: str | None = None
    username: str | None = None
    credential: str | None = None


class _Body(Struct):
    named: list[_Server] | _Server | None = field(name="iceServers", default=None)
    snake: list[_Server] | None = field(name="ice_servers", default=None)
    inner: "_Body | None" = field(name="v", default=None)
    uris: list[str] | None = None
    username: str | None = None
    password: str | None = None
    ttl: float | str | None = None


_decoder: msgspec.json.Decoder[_Body | list[_Server]] = msgspec.json.Decoder(_Body | list[_Server])


def parse(body: bytes) -> Answer:
    """The servers in a provider's answer, as they came. Raises ``NotUnderstood``."""
    try:
        found = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise NotUnderstood from None
    if isinstance(found, list):
        return Answer([_server(each) for each in found], None)
    return Answer([_server(each) for each in _servers(found)], _ttl(found.ttl))


def _servers(body: _Body) -> list[_Server]:
    if body.inner is not None:
        body = body.inner
    if body.named is not None:
        return body.named if isinstance(body.named, list) else [body.named]
    if body.snake is not None:
        return body.snake
    if body.uris is not None:
        return [_Server(body.uris, None, body.username, body.password)]
    raise NotUnderstood


def _server(found: _Server) -> IceServer:
    urls = found.urls or found.url or []
    urls = [urls] if isinstance(urls, str) else urls
    return IceServer(urls, found.username or "", found.credential or "")


def _ttl(value: float | str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        raise NotUnderstood from None
    if not math.isfinite(seconds) or seconds < LEAST_TTL:
        raise NotUnderstood
    return seconds
