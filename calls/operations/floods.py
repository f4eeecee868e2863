"""Floods of lines in a log are counted, and summed up once a minute: no log grows without end."""

import contextlib
import threading
import time
from collections.abc import Callable, Hashable

from calls.limits.pace import Pace, TooOften

# Seconds between the first line that is held back and the sum of them.
SUM_UP_AFTER = 60.0


class Floods:
    """How many lines of each kind are written; the rest of them is counted."""

    def __init__(
        self,
        pace: Pace,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``say``: write a line, whatever its kind."""
        self._pace = pace
        self._say = say
        self._clock = clock
        self._dues: dict[Hashable, int] = {}
        self._held_back: dict[Hashable, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def admits(self, kind: Hashable, line: Callable[[], str]) -> bool:
        """Whether a line of this kind may be written; ``line`` says it, in case it is held back."""
        with self._lock:
            now = int(self._clock() * 1000)
            with contextlib.suppress(TooOften):
                self._dues[kind] = self._pace.after(self._dues.get(kind, 0), now)
                return True
            if not self._held_back:
                timer = threading.Timer(SUM_UP_AFTER, self.sum_up)
                timer.daemon = True
                timer.start()
            count, example = self._held_back.get(kind, (0, ""))
            self._held_back[kind] = (count + 1, example or line())
            return False

    def sum_up(self) -> None:
        """Say how many lines were held back since the last time."""
        with self._lock:
            held_back, self._held_back = self._held_back, {}
        for count, example in held_back.values():
            self._say(f"{count} more lines like: {example}")
