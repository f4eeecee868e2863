"""One socket's half of a call, and how halves add up to one. Pure."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from calls.protocol import Report

Path = Literal["", "direct", "relay"]
Protocol = Literal["", "udp", "tcp", "tls"]
Ending = Literal["lost", "timeout", "dismissed", "ended", "left"]
Browser = Literal["chromium", "firefox", "safari", "other"]

# From the least to the most telling; of two halves the more telling one is kept.
PATHS: tuple[Path, ...] = ("", "direct", "relay")
PROTOCOLS: tuple[Protocol, ...] = ("", "udp", "tcp", "tls")
ENDINGS: tuple[Ending, ...] = ("lost", "timeout", "dismissed", "ended", "left")


class Half(Struct, kw_only=True):
    """What one socket has seen of one call; points in time are Unix time, in seconds.

    Who comes back over another socket has another half of the same call. ``connect_ms``: from
    the join to the media, null without any; ``failures``: times that no path was found;
    ``resumes``: 1 if it came back; ``restarts``: of ICE; ``worst_loss``: percent of some seconds.
    """

    key: str
    room: str
    started_at: float
    ended_at: float
    browsers: str
    ending: Ending = "lost"
    connect_ms: int | None = None
    path: Path = ""
    relay_protocol: Protocol = ""
    failures: int = 0
    resumes: int = 0
    restarts: int = 0
    worst_loss: int | None = None


def key_of(secret: str, room: str, one: str, other: str) -> str:
    """What a call of two peer ids is known by, the same at both ends; says neither."""
    text = "/".join(["call", room, *sorted((one, other))])
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]


def browser_of(headers: Iterable[tuple[bytes, bytes]]) -> Browser:
    """The family of browsers, as far as ``User-Agent`` says (RFC 9110, section 10.1.5)."""
    user_agent = str(dict(headers).get(b"user-agent", b""), "latin-1")
    if "Firefox/" in user_agent:
        return "firefox"
    # All browsers of the first family say that they are Safari as well.
    if "Chrome/" in user_agent:
        return "chromium"
    return "safari" if "Safari/" in user_agent else "other"


def add_report(half: Half, report: Report) -> None:
    """What a page says of its media; what it said first of how it connected counts."""
    if report.event == "failed":
        half.failures += 1
    if report.event == "connected" and half.connect_ms is None and report.ms is not None:
        half.connect_ms = round(report.ms)
        half.path = "relay" if report.relayed else "direct"
        half.relay_protocol = report.over if report.over and report.relayed else ""
    half.restarts = report.restarts or half.restarts
    half.worst_loss = _worse(half.worst_loss, None if report.loss is None else round(report.loss))


def together(one: Half, other: Half) -> Half:
    """Both halves of a call, or what is known of it and one more; the order does not matter."""
    return Half(
        key=one.key,
        room=one.room,
        started_at=min(one.started_at, other.started_at),
        ended_at=max(one.ended_at, other.ended_at),
        browsers=" ".join(sorted({*one.browsers.split(), *other.browsers.split()})),
        ending=max(one.ending, other.ending, key=ENDINGS.index),
        connect_ms=_worse(one.connect_ms, other.connect_ms),
        path=max(one.path, other.path, key=PATHS.index),
        relay_protocol=max(one.relay_protocol, other.relay_protocol, key=PROTOCOLS.index),
        failures=one.failures + other.failures,
        resumes=one.resumes + other.resumes,
        restarts=one.restarts + other.restarts,
        worst_loss=_worse(one.worst_loss, other.worst_loss),
    )


def _worse(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)
