"""In which time sockets are closed when the process ends."""

import asyncio

import pytest

from calls import drain

COUNTS = [(0, 6.0, 0.0), (1, 6.0, 0.0), (2, 6.0, 0.01), (300, 6.0, 2.99), (6000, 6.0, 5.999),
          (100_000, 6.0, 5.99994), (500, 0.0, 0.0)]  # fmt: skip


class Time:
    """Goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("count", "seconds", "last"), COUNTS)
async def test_the_last_is_closed_in_time(
    count: int, seconds: float, last: float, monkeypatch: pytest.MonkeyPatch
):
    time = Time()
    monkeypatch.setattr(drain, "time", time)
    monkeypatch.setattr(asyncio, "sleep", time.sleep)
    closed = {number: time.now - 1000 async for number in drain.in_turn(range(count), seconds)}
    assert list(closed) == list(range(count))
    assert max(closed.values(), default=0) == pytest.approx(last, abs=drain.LEAST_PAUSE)
    # Evenly: at any time so many as there should be, but for what one pause is too short for.
    for number, at in closed.items():
        assert at == pytest.approx(last * number / max(count - 1, 1), abs=2 * drain.LEAST_PAUSE)
