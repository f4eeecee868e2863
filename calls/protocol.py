"""The signaling protocol, version 1: frames in, frames out. No I/O, no Django.

``decode`` turns one text frame into a ``ClientMessage`` or raises a ``ProtocolError``;
``encode`` makes the frame of a ``ServerMessage``. docs/protocol.md describes all of them.
"""

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from calls.errors import (
    BadField,
    BadJSON,
    BadMessage,
    CallError,
    FrameTooLarge,
    ProtocolError,
    UnknownType,
)
from calls.ice.servers import IceServer

SUBPROTOCOL = "call.v1"
MAX_FRAME_BYTES = 65_536

Session = Annotated[str, Meta(min_length=1, max_length=64)]
Name = Annotated[str, Meta(max_length=60)]
Token = Annotated[str, Meta(max_length=512)]
# As long as what is hard to guess.
Key = Annotated[str, Meta(min_length=16, max_length=64)]
# Fourteen digits: what Redis's Lua writes without rounding.
Order = Annotated[int, Meta(ge=0, le=99_999_999_999_999)]
# Base64url of HMAC-SHA-256 has 43 characters, or 44 with its padding (RFC 4648, section 5).
Mac = Annotated[str, Meta(max_length=64)]

# -- From a client ----------------------------------------------------------------------------


class Join(Struct, tag="join"):
    """The first message: take a seat, or with ``token`` the same seat again.

    ``key`` makes a join without a token repeatable: its welcome may get lost. ``order`` grows
    with every join of one peer, so that one that was held up on the way is known to be late.
    ``offer`` spares the two a round trip: the other gets it with the news of the join. ``mac``
    proves to the other that whoever joins has the whole link, before anything is described.
    """

    session: Session
    token: Token | None = None
    name: Name | None = None
    key: Key | None = None
    order: Order | None = None
    offer: "FirstOffer | None" = None
    mac: Mac | None = None


class FirstOffer(Struct, frozen=True):
    """A session description (RFC 8829) that opens the first negotiation of a session.

    ``mac``: as with an ``Offer``.
    """

    sdp: Raw
    mac: Mac | UnsetType = UNSET


class Between(Struct, rename="camel", kw_only=True):
    """What goes to the other peer as it came, with the sender's id added.

    ``session`` and ``peer_session`` say between which two RTCPeerConnections a message
    travels, so that one from before a reload is not taken for one after it.
    """

    session: Session | UnsetType = UNSET
    peer_session: Session | UnsetType = UNSET


class Offer(Between, tag="offer", kw_only=True):
    """A session description (RFC 8829) that opens a negotiation.

    ``mac`` proves to the other peer that it comes from somebody with the whole link; no server
    can tell whether it does (docs/protocol.md).
    """

    sdp: Raw
    mac: Mac | UnsetType = UNSET


class Answer(Between, tag="answer", kw_only=True):
    """The session description that answers an offer; ``mac`` as there."""

    sdp: Raw
    mac: Mac | UnsetType = UNSET


class Ice(Between, tag="ice", kw_only=True):
    """A trickled candidate (RFC 8838), or null when there will be no more."""

    candidate: Raw


class Renegotiate(Between, tag="renegotiate", kw_only=True):
    """Asks the side that makes the offers for one; with ``restart``, for new ICE paths.

    ``unproven``: what came from there does not have the ``mac`` that it should have.
    """

    restart: bool
    unproven: bool | UnsetType = UNSET
    mac: Mac | UnsetType = UNSET


class IceServersRequest(Struct, tag="ice-servers"):
    """Asks for fresh ICE servers: TURN credentials expire."""


class Report(Struct, tag="report"):
    """What became of the media; ``ms`` from join to the event, ``relayed`` through TURN.

    ``over``: by which protocol the relay is reached; ``restarts``: of ICE, so far, that this side
    began; ``loss``: the worst so far of what came from the other, in percent of some seconds.
    """

    event: Literal["connected", "failed", "closed"]
    ms: Annotated[float, Meta(ge=0)] | None = None
    relayed: bool | None = None
    over: Literal["udp", "tcp", "tls"] | None = None
    restarts: Annotated[int, Meta(ge=0, le=1000)] | None = None
    loss: Annotated[float, Meta(ge=0, le=100)] | None = None


class Rate(Struct, tag="rate"):
    """How good the call was, in the person's eyes; also without a seat, once they have left."""

    stars: Annotated[int, Meta(ge=1, le=5)]


class Dismiss(Struct, tag="dismiss"):
    """The other, with this peer id, is not wanted: it loses its seat, and does not come back."""

    id: Annotated[str, Meta(max_length=64)]


class Ping(Struct, tag="ping"):
    """Application heartbeat."""


class Leave(Struct, tag="leave"):
    """A clean leave: the seat is free at once."""


ForThePeer = Offer | Answer | Ice | Renegotiate
ForTheServer = Join | IceServersRequest | Report | Rate | Dismiss | Ping | Leave
ClientMessage = ForThePeer | ForTheServer


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

_TYPES = {kind.__struct_config__.tag for kind in get_args(ClientMessage)}


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
        elif isinstance(message, Offer | Answer):
            _check_sdp(message.sdp, "$.sdp")
        elif isinstance(message, Join) and message.offer is not None:
            _check_sdp(message.offer.sdp, "$.offer.sdp")
    except msgspec.ValidationError as error:
        raise _explain(text, error) from None
    # ValueError: a lone surrogate; RecursionError: nested too deeply.
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise BadJSON from None
    return message


def _check_sdp(sdp: Raw, place: str) -> None:
    if bytes(sdp)[:1] != b'"':
        raise BadField(f"Expected a string - at `{place}`")


