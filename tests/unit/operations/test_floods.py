"""Lines of a kind that come without end."""

import threading
from collections.abc import Callable

import pytest

from calls.operations import floods
from calls.operations.floods import Floods


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What is to be called after a minute; nothing is called by itself."""
    begun: list[Callable[[], None]] = []

    class Timer(threading.Timer):
        def start(self) -> None:
            assert self.interval == floods.SUM_UP_AFTER
            begun.append(self.function)

    monkeypatch.setattr(threading, "Timer", Timer)
    return begun


def test_what_is_held_back_is_summed_up(timers: list[Callable[[], None]]):
    said: list[str] = []
    clock = Clock()
    counter = Floods(3, 60, said.append, clock)
    written = [counter.admits("refusal", f"line {n}".__str__) for n in range(10)]
    assert written == [True] * 3 + [False] * 7
    # Other kinds are written as ever.
    assert counter.admits("join", lambda: "joined")
    clock.now = 20
    assert counter.admits("refusal", lambda: "one more")
    assert not counter.admits("refusal", lambda: "line 10")
    (sum_up,) = timers
    sum_up()
    assert said == ["8 more lines like: line 3"]
    sum_up()
    assert len(said) == 1
    assert not counter.admits("refusal", lambda: "line 11")
    assert len(timers) == 2
    timers[1]()
    assert said[1:] == ["1 more lines like: line 11"]


def test_every_kind_has_a_sum_of_its_own(timers: list[Callable[[], None]]):
    said: list[str] = []
    counter = Floods(1, 60, said.append, Clock())
    for kind in ("one", "other"):
        for _ in range(3):
            counter.admits(kind, kind.__str__)
    assert len(timers) == 1
    timers[0]()
    assert said == ["2 more lines like: one", "2 more lines like: other"]
