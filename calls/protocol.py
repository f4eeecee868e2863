"""The signaling protocol, version 1: frames in, frames out. No I/O, no Django.

``decode`` turns one text frame into a typed message or raises a ``ProtocolError``; the
``encode_*`` functions make the frames the server sends. docs/protocol.md describes both.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from calls.errors import (
    BadField,
    BadJSON,
    BadMessage,
    CallError,
    FrameTooLarge,
    ProtocolError,
    UnknownType,
)

SUBPROTOCOL = "call.v1"
ROOM_PATTERN = "[a-z0-9-]{3,64}"
MAX_FRAME_BYTES = 65_536

Session = Annotated[str, Meta(min_length=1, max_length=64)]
Name = Annotated[str, Meta(max_length=60)]
Token = Annotated[str, Meta(max_length=512)]
# As long as what is hard to guess.
Key = Annotated[str, Meta(min_length=16, max_length=64)]
# Fourteen digits: what Redis's Lua writes without rounding.
Order = Annotated[int, Meta(ge=0, le=99_999_999_999_999)]


class Join(Struct, tag="join"):
    """The first message: take a seat, or with ``token`` the same seat again.

    ``key`` makes a join without a token repeatable: its welcome may get lost. ``order`` grows
    with every join of one peer, so that one that was held up on the way is known to be late.
    """

    session: Session
    token: Token | None = None
    name: Name | None = None
    key: Key | None = None
    order: Order | None = None


class _Relayed(Struct, rename="camel"):
    """What goes to the other peer as it came, with the sender's id added.

    ``session`` and ``peer_session`` say between which two RTCPeerConnections a message
    travels, so that one from before a reload is not taken for one after it.
    """

    session: Session | UnsetType = UNSET
    peer_session: Session | UnsetType = UNSET


class Offer(_Relayed, tag="offer", kw_only=True):
    """A session description (RFC 8829) that opens a negotiation."""

    sdp: Raw


class Answer(_Relayed, tag="answer", kw_only=True):
    """The session description that answers an offer."""

    sdp: Raw


class Ice(_Relayed, tag="ice", kw_only=True):
    """A trickled candidate (RFC 8838), or null when there will be no more."""

    candidate: Raw


class Renegotiate(_Relayed, tag="renegotiate", kw_only=True):
    """Asks the side that makes the offers for one; with ``restart``, for new ICE paths."""

    restart: bool


class IceServersRequest(Struct, tag="ice-servers"):
    """Asks for fresh ICE servers: TURN credentials expire."""


class Report(Struct, tag="report"):
    """What became of the media; ``ms`` from join to the event, ``relayed`` through TURN."""

    event: Literal["connected", "failed", "closed"]
    ms: Annotated[float, Meta(ge=0)] | None = None
    relayed: bool | None = None


class Ping(Struct, tag="ping"):
    """Application heartbeat."""


class Leave(Struct, tag="leave"):
    """A clean leave: the seat is free at once."""


Relayed = Offer | Answer | Ice | Renegotiate
ClientMessage = Join | Relayed | IceServersRequest | Report | Ping | Leave


class _IceCandidateInit(Struct, rename="camel"):
    """RTCIceCandidateInit (webrtc-pc, section 4.8.1): only to check a candidate's fields."""

    candidate: Annotated[str, Meta(max_length=4096)] = ""
    sdp_mid: Annotated[str, Meta(max_length=256)] | None = None
    sdp_m_line_index: Annotated[int, Meta(ge=0, le=65_535)] | None = None
    username_fragment: Annotated[str, Meta(max_length=256)] | None = None


class _Envelope(Struct):
    type: str


_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_candidate_decoder = msgspec.json.Decoder(_IceCandidateInit | None)
_envelope_decoder = msgspec.json.Decoder(_Envelope)
_encode = msgspec.json.Encoder().encode

_TYPES = {
    "join", "offer", "answer", "ice", "renegotiate", "ice-servers", "report", "ping", "leave",
}  # fmt: skip


