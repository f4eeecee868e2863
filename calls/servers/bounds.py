"""What one connection may cost, whatever it sends: the same under every server.

Pings, pongs, empty fragments and what comes after a close frame never reach a consumer, whose
limits are for messages; a server takes time and memory for each all the same.
"""

import asyncio
from collections.abc import Callable

from django.conf import settings

from calls.limits.bucket import TokenBucket

# Bytes that may wait for a client that reads slowly or not at all.
MAX_UNSENT_BYTES = 1_048_576
# Seconds for all headers of a request, from its first byte on; of the first, from the connection.
HEADERS_TIMEOUT = 20.0
# Bytes that cost as much as a frame.
FRAME_BYTES = 16_384
# A frame may come letter by letter: what taking a piece of it costs.
READ_COST = 0.1
# Bytes of the smallest frame that a client may send: a header, and a mask (RFC 6455, section 5.2).
SMALLEST_FRAME = 6
# Seconds that a connection is not read at least: each time costs as much as some frames.
PAUSE = 0.1


class Budget:
    """What one connection may ask of the server.

    Twice as many frames as it may send messages. Beyond that it is not read for a while, and TCP's
    flow control holds the sender up (RFC 9293, section 3.8.6): nothing is lost, nobody is told, and
    no other connection waits.
    """

    __slots__ = ("_bucket", "_loop", "_resume", "_timer")

    def __init__(self, resume: Callable[[], None]) -> None:
        """``resume``: called when reading may go on after ``is_spent`` has said that it may not."""
        self._loop = asyncio.get_running_loop()
        self._bucket = TokenBucket(
            2 * settings.MESSAGE_RATE, 2 * settings.MESSAGE_BURST, self._loop.time()
        )
        self._resume = resume
        self._timer: asyncio.TimerHandle | None = None

    def charge_read(self) -> None:
        """Something has come, of whatever frames."""
        self._bucket.fill(self._loop.time())
        self._bucket.tokens -= READ_COST

    def charge(self, length: int, frames: int = 1) -> None:
        """So many frames with ``length`` bytes of payload together, of what has come."""
        self._bucket.tokens -= frames + length // FRAME_BYTES

    def covers(self, length: int) -> bool:
        """Whether so many bytes are within it, whatever frames they are."""
        return length <= SMALLEST_FRAME * self._bucket.tokens

    def is_spent(self) -> bool:
        """Whether nothing more is to be read until ``resume`` is called."""
        if self._timer is not None:
            return True
        if self._bucket.tokens >= 0:
            return False
        delay = max(-self._bucket.tokens / self._bucket.rate, PAUSE)
        self._timer = self._loop.call_later(delay, self._go_on)
        return True

    def _go_on(self) -> None:
        self._timer = None
        self._bucket.fill(self._loop.time())
        self._resume()

    def close(self) -> None:
        """Nothing is read any more."""
        self._resume = _nothing  # it belongs to the connection, which this belongs to
        if self._timer is not None:
            self._timer.cancel()


def _nothing() -> None:
    pass


class HeadersDeadline:
    """Ends a connection whose request has not come in time."""

    __slots__ = ("_abort", "_timer")

    def __init__(self, abort: Callable[[], None]) -> None:
        """It runs from now on: whoever connects is to ask for something."""
        self._abort = abort
        self._timer: asyncio.TimerHandle | None = None
        self.begin()

    def begin(self) -> None:
        """Some of a request has come; nothing changes if there was some already."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HEADERS_TIMEOUT, self._abort)

    def end(self) -> None:
        """All headers are there, or the connection is not any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
