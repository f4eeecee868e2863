"""The credentials at hand, and when to ask for others. Pure: the time is passed in.

All times in seconds; points in time are Unix time.
"""

from dataclasses import dataclass, replace

from calls.ice.servers import Provided

# After the first failure, doubled by each further one.
RETRY_FIRST, RETRY_MOST = 1.0, 60.0
# A wrong token does not become right by asking again.
RETRY_REFUSED = 600.0


@dataclass(frozen=True)
class Stock:
    """``due``: when to ask the provider next; ``failures``: since it answered last."""

    provided: Provided | None = None
    due: float = 0.0
    failures: int = 0

    def usable(self, now: float) -> Provided | None:
        """What can be given to a client: also when it is old, as long as it is valid."""
        if self.provided is not None and now < self.provided.expires:
            return self.provided
        return None

    def renewed(self, provided: Provided, now: float) -> "Stock":
        """The provider answered. What it gave is replaced when half of its life is over, so
        that clients get what still lasts.
        """
        return Stock(provided, due=now + (provided.expires - now) / 2)

    def failed(self, now: float, *, refused: bool) -> "Stock":
        """The provider did not answer, or ``refused`` to: what it gave before is kept."""
        wait = min(RETRY_FIRST * 2.0 ** min(self.failures, 10), RETRY_MOST)
        due = now + (RETRY_REFUSED if refused else wait)
        return replace(self, due=due, failures=self.failures + 1)
