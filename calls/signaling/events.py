"""What the consumers of a room tell each other over the channel layer.

An event travels as a flat dictionary, which is what Channels' layers carry: ``encode`` and
``decode`` are the only ones that know it. During a deployment processes of two versions share
a Redis: what one of them does not know is ignored, new fields need a default.
"""

from typing import get_args

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from calls.layers.layer import RESTORED, Message
from calls.protocol import FirstOffer, Reason
from calls.rooms.seats import Seat


class Event(Struct, frozen=True):
    """Something that happened elsewhere."""


class Relay(Event, tag="peer.relay", frozen=True):
    """A frame from the other peer, as the client gets it.

    ``at``: when it came, Unix time, if its way is to be measured.
    """

    frame: str
    at: float | UnsetType = UNSET


class Probe(Event, tag="seat.probe", frozen=True):
    """Is there anybody? The answer is an ``Alive`` to the channel ``reply``."""

    reply: str


class Alive(Event, tag="seat.alive", frozen=True):
    """The consumer behind ``channel`` is there."""

    channel: str


class Taken(Event, tag="seat.taken", frozen=True):
    """A newer socket of the same peer has your seat."""


class CallEnded(Event, tag="call.ended", frozen=True):
    """The operator ends the call."""


class Restored(Event, tag=str(RESTORED["type"]), frozen=True):
    """Redis is back, and may have forgotten every seat."""


class News(Event, frozen=True):
    """A change of the room; it concerns the peer ``id``, and has the number ``seq``."""

    id: str
    seq: int


class PeerJoined(News, tag="peer.joined", frozen=True):
    """The seat of ``id`` was taken, or with ``resumed`` taken again.

    ``offer``: the JSON of the first session description, if the newcomer is to offer, and
    ``offer_mac``, what proves it; ``mac``: of the seat.
    """

    session: str
    name: str | None
    channel: str
    resumed: bool
    offer: str | UnsetType = UNSET
    offer_mac: str | UnsetType = UNSET
    mac: str | None = None

    @classmethod
    def of(
        cls, seat: Seat, *, resumed: bool, seq: int, offer: FirstOffer | None = None
    ) -> "PeerJoined":
        sdp, mac = (UNSET, UNSET) if offer is None else (bytes(offer.sdp).decode(), offer.mac)
        return cls(seat.id, seq, seat.session, seat.name, seat.channel, resumed, sdp, mac, seat.mac)

    @property
    def seat(self) -> Seat:
        return Seat(
            id=self.id,
            session=self.session,
            name=self.name,
            channel=self.channel,
            mac=self.mac,
        )

    @property
    def first_offer(self) -> FirstOffer | UnsetType:
        return (
            UNSET if self.offer is UNSET else FirstOffer(Raw(self.offer.encode()), self.offer_mac)
        )


class PeerAway(News, tag="peer.away", frozen=True):
    """The socket of ``id`` is gone; its seat is held for ``grace`` seconds.

    ``going``: with the page it was of.
    """

    grace: float
    going: bool = False


class PeerLeft(News, tag="peer.left", frozen=True):
    """The seat of ``id`` is free."""

    reason: Reason


KINDS = {
    kind.__struct_config__.tag: kind
    for kind in get_args(
        Relay | Probe | Alive | Taken | CallEnded | Restored | PeerJoined | PeerAway | PeerLeft
    )
}


def group(room: str) -> str:
    """The group on the channel layer that everybody in a room is in."""
    return f"call.{room}"


def encode(event: Event) -> Message:
    """The event as a message of the channel layer."""
    message: Message = msgspec.to_builtins(event)
    return message


def decode(message: Message) -> Event | None:
    """The event in a message; None if this version does not know it."""
    try:
        return msgspec.convert(message, KINDS[message["type"]])  # type: ignore[no-any-return]
    except (KeyError, msgspec.ValidationError):
        return None
