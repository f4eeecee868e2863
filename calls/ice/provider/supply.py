"""Keeps this process supplied with a provider's credentials, one set for everybody.

A thread of its own asks the provider, so that neither the start nor a call waits for what is
slow in it (DNS, certificates, the provider itself), and so that it is asked once at a time.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Protocol

from calls.ice.provider import answer, selection
from calls.ice.provider.failure import Failure
from calls.ice.provider.request import Request, host_of, request
from calls.ice.provider.stock import Stock
from calls.ice.servers import IceSettings, Provided, Provider

logger = logging.getLogger(__name__)

# Seconds that a client waits, while the provider has not been heard of at all.
PATIENCE = 2.0

# Of a request: credentials came, they did not, or the provider does not want to give any.
OUTCOMES = ("ok", "failed", "refused")

# Seconds. Where a machine sleeps, so do its timers: the clock is looked at that often.
LOOK_AGAIN = 60.0


class Fetch(Protocol):
    """The body of a provider's answer; raises ``Failure``."""

    async def __call__(self, request: Request, /) -> bytes: ...


class Supply:
    """One provider's. ``keep`` runs in one event loop, ``current`` in any."""

    def __init__(
        self,
        provider: Provider,
        ttl: int,
        fetch: Fetch,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self.host = host_of(provider.url)
        self.stock = Stock()
        self._request = request(provider, ttl)
        self._fetch = fetch
        self._heard: Future[None] = Future()
        """Done when the first attempt is over."""
        self.asked = dict.fromkeys(OUTCOMES, 0)
        """How often the provider was asked, by what came of it."""
        self._said: set[str] = set()
        """Reasons that are in the log since the provider answered last."""

    async def current(self) -> Provided | None:
        """What to give to a client now; None if there is nothing. Waits at most ``PATIENCE``."""
        if not self._heard.done():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await asyncio.shield(asyncio.wrap_future(self._heard))
        return self.stock.usable(self._clock())

    async def keep(self) -> None:
        """Ask the provider whenever it is time to, for ever."""
        while True:
            if self.stock.due <= self._clock():
                await self.renew()
            await self._sleep(min(self.stock.due - self._clock(), LOOK_AGAIN))

    async def renew(self) -> None:
        """Ask the provider once. Does not raise."""
        try:
            provided = await self._ask()
        except Failure as failure:
            self.asked["refused" if failure.refused else "failed"] += 1
            self.stock = self.stock.failed(self._clock(), refused=failure.refused)
            self._complain(failure)
        else:
            self.asked["ok"] += 1
            first = self.stock.provided is None
            self.stock = self.stock.renewed(provided, self._clock())
            self._rejoice(provided, first=first)
        if not self._heard.done():
            self._heard.set_result(None)

    async def _ask(self) -> Provided:
        asked_at = self._clock()
        try:
            found = answer.parse(await self._fetch(self._request))
            stun, turn = selection.select(found.servers)
        except answer.NotUnderstood:
            raise Failure("an answer that is not understood") from None
        except Failure:
            raise
        except Exception as error:  # whatever it was, it must not end the supply
            raise Failure(type(error).__name__) from None
        if not turn:
            raise Failure("no TURN address that browsers can use")
        return Provided(stun, turn, asked_at + (found.ttl or self._request.ttl))

    def _complain(self, failure: Failure) -> None:
        """Say each reason once: not at every attempt, still less at every join."""
        if failure.reason in self._said:
            return
        self._said.add(failure.reason)
        logger.log(
            logging.ERROR if failure.refused else logging.WARNING,
            "No TURN credentials from %s (%s): %s",
            self.host,
            failure.reason,
            "the last ones go on being used"
            if self.stock.usable(self._clock())
            else "calls have no relay until there are",
        )

    def _rejoice(self, provided: Provided, *, first: bool) -> None:
        if first or self._said:
            seconds = provided.expires - self._clock()
            logger.info("TURN credentials from %s, valid for %.0f seconds", self.host, seconds)
        self._said.clear()


class _Running:
    """A supply and the thread that keeps it."""

    def __init__(self, supply: Supply) -> None:
        self.supply = supply
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="turn-provider", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._keep())

    async def _keep(self) -> None:
        keeping = asyncio.create_task(self.supply.keep())
        await self._ended.wait()
        keeping.cancel()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()


_running: _Running | None = None


def begin(config: IceSettings) -> None:
    """Ask for credentials from now on, if a provider is configured."""
    global _running  # noqa: PLW0603 - one a process
    if config.provider is not None:
        _running = _Running(Supply(config.provider, config.turn_ttl, _fetch))


def end() -> None:
    """Ask no more, and forget what there is."""
    global _running  # noqa: PLW0603
    if _running is not None:
        _running.end()
        _running = None


async def current() -> Provided | None:
    """What to give to a client now; None without a provider, or when it gives nothing.

    Waits two seconds at most (``PATIENCE``), and only for the provider's first answer.
    """
    return None if _running is None else await _running.supply.current()


def figures() -> tuple[dict[str, int], float]:
    """How often the provider was asked, by outcome; until when what it gave is valid.

    The latter in Unix time, 0 without any.
    """
    if _running is None:
        return dict.fromkeys(OUTCOMES, 0), 0.0
    supply = _running.supply
    return supply.asked, supply.stock.provided.expires if supply.stock.provided else 0.0


async def _fetch(request: Request) -> bytes:
    from calls.ice.provider import client  # noqa: PLC0415 - httpx takes memory, and time

    return await client.fetch(request)
