"""How a process keeps itself supplied: by a clock of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from calls.ice.provider import supply
from calls.ice.provider.failure import Failure
from calls.ice.provider.request import Request
from calls.ice.provider.supply import Supply
from calls.ice.servers import IceSettings, Provider
from tests.support.turn_answers import answer
from tests.support.turn_provider import hangs, says, turn_provider

PROVIDER = Provider("https://turn.example.org/credentials", "SEKRET")
GOOD = answer("cloudflare")
START = 1_700_000_000.0
DAY = 86_400
HOURS_12 = DAY / 2

NO_ANSWER = Failure("no answer")
REFUSED = Failure("status 401", refused=True)


class World:
    """A clock that is moved by whoever sleeps, and a provider with a list of answers."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.now = START
        self.asked: list[float] = []
        """When, in seconds since the start."""
        self._answers: Iterator[bytes | Exception] = iter(answers)
        self.supply = Supply(PROVIDER, DAY, self.fetch, lambda: self.now, self.sleep)

    async def fetch(self, request: Request, /) -> bytes:
        result = next(self._answers, None)
        if result is None:
            raise asyncio.CancelledError
        self.asked.append(self.now - START)
        if isinstance(result, Exception):
            raise result
        return result

    async def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= supply.LOOK_AGAIN
        self.now += seconds

    async def run(self) -> None:
        """Until the answers are used up."""
        with pytest.raises(asyncio.CancelledError):
            await self.supply.keep()


async def test_it_asks_again_when_half_of_the_life_is_over():
    world = World(GOOD, GOOD, GOOD)
    await world.run()
    assert world.asked == [0, HOURS_12, DAY]


async def test_a_shorter_life_that_the_provider_tells():
    body = b'{"uris": ["turn:a"], "username": "u", "password": "p", "ttl": 600}'
    world = World(body, body)
    await world.run()
    assert world.asked == [0, 300]


async def test_it_tries_again_after_failures_less_and_less_often():
    world = World(*[NO_ANSWER] * 9, GOOD, NO_ANSWER, GOOD)
    await world.run()
    waits = [after - before for before, after in zip(world.asked, world.asked[1:], strict=False)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, HOURS_12, 1]


async def test_a_wrong_token_is_not_tried_often():
    world = World(REFUSED, REFUSED, GOOD)
    await world.run()
    assert world.asked == [0, 600, 1200]


async def test_what_there_is_is_given_until_it_expires():
    world = World(GOOD)
    await world.supply.renew()
    first = await world.supply.current()
    assert first is not None
    assert first.expires == START + DAY
    world.now = START + DAY - 1
    assert await world.supply.current() == first
    world.now = START + DAY
    assert await world.supply.current() is None


async def test_failures_do_not_take_away_what_there_is():
    world = World(GOOD, NO_ANSWER, REFUSED, b"?")
    await world.supply.renew()
    first = await world.supply.current()
    for _ in range(3):
        world.now += HOURS_12 / 4
        await world.supply.renew()
        assert await world.supply.current() == first


@pytest.mark.parametrize("wrong", [NO_ANSWER, b"", b"[]", ZeroDivisionError("SEKRET")])
async def test_what_is_wrong_is_said_once_and_what_is_right_again_too(
    calls_log: list[str], wrong: bytes | Exception
):
    world = World(wrong, wrong, wrong, GOOD, GOOD, wrong, wrong, GOOD)
    await world.run()
    assert [line.partition(" from ")[0] for line in calls_log] == [
        "No TURN credentials", "TURN credentials", "No TURN credentials", "TURN credentials",
    ]  # fmt: skip
    assert "calls have no relay until there are" in calls_log[0]
    assert calls_log[1] == "TURN credentials from turn.example.org, valid for 86400 seconds"
    assert "the last ones go on being used" in calls_log[2]
    assert "SEKRET" not in "".join(calls_log)


async def test_reasons_that_take_turns_are_said_once_each(calls_log: list[str]):
    world = World(*[NO_ANSWER, REFUSED] * 5)
    await world.run()
    assert len(calls_log) == 2


async def test_nothing_to_complain_of_is_said_once(calls_log: list[str]):
    await World(*[GOOD] * 5).run()
    assert len(calls_log) == 1


async def test_nobody_waits_for_a_provider_that_is_known_to_fail():
    world = World(NO_ANSWER)
    await world.supply.renew()
    with pytest.raises(StopIteration) as found:
        world.supply.current().send(None)  # runs up to its first wait
    assert found.value.value is None


# -- The thread -------------------------------------------------------------------------------


@pytest.fixture
async def ended() -> AsyncIterator[None]:
    """Whatever the test began is ended after it."""
    yield
    await asyncio.to_thread(supply.end)


async def test_without_a_provider_there_is_nothing_to_wait_for():
    supply.begin(IceSettings())
    assert await supply.current() is None


async def test_many_wait_for_one_first_answer(ended: None):
    """As long as it takes, up to two seconds; the provider is asked once."""
    asked_for = asyncio.Event()

    async def after_a_while(writer: asyncio.StreamWriter) -> None:
        await asked_for.wait()
        await says(GOOD, 201)(writer)

    async with turn_provider(after_a_while) as provider:
        supply.begin(IceSettings(provider=Provider(provider.url, "t")))
        waiting = [asyncio.create_task(supply.current()) for _ in range(20)]
        await provider.was_asked()
        assert not any(task.done() for task in waiting)
        asked_for.set()
        found = await asyncio.gather(*waiting)
        assert found[0] is not None
        assert all(each == found[0] for each in found)
        assert len(provider.asked) == 1


async def test_nobody_waits_longer_than_patience_has(ended: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supply, "PATIENCE", 0.05)
    async with turn_provider(hangs) as provider:
        supply.begin(IceSettings(provider=Provider(provider.url, "t")))
        assert await supply.current() is None
        await provider.was_asked()
        assert await supply.current() is None
        # Whoever gave up has not ended the attempt, and there is no other.
        assert len(provider.asked) == 1
