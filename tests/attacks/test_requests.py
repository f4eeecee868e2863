"""Requests that bring content, or never end."""

import asyncio
import contextlib

import pytest

from calls.servers.bounds import HEADERS_TIMEOUT
from tests.attacks.hostile import dialled, flood, memory
from tests.support.processes import Daphne, Server, Uvicorn

ANNOUNCED = {
    "with a length": b"Content-Length: 200000000",
    "in chunks": b"Transfer-Encoding: chunked",
}
CHUNK = b"10000\r\n" + bytes(65_536) + b"\r\n"
MOST, MEMORY = 12_000_000, 8 * 1024 * 1024


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("how", ANNOUNCED)
async def test_content_is_refused_before_it_comes(server: Server, how: str, method: str) -> None:
    before = memory(server)
    async with dialled(server) as (reader, writer):
        head = f"{method} /healthz HTTP/1.1\r\nHost: {server.address}\r\n".encode()
        writer.write(head + ANNOUNCED[how] + b"\r\n\r\n")
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413 "), answer
        assert await flood(writer, CHUNK, 40_000_000) < MOST
    assert memory(server) - before < MEMORY


async def test_a_request_without_content_says_so_as_it_likes(server: Server) -> None:
    async with dialled(server) as (reader, writer):
        writer.write(
            f"GET /healthz HTTP/1.1\r\nHost: {server.address}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")


async def test_who_asks_on_and_reads_no_answers_is_held_up(server: Server) -> None:
    before = memory(server)
    request = b"GET /static/calls/invitation.png HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with dialled(server) as (_, writer):
        assert await flood(writer, request * 500, 10_000_000) < 10_000_000
        assert memory(server) - before < 3 * MEMORY


async def test_who_asks_on_while_it_is_answered_is_held_up_or_ended(server: Server) -> None:
    """uvicorn would read on at every answer, far faster than it gives them."""
    request = f"GET /{'x' * 8000} HTTP/1.1\r\nHost: {server.address}\r\n\r\n".encode()
    answers = 0

    async with dialled(server) as (reader, writer):

        async def read() -> None:
            nonlocal answers
            with contextlib.suppress(ConnectionError):
                while answers < 1000 and (some := await reader.read(65_536)):
                    answers += some.count(b"HTTP/1.1 404 ")

        sent, reading = 0, asyncio.create_task(read())
        with contextlib.suppress(ConnectionError):
            while not reading.done():
                writer.write(request)
                sent += len(request)
                await asyncio.wait(
                    [reading, asyncio.create_task(writer.drain())],
                    return_when=asyncio.FIRST_COMPLETED,
                )
    assert sent - answers * len(request) < MOST


async def ends(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(65_536):
            pass


async def drip(writer: asyncio.StreamWriter) -> None:
    """A header that grows by a letter a second."""
    with contextlib.suppress(ConnectionError):
        for _ in range(60):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(1)


async def is_ended(server: Server, beginning: bytes, *, dripping: bool) -> None:
    """By the server, some time after the limit at the latest; a letter a second is no request."""
    async with dialled(server) as (reader, writer):
        writer.write(beginning)
        dripper = asyncio.create_task(drip(writer)) if dripping else None
        async with asyncio.timeout(2 * HEADERS_TIMEOUT):
            await ends(reader)
        if dripper:
            dripper.cancel()


async def test_who_asks_for_nothing_is_ended(daphne: Daphne, uvicorn: Uvicorn) -> None:
    """Silent, letter by letter, and so after an answer; all at once, for each takes its time."""
    head = b"GET /healthz HTTP/1.1\r\nX-Slow: "
    whole = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    await asyncio.gather(
        *(
            is_ended(server, beginning, dripping=dripping)
            for server in (daphne, uvicorn)
            for beginning, dripping in [(b"", False), (head, True), (whole + head, True)]
        )
    )


async def test_who_asks_does_not_say_where_the_application_is(server: Server, room: str) -> None:
    """Daphne would take it from a header, into every link of the page."""
    head = f"Host: {server.address}\r\nDaphne-Root-Path: /evil\r\n"
    async with dialled(server) as (reader, writer):
        writer.write(f"GET /new/ HTTP/1.1\r\n{head}\r\n".encode())
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 302 "), answer
        assert b"/call/" in answer
        assert b"evil" not in answer
    upgrade = (
        f"Origin: {server.url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: call.v1\r\n"
    )
    async with dialled(server) as (reader, writer):
        writer.write(f"GET /ws/call/{room}/ HTTP/1.1\r\n{head}{upgrade}\r\n".encode())
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 "), answer
