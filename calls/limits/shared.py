"""How often one address may join, across the processes that share a Redis."""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from django.conf import settings

from calls import redis_client
from calls.limits.pace import TooOften, Wish, spend

SCRIPT = redis_client.Script(Path(__file__).with_name("spend.lua").read_text())
# Of so many addresses what is over is forgotten.
MANY = 10_000


class Ledger(Protocol):
    """What is remembered of each address."""

    async def spend(self, address: str, *wishes: Wish) -> None:
        """Count all of it at once. Raises ``TooOften``, and then counts nothing."""


class MemoryLedger:
    """One process's."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._dues: dict[str, dict[str, int]] = {}
        self._clock = clock
        self._most = MANY

    async def spend(self, address: str, *wishes: Wish) -> None:
        """As ``Ledger`` says; nothing is awaited."""
        self.spend_now(address, *wishes)

    def spend_now(self, address: str, *wishes: Wish) -> None:
        """The same at once."""
        now = int(self._clock() * 1000)
        self._dues[address] = spend(self._dues.get(address, {}), wishes, now)
        if len(self._dues) > self._most:
            self._forget(now)

    def _forget(self, now: int) -> None:
        self._dues = {
            address: dues
            for address, dues in self._dues.items()
            if max(dues.values(), default=0) > now
        }
        # Not to look through all of them for each one more.
        self._most = max(MANY, 2 * len(self._dues))


class RedisLedger:
    """That of all processes; with several servers, an address picks one.

    ``clock`` stands in for that of the servers.
    """

    def __init__(self, urls: list[str], clock: Callable[[], float] | None = None) -> None:
        self.urls = urls
        self._clock = clock

    async def spend(self, address: str, *wishes: Wish) -> None:
        """As ``Ledger`` says, in one command. Raises one of ``UNAVAILABLE`` as well."""
        url = self.urls[redis_client.shard(address, len(self.urls))]
        now = "" if self._clock is None else str(int(self._clock() * 1000))
        each = [(kind, *pace, int(counts)) for kind, pace, counts in wishes]
        wait: int = await redis_client.commands(url).run_script(
            SCRIPT,
            keys=[f"duet:address:{address}"],
            args=[now, *(part for one in each for part in one)],
        )
        if wait:
            raise TooOften(wait / 1000)


@functools.cache
def get_ledger() -> Ledger:
    """The ledger this process uses, by settings."""
    return RedisLedger(settings.REDIS_URLS) if settings.REDIS_URLS else MemoryLedger()
