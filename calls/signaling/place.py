"""What one socket knows of its room, and what it makes of news. Pure: callers pass the time."""

from msgspec import UNSET, structs

from calls import protocol
from calls.errors import Dismissed, PeerUnreachable, SeatLost, TakenOver
from calls.protocol import PeerId, ServerMessage
from calls.rooms.seats import Entry, Seat
from calls.signaling import events
from calls.signaling.events import Event


class Place:
    """A seat, and who sits in the other one."""

    seat: Seat | None = None
    """The seat this socket holds; None before the join, and after it was lost or left."""
    peer: Seat | None = None
    """The holder of the other seat, as this socket's client was last told."""
    seq = 0
    """The number of the newest change that is known."""
    woke = 0
    """The number of the change by which the seat was last no longer held for this socket."""

    def sit(self, entry: Entry) -> None:
        """The seat was taken."""
        self.seat, self.peer, self.seq = entry.seat, entry.other, entry.seq

    def rise(self) -> Seat | None:
        """The seat is not this socket's any more; returns which one was."""
        seat, self.seat = self.seat, None
        return seat

    def reachable(self) -> Seat:
        """Whoever can be sent to now. Raises ``PeerUnreachable``."""
        if self.peer is None or self.peer.away_until is not None:
            raise PeerUnreachable
        return self.peer

    def is_held(self, event: Event) -> bool:
        """Whether this news says that somebody took this socket for one that is away."""
        if not isinstance(event, events.PeerAway) or self.seat is None:
            return False
        return event.id == self.seat.id and event.seq > max(self.seq, self.woke)

    def hear(self, event: Event, now: float) -> ServerMessage | None:
        """What the client is told of an event; None if it is no news to it.

        News of the room reaches everybody in it, whoever it is about too. Between processes it
        may be overtaken: what is older than is known says nothing. Raises ``TakenOver``,
        ``Dismissed`` and ``SeatLost`` when the seat is gone.
        """
        seat = self.seat
        if seat is None:
            return None
        match event:
            case events.Taken():
                self.seat = None
                raise TakenOver
            case events.CallEnded():
                self.seat = None
                return _left(self.peer, "ended") if self.peer else None
            case events.News() if event.seq <= self.seq:
                return None
            case events.PeerLeft() if event.id == seat.id:
                self.seat = None
                if event.reason == "dismissed":
                    raise Dismissed
                # Somebody took us for dead: not to know it would be to talk to nobody.
                raise SeatLost
            case events.News() if event.id != seat.id:
                return self._hear_of_the_other(event, now)
        return None

    def _hear_of_the_other(self, event: events.News, now: float) -> ServerMessage | None:
        peer = self.peer
        match event:
            case events.PeerJoined():
                self.seq, self.peer = event.seq, event.seat
                return protocol.PeerJoined(public(self.peer), event.resumed, event.first_offer)
            case events.PeerAway() if peer and peer.id == event.id:
                self.seq = event.seq
                self.peer = structs.replace(peer, away_until=now + event.grace)
                return protocol.PeerAway(PeerId(peer.id), event.grace, event.going)
            case events.PeerLeft() if peer and peer.id == event.id:
                self.seq, self.peer = event.seq, None
                return _left(peer, event.reason)
        return None

    def compare(self, entry: Entry, now: float, grace: float) -> ServerMessage | None:
        """The seat was taken again in a store that may have forgotten: what is new of the other."""
        known = self.peer
        self.sit(entry)
        if entry.other is None:
            if known is not None:
                # The other has not returned yet; if it never does, its grace runs out.
                until = known.away_until or now + grace
                self.peer = structs.replace(known, away_until=until)
            return None
        if entry.other.away_until is not None:
            left = max(0.0, entry.other.away_until - now)
            return protocol.PeerAway(PeerId(entry.other.id), left)
        return protocol.PeerJoined(public(entry.other), resumed=True)


def public(seat: Seat) -> protocol.Peer:
    """What the other peer may know of a seat: not its channel."""
    return protocol.Peer(seat.id, seat.session, seat.name, seat.mac or UNSET)


def snapshot(seat: Seat | None) -> protocol.PresentPeer | None:
    """The other seat as a welcome shows it."""
    if seat is None:
        return None
    known = public(seat)
    away = seat.away_until is not None
    return protocol.PresentPeer(known.id, known.session, known.name, known.mac, away=away)


def _left(peer: Seat, reason: protocol.Reason) -> protocol.PeerLeft:
    return protocol.PeerLeft(PeerId(peer.id), reason)
