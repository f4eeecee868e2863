"""Several servers on one port: started, watched, restarted, and ended together.

The port is opened once and inherited, so that no connection is lost while one of them is away.
"""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from calls import worker

logger = logging.getLogger("calls")

# Seconds until a worker that ended by itself is started again: doubled each time that it has not
# lived for STEADY.
FIRST_DELAY, LAST_DELAY, STEADY = 0.5, 30.0, 60.0
# Seconds that a worker may take until it can serve.
START_PATIENCE = 60.0
# More than it may take to end (settings.DRAIN_SECONDS), in seconds.
END_PATIENCE = 5.0

# The command of a worker, by the descriptors of the socket that all share and of its own, or 0.
Command = Callable[[int, int], list[str]]


class Worker:
    """One process, from its start to its end."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.started_at = time.monotonic()
        self.is_wanted = True
        """Whether its end is a fault."""
        self.process: asyncio.subprocess.Process
        self.ready: asyncio.Task[bool]
        """Whether it can serve, once that is known; false if it has ended, or takes too long."""
        self._lifeline, self._its_end = socket.socketpair()

    async def start(self, command: Command, listener: int, own: int) -> None:
        lifeline = self._its_end.fileno()
        told = worker.environment(self.number, lifeline, own)
        self.process = await asyncio.create_subprocess_exec(
            *command(listener, own),
            env=os.environ | told | {"WEB_CONCURRENCY": "1"},
            pass_fds=[descriptor for descriptor in (listener, lifeline, own) if descriptor],
        )
        self._its_end.close()
        self._lifeline.setblocking(False)
        self.ready = asyncio.create_task(self._wait_until_ready())

    async def _wait_until_ready(self) -> bool:
        loop = asyncio.get_running_loop()
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(START_PATIENCE):
                if await loop.sock_recv(self._lifeline, len(worker.READY)) == worker.READY:
                    logger.info("Worker %d can serve, as process %d", self.number, self.process.pid)
                    return True
        return False

    async def ended(self) -> int:
        """Its exit status, negative for a signal."""
        status = await self.process.wait()
        await self.ready
        self._lifeline.close()
        return status

    async def end(self, patience: float) -> None:
        """Ask it to end, and end it if it does not within ``patience`` seconds."""
        self.is_wanted = False
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(patience):
                await self.ended()
        except TimeoutError:
            logger.warning("Worker %d did not end in time: killed", self.number)
            self.signal(signal.SIGKILL)
            await self.ended()

    def signal(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            self.process.send_signal(number)


class Supervisor:
    """``count`` workers of one ``command`` that accept what comes to ``listener``.

    ``own``: of each worker alone, as many as there are workers, or none. ``drain`` is how many
    seconds a worker may take to end.
    """

    def __init__(
        self,
        count: int,
        command: Command,
        listener: socket.socket,
        own: Sequence[socket.socket],
        drain: float,
    ) -> None:
        self.count = count
        self._command = command
        self._listener = listener
        self._own = own
        self._patience = drain + END_PATIENCE
        self._workers: dict[int, Worker] = {}
        self._ending = asyncio.Event()
        self._restarting = asyncio.Lock()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. SIGHUP has one worker after the other replaced."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        restarts: set[asyncio.Task[None]] = set()

        def restart() -> None:
            task = asyncio.ensure_future(self.restart())
            restarts.add(task)
            task.add_done_callback(restarts.discard)

        loop.add_signal_handler(signal.SIGHUP, restart)
        keepers = [asyncio.create_task(self._keep(number + 1)) for number in range(self.count)]
        await self._ending.wait()
        logger.info("Going down: %d workers end", len(self._workers))
        for task in (*keepers, *restarts):
            task.cancel()
        # Nobody accepts what comes from now on: it is to be refused rather than to wait.
        for listener in (self._listener, *self._own):
            listener.close()
        await asyncio.gather(*(each.end(self._patience) for each in self._workers.values()))

    async def restart(self) -> None:
        """Replace one worker after the other, each only when the next can serve."""
        async with self._restarting:
            for number in sorted(self._workers):
                if not await self._replace(number):
                    return
            logger.info("All workers are new")

    async def _replace(self, number: int) -> bool:
        new = await self._start(number)
        if not await new.ready:
            logger.error("Worker %d cannot be replaced: the new one does not start", number)
            await new.end(self._patience)
            return False
        old = self._workers[number]
        self._workers[number] = new
        await old.end(self._patience)
        return True

    async def _keep(self, number: int) -> None:
        """Have a worker of this number at any time."""
        delay = FIRST_DELAY
        self._workers[number] = await self._start(number)
        while True:
            current = self._workers[number]
            status = await current.ended()
            if not current.is_wanted:
                continue  # it was replaced
            if time.monotonic() - current.started_at >= STEADY:
                delay = FIRST_DELAY
            logger.error("Worker %d ended with %d: again in %g s", number, status, delay)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LAST_DELAY)
            if self._workers[number] is current:  # nor was it replaced meanwhile
                self._workers[number] = await self._start(number)

    async def _start(self, number: int) -> Worker:
        new = Worker(number)
        own = self._own[number - 1].fileno() if self._own else 0
        await new.start(self._command, self._listener.fileno(), own)
        return new
