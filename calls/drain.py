"""The end of this process: nobody new is let in, and whoever is in is sent to another, in turn.

A thousand pages that come back in the same moment would be a flood for whoever takes over.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

T = TypeVar("T")

# Seconds from a connection to what is asked over it, or nearly always less.
ARRIVAL = 0.25
# So many sockets a second are no flood.
RATE = 100
# Seconds: sleeping costs more than closing a few at a time.
LEAST_PAUSE = 0.01


class Drain:
    """``is_on``: the process is about to end."""

    is_on = False


drain = Drain()


async def let_arrivals_ask() -> None:
    """Who was accepted before nobody was any more has a moment to say what for."""
    await asyncio.sleep(ARRIVAL)


async def in_turn(sockets: Sequence[T], seconds: float) -> AsyncIterator[T]:
    """Each when it may be closed, the last after ``seconds`` at most: evenly, ``RATE`` a second."""
    pause = min(seconds / max(len(sockets), 1), 1 / RATE)
    begun = time.monotonic()
    for number, each in enumerate(sockets):
        early = begun + number * pause - time.monotonic()
        if early > LEAST_PAUSE:
            await asyncio.sleep(early)
        yield each
