"""The application of a server that lies: it changes what it relays, as ``LIE`` says."""

import json
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

from config.asgi import application as honest
from tests.support.between import PARTED, parted

Message = dict[str, Any]

# Of whoever would sit between the two.
FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
_OWN = re.compile(r"a=fingerprint:\S+ \S+")


def _replaced(sdp: str) -> str:
    return _OWN.sub(FINGERPRINT, sdp)


def _before(sdp: str) -> str:
    return _OWN.sub(lambda own: f"{FINGERPRINT}\r\n{own[0]}", sdp)


def _after(sdp: str) -> str:
    return _OWN.sub(lambda own: f"{own[0]}\r\n{FINGERPRINT}", sdp)


def _at_session_level(sdp: str) -> str:
    return sdp.replace("\r\nm=", f"\r\n{FINGERPRINT}\r\nm=", 1)


def _later_candidate(sdp: str) -> str:
    return sdp + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"


def _same(sdp: str) -> str:
    return sdp


LIES: dict[str, Callable[[str], str]] = {
    "fingerprints replaced": _replaced,
    "a fingerprint before": _before,
    "a fingerprint after": _after,
    "a fingerprint for all": _at_session_level,
    "a candidate more": _later_candidate,
    "nothing proven": _same,
    "the first proof again": _same,
    "a second join": _replaced,
}
LIE = os.environ["LIE"]
_first: list[str] = []


def changed(description: Message) -> Message:
    """A description of somebody's, as the other is told it."""
    described = description | {"sdp": LIES[LIE](description["sdp"])}
    if LIE == "nothing proven":
        del described["mac"]
    elif LIE == "the first proof again":
        _first.append(described["mac"])
        described["mac"] = _first[0]
        if len(_first) == 1:
            described["sdp"] = _replaced(described["sdp"])
    return described


_parted: set[str] = set()


def _led(path: str) -> str:
    """Where they are led: the first to one call, everybody else to the other."""
    if path.rstrip("/").endswith(("-1", "-2")):
        return path
    number = 2 if path in _parted else 1
    _parted.add(path)
    return parted(path, number)


def _lied(frame: str) -> list[str]:
    """What is told instead."""
    if LIE == PARTED:
        return [frame]
    message = json.loads(frame)
    if message["type"] in ("offer", "answer"):
        return [json.dumps(changed(message))]
    if message["type"] == "peer-joined" and "offer" in message:
        told = message | {"offer": changed(message["offer"])}
        if LIE != "a second join":
            return [json.dumps(told)]
        # The same person, by the same session, and nothing proven of what comes with it.
        bare = {name: value for name, value in message["peer"].items() if name != "mac"}
        again = told | {"peer": bare, "resumed": True, "offer": {"sdp": told["offer"]["sdp"]}}
        first = {name: value for name, value in message.items() if name != "offer"}
        return [json.dumps(first), json.dumps(again)]
    return [frame]


async def application(scope: Any, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
    async def send_lies(message: Message) -> None:
        if message["type"] == "websocket.send" and message.get("text"):
            for frame in _lied(message["text"]):
                await send(message | {"text": frame})
        else:
            await send(message)

    if scope["type"] != "websocket":
        await honest(scope, receive, send)
        return
    if LIE == PARTED:
        scope = scope | {"path": _led(scope["path"])}
    await honest(scope, receive, send_lies)
