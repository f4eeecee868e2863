"""How much one socket may ask of the server. No I/O: callers pass the time."""


class TokenBucket:
    """Allows ``rate`` events a second on average, and ``burst`` of them at once."""

    __slots__ = ("burst", "rate", "tokens", "updated")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """``now`` is a monotonic time in seconds; the bucket starts full."""
        self.rate = rate
        self.burst = burst
        self.tokens = burst
        self.updated = now

    def take(self, now: float, cost: float = 1) -> bool:
        """Count one event; false if it is one too many, which then is not counted.

        One that costs more than the burst waits until the bucket is full.
        """
        self.fill(now)
        if self.tokens < cost and self.tokens < self.burst:
            return False
        self.tokens -= cost
        return True

    def fill(self, now: float) -> None:
        """Bring ``tokens`` up to date. Below 0 they say that more has happened than was allowed."""
        tokens = self.tokens + (now - self.updated) * self.rate
        self.tokens = tokens if tokens < self.burst else self.burst
        self.updated = now
