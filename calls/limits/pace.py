"""How often something may be done where one number is all that is remembered of it.

The generic cell rate algorithm (ITU-T I.371, annex A): the number is the time at which all of it
may be done again. No clock: callers pass the time. Times are milliseconds, and whole, so that Redis
counts alike.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class TooOften(Exception):
    """It is to wait for ``wait`` seconds."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"{wait:g} seconds too early")


class Pace(NamedTuple):
    """``burst`` times at once, and once every ``interval`` milliseconds after that."""

    interval: int
    burst: int

    @classmethod
    def of(cls, count: int, seconds: int) -> "Pace":
        """``count`` times in so many seconds, also at once."""
        return cls(max(1, 1000 * seconds // count), count)

    def after(self, due: int, now: int) -> int:
        """What to remember once it is done, where ``due`` was. Raises ``TooOften``."""
        if self == UNLIMITED:
            return due
        due = max(due, now) + self.interval
        wait = due - now - self.burst * self.interval
        if wait > 0:
            raise TooOften(wait / 1000)
        return due


UNLIMITED = Pace(0, 0)


class Wish(NamedTuple):
    """To do something of this kind, or only to find out whether it may be done."""

    kind: str
    pace: Pace
    counts: bool = True


def spend(dues: Mapping[str, int], wishes: Sequence[Wish], now: int) -> dict[str, int]:
    """What to remember by kind once all of it is done. Raises ``TooOften`` if one must wait."""
    after: dict[str, int] = {}
    waits = [0.0]
    for kind, pace, counts in wishes:
        try:
            due = pace.after(dues.get(kind, 0), now)
        except TooOften as error:
            waits.append(error.wait)
        else:
            if counts:
                after[kind] = due
    if max(waits):
        raise TooOften(max(waits))
    return {**dues, **after}
