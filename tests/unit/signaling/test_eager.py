"""What runs at once, what runs later, and in which task."""

import asyncio

import pytest

from calls.signaling import eager
from calls.signaling.eager import Started


async def test_what_never_waits_is_done_at_once():
    async def work() -> int:
        return 7

    started = Started(work())
    assert started.done
    assert await started == 7


async def test_the_first_step_runs_at_once_and_the_rest_when_awaited():
    log = []
    gate = asyncio.get_running_loop().create_future()

    async def work() -> str:
        log.append("first")
        log.append(await gate)
        await asyncio.sleep(0)
        return "end"

    started = Started(work())
    assert (log, started.done) == (["first"], False)
    gate.set_result("second")
    assert await started == "end"
    assert log == ["first", "second"]


async def test_an_error_comes_out_of_whatever_step_it_is_raised_in():
    async def fail_at_once() -> None:
        raise ZeroDivisionError

    async def fail_later() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Started(fail_at_once())
    started = Started(fail_later())
    with pytest.raises(ZeroDivisionError):
        await started


async def test_whoever_awaits_it_can_give_it_up():
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    started = Started(work())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await started
    assert ended.is_set()


async def test_start_makes_a_task_only_for_what_waits():
    async def at_once() -> None:
        pass

    gate = asyncio.Event()
    assert eager.start(at_once()) is None
    task = eager.start(gate.wait())  # type: ignore[arg-type]
    assert task is not None
    gate.set()
    await task


async def test_the_first_step_is_not_in_a_task_of_its_own():
    """Why nothing may set a time limit there: it would be the starter's."""
    tasks = []

    async def work() -> None:
        tasks.append(asyncio.current_task())
        await eager.own_task()
        tasks.append(asyncio.current_task())

    task = eager.start(work())
    assert task is not None
    await task
    assert tasks == [asyncio.current_task(), task]