def decode(text: str) -> ClientMessage:
    """Parse one text frame from a client.

    Raises ``FrameTooLarge``, ``BadJSON``, ``BadMessage``, ``UnknownType`` or ``BadField``.
    Unknown fields are ignored, so that later versions may add some.
    """
    # A character has at most four bytes in UTF-8: most frames need no counting.
    if len(text) * 4 > MAX_FRAME_BYTES and len(text.encode("utf-8", "replace")) > MAX_FRAME_BYTES:
        raise FrameTooLarge
    try:
        message = _decoder.decode(text)
        if isinstance(message, Ice):
            _candidate_decoder.decode(message.candidate)
        elif isinstance(message, Offer | Answer) and bytes(message.sdp)[:1] != b'"':
            raise BadField("Expected a string - at `$.sdp`")
    except msgspec.ValidationError as error:
        raise _explain(text, error) from None
    # ValueError: a lone surrogate; RecursionError: nested too deeply.
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise BadJSON from None
    return message


def _explain(text: str, error: msgspec.ValidationError) -> ProtocolError:
    """Which of the protocol errors a frame of valid JSON deserves."""
    try:
        kind = _envelope_decoder.decode(text).type
    except msgspec.ValidationError:
        return BadMessage()
    except (msgspec.DecodeError, RecursionError):
        return BadJSON()
    return BadField(str(error)) if kind in _TYPES else UnknownType()


def encode_relayed(message: Relayed, sender: str) -> str:
    """The frame the other peer gets: the message as sent, ``from`` stamped by the server.

    The SDP or the candidate is copied, not parsed and written again. Raises ``BadField`` if
    the frame would be larger than a frame may be.
    """
    fields: dict[str, Any] = {"type": message.__struct_config__.tag, "from": sender}
    if isinstance(message, Ice):
        fields["candidate"] = message.candidate
    elif isinstance(message, Renegotiate):
        fields["restart"] = message.restart
    else:
        fields["sdp"] = message.sdp
    if message.session is not UNSET:
        fields["session"] = message.session
    if message.peer_session is not UNSET:
        fields["peerSession"] = message.peer_session
    frame = _encode(fields)
    if len(frame) > MAX_FRAME_BYTES:
        raise BadField("This message is too long to be relayed: a frame has 65536 bytes at most.")
    return frame.decode()


def encode_welcome(
    *,
    id: str,
    polite: bool,
    token: str,
    resumed: bool,
    ice: Mapping[str, object],
    heartbeat: float,
    peer: Mapping[str, object] | None,
) -> str:
    """The join was accepted: a whole snapshot. ``ice`` is what ``turn.ice_servers`` returns."""
    return _encode(
        {
            "type": "welcome",
            "id": id,
            "polite": polite,
            "token": token,
            "resumed": resumed,
            **ice,
            "heartbeat": heartbeat,
            "peer": peer,
        }
    ).decode()


def encode_peer_joined(peer: Mapping[str, object], resumed: bool) -> str:
    """The other seat was taken (``peer``: id, session, name), or with ``resumed`` taken again."""
    return _encode({"type": "peer-joined", "peer": peer, "resumed": resumed}).decode()


def encode_peer_away(id: str, grace: float) -> str:
    """The other's socket dropped; its seat is held for ``grace`` seconds."""
    return _encode({"type": "peer-away", "peer": {"id": id}, "grace": grace}).decode()


def encode_peer_left(id: str, reason: Literal["left", "timeout", "ended"]) -> str:
    """The other seat is free."""
    return _encode({"type": "peer-left", "peer": {"id": id}, "reason": reason}).decode()


def encode_ice_servers(ice: Mapping[str, object]) -> str:
    """Fresh ICE servers."""
    return _encode({"type": "ice-servers", **ice}).decode()


PONG = _encode({"type": "pong"}).decode()


def encode_error(error: CallError) -> str:
    """What went wrong, as a stable code and a sentence."""
    return _encode({"type": "error", "code": error.code, "message": error.message}).decode()
