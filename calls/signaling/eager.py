"""Coroutines that run up to their first wait at once, and as a task only from there on.

Most of what a socket does never waits: a task for each frame, or a timeout around it, would
cost more than the work. Python 3.12 has this built in, as ``asyncio.Task(eager_start=True)``;
when no older version is supported any more, that takes this module's place.

What runs up to the first wait is not yet a task of its own, so it must not set a time limit:
``asyncio.timeout`` belongs to the current task, and another goes on with the rest.
``own_task`` ends that part.
"""

import asyncio
import functools
from collections.abc import Coroutine, Generator
from typing import Any


class Started:
    """Awaits the rest of a coroutine that has run up to its first wait."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self.coroutine = coroutine
        self.waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self.waits_for
        while True:
            try:
                result = yield waits_for
            except BaseException as error:
                step = functools.partial(self.coroutine.throw, error)
            else:
                step = functools.partial(self.coroutine.send, result)
            try:
                waits_for = step()
            except StopIteration:
                return


def start(work: Coroutine[Any, Any, None]) -> Started | None:
    """Run ``work`` up to its first wait; None if it had none. Raises what it raises till there."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return Started(work, waits_for)


def start_task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """``start``, and a task for the rest."""
    started = start(work)
    return None if started is None else asyncio.create_task(_finish(started))


async def _finish(started: Started) -> None:
    await started


async def own_task() -> None:
    """From here on what was started runs in a task of its own, and may set time limits."""
    await asyncio.sleep(0)
