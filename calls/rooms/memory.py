"""The rooms of one process, in its memory."""

import asyncio
import time
from collections.abc import Callable

from calls.limits.pace import UNLIMITED, Pace
from calls.rooms.seats import Entry, Room, Seat

_EMPTY = Room()


class MemoryRooms:
    """``Rooms`` without a Redis: atomic, because nothing is awaited in between."""

    def __init__(self, pace: Pace = UNLIMITED, clock: Callable[[], float] = time.time) -> None:
        self._rooms: dict[str, Room] = {}
        self._pace = pace
        self._clock = clock

    async def enter(self, room: str, seat: Seat) -> Entry:
        after, entry = self._room(room).enter(seat, self._clock(), self._pace)
        self._rooms[room] = after
        return entry

    async def away(self, room: str, id: str, channel: str, grace: float) -> int | None:
        seq = self._keep(room, self._room(room).away(id, channel, grace, self._clock()))
        if seq is not None:
            # Nobody may be left to ask for this room again: forget it when its time is over.
            asyncio.get_running_loop().call_later(grace + 1, self._forget, room)
        return seq

    async def back(self, room: str, id: str, channel: str) -> int | None:
        return self._keep(room, self._room(room).back(id, channel, self._clock()))

    async def free(self, room: str, id: str, channel: str) -> int | None:
        return self._keep(room, self._room(room).free(id, channel, self._clock()))

    async def dismiss(self, room: str, id: str) -> int | None:
        return self._keep(room, self._room(room).dismiss(id, self._clock()))

    async def expire(self, room: str, id: str) -> int | None:
        return self._keep(room, self._room(room).expire(id, self._clock()))

    async def sessions(self, room: str) -> list[str]:
        return self._room(room).sessions(self._clock())

    def _room(self, name: str) -> Room:
        return self._rooms.get(name, _EMPTY)

    def _keep(self, name: str, after: Room | None) -> int | None:
        """A room after a change; returns the change's number, or None if there was none."""
        if after is None:
            return None
        if after.seats:
            self._rooms[name] = after
        else:
            self._rooms.pop(name, None)
        return after.seq

    def _forget(self, name: str) -> None:
        if self._room(name).is_over(self._clock()):
            self._rooms.pop(name, None)
