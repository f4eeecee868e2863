"""Where the rooms are: in this process, or in the Redis that several share."""

import functools
from typing import Protocol

from django.conf import settings

from calls.limits.pace import Pace
from calls.rooms.memory import MemoryRooms
from calls.rooms.redis import RedisRooms
from calls.rooms.seats import Entry, Seat


class Rooms(Protocol):
    """The seats of all rooms, by the rules of ``calls.rooms.seats``.

    Every operation is atomic, whatever races on whatever number of processes. A room without
    seats does not exist. What a change returns is its ``seq``.
    """

    async def enter(self, room: str, seat: Seat) -> Entry:
        """Take a seat, or take ``seat.id``'s own seat again.

        Raises ``Full``, ``Late``, ``Unwanted`` or ``TooOften``.
        """

    async def away(self, room: str, id: str, channel: str, grace: float) -> int | None:
        """Hold the seat of ``channel`` for ``grace`` seconds; None if it is not its (any more)."""

    async def back(self, room: str, id: str, channel: str) -> int | None:
        """Hold the seat of ``channel`` no longer for it: it is there. Returns as ``away`` does."""

    async def free(self, room: str, id: str, channel: str) -> int | None:
        """Give up the seat of ``channel``. Returns as ``away`` does."""

    async def dismiss(self, room: str, id: str) -> int | None:
        """Free the seat of ``id`` for good, as long as there is the room; None if it has none."""

    async def expire(self, room: str, id: str) -> int | None:
        """Free the seat of ``id`` if its grace is over; None if it still has one."""

    async def sessions(self, room: str) -> list[str]:
        """Of whom the seats are taken, those included that are held for somebody."""


@functools.cache
def get_rooms() -> Rooms:
    """The rooms this process uses, by settings."""
    pace = Pace.of(*settings.LIMIT_SEAT_JOINS)
    return RedisRooms(settings.REDIS_URLS, pace) if settings.REDIS_URLS else MemoryRooms(pace)
