"""A place in a room when things go wrong; how it goes when they do not is in tests/app."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from calls import protocol
from calls.errors import RoomFull, TakenOver, Unavailable
from calls.layers import InMemoryChannelLayer
from calls.operations.journal import Journal
from calls.protocol import PeerId
from calls.rooms.memory import MemoryRooms
from calls.rooms.seats import Seat
from calls.signaling import events, membership
from calls.signaling.membership import EXPIRE_AGAIN, Membership
from calls.signaling.probe import Sign

Action = Callable[[], Coroutine[Any, Any, None]]


class Timers:
    """Runs what was asked for later when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Action]] = []

    def later(self, delay: float, action: Action, /) -> asyncio.TimerHandle:
        self.waiting.append((delay, action))
        return asyncio.get_running_loop().call_later(3600, lambda: None)

    async def run(self) -> None:
        _, action = self.waiting.pop()
        await action()


class Room:
    """A room of this test's own, in which anybody can sit down."""

    def __init__(self, name: str, rooms: MemoryRooms) -> None:
        self.name = name
        self.rooms = rooms
        self.layer = InMemoryChannelLayer()
        self.timers = Timers()

    async def member(self, id: str, **fields: Any) -> Membership:
        group = events.group(self.name)
        channel = await self.layer.new_channel(f"{group}.")
        await self.layer.group_add(group, channel)
        member = Membership(self.name, self.layer, Journal(self.name), self.timers.later)
        wanted = Seat(id=id, session="s", channel=channel, **fields)
        entry = await member.enter(wanted)
        await member.announce(entry, resumed=False)
        return member

    async def next(self, member: Membership) -> protocol.ServerMessage | None:
        """What a member's client is told of the next event."""
        assert member.seat is not None
        async with asyncio.timeout(5):
            event = events.decode(await self.layer.receive(member.seat.channel))
        assert event is not None
        return member.attend(event)


@pytest.fixture
def place(room: str, monkeypatch: pytest.MonkeyPatch) -> Room:
    rooms = MemoryRooms()
    monkeypatch.setattr(membership, "get_rooms", lambda: rooms)
    return Room(room, rooms)


def unavailable(monkeypatch: pytest.MonkeyPatch, rooms: MemoryRooms, *operations: str) -> None:
    async def fail(*args: object) -> None:
        raise ConnectionError

    for operation in operations:
        monkeypatch.setattr(rooms, operation, fail)


async def pair(place: Room) -> tuple[Membership, Membership]:
    one, two = await place.member("a"), await place.member("b")
    assert await place.next(one) == protocol.PeerJoined(protocol.Peer("b", "s", None), False)
    assert await place.next(two) is None
    return one, two


async def test_a_full_room(place: Room, monkeypatch: pytest.MonkeyPatch):
    async def ask(*args: object) -> Sign:
        return Sign.ALIVE

    monkeypatch.setattr(membership, "ask", ask)
    await pair(place)
    with pytest.raises(RoomFull):
        await place.member("c")


async def test_somebody_else_was_faster_to_a_dead_seat(
    place: Room, monkeypatch: pytest.MonkeyPatch
):
    await pair(place)

    async def ask(layer: object, channel: str, reply_to: str) -> Sign:
        # Between the question and the second try the seat is freed and taken again.
        (holder,) = [s for s in place.rooms._room(place.name).seats if s.channel == channel]
        await place.rooms.free(place.name, holder.id, channel)
        wanted = Seat(id=f"{holder.id}-2", session="s", channel="faster")
        await place.rooms.enter(place.name, wanted)
        return Sign.GONE

    monkeypatch.setattr(membership, "ask", ask)
    with pytest.raises(RoomFull):
        await place.member("c")


async def test_a_join_that_was_held_up(place: Room):
    await place.member("a", order=2)
    with pytest.raises(TakenOver):
        await place.member("a", order=1)


async def test_the_other_is_freed_when_its_grace_is_over(place: Room):
    one, two = await pair(place)
    await two.drop(going=False)
    assert isinstance(await place.next(one), protocol.PeerAway)
    gone = place.rooms._room(place.name).seats[1]
    assert gone.away_until is not None
    place.rooms._clock = lambda: gone.away_until or 0.0
    await place.timers.run()
    assert await place.next(one) == protocol.PeerLeft(PeerId("b"), "timeout")
    assert len(place.rooms._room(place.name).seats) == 1


@pytest.mark.parametrize("redis_is_away", [True, False])
async def test_it_is_tried_again_when_it_cannot_be_freed_yet(
    place: Room, monkeypatch: pytest.MonkeyPatch, redis_is_away: bool
):
    """Redis is away, or its clock is behind ours."""
    one, two = await pair(place)
    await two.drop(going=False)
    await place.next(one)
    if redis_is_away:
        unavailable(monkeypatch, place.rooms, "expire")
    await place.timers.run()
    assert [delay for delay, _ in place.timers.waiting] == [EXPIRE_AGAIN]


async def test_a_relay_to_a_dead_process_marks_its_seat(place: Room):
    one, two = await pair(place)
    assert two.seat is not None
    await place.layer.close_channel(two.seat.channel)
    assert await one.deliver(one.reachable(), events.Relay("{}")) is False
    assert isinstance(await place.next(one), protocol.PeerAway)


async def test_what_cannot_be_delivered_for_lack_of_redis_raises_nothing(
    place: Room, monkeypatch: pytest.MonkeyPatch
):
    one, two = await pair(place)
    assert two.seat is not None
    await place.layer.close_channel(two.seat.channel)
    unavailable(monkeypatch, place.rooms, "away")
    assert await one.deliver(one.reachable(), events.Relay("{}")) is False


async def test_the_operators_end_needs_no_redis(place: Room, monkeypatch: pytest.MonkeyPatch):
    one, _ = await pair(place)
    unavailable(monkeypatch, place.rooms, "free")
    assert await one.end() == protocol.PeerLeft(PeerId("b"), "ended")
    assert one.seat is None


async def test_restore_in_a_store_that_forgot(place: Room):
    """Whoever comes first waits for the other; whoever comes second is told of the first."""
    one, two = await pair(place)
    place.rooms._rooms.clear()
    assert await one.restore() is None
    assert one.peer is not None
    assert one.peer.away_until is not None
    assert await two.restore() == protocol.PeerJoined(protocol.Peer("a", "s", None), True)
    assert await place.next(one) == protocol.PeerJoined(protocol.Peer("b", "s", None), True)
    assert one.reachable().id == "b"


async def test_restore_to_a_room_that_others_took(place: Room):
    one, _ = await pair(place)
    place.rooms._rooms.clear()
    for id in ("c", "d"):
        await place.rooms.enter(place.name, Seat(id=id, session="s", channel=id))
    with pytest.raises(RoomFull):
        await one.restore()
    assert one.seat is None


async def test_restore_without_redis(place: Room, monkeypatch: pytest.MonkeyPatch):
    one, _ = await pair(place)
    unavailable(monkeypatch, place.rooms, "enter")
    with pytest.raises(Unavailable):
        await one.restore()
