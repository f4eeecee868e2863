"""How often, where one number is remembered: here, and in Redis."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import redis_client
from calls.limits.pace import UNLIMITED, Pace, TooOften, Wish, spend
from calls.limits.shared import MemoryLedger, RedisLedger
from tests.support.generated import examples
from tests.support.processes import RedisServer

START = 1_800_000_000_000


def test_a_burst_and_then_one_after_the_other():
    pace = Pace.of(3, 60)
    assert pace == Pace(interval=20_000, burst=3)
    due = 0
    for _ in range(3):
        due = pace.after(due, START)
    with pytest.raises(TooOften) as caught:
        pace.after(due, START)
    assert caught.value.wait == 20
    with pytest.raises(TooOften) as caught:
        pace.after(due, START + 19_999)
    assert caught.value.wait == 0.001
    assert pace.after(due, START + 20_000) == START + 80_000


def test_all_of_it_may_be_done_again_in_the_end():
    pace = Pace.of(3, 60)
    due = 0
    for now in (START, START, START, START + 60_000, START + 60_000, START + 60_000):
        due = pace.after(due, now)
    with pytest.raises(TooOften):
        pace.after(due, START + 60_000)


def test_without_a_limit_nothing_is_too_often():
    due = 0
    for _ in range(1000):
        due = UNLIMITED.after(due, START)


@given(
    count=st.integers(1, 50),
    seconds=st.sampled_from([1, 60, 3600]),
    waits=st.lists(st.sampled_from([0, 0, 0, 1, 999, 60_000, 4_000_000]), max_size=100),
)
@examples(300)
def test_no_pattern_gets_more(count: int, seconds: int, waits: list[int]):
    pace = Pace.of(count, seconds)
    now, due, done = START, 0, 0
    for wait in waits:
        now += wait
        try:
            due = pace.after(due, now)
        except TooOften:
            continue
        done += 1
    assert done <= count + (now - START) / pace.interval


def test_what_is_too_often_counts_nothing():
    one, other = Wish("one", Pace(1000, 1)), Wish("other", Pace(3000, 1))
    dues = spend({}, [one], START)
    assert dues == {"one": START + 1000}
    with pytest.raises(TooOften) as caught:
        spend(dues, [other, one], START)
    assert caught.value.wait == 1
    dues = spend(dues, [other], START)
    with pytest.raises(TooOften) as caught:
        spend(dues, [other, one], START)
    assert caught.value.wait == 3


def test_what_does_not_count_is_only_looked_at():
    look = Wish("kind", Pace(1000, 1), counts=False)
    assert spend({}, [look, look], START) == {}
    with pytest.raises(TooOften):
        spend({"kind": START + 1000}, [look], START)


wishes = st.lists(
    st.builds(
        Wish,
        kind=st.sampled_from(["joins", "rooms"]),
        pace=st.sampled_from([Pace(2000, 1), Pace(1000, 1), Pace(700, 3), Pace(60_000, 2)]),
        counts=st.booleans(),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda wish: wish.kind,
)
histories = st.lists(st.tuples(st.sampled_from([0, 0, 1, 499, 1000, 70_000]), wishes), max_size=30)


@given(history=histories)
@examples(300)
@pytest.mark.usefixtures("redis_connections")
async def test_redis_counts_alike(redis_server: RedisServer, history: list[tuple[int, list[Wish]]]):
    now, address = START, secrets.token_hex(8)
    memory = MemoryLedger(clock=lambda: now / 1000)
    redis = RedisLedger([redis_server.url], clock=lambda: now / 1000)
    for passed, wanted in history:
        now += passed
        answers = []
        for ledger in (memory, redis):
            try:
                await ledger.spend(address, *wanted)
                answers.append(0.0)
            except TooOften as error:
                answers.append(error.wait)
        assert answers[0] == answers[1], (now - START, wanted)
        # Not to be forgotten by Redis's own clock while the test's goes on.
        await redis_client.commands(redis_server.url).run("PERSIST", f"duet:address:{address}")


@pytest.mark.usefixtures("redis_connections")
async def test_redis_forgets_an_address_when_all_may_be_done_again(redis_server: RedisServer):
    ledger, address = RedisLedger([redis_server.url]), secrets.token_hex(8)
    commands = redis_client.commands(redis_server.url)
    await ledger.spend(address, Wish("joins", Pace(1000, 60)), Wish("rooms", Pace(30_000, 10)))
    await ledger.spend(address, Wish("joins", Pace(1000, 60)))
    left = await commands.run("PTTL", f"duet:address:{address}")
    assert 25_000 < left <= 30_000


async def test_of_many_addresses_only_those_are_remembered_that_matter(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("calls.limits.shared.MANY", 10)
    now = 0.0
    ledger = MemoryLedger(clock=lambda: now)
    wish = Wish("joins", Pace(1000, 1))
    for n in range(10):
        await ledger.spend(str(n), wish)
    now = 0.5
    await ledger.spend("late", wish)
    now = 1.0
    for n in range(20, 40):
        await ledger.spend(str(n), wish)
    with pytest.raises(TooOften):
        await ledger.spend("late", wish)
    assert len(ledger._dues) < 25
