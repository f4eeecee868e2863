"""Who sits where: the two seats of every room, in memory or in Redis.

One interface, ``Rooms``, whose operations are atomic whatever races on whatever number of
processes, and two implementations that behave the same (tests/unit/test_rooms.py runs one
suite on both). Every change of a room gets a ``seq`` that only grows: news of a change may
arrive out of order, and the older is then dropped.
"""

import asyncio
import functools
import time
from typing import Any, Protocol

import msgspec
from django.conf import settings

from calls import redis_client

SEATS = 2


class Seat(msgspec.Struct, kw_only=True, frozen=True):
    """One person's place in a room.

    ``channel`` is where the channel layer reaches the holder's socket; ``away_until`` (Unix
    time in seconds) is set while that socket is gone and the seat is held for it; ``order``
    grows with every join of this peer.
    """

    id: str
    session: str
    name: str | None = None
    channel: str
    polite: bool = False
    away_until: float | None = None
    order: int | None = None

    def is_later_than(self, seat: "Seat") -> bool:
        """Whether the same peer asked for ``seat`` before it asked for this one."""
        return self.order is not None and seat.order is not None and self.order > seat.order


class Entry(msgspec.Struct, kw_only=True, frozen=True):
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


class Late(Exception):
    """The same peer has joined again since it sent this join, and has the seat already."""


class Rooms(Protocol):
    """The seats of all rooms. A room without seats does not exist."""

    async def enter(self, room: str, seat: Seat) -> Entry:
        """Take a seat, or take ``seat.id``'s own seat again. Raises ``Full`` or ``Late``."""

    async def away(self, room: str, id: str, channel: str, grace: float) -> int | None:
        """The socket behind ``channel`` is gone: hold its seat for ``grace`` seconds.

        Returns the seq, or None when the seat is not that channel's (any more).
        """

    async def free(self, room: str, id: str, channel: str) -> int | None:
        """Give up the seat of ``channel``. Returns as ``away`` does."""

    async def expire(self, room: str, id: str) -> int | None:
        """Free the seat of ``id`` if its grace is over.

        Returns the seq when ``id`` holds no seat now, also if it held none before, and None
        when it still has one.
        """


class _Room(msgspec.Struct):
    seats: list[Seat]
    seq: int = 0

    def find(self, id: str, channel: str | None = None) -> Seat | None:
        for seat in self.seats:
            if seat.id == id and channel in (None, seat.channel):
                return seat
        return None

    def next_seq(self, now: float) -> int:
        # From the clock, so that it grows even when the room was forgotten in between.
        self.seq = max(self.seq + 1, int(now * 1000))
        return self.seq


class MemoryRooms:
    """The rooms of this one process."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}

    async def enter(self, room: str, seat: Seat) -> Entry:
        now = time.time()
        current = self._rooms.get(room) or _Room(seats=[])
        expired = [s for s in current.seats if s.away_until is not None and s.away_until <= now]
        seats = [s for s in current.seats if s not in expired or s.id == seat.id]
        others = [s for s in seats if s.id != seat.id]
        if len(others) >= SEATS:
            raise Full(others)
        own = next((s for s in seats if s.id == seat.id), None)
        if own is not None and own.is_later_than(seat):
            raise Late
        replaced = own.channel if own and own.away_until is None else None
        other = others[0] if others else None
        polite = seat.polite if other is None else not other.polite
        taken = msgspec.structs.replace(seat, polite=polite, away_until=None)
        current.seats = [*others, taken]
        self._rooms[room] = current
        return Entry(
            seat=taken,
            other=other,
            replaced=replaced,
            expired=[s.id for s in expired if s.id != seat.id],
            seq=current.next_seq(now),
        )

    async def away(self, room: str, id: str, channel: str, grace: float) -> int | None:
        current = self._rooms.get(room)
        seat = current.find(id, channel) if current else None
        if current is None or seat is None:
            return None
        now = time.time()
        gone = msgspec.structs.replace(seat, away_until=now + grace)
        current.seats[current.seats.index(seat)] = gone
        # Nobody may be left to ask for this room again: forget it when its time is over.
        asyncio.get_running_loop().call_later(grace + 1, self._forget, room)
        return current.next_seq(now)

    async def free(self, room: str, id: str, channel: str) -> int | None:
        current = self._rooms.get(room)
        seat = current.find(id, channel) if current else None
        return self._remove(room, current, seat) if current and seat else None

    async def expire(self, room: str, id: str) -> int | None:
        current = self._rooms.get(room) or _Room(seats=[])
        seat = current.find(id)
        if seat is None:
            return current.next_seq(time.time())
        if seat.away_until is None or seat.away_until > time.time():
            return None
        return self._remove(room, current, seat)

    def _remove(self, room: str, current: _Room, seat: Seat) -> int:
        current.seats.remove(seat)
        if not current.seats:
            del self._rooms[room]
        return current.next_seq(time.time())

    def _forget(self, room: str) -> None:
        current = self._rooms.get(room)
        now = time.time()
        if current and all(s.away_until is not None and s.away_until <= now for s in current.seats):
            del self._rooms[room]


# A room is one JSON value: {"seq": int, "seats": [Seat, ...]}. The clock is Redis's own, so
# that processes on several machines agree. KEYS[1]: the room; ARGV: operation, the seat or
# its id, channel, grace in seconds, seconds to keep a room that has a seat taken.
_SCRIPT = redis_client.Script("""
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local stored = redis.call('GET', KEYS[1])
local room = stored and cjson.decode(stored) or {seq = 0, seats = {}}

