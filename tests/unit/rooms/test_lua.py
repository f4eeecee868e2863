"""``seats.lua`` and ``seats.py`` are the same rules: random histories go through both."""

import functools
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs

from calls import redis_client
from calls.limits.pace import Pace, TooOften
from calls.rooms.redis import RedisRooms
from calls.rooms.seats import Entry, Full, Late, Room, Seat, Unwanted
from tests.support.generated import examples
from tests.support.processes import RedisServer

# Binary fractions with few digits: cjson writes fourteen, which would round others.
START, STEP = 1_800_000_000.0, 0.125
GRACES = [20.0, 30.125, 61.5]
PACE = Pace(interval=20_000, burst=2)

ids = st.sampled_from(["a", "b", "c"])
channels = st.sampled_from(["c-1", "c-2"])
# Time passes between two operations, stands still, or goes back, as another machine's may.
times = st.sampled_from([0.0, STEP, 20.0, 70.0, -STEP]) | st.integers(0, 300).map(STEP.__mul__)
orders = st.none() | st.integers(0, 3) | st.just(99_999_999_999_999)
names = st.none() | st.text(max_size=5)
seats = st.builds(
    Seat, id=ids, session=st.text(min_size=1, max_size=3), name=names, channel=channels,
    polite=st.booleans(), order=orders, away_until=st.none() | st.just(START + 10),
)  # fmt: skip
operations = st.one_of(
    st.tuples(st.just("enter"), seats),
    st.tuples(st.just("away"), ids, channels, st.sampled_from(GRACES)),
    st.tuples(st.just("back"), ids, channels),
    st.tuples(st.just("free"), ids, channels),
    st.tuples(st.just("expire"), ids),
    st.tuples(st.just("dismiss"), ids),
)
histories = st.lists(st.tuples(times, operations), max_size=40)


class Python:
    """The rules as they are written for people, with a room to remember."""

    def __init__(self) -> None:
        self.room = Room()

    def run(self, now: float, name: str, *args: Any) -> Any:
        if name == "enter":
            (wanted,) = args
            self.room, entry = self.room.enter(wanted, now, PACE)
            return entry
        rule: Callable[..., Room | None] = getattr(self.room, name)
        after = rule(*args, now)
        if after is None:
            return None
        # A room without seats does not exist, so it is forgotten with its number.
        self.room = after if after.seats else Room()
        return after.seq


class Lua:
    """The same in Redis, at a time that is given."""

    def __init__(self, url: str) -> None:
        self.rooms = RedisRooms([url], PACE, prefix="rules", clock=lambda: self.now)
        self.name = secrets.token_hex(8)
        self.redis = redis_client.commands(url)
        self.now = 0.0

    async def run(self, now: float, name: str, *args: Any) -> Any:
        self.now = now
        return await getattr(self.rooms, name)(self.name, *args)

    async def room(self) -> Room:
        key = self.rooms.key(self.name)
        # Not to be forgotten by Redis's own clock while the test's goes on.
        await self.redis.run("PERSIST", key)
        stored = await self.redis.run("GET", key)
        return Room() if stored is None else msgspec.json.decode(stored, type=Room)


def refusal(error: Full | Late | Unwanted | TooOften) -> Any:
    match error:
        case Full():
            return error.holders
        case TooOften():
            return f"in {error.wait} s"
        case Late():
            return "late"
        case Unwanted():
            return "unwanted"


def answer(run: Callable[..., Any], *args: Any) -> Any:
    try:
        return run(*args)
    except (Full, Late, Unwanted, TooOften) as error:
        return refusal(error)


async def answer_of(run: Callable[..., Any], *args: Any) -> Any:
    try:
        return await run(*args)
    except (Full, Late, Unwanted, TooOften) as error:
        return refusal(error)


ADA, BO, CY = (Seat(id=id, session="s", channel="c-1") for id in "abc")


# What chance alone might leave out.
RARE: list[list[tuple[float, tuple[Any, ...]]]] = [
    [(0.0, ("enter", ADA)), (0.0, ("enter", BO)), (0.0, ("enter", CY))],
    [
        (0.0, ("enter", ADA)),
        (0.0, ("away", "a", "c-1", 20.0)),
        (20.0, ("expire", "a")),
        (0.0, ("expire", "a")),
    ],
    [
        (0.0, ("enter", ADA)),
        (0.0, ("away", "a", "c-1", 20.0)),
        (STEP, ("back", "a", "c-1")),
        (0.0, ("back", "a", "c-1")),
    ],
    [
        (0.0, ("enter", ADA)),
        (0.0, ("enter", BO)),
        (0.0, ("dismiss", "b")),
        (0.0, ("enter", BO)),
        (0.0, ("dismiss", "b")),
        (0.0, ("enter", CY)),
        (0.0, ("free", "a", "c-1")),
        (0.0, ("free", "c", "c-1")),
        (0.0, ("enter", BO)),
    ],
    [(0.0, ("enter", structs.replace(ADA, order=order))) for order in (2, 1, 3, 4, 5)],
    [(0.0, ("enter", ADA)), (0.0, ("away", "a", "c-1", 20.0)), (61.5, ("enter", BO))],
    [(0.0, (operation, "a", "c-1")) for operation in ("free", "back")],
    [(0.0, ("away", "a", "c-1", 20.0)), (0.0, ("dismiss", "a"))],
    [(0.0, ("enter", ADA)), (0.0, ("expire", "a"))],
]


def rare(test: Callable[..., Any]) -> Callable[..., Any]:
    return functools.reduce(lambda each, history: example(history=history)(each), RARE, test)


@given(history=histories)
@rare
@examples(800)
@pytest.mark.usefixtures("redis_connections")
async def test_both_answer_the_same_and_leave_the_same_room(
    redis_server: RedisServer, history: list[tuple[float, tuple[Any, ...]]]
):
    python, lua = Python(), Lua(redis_server.url)
    now = START
    for passed, operation in history:
        now += passed
        ours, theirs = (
            answer(python.run, now, *operation),
            await answer_of(lua.run, now, *operation),
        )
        assert theirs == ours, (now - START, operation)
        assert await lua.room() == python.room, (now - START, operation)


def test_the_histories_reach_every_kind_of_answer():
    """Or the comparison above would be about nothing."""
    seen = set()

    @given(history=histories)
    @rare
    @examples(3000)
    def run(history: list[tuple[float, tuple[Any, ...]]]) -> None:
        python, now = Python(), START
        for passed, (name, *args) in history:
            now += passed
            found = answer(python.run, now, name, *args)
            kind = "full" if isinstance(found, list) else found
            if isinstance(found, Entry):
                kind = ("entry", found.replaced is not None, bool(found.expired))
            elif isinstance(found, int):
                kind = "number"
            elif isinstance(found, str) and found.startswith("in "):
                kind = "too often"
            seen.add((name, kind))

    run()
    assert {
        ("enter", "full"), ("enter", "late"), ("enter", ("entry", True, False)),
        ("enter", ("entry", False, True)), ("enter", "too often"), ("away", "number"),
        ("away", None), ("free", "number"), ("free", None), ("back", "number"), ("back", None),
        ("expire", "number"), ("expire", None), ("enter", "unwanted"), ("dismiss", "number"),
        ("dismiss", None),
    } <= seen  # fmt: skip
