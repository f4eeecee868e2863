"""Who sits where: the rules of a room, without a store and without a clock.

A ``Room`` is a value. Each rule takes it and the time (Unix time in seconds) and answers with
the room as it is afterwards; what is not allowed is raised and changes nothing.
``seats.lua`` says the same to Redis, and tests/unit/rooms/test_lua.py holds it to this.
"""

from collections.abc import Iterable

from msgspec import Struct, structs

from calls.limits.pace import UNLIMITED, Pace

SEATS = 2
# So many of those who were dismissed are remembered, the last: one address is dismissed less often
# (LIMIT_DISMISSALS).
DISMISSED = 32


class Seat(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One person's place in a room.

    ``channel`` is where the channel layer reaches the holder's socket; ``away_until`` (Unix
    time in seconds) is set while that socket is gone and the seat is held for it; ``order``
    grows with every join of this peer; ``mac`` is what its join proves to the other. ``due`` says
    how often it has joined (``calls.limits.pace``).
    """

    id: str
    session: str
    name: str | None = None
    channel: str
    polite: bool = False
    away_until: float | None = None
    order: int | None = None
    mac: str | None = None
    due: int = 0

    def is_later_than(self, seat: "Seat") -> bool:
        """Whether the same peer asked for ``seat`` before it asked for this one."""
        return self.order is not None and seat.order is not None and self.order > seat.order

    def is_over(self, now: float) -> bool:
        """Whether the holder has been away for longer than its grace."""
        return self.away_until is not None and self.away_until <= now


class Entry(Struct, kw_only=True, frozen=True):
    """What ``enter`` found and did."""

    seat: Seat
    """The seat now held; ``polite`` may differ from what was asked, the two always differ."""
    other: Seat | None = None
    replaced: str | None = None
    """The channel that held this seat until now, when that socket was not known to be gone."""
    expired: list[str] = []
    """Ids of holders who had been away longer than their grace and lost their seats."""
    seq: int


class Full(Exception):
    """Both seats are taken by others; ``holders`` are they."""

    def __init__(self, holders: list[Seat]) -> None:
        self.holders = holders
        super().__init__("room full")


class Unwanted(Exception):
    """The other has dismissed this peer."""


class Late(Exception):
    """The same peer has joined again since it sent this join, and has the seat already."""


class Room(Struct, frozen=True):
    """The seats that are taken, two at most, and the number of the last change.

    ``seq`` only grows: news of two changes may arrive out of order, and the older is then
    dropped. It follows the clock (milliseconds), so that it also grows when the room was
    forgotten in between. ``due`` says how often somebody new has come, ``dismissed`` are the ids
    of those who may not come back, the last of them.
    """

    seats: tuple[Seat, ...] = ()
    seq: int = 0
    due: int = 0
    dismissed: tuple[str, ...] = ()

    def enter(self, wanted: Seat, now: float, pace: Pace = UNLIMITED) -> tuple["Room", Entry]:
        """Take a seat, or take ``wanted.id``'s own seat again.

        Raises ``Full``, ``Late`` or ``Unwanted``.

        Each join costs the page of whoever is inside a connection. So nobody joins faster than at
        ``pace``, and neither does one newcomer after the other: that raises ``TooOften``.
        """
        if wanted.id in self.dismissed:
            raise Unwanted
        own = self._find(wanted.id)
        if own is not None and own.is_later_than(wanted):
            raise Late
        others = [seat for seat in self.seats if seat.id != wanted.id]
        present = [seat for seat in others if not seat.is_over(now)]
        if len(present) >= SEATS:
            raise Full(present)
        due = pace.after(own.due if own else self.due, int(now * 1000))
        other = present[0] if present else None
        polite = wanted.polite if other is None else not other.polite
        taken = structs.replace(wanted, polite=polite, away_until=None, due=due if own else 0)
        after = self._with((*present, taken), now)
        if own is None:
            after = structs.replace(after, due=due)
        return after, Entry(
            seat=taken,
            other=other,
            replaced=own.channel if own and own.away_until is None else None,
            expired=[seat.id for seat in others if seat not in present],
            seq=after.seq,
        )

    def away(self, id: str, channel: str, grace: float, now: float) -> "Room | None":
        """The socket behind ``channel`` is gone: hold its seat for ``grace`` seconds.

        None when the seat is not that channel's (any more).
        """
        own = self._find(id)
        if own is None or own.channel != channel:
            return None
        gone = structs.replace(own, away_until=now + grace)
        return self._with((gone if seat is own else seat for seat in self.seats), now)

    def back(self, id: str, channel: str, now: float) -> "Room | None":
        """The socket behind ``channel`` is there after all. None unless its seat is held for it."""
        own = self._find(id)
        if own is None or own.channel != channel or own.away_until is None or own.is_over(now):
            return None
        here = structs.replace(own, away_until=None)
        return self._with((here if seat is own else seat for seat in self.seats), now)

    def free(self, id: str, channel: str, now: float) -> "Room | None":
        """Give up the seat of ``channel``. None as with ``away``."""
        own = self._find(id)
        return self._without(id, now) if own is not None and own.channel == channel else None

    def dismiss(self, id: str, now: float) -> "Room | None":
        """Free the seat of ``id``, for good. None if it has none."""
        if self._find(id) is None:
            return None
        dismissed = (*self.dismissed, id)[-DISMISSED:]
        return structs.replace(self._without(id, now), dismissed=dismissed)

    def expire(self, id: str, now: float) -> "Room | None":
        """Free the seat of ``id`` if its grace is over; None if it still has it.

        Whoever asks for a seat that nobody holds gets a new number too: it may have missed
        the news that the seat is free, and tells it again.
        """
        own = self._find(id)
        return self._without(id, now) if own is None or own.is_over(now) else None

    def sessions(self, now: float) -> list[str]:
        """Of whom the seats are taken, those included that are held for somebody."""
        return [seat.session for seat in self.seats if not seat.is_over(now)]

    def is_over(self, now: float) -> bool:
        """Whether nobody is in the room, and whoever was has stayed away too long."""
        return not self.sessions(now)

    def _find(self, id: str) -> Seat | None:
        return next((seat for seat in self.seats if seat.id == id), None)

    def _without(self, id: str, now: float) -> "Room":
        return self._with((seat for seat in self.seats if seat.id != id), now)

    def _with(self, seats: Iterable[Seat], now: float) -> "Room":
        seq = max(self.seq + 1, int(now * 1000))
        return structs.replace(self, seats=tuple(seats), seq=seq)