local function save()
  room.seq = math.max(room.seq + 1, math.floor(now * 1000))
  if #room.seats == 0 then
    redis.call('DEL', KEYS[1])
  else
    local keep = 0
    for _, s in ipairs(room.seats) do
      keep = math.max(keep, s.away_until and s.away_until - now or tonumber(ARGV[5]))
    end
    redis.call('SET', KEYS[1], cjson.encode(room), 'EX', math.ceil(math.max(keep, 1)))
  end
  return room.seq
end

local function is_over(s)
  return s.away_until and s.away_until <= now
end

if ARGV[1] == 'enter' then
  local seat = cjson.decode(ARGV[2])
  local others, expired, replaced = {}, {}, nil
  for _, s in ipairs(room.seats) do
    if s.id == seat.id then
      if s.order and seat.order and s.order > seat.order then
        return cjson.encode({late = true})
      end
      if not s.away_until then replaced = s.channel end
    elseif is_over(s) then
      table.insert(expired, s.id)
    else
      table.insert(others, s)
    end
  end
  if #others >= 2 then
    return cjson.encode({full = others})
  end
  local other = others[1]
  if other then seat.polite = not other.polite end
  room.seats = {seat}
  if other then table.insert(room.seats, 1, other) end
  local entry = {seat = seat, other = other, replaced = replaced, seq = save()}
  -- cjson writes an empty table as an object: leave it out instead.
  if #expired > 0 then entry.expired = expired end
  return cjson.encode(entry)
end

for i, s in ipairs(room.seats) do
  if s.id == ARGV[2] then
    if ARGV[1] == 'away' and s.channel == ARGV[3] then
      s.away_until = now + tonumber(ARGV[4])
      return save()
    end
    if (ARGV[1] == 'free' and s.channel == ARGV[3]) or (ARGV[1] == 'expire' and is_over(s)) then
      table.remove(room.seats, i)
      return save()
    end
    return false
  end
end
if ARGV[1] == 'expire' then return math.max(room.seq + 1, math.floor(now * 1000)) end
return false
""")

# Longer than any socket lives (Daphne ends one after a day), so that a seat in use never
# runs out, and a room whose process was killed is forgotten some day.
KEEP_SECONDS = 90_000


class _Answer(msgspec.Struct):
    """What the script answers to ``enter``: an entry, or why there is none."""

    seq: int = 0
    seat: Seat | None = None
    other: Seat | None = None
    replaced: str | None = None
    expired: list[str] = []
    full: list[Seat] = []
    late: bool = False


class RedisRooms:
    """The rooms of all processes that share a Redis; with several, a room's name picks one."""

    def __init__(self, urls: list[str], prefix: str = "duet") -> None:
        self.urls = urls
        self.prefix = prefix

    async def enter(self, room: str, seat: Seat) -> Entry:
        found = await self._run(room, "enter", msgspec.json.encode(_without_none(seat)))
        answer = msgspec.json.decode(found, type=_Answer)
        if answer.late:
            raise Late
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

    async def free(self, room: str, id: str, channel: str) -> int | None:
        return await self._change(room, "free", id, channel)

    async def expire(self, room: str, id: str) -> int | None:
        return await self._change(room, "expire", id)

    async def _change(
        self, room: str, operation: str, id: str, channel: str = "", grace: float = 0
    ) -> int | None:
        seq: int | None = await self._run(room, operation, id, channel, grace)
        return seq

    async def _run(
        self, room: str, operation: str, subject: str | bytes, channel: str = "", grace: float = 0
    ) -> Any:
        url = self.urls[redis_client.shard(f"call.{room}", len(self.urls))]
        return await redis_client.commands(url).run_script(
            _SCRIPT,
            keys=[f"{self.prefix}:room:{room}"],
            args=[operation, subject, channel, grace, KEEP_SECONDS],
        )


def _without_none(seat: Seat) -> dict[str, object]:
    """cjson turns null into a value that is true: leave such fields out."""
    return {
        name: value for name, value in msgspec.structs.asdict(seat).items() if value is not None
    }


@functools.cache
def get_rooms() -> Rooms:
    """The rooms this process uses, by settings."""
    return RedisRooms(settings.REDIS_URLS) if settings.REDIS_URLS else MemoryRooms()
