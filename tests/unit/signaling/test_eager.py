"""What runs at once, what runs later, and in which task."""

import asyncio

import pytest

from calls.signaling import eager


async def test_the_first_step_runs_at_once_and_the_rest_when_awaited():
    log = []
    gate = asyncio.get_running_loop().create_future()

    async def work() -> None:
        log.append("first")
        log.append(await gate)
        await asyncio.sleep(0)
        log.append("third")

    started = eager.start(work())
    assert started is not None
    assert log == ["first"]
    gate.set_result("second")
    await started
    assert log == ["first", "second", "third"]


async def test_what_never_waits_is_done_at_once():
    log = []

    async def work() -> None:
        log.append("all")

    assert eager.start(work()) is None
    assert eager.start_task(work()) is None
    assert log == ["all"] * 2


async def test_an_error_comes_out_of_whatever_step_it_is_raised_in():
    async def fail_at_once() -> None:
        raise ZeroDivisionError

    async def fail_later() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        eager.start(fail_at_once())
    started = eager.start(fail_later())
    assert started is not None
    with pytest.raises(ZeroDivisionError):
        await started


async def test_whoever_awaits_it_can_give_it_up():
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    started = eager.start(work())
    assert started is not None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await started
    assert ended.is_set()


async def test_the_first_step_is_not_in_a_task_of_its_own():
    """Why nothing may set a time limit there: it would be the starter's."""
    tasks = []

    async def work() -> None:
        tasks.append(asyncio.current_task())
        await eager.own_task()
        tasks.append(asyncio.current_task())

    task = eager.start_task(work())
    assert task is not None
    await task
    assert tasks == [asyncio.current_task(), task]
