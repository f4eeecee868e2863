"""Who sits where: one contract, kept by the rooms in memory and by those in Redis."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from calls.rooms.memory import MemoryRooms
from calls.rooms.redis import KEEP_SECONDS, RedisRooms
from calls.rooms.seats import Entry, Full, Late, Seat
from calls.rooms.store import Rooms, get_rooms
from tests.support.processes import RedisServer

# A grace that is over as soon as it begins: the tests need not wait for the clock.
OVER = -0.01
GRACE = 30.0


@pytest.fixture
def redis_rooms(redis_server: RedisServer, redis_connections: None) -> RedisRooms:
    return RedisRooms([redis_server.url])


@pytest.fixture(params=["memory", "redis"])
def rooms(request: pytest.FixtureRequest) -> Rooms:
    return MemoryRooms() if request.param == "memory" else request.getfixturevalue("redis_rooms")


def seat(id: str, **fields) -> Seat:
    return Seat(**{"id": id, "session": f"session-{id}", "channel": f"channel-{id}", **fields})


async def enter(rooms: Rooms, room: str, *ids: str) -> list[Entry]:
    return [await rooms.enter(room, seat(id)) for id in ids]


async def holders(rooms: Rooms, room: str) -> list[str]:
    """Who would keep a third out; enters itself and leaves again if nobody would."""
    try:
        entry = await rooms.enter(room, seat("probe"))
    except Full as full:
        return sorted(holder.id for holder in full.holders)
    await rooms.free(room, "probe", "channel-probe")
    return [entry.other.id] if entry.other else []


async def test_whose_seats_are_taken(rooms: Rooms, room: str):
    assert await rooms.sessions(room) == []
    await enter(rooms, room, "a")
    (session,) = await rooms.sessions(room)
    assert session == seat("a").session
    await rooms.away(room, "a", "channel-a", GRACE)
    assert await rooms.sessions(room) == [session]
    await enter(rooms, room, "b")
    assert len(await rooms.sessions(room)) == 2
    await rooms.free(room, "a", "channel-a")
    await rooms.free(room, "b", "channel-b")
    assert await rooms.sessions(room) == []


# -- Entering ---------------------------------------------------------------------------------


async def test_the_first_is_alone(rooms: Rooms, room: str):
    entry = await rooms.enter(room, seat("a", name="Ada"))
    assert entry.seat == seat("a", name="Ada")
    assert (entry.other, entry.replaced, entry.expired) == (None, None, [])
    assert entry.seq > 0


async def test_the_second_meets_the_first(rooms: Rooms, room: str):
    first = await rooms.enter(room, seat("a", name="Ada"))
    second = await rooms.enter(room, seat("b"))
    assert second.other == first.seat
    assert second.seat.id == "b"
    assert (second.replaced, second.expired) == (None, [])


@pytest.mark.parametrize("one", [True, False])
@pytest.mark.parametrize("two", [True, False])
async def test_exactly_one_is_polite(rooms: Rooms, room: str, one: bool, two: bool):
    """Whatever the two ask for; the first gets what it asks for."""
    first = await rooms.enter(room, seat("a", polite=one))
    second = await rooms.enter(room, seat("b", polite=two))
    assert first.seat.polite is one
    assert second.seat.polite is not one
    assert second.other == first.seat


async def test_politeness_stays_complementary_when_one_is_replaced(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    await rooms.free(room, "a", "channel-a")
    third = await rooms.enter(room, seat("c", polite=True))
    assert third.other is not None
    assert third.other.polite is True
    assert third.seat.polite is False


async def test_a_third_is_told_who_is_there(rooms: Rooms, room: str):
    one, two = await enter(rooms, room, "a", "b")
    with pytest.raises(Full) as caught:
        await rooms.enter(room, seat("c"))
    assert sorted(caught.value.holders, key=lambda s: s.id) == [one.seat, two.seat]
    assert await holders(rooms, room) == ["a", "b"]


async def test_rooms_do_not_know_of_each_other(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    (entry,) = await enter(rooms, f"{room}-2", "a")
    assert entry.other is None


# -- Entering again ---------------------------------------------------------------------------


async def test_the_same_peer_takes_its_seat_again(rooms: Rooms, room: str):
    """Also while its old socket looks open: that is then named, to be closed."""
    _, second = await enter(rooms, room, "a", "b")
    again = await rooms.enter(room, seat("a", channel="new", session="new", name="Ada"))
    assert again.seat == seat("a", channel="new", session="new", name="Ada")
    assert again.other == second.seat
    assert again.replaced == "channel-a"
    assert await holders(rooms, room) == ["a", "b"]


@pytest.mark.parametrize("away", [True, False])
async def test_an_earlier_join_that_arrives_later_changes_nothing(
    rooms: Rooms, room: str, away: bool
):
    newer = await rooms.enter(room, seat("a", order=1_795_502_563_001))
    await enter(rooms, room, "b")
    if away:
        await rooms.away(room, "a", "channel-a", GRACE)
    with pytest.raises(Late):
        await rooms.enter(room, seat("a", channel="held-up", order=1_795_502_563_000))
    # What the seat's holder asks for itself, after Redis was away, is not late.
    again = await rooms.enter(room, newer.seat)
    assert again.seat == newer.seat
    assert again.other is not None
    assert again.seq > newer.seq


@pytest.mark.parametrize("orders", [(1, 2), (1, 1), (None, 1), (1, None), (None, None)])
async def test_a_join_that_is_not_known_to_be_late_takes_its_seat(rooms: Rooms, room: str, orders):
    for order in orders:
        entry = await rooms.enter(room, seat("a", channel=f"channel-{order}", order=order))
    assert entry.seat.channel == f"channel-{orders[1]}"
    assert entry.seat.order == orders[1]


async def test_a_peer_alone_takes_its_seat_again(rooms: Rooms, room: str):
    await enter(rooms, room, "a")
    again = await rooms.enter(room, seat("a", channel="new", polite=True))
    assert (again.replaced, again.other) == ("channel-a", None)
    assert again.seat.polite is True
    assert await holders(rooms, room) == ["a"]


async def test_who_was_away_replaces_nobody(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    await rooms.away(room, "a", "channel-a", GRACE)
    again = await rooms.enter(room, seat("a", channel="new"))
    assert again.replaced is None
    assert again.seat.away_until is None
    # The old socket's end has nothing to say any more.
    assert await rooms.away(room, "a", "channel-a", GRACE) is None
    assert await rooms.free(room, "a", "channel-a") is None
    assert await rooms.expire(room, "a") is None
    assert await holders(rooms, room) == ["a", "b"]


async def test_both_come_back_to_a_forgotten_room(rooms: Rooms, room: str):
    """After a restart of the server, with the politeness of their tokens."""
    first = await rooms.enter(room, seat("b", polite=True))
    second = await rooms.enter(room, seat("a", polite=False))
    assert (first.seat.polite, second.seat.polite) == (True, False)


# -- Away -------------------------------------------------------------------------------------


async def test_the_seat_of_somebody_away_is_held(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    assert await rooms.away(room, "a", "channel-a", GRACE) is not None
    with pytest.raises(Full) as caught:
        await rooms.enter(room, seat("c"))
    away = {holder.id: holder.away_until for holder in caught.value.holders}
    assert away["a"] is not None
    assert away["b"] is None


async def test_away_until_is_the_grace_from_now(rooms: Rooms, room: str):
    """Both clocks are this machine's; the bounds are wide enough for any delay but an hour's."""
    await enter(rooms, room, "a")
    await rooms.away(room, "a", "channel-a", 10_000)
    await rooms.away(room, "a", "channel-a", 20_000)
    (entry,) = await enter(rooms, room, "b")
    assert entry.other is not None
    assert entry.other.away_until is not None
    assert time.time() + 16_400 < entry.other.away_until
    assert entry.other.away_until < time.time() + 20_000


@pytest.mark.parametrize(("id", "channel"), [("a", "channel-b"), ("c", "channel-a"), ("a", "")])
async def test_only_the_channel_in_the_seat_can_be_away_or_free_it(
    rooms: Rooms, room: str, id: str, channel: str
):
    await enter(rooms, room, "a", "b")
    assert await rooms.away(room, id, channel, OVER) is None
    assert await rooms.free(room, id, channel) is None
    assert await holders(rooms, room) == ["a", "b"]


async def test_a_room_nobody_entered(rooms: Rooms, room: str):
    assert await rooms.away(room, "a", "channel-a", GRACE) is None
    assert await rooms.free(room, "a", "channel-a") is None
    assert await rooms.expire(room, "a") is not None
    assert await holders(rooms, room) == []


async def test_a_seat_whose_grace_is_over_can_be_taken(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    await rooms.away(room, "a", "channel-a", OVER)
    entry = await rooms.enter(room, seat("c"))
    assert entry.expired == ["a"]
    assert entry.other is not None
    assert entry.other.id == "b"
    assert await holders(rooms, room) == ["b", "c"]


async def test_two_seats_whose_grace_is_over(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    await rooms.away(room, "a", "channel-a", OVER)
    await rooms.away(room, "b", "channel-b", OVER)
    entry = await rooms.enter(room, seat("c"))
    assert sorted(entry.expired) == ["a", "b"]
    assert entry.other is None


async def test_who_comes_back_late_has_the_seat_if_nobody_took_it(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    await rooms.away(room, "a", "channel-a", OVER)
    entry = await rooms.enter(room, seat("a", channel="new"))
    assert (entry.expired, entry.replaced) == ([], None)
    assert await holders(rooms, room) == ["a", "b"]


async def test_who_comes_back_too_late_finds_the_room_full(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    await rooms.away(room, "a", "channel-a", OVER)
    await enter(rooms, room, "c")
    with pytest.raises(Full):
        await rooms.enter(room, seat("a", channel="new"))


# -- Free, expire -----------------------------------------------------------------------------


async def test_free(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    assert await rooms.free(room, "a", "channel-a") is not None
    assert await rooms.free(room, "a", "channel-a") is None
    assert await holders(rooms, room) == ["b"]


async def test_expire_frees_only_after_the_grace(rooms: Rooms, room: str):
    await enter(rooms, room, "a", "b")
    assert await rooms.expire(room, "a") is None
    await rooms.away(room, "a", "channel-a", GRACE)
    assert await rooms.expire(room, "a") is None
    assert await holders(rooms, room) == ["a", "b"]
    await rooms.away(room, "a", "channel-a", OVER)
    assert await rooms.expire(room, "b") is None
    assert await rooms.expire(room, "a") is not None
    # Whoever asks later, or after Redis forgot the room, learns the same.
    assert await rooms.expire(room, "a") is not None
    assert await holders(rooms, room) == ["b"]


# -- seq --------------------------------------------------------------------------------------


async def test_seq_grows_with_every_change(rooms: Rooms, room: str):
    """Also over a time in which the room was empty and forgotten."""
    seqs: list[int | None] = []
    for _ in range(3):
        seqs += [entry.seq for entry in await enter(rooms, room, "a", "b", "a")]
        seqs += [
            await rooms.away(room, "a", "channel-a", OVER),
            await rooms.expire(room, "a"),
            await rooms.free(room, "b", "channel-b"),
        ]
        # Six changes within a millisecond are ahead of the clock, as no real room ever is.
        await asyncio.sleep(0.01)
    numbers = [seq for seq in seqs if seq is not None]
    assert numbers == seqs
    assert numbers == sorted(set(numbers))


async def test_what_changes_nothing_has_no_seq(rooms: Rooms, room: str):
    one, two = await enter(rooms, room, "a", "b")
    with pytest.raises(Full):
        await rooms.enter(room, seat("c"))
    assert two.seq > one.seq
    (again,) = await enter(rooms, room, "a")
    assert again.seq > two.seq


async def test_an_entry_is_a_snapshot(rooms: Rooms, room: str):
    """What happens to the room later does not change what ``enter`` returned."""
    _, second = await enter(rooms, room, "a", "b")
    assert second.other is not None
    await rooms.away(room, "a", "channel-a", GRACE)
    assert second.other.away_until is None


# -- Races ------------------------------------------------------------------------------------


async def attempts(room: str, ways_in: Sequence[Rooms]) -> list[Entry | BaseException]:
    return await asyncio.gather(
        *(rooms.enter(room, seat(f"peer-{n}")) for n, rooms in enumerate(ways_in)),
        return_exceptions=True,
    )


def entered(results: list[Entry | BaseException]) -> list[Entry]:
    assert all(isinstance(result, Entry | Full) for result in results), results
    return [result for result in results if isinstance(result, Entry)]


async def test_of_fifty_at_once_two_enter(rooms: Rooms, room: str):
    found = entered(await attempts(room, [rooms] * 50))
    assert len(found) == 2
    assert {found[0].seat.polite, found[1].seat.polite} == {True, False}
    assert await holders(rooms, room) == sorted(entry.seat.id for entry in found)


@pytest.mark.usefixtures("redis_connections")
async def test_of_fifty_at_once_from_four_processes_two_enter(redis_server: RedisServer, room: str):
    """A process is a connection of its own, which every spelling of the address has."""
    addresses = [f"redis://{host}:{redis_server.port}" for host in ("127.0.0.1", "localhost")]
    processes = [RedisRooms([url + end]) for url in addresses for end in ("", "/0")]
    found = entered(await attempts(room, processes * 13))
    assert len(found) == 2
    for rooms in processes:
        assert await holders(rooms, room) == sorted(entry.seat.id for entry in found)


async def test_comings_and_goings_never_leave_three(rooms: Rooms, room: str):
    """After everybody has come, gone away, come back and left in no order, nobody is left."""
    refusals: list[tuple[str, list[str]]] = []

    async def live(id: str) -> None:
        for n in range(5):
            channel = f"channel-{id}-{n}"
            try:
                entry = await rooms.enter(room, seat(id, channel=channel))
            except Full as full:
                refusals.append((id, [holder.id for holder in full.holders]))
                continue
            assert entry.other is None or entry.other.polite is not entry.seat.polite
            await asyncio.sleep(0)  # in memory nothing else lets the others in
            if n % 2:
                await rooms.away(room, id, channel, OVER)
                await rooms.expire(room, id)
            else:
                await rooms.free(room, id, channel)

    await asyncio.gather(*(live(f"peer-{n}") for n in range(8)))
    assert refusals
    assert all(len(set(others) - {id}) == 2 for id, others in refusals)
    assert await holders(rooms, room) == []


# -- What people may be called ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "Zoë 🎻 日本語 עברית",
        "quote \" and ' and \\ and \\u0041",
        "]] .. redis.call('FLUSHALL') .. [[",
        "</script><b>&amp;%s %d {0}",
        "line\nbreak\ttab\x00nul\x7f",
        "null",
        "\u2028\u2029\ufeff\U0001f468\u200d\U0001f469",
        "n" * 60,
    ],
)
async def test_odd_names_come_back_as_they_went_in(rooms: Rooms, room: str, name: str | None):
    first = await rooms.enter(room, seat("a", name=name, session=name or "s"))
    assert first.seat.name == name
    await rooms.away(room, "a", "channel-a", GRACE)
    second = await rooms.enter(room, seat("b"))
    assert second.other is not None
    assert (second.other.name, second.other.session) == (name, name or "s")


async def test_a_seat_without_optional_fields_stays_without_them(rooms: Rooms, room: str):
    await enter(rooms, room, "a")
    await rooms.away(room, "a", "channel-a", GRACE)
    await enter(rooms, room, "a")
    (entry,) = await enter(rooms, room, "b")
    assert entry.other == seat("a")


# -- What is kept -----------------------------------------------------------------------------


async def test_memory_keeps_no_empty_rooms(room: str):
    rooms = MemoryRooms()
    await enter(rooms, room, "a", "b")
    await rooms.free(room, "a", "channel-a")
    await rooms.away(room, "b", "channel-b", OVER)
    await rooms.expire(room, "b")
    assert rooms._rooms == {}


async def test_memory_forgets_a_room_both_went_away_from(room: str):
    """Nobody is left to ask: a timer does it, here with its second of margin used up."""
    rooms = MemoryRooms()
    await enter(rooms, room, "a", "b")
    await rooms.away(room, "a", "channel-a", OVER)
    await rooms.away(room, "b", "channel-b", -1)
    await asyncio.sleep(0.001)  # timers run in the order of their times
    assert rooms._rooms == {}


async def test_memory_does_not_forget_who_is_there(room: str):
    rooms = MemoryRooms()
    await enter(rooms, room, "a", "b")
    await rooms.away(room, "a", "channel-a", OVER)
    rooms._forget(room)
    assert await holders(rooms, room) == ["b"]


async def test_redis_keeps_no_empty_rooms(
    redis_rooms: RedisRooms, redis_server: RedisServer, room: str
):
    async with Redis.from_url(redis_server.url) as redis:
        key = f"duet:room:{room}"
        await enter(redis_rooms, room, "a")
        assert KEEP_SECONDS - 60 < await redis.ttl(key) <= KEEP_SECONDS
        await redis_rooms.away(room, "a", "channel-a", GRACE)
        assert GRACE - 25 < await redis.ttl(key) <= GRACE
        await enter(redis_rooms, room, "b")
        assert await redis.ttl(key) > GRACE
        await redis_rooms.free(room, "b", "channel-b")
        await redis_rooms.free(room, "a", "channel-a")
        assert not await redis.exists(key)


@pytest.mark.usefixtures("redis_connections")
async def test_several_redis_servers_share_the_rooms(
    redis_server: RedisServer, second_redis_server: RedisServer
):
    urls = [redis_server.url, second_redis_server.url]
    one, two = RedisRooms(urls), RedisRooms(urls)
    names = [f"room-{n}-{secrets.token_hex(4)}" for n in range(20)]
    for name in names:
        await enter(one, name, "a")
        (entry,) = await enter(two, name, "b")
        assert entry.other is not None
        assert await holders(one, name) == ["a", "b"]
    kept = []
    for url in urls:
        async with Redis.from_url(url) as redis:
            kept.append(await redis.exists(*(f"duet:room:{name}" for name in names)))
    assert sum(kept) == len(names)
    assert all(kept), kept


# -- Which one --------------------------------------------------------------------------------


def test_the_settings_choose(settings: Any):
    get_rooms.cache_clear()
    settings.REDIS_URLS = []
    assert isinstance(get_rooms(), MemoryRooms)
    assert get_rooms() is get_rooms()
    get_rooms.cache_clear()
    settings.REDIS_URLS = ["redis://one", "redis://two"]
    found = get_rooms()
    assert isinstance(found, RedisRooms)
    assert found.urls == ["redis://one", "redis://two"]
    get_rooms.cache_clear()
