"""The rooms of all processes that share a Redis."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from calls import redis_client
from calls.limits.pace import UNLIMITED, Pace, TooOften
from calls.rooms.seats import DISMISSED, Entry, Full, Late, Seat, Unwanted

# Longer than any socket lives (Daphne ends one after a day), so that a seat in use never
# runs out, and a room whose process was killed is forgotten some day.
KEEP_SECONDS = 90_000

SCRIPT = redis_client.Script(Path(__file__).with_name("seats.lua").read_text())


class _Answer(msgspec.Struct):
    """What the script answers to ``enter``: an entry, or why there is none."""

    seq: int = 0
    seat: Seat | None = None
    other: Seat | None = None
    replaced: str | None = None
    expired: list[str] = []
    full: list[Seat] = []
    late: bool = False
    unwanted: bool = False
    wait: float = 0


class RedisRooms:
    """``Rooms`` in Redis; with several servers, a room's name picks one.

    ``clock`` stands in for that of the servers.
    """

    def __init__(
        self,
        urls: list[str],
        pace: Pace = UNLIMITED,
        prefix: str = "duet",
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.urls = urls
        self.pace = pace
        self.prefix = prefix
        self._clock = clock

    async def enter(self, room: str, seat: Seat) -> Entry:
        found = await self._run(room, "enter", msgspec.json.encode(seat))
        answer = msgspec.json.decode(found, type=_Answer)
        if answer.late:
            raise Late
        if answer.unwanted:
            raise Unwanted
        if answer.wait:
            raise TooOften(answer.wait)
        if answer.seat is None:
            raise Full(answer.full)
        return Entry(
            seat=answer.seat,
            other=answer.other,
            replaced=answer.replaced,
            expired=answer.expired,
            seq=answer.seq,
        )

    async def away(self, room: str, id: str, channel: str, grace: float) -> int | None:
        return await self._change(room, "away", id, channel, grace)

    async def back(self, room: str, id: str, channel: str) -> int | None:
        return await self._change(room, "back", id, channel)

    async def free(self, room: str, id: str, channel: str) -> int | None:
        return await self._change(room, "free", id, channel)

    async def dismiss(self, room: str, id: str) -> int | None:
        return await self._change(room, "dismiss", id)

    async def expire(self, room: str, id: str) -> int | None:
        return await self._change(room, "expire", id)

    async def sessions(self, room: str) -> list[str]:
        found: list[bytes] = await self._run(room, "sessions", "")
        return [session.decode() for session in found]

    def key(self, room: str) -> str:
        """Where a room is kept."""
        return f"{self.prefix}:room:{room}"

    def url(self, room: str) -> str:
        """On which server; its channels and its group are on the same (``calls.layers``)."""
        return self.urls[redis_client.shard(f"call.{room}", len(self.urls))]

    async def _change(
        self, room: str, operation: str, id: str, channel: str = "", grace: float = 0
    ) -> int | None:
        seq: int | None = await self._run(room, operation, id, channel, grace)
        return seq

    async def _run(
        self, room: str, operation: str, subject: str | bytes, channel: str = "", grace: float = 0
    ) -> Any:
        return await redis_client.commands(self.url(room)).run_script(
            SCRIPT,
            keys=[self.key(room)],
            args=[
                *(operation, subject, channel, grace),
                *(KEEP_SECONDS, *self.pace, DISMISSED),
                *self._time(),
            ],
        )

    def _time(self) -> list[float]:
        return [] if self._clock is None else [self._clock()]
