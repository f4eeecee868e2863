"""Floods of lines in a log are counted, and summed up once a minute: no log grows without end."""

import threading
import time
from collections.abc import Callable, Hashable

from calls.limits.bucket import TokenBucket

# Seconds between the first line that is held back and the sum of them.
SUM_UP_AFTER = 60.0


class Floods:
    """How many lines of each kind are written; the rest of them is counted."""

    def __init__(
        self,
        lines: int,
        seconds: float,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """So many ``lines`` of a kind in so many ``seconds``, also at once.

        ``say``: write a line, whatever its kind.
        """
        self._lines = lines
        self._seconds = seconds
        self._say = say
        self._clock = clock
        self._buckets: dict[Hashable, TokenBucket] = {}
        self._held_back: dict[Hashable, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def admits(self, kind: Hashable, line: Callable[[], str]) -> bool:
        """Whether a line of this kind may be written; ``line`` says it, in case it is held back."""
        with self._lock:
            now = self._clock()
            bucket = self._buckets.get(kind)
            if bucket is None:
                bucket = TokenBucket(self._lines / self._seconds, self._lines, now)
                self._buckets[kind] = bucket
            if bucket.take(now):
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
