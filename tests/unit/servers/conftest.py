"""A clock that tests move by hand, and a budget of 20 frames, and 10 more a second."""

import asyncio
from typing import Any

import pytest


class Clock:
    """A loop's clock and timers, moved by hand."""

    now = 0.0

    def __init__(self) -> None:
        self.timers: list[tuple[float, Any]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, action: Any) -> "Clock":
        self.timers.append((self.now + delay, action))
        return self

    def cancel(self) -> None:
        self.timers.clear()

    def move(self, seconds: float) -> None:
        self.now += seconds
        due = [action for at, action in self.timers if at <= self.now]
        self.timers = [(at, action) for at, action in self.timers if at > self.now]
        for action in due:
            action()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    settings.MESSAGE_RATE, settings.MESSAGE_BURST = 5, 10
    clock = Clock()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: clock)
    return clock
