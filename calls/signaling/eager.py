"""Coroutines that run up to their first wait at once, and as a task only from there on.

Most of what a socket does never waits: a task for each frame, or a timeout around it, would
cost more than the work. Python 3.12 has this built in, as ``asyncio.Task(eager_start=True)``;
when no older version is supported any more, that takes this module's place.
"""

import asyncio
import functools
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Started(Generic[T]):
    """A coroutine that has already run up to its first wait. It can be awaited once.

    ``done`` when there was no such wait. What runs in that first step is not yet a task of its
    own, so it must not set a time limit: ``asyncio.timeout`` belongs to the current task, which
    another goes on in. ``own_task`` ends the step.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        """Runs the first step, and raises what it raises."""
        self.coroutine = coroutine
        self.done = False
        self._waits_for: Any = None
        self._result: Any = None
        try:
            self._waits_for = coroutine.send(None)
        except StopIteration as end:
            self.done, self._result = True, end.value

    def __await__(self) -> Generator[Any, Any, T]:
        if self.done:
            return self._result  # type: ignore[no-any-return]
        waits_for = self._waits_for
        while True:
            try:
                result = yield waits_for
            except BaseException as error:
                step = functools.partial(self.coroutine.throw, error)
            else:
                step = functools.partial(self.coroutine.send, result)
            try:
                waits_for = step()
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]


async def own_task() -> None:
    """From here on what was started runs in a task of its own, and may set time limits."""
    await asyncio.sleep(0)


async def _finish(started: Started[None]) -> None:
    await started


def start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run ``work`` up to its first wait; the rest is a task, None if nothing is left to do."""
    started = Started(work)
    return None if started.done else asyncio.create_task(_finish(started))
