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
        """Count one event; false if it is one too many, which then is not counted."""
        self.charge(now, 0)
        if self.tokens < cost:
            return False
        self.tokens -= cost
        return True

    def charge(self, now: float, cost: float) -> None:
        """Count what has happened already; ``tokens`` below 0 says that it was too much."""
        self.tokens = min(self.burst, self.tokens + (now - self.updated) * self.rate) - cost
        self.updated = now
