"""One socket's place in its room, with all that it takes to get, keep and give it up."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

from channels.exceptions import ChannelFull
from django.conf import settings
from msgspec import UNSET

from calls.errors import Dismissed, PeerUnreachable, RoomFull, SeatLost, TakenOver, Unavailable
from calls.layers.layer import Layer
from calls.limits.pace import TooOften
from calls.operations.journal import Journal
from calls.protocol import FirstOffer, PeerLeft, ServerMessage, Waiting
from calls.redis_client import UNAVAILABLE
from calls.rooms.seats import SEATS, Entry, Full, Late, Seat, Unwanted
from calls.rooms.store import get_rooms
from calls.signaling import events
from calls.signaling.place import Place
from calls.signaling.probe import Sign, ask

# Seconds until a seat whose grace should be over is looked at again.
EXPIRE_AGAIN = 2.0
# Seconds that a page may take to be back after a reload.
RELOAD_GRACE = 10.0

# Calls a coroutine function after some seconds, unless the socket is gone by then.
Later = Callable[[float, Callable[[], Coroutine[Any, Any, None]]], asyncio.TimerHandle]


class Membership(Place):
    """Takes, holds and frees the seat, and tells the room of it.

    Unless it says otherwise, a method raises one of ``UNAVAILABLE`` when Redis is away.
    """

    def __init__(self, room: str, layer: Layer, journal: Journal, later: Later) -> None:
        self.room = room
        self.rooms = get_rooms()
        self.layer = layer
        self.journal = journal
        self._later = later
        self._inside: list[str] | None = None
        self._told: list[str] | None = None
        self._grace_timer: asyncio.TimerHandle | None = None

    async def has_company(self) -> bool:
        """Whether there is anybody to call: before the join, somebody in the room.

        False, too, while Redis is away.
        """
        if self.seat is not None:
            return self.peer is not None
        self._inside = None
        with contextlib.suppress(*UNAVAILABLE):
            self._inside = await self.rooms.sessions(self.room)
        return bool(self._inside)

    def waiting(self) -> Waiting | None:
        """What ``has_company`` found before the join; None if that is no news."""
        if self.seat is not None or self._inside in (None, self._told):
            return None
        self._told = inside = self._inside
        return Waiting(
            somebody=bool(inside),
            full=len(inside) >= SEATS,
            session=inside[0] if len(inside) == 1 else UNSET,
        )

    # -- Coming ----------------------------------------------------------------------------

    async def enter(self, wanted: Seat, *, resumed: bool = False) -> Entry:
        """Take the seat; in a full room, first make sure that both holders are there.

        ``resumed``: it was the same person's before.
        The room hears of it by ``announce``. Raises ``RoomFull``, ``TakenOver``, ``Dismissed`` or
        ``TooOften``.
        """
        entry = await self._take_or_make_room(wanted)
        self.sit(entry)
        self._watch_grace()
        if entry.other is not None:
            self.journal.met(entry.seat, entry.other, resumed=resumed)
        return entry

    async def announce(
        self, entry: Entry, *, resumed: bool, offer: FirstOffer | None = None
    ) -> None:
        """Tell the room of a new holder, and a socket that held this seat that it does not.

        ``offer`` goes along if it is the new holder's to make one.
        """
        if entry.seat.polite:
            offer = None
        for id in entry.expired:
            await self._tell(events.PeerLeft(id, entry.seq - 1, "timeout"))
        deaf = False
        if entry.replaced is not None and entry.replaced != entry.seat.channel:
            try:
                await self._send(entry.replaced, events.Taken())
            except ChannelFull:
                deaf = True
        # News of the room ends a socket whose mailbox is full.
        if entry.other is not None or deaf:
            await self._tell(
                events.PeerJoined.of(entry.seat, resumed=resumed, seq=entry.seq, offer=offer)
            )

    async def restore(self) -> ServerMessage | None:
        """Redis was away and may have forgotten the seat: take it again and compare.

        Returns what is new of the other. Raises ``RoomFull``, ``TakenOver``, ``Dismissed`` or
        ``Unavailable``.
        """
        if self.seat is None:
            return None
        try:
            entry = await self._take(self.seat)
            message = self.compare(entry, time.time(), settings.SEAT_GRACE)
            self._watch_grace()
            await self.announce(entry, resumed=True)
        except (TooOften, *UNAVAILABLE):
            raise Unavailable from None  # the client comes back and compares
        except (Full, TakenOver, Dismissed) as lost:
            self.rise()
            raise RoomFull if isinstance(lost, Full) else lost from None
        return message

    async def _take_or_make_room(self, wanted: Seat) -> Entry:
        try:
            return await self._take(wanted)
        except Full as full:
            holders = full.holders
        if not await self._free_gone(holders, wanted.channel):
            raise RoomFull
        try:
            return await self._take(wanted)
        except Full:  # somebody else was faster
            raise RoomFull from None

    async def _take(self, wanted: Seat) -> Entry:
        """Take the seat, unless the same peer has meanwhile done so over a newer socket."""
        try:
            return await self.rooms.enter(self.room, wanted)
        except Late:
            raise TakenOver from None
        except Unwanted:
            raise Dismissed from None

    async def _free_gone(self, holders: list[Seat], reply_to: str) -> bool:
        """Free the seats that nobody holds any more; false if there are none.

        One whose holder is silent is held for the grace time: whoever can keep a process busy must
        not get a seat by it. A holder that wakes up takes its seat again.
        """
        freed = False
        for holder in holders:
            # Whoever is away is not asked: the seat is held already.
            if holder.away_until is not None:
                continue
            sign = await ask(self.layer, holder.channel, reply_to)
            if sign is Sign.GONE:
                freed = True
                seq = await self.rooms.free(self.room, holder.id, holder.channel)
                if seq is not None:
                    self.journal.gone(holder)
                    await self._tell(events.PeerLeft(holder.id, seq, "timeout"))
            elif sign is Sign.SILENT:
                await self._hold(holder)
        return freed

    async def _hold(self, holder: Seat) -> None:
        """From now on the seat is held for whoever cannot be reached."""
        grace = settings.SEAT_GRACE
        seq = await self.rooms.away(self.room, holder.id, holder.channel, grace)
        if seq is not None:
            await self._tell(events.PeerAway(holder.id, seq, grace))

    # -- Going -----------------------------------------------------------------------------

    async def leave(self) -> None:
        """Give the seat up: it is free at once."""
        seat = self.rise()
        if seat is None:
            return
        self.journal.parted("left")
        seq = await self.rooms.free(self.room, seat.id, seat.channel)
        if seq is not None:
            self.journal.left(seat)
            await self._tell(events.PeerLeft(seat.id, seq, "left"))

    async def drop(self, *, going: bool) -> None:
        """The socket is gone: the seat is held for the grace time.

        ``going``: with its page, which is back in a moment if it is only reloaded. Later, and in
        another tab, whoever it was may find their own seat taken: so it is not held for long.
        """
        self._cancel_timer()
        seat = self.rise()
        if seat is None:
            return
        grace = min(settings.SEAT_GRACE, RELOAD_GRACE) if going else settings.SEAT_GRACE
        seq = await self.rooms.away(self.room, seat.id, seat.channel, grace)
        if seq is not None:
            self.journal.away(seat)
            await self._tell(events.PeerAway(seat.id, seq, grace, going))

    async def end(self) -> ServerMessage | None:
        """The operator ends the call: give the seat up, everybody else does it too.

        Returns what the client is told of the other.
        """
        seat = self.seat
        self.journal.parted("ended")
        message = self.hear(events.CallEnded(), time.time())
        if seat is not None:
            with contextlib.suppress(*UNAVAILABLE):
                await self.rooms.free(self.room, seat.id, seat.channel)
        return message

    # -- The other -------------------------------------------------------------------------

    def attend(self, event: events.Event) -> ServerMessage | None:
        """``hear``, now; and watch over the other's grace."""
        try:
            message = self.hear(event, time.time())
        except Dismissed:
            self.journal.parted("dismissed")
            raise
        if isinstance(message, PeerLeft):
            self.journal.parted(message.reason)
        elif self.seat is not None and self.peer is not None:
            self.journal.met(self.seat, self.peer, resumed=False)
        if message is not None:
            self._watch_grace()
        return message

    async def answer(self, probe: events.Probe) -> None:
        """Give a sign of life."""
        if self.seat is not None:
            with contextlib.suppress(ChannelFull):
                await self._send(probe.reply, events.Alive(self.seat.channel))

    async def wake(self) -> None:
        """The seat is held, though this socket is there. Raises ``SeatLost`` if it is no more."""
        seat = self.seat
        if seat is None:
            return
        seq = await self.rooms.back(self.room, seat.id, seat.channel)
        if seq is None:
            self.rise()
            raise SeatLost
        self.woke = seq
        await self._tell(events.PeerJoined.of(seat, resumed=True, seq=seq))

    async def dismiss(self, id: str) -> None:
        """Have the other, ``id``, lose its seat for good. Raises ``PeerUnreachable``."""
        if self.peer is None or self.peer.id != id:
            raise PeerUnreachable
        other = self.peer
        seq = await self.rooms.dismiss(self.room, id)
        if seq is None:
            raise PeerUnreachable
        self.journal.dismissed(other)
        await self._tell(events.PeerLeft(id, seq, "dismissed"))

    async def deliver(self, peer: Seat, event: events.Event) -> bool:
        """Hand an event to the other's socket; false if it does not get it. Raises nothing."""
        try:
            if await self.layer.deliver(peer.channel, events.encode(event)):
                return True
            await self._hold(peer)  # its process died without a word
        except (ChannelFull, *UNAVAILABLE):
            return False
        return False

    def _watch_grace(self) -> None:
        """While the other is away, be the one who frees its seat when its time is over."""
        self._cancel_timer()
        if self.peer is not None and self.peer.away_until is not None:
            delay = max(0.0, self.peer.away_until - time.time()) + 0.05
            self._grace_timer = self._later(delay, self._expire_peer)

    def _cancel_timer(self) -> None:
        if self._grace_timer is not None:
            self._grace_timer.cancel()
            self._grace_timer = None

    async def _expire_peer(self) -> None:
        if self.seat is None or self.peer is None:
            return
        id = self.peer.id
        with contextlib.suppress(*UNAVAILABLE):
            seq = await self.rooms.expire(self.room, id)
            if seq is not None:
                await self._tell(events.PeerLeft(id, seq, "timeout"))
                return
        # Redis is away, or its clock is behind ours: ask again, unless the other is back.
        if self.peer is not None and self.peer.away_until is not None:
            self._grace_timer = self._later(EXPIRE_AGAIN, self._expire_peer)

    async def _send(self, channel: str, event: events.Event) -> bool:
        return await self.layer.deliver(channel, events.encode(event))

    async def _tell(self, news: events.News) -> None:
        """Everybody in the room, on whatever process."""
        await self.layer.group_send(events.group(self.room), events.encode(news))
