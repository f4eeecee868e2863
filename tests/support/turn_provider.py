"""A provider of TURN credentials on this machine, which can do all that a real one can, and lie."""

import asyncio
import http.client
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

Writer = asyncio.StreamWriter
Behaviour = Callable[[Writer], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; the names of the headers in lower case."""

    method: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


def says(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    """An answer."""

    async def behave(writer: Writer) -> None:
        fields = {"Content-Length": str(len(body)), "Connection": "close", **headers}
        lines = [f"HTTP/1.1 {status} {http.client.responses[status]}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return behave


async def hangs(writer: Writer) -> None:
    """Says nothing until the other side gives up."""
    await writer.wait_closed()


async def trickles(writer: Writer) -> None:
    """A byte at a time, never silent for long and never done."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def hangs_up(writer: Writer) -> None:
    """Closes the connection without a word."""


async def is_no_server(writer: Writer) -> None:
    """Speaks something else than HTTP."""
    writer.write(b"220 mail.example.org ESMTP\r\n")
    await writer.drain()


class TurnProvider:
    """``behaviour`` decides about every request to come; ``asked`` has all there were."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.asked: list[Asked] = []
        self._news = asyncio.Condition()
        self._open: dict[Writer, asyncio.Task[None] | None] = {}
        self.url = ""

    async def was_asked(self, times: int = 1) -> None:
        """Wait for that many requests, all in all."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.asked) >= times)

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            asked = await _read(reader)
            async with self._news:
                self.asked.append(asked)
                self._news.notify_all()
            await self.behaviour(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side has had enough
        finally:
            del self._open[writer]
            writer.close()

    async def end(self) -> None:
        tasks = [task for task in self._open.values() if task is not None]
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*tasks)


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = await reader.readuntil(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    method, target, _ = line.decode().split(" ")
    fields = http.client.parse_headers(io.BytesIO(rest))
    headers = {name.lower(): value for name, value in fields.items()}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, parse_qs(urlsplit(target).query), headers, body)


@asynccontextmanager
async def turn_provider(behaviour: Behaviour) -> AsyncIterator[TurnProvider]:
    """A provider on a free port of 127.0.0.1, whose address is in ``url``."""
    provider = TurnProvider(behaviour)
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/credentials"
    try:
        yield provider
    finally:
        server.close()
        await provider.end()
        await server.wait_closed()
