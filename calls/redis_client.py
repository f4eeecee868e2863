"""How this project talks to Redis: the one place that knows redis-py's options.

docs/decisions/0001-redis-pubsub.md tells why each of them is set.
"""

import asyncio
import hashlib
import socket
import zlib
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

# What a call to Redis raises when Redis cannot be reached or answers with an error.
UNAVAILABLE = (RedisError, OSError, TimeoutError)

# Seconds. A command that takes longer has failed; the caller then tells its client.
COMMAND_TIMEOUT = 4.0
CONNECT_TIMEOUT = 3.0

# Commands of one round trip at most.
BATCH = 256

# Nothing is asked of Redis to keep an idle connection: the kernel notices a dead one.
_KEEPALIVE = {
    getattr(socket, name): value
    for name, value in {"TCP_KEEPIDLE": 45, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 3}.items()
    if hasattr(socket, name)
}


def connect(url: str) -> Redis:
    """A client for one Redis server; it connects when it is first used."""
    pool = ConnectionPool.from_url(
        url,
        # RESP3 with its maintenance notifications skips the check for a connection that the
        # server closed while idle; the first command after that would fail.
        protocol=2,
        socket_timeout=COMMAND_TIMEOUT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_keepalive=True,
        socket_keepalive_options=_KEEPALIVE,
        # A second try behind our back would publish a message twice, and would hide that
        # the connection which listens has missed some. Our clients come back by themselves.
        retry=Retry(NoBackoff(), 0),
    )
    return Redis(connection_pool=pool)


async def ping(url: str) -> None:
    """Connect, ask for a sign of life, and disconnect. Raises one of ``UNAVAILABLE``."""
    client = connect(url)
    try:
        await client.execute_command("PING")  # type: ignore[no-untyped-call]
    finally:
        await client.aclose(close_connection_pool=True)


def shard(name: str, count: int) -> int:
    """Which of ``count`` servers a name belongs to: the same in every process."""
    return zlib.crc32(name.encode()) % count


class Health:
    """How this process finds its Redis servers, as far as it has asked them for something."""

    def __init__(self) -> None:
        self.errors = 0
        """Commands that failed."""
        self.away: set[str] = set()
        """URLs of those that did not answer last."""


health = Health()


class Script:
    """A Lua script and the hash that Redis knows it by."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


class Commands:
    """One connection that carries everybody's commands.

    What is asked for while a round trip is under way goes out together with the next one,
    in the order it was asked for. So neither many callers nor a slow network need more than
    one connection, of which free plans allow few.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url)
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[Any]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def run(self, *command: Any) -> Any:
        """Run one command and return its answer. Raises one of ``UNAVAILABLE``."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, answer))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        return await answer

    async def run_script(self, script: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run a script, sending its source only to a server that does not know it."""
        rest = (len(keys), *keys, *args)
        try:
            return await self.run("EVALSHA", script.sha, *rest)
        except NoScriptError:
            return await self.run("EVAL", script.source, *rest)

    async def _send(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                await self._send_batch(batch)
        finally:
            self._sender = None

    async def _send_batch(self, batch: list[tuple[tuple[Any, ...], asyncio.Future[Any]]]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for command, _ in batch:
            pipeline.execute_command(*command)
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except BaseException as error:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(
                        error if isinstance(error, Exception) else ConnectionError("closed")
                    )
            if not isinstance(error, UNAVAILABLE):
                raise
            health.errors += len(batch)
            health.away.add(self._url)
        else:
            health.away.discard(self._url)
            for (_, answer), value in zip(batch, answers, strict=True):
                if answer.done():
                    continue  # the caller was cancelled
                if isinstance(value, Exception):
                    health.errors += not isinstance(value, NoScriptError)
                    answer.set_exception(value)
                else:
                    answer.set_result(value)

    async def close(self) -> None:
        """Close the connection; what is under way fails."""
        if self._sender is not None:
            self._sender.cancel()
        waiting, self._waiting = self._waiting, []
        for _, answer in waiting:
            if not answer.done():
                answer.set_exception(ConnectionError("closed"))
        await self._client.aclose(close_connection_pool=True)


# Connections belong to the event loop that opened them.
_commands: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Commands]] = WeakKeyDictionary()


def commands(url: str) -> Commands:
    """This event loop's connection for commands to one server, shared by all who need it."""
    of_this_loop = _commands.setdefault(asyncio.get_running_loop(), {})
    if url not in of_this_loop:
        of_this_loop[url] = Commands(url)
    return of_this_loop[url]


async def close() -> None:
    """Close this event loop's connections for commands."""
    for each in _commands.pop(asyncio.get_running_loop(), {}).values():
        await each.close()