def _explain(text: str, error: msgspec.ValidationError) -> ProtocolError:
    """Which of the protocol errors a frame of valid JSON deserves."""
    try:
        kind = _envelope_decoder.decode(text).type
    except msgspec.ValidationError:
        return BadMessage()
    except (msgspec.DecodeError, RecursionError):
        return BadJSON()
    return BadField(str(error)) if kind in _TYPES else UnknownType()


# -- From the server --------------------------------------------------------------------------


class PeerId(Struct, frozen=True):
    """Which peer a message is about."""

    id: str


class Peer(PeerId, frozen=True):
    """What one peer may know of the other."""

    session: str
    name: str | None
    mac: str | UnsetType = UNSET


class PresentPeer(Peer, frozen=True, kw_only=True):
    """The other as a newcomer finds it; ``away`` while its seat is held without a socket."""

    away: bool


class Welcome(Struct, tag="welcome", rename="camel", frozen=True, kw_only=True):
    """The join was accepted: a whole snapshot. ``heartbeat`` and ``ttl`` in seconds."""

    id: str
    polite: bool
    token: str
    resumed: bool
    ice_servers: list[IceServer]
    ice_transport_policy: str
    heartbeat: float
    peer: PresentPeer | None
    ttl: int | UnsetType = UNSET


class Waiting(Struct, tag="waiting", frozen=True):
    """Whether somebody is in the room that the socket has not joined yet; never who.

    ``session``: of the only one, for whom a join can be meant then.
    """

    somebody: bool
    full: bool
    session: str | UnsetType = UNSET


class PeerJoined(Struct, tag="peer-joined", rename="camel", frozen=True):
    """The other seat was taken, or with ``resumed`` taken again, by somebody who may offer.

    The ICE servers are there where TURN is among them: ``welcome`` had none for one alone.
    """

    peer: Peer
    resumed: bool
    offer: FirstOffer | UnsetType = UNSET
    ice_servers: list[IceServer] | UnsetType = UNSET
    ice_transport_policy: str | UnsetType = UNSET
    ttl: int | UnsetType = UNSET


class PeerAway(Struct, tag="peer-away", frozen=True):
    """The other's socket dropped; its seat is held for ``grace`` seconds.

    ``going``: its page was closed or reloaded (WebSocket close code 1001, RFC 6455, 7.4.1).
    """

    peer: PeerId
    grace: float
    going: bool = False


Reason = Literal["left", "timeout", "ended", "dismissed"]


class PeerLeft(Struct, tag="peer-left", frozen=True):
    """The other seat is free."""

    peer: PeerId
    reason: Reason


class IceServers(Struct, tag="ice-servers", rename="camel", frozen=True):
    """Fresh ICE servers; ``ttl``: seconds until their credentials expire, unset if they do not."""

    ice_servers: list[IceServer]
    ice_transport_policy: str
    ttl: int | UnsetType = UNSET


class Pong(Struct, tag="pong", frozen=True):
    """The answer to a ping."""


class Error(Struct, tag="error", frozen=True):
    """What went wrong, as a stable code and a sentence."""

    code: str
    message: str
    retry_after: float | UnsetType = field(default=UNSET, name="retryAfter")

    @classmethod
    def of(cls, error: CallError) -> "Error":
        wait = error.retry_after
        return cls(error.code, error.message, UNSET if wait is None else wait)


class _Relayed(Between, kw_only=True):
    """With the sender, as the server knows it: clients cannot choose it."""

    sender: str = field(name="from")


class RelayedOffer(_Relayed, tag="offer", kw_only=True):
    sdp: Raw
    mac: str | UnsetType


class RelayedAnswer(_Relayed, tag="answer", kw_only=True):
    sdp: Raw
    mac: str | UnsetType


class RelayedIce(_Relayed, tag="ice", kw_only=True):
    candidate: Raw


class RelayedRenegotiate(_Relayed, tag="renegotiate", kw_only=True):
    restart: bool
    unproven: bool | UnsetType
    mac: str | UnsetType


Relayed = RelayedOffer | RelayedAnswer | RelayedIce | RelayedRenegotiate
ServerMessage = (
    Waiting | Welcome | PeerJoined | PeerAway | PeerLeft | IceServers | Pong | Error | Relayed
)

_encode = msgspec.json.Encoder().encode


def relayed(message: ForThePeer, sender: str) -> Relayed:
    """The message for the other peer, ``from`` stamped by the server.

    SDP and candidate are ``Raw``: copied in ``encode``, not parsed and written again.
    """
    here, there = message.session, message.peer_session
    match message:
        # Most of what is relayed first.
        case Ice(candidate=ice):
            return RelayedIce(sender=sender, session=here, peer_session=there, candidate=ice)
        case Offer(sdp=sdp, mac=mac):
            return RelayedOffer(sender=sender, session=here, peer_session=there, sdp=sdp, mac=mac)
        case Answer(sdp=sdp, mac=mac):
            return RelayedAnswer(sender=sender, session=here, peer_session=there, sdp=sdp, mac=mac)
        case Renegotiate(restart=restart, unproven=unproven, mac=mac):
            return RelayedRenegotiate(
                sender=sender,
                session=here,
                peer_session=there,
                restart=restart,
                unproven=unproven,
                mac=mac,
            )


def encode(message: ServerMessage) -> str:
    """The frame of one message.

    Raises ``BadField`` if it would be larger than a frame may be. Only what is relayed can be:
    its sender is added to what just fitted.
    """
    frame = _encode(message)
    if len(frame) > MAX_FRAME_BYTES:
        raise BadField("This message is too long to be relayed: a frame has 65536 bytes at most.")
    return frame.decode()
