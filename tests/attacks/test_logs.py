"""No line of a server tells a room, whatever it is asked for; and no line is long."""

import contextlib

from tests.attacks.hostile import dialled
from tests.conftest import StartDaphne
from tests.support.processes import Server

LONGEST = 1000


async def test_no_room_is_told(server: Server, room: str) -> None:
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    requests = [
        *((f"GET {path}", "") for path in (
            f"/call/{room}/x", f"/call/{room.upper()}/", f"/%63all/{room}/", f"//call/{room}/",
            f"/call%2F{room}/", f"/?x=/call/{room}/", f"/?code={room}", f"/ws/call/{room}/",
            "/" + "x" * 8000, f"/{'x' * 8000}/call/{room}/",
        )),
        (f"POST /call/{room}/", "Content-Length: 0\r\n"),
        (f"OPTIONS /call/{room}/", ""),
        *((f"GET {path}", upgrade) for path in (
            f"/ws/call/{room}", f"/ws/%63all/{room}/", f"/ws/call/{room}/?a=/call/{room}/",
        )),
        (f"GET /ws/call/{room}/", upgrade + "Sec-WebSocket-Protocol: \xff\r\n"),
        (f"GET /ws/call/{room}/", upgrade + "Daphne-Root-Path: /x\r\n"),
    ]  # fmt: skip
    since = len(server.lines)
    for line, headers in requests:
        async with dialled(server) as (reader, writer):
            own = f"Host: {server.address}\r\nOrigin: {server.url}\r\nConnection: close\r\n"
            writer.write(f"{line} HTTP/1.1\r\n{own}{headers}\r\n".encode("latin-1"))
            with contextlib.suppress(ConnectionError):
                await reader.readline()
    async with dialled(server) as (reader, writer):
        writer.write(f"GET /this-is-the-last HTTP/1.1\r\nHost: {server.address}\r\n\r\n".encode())
        await server.printed("/this-is-the-last", since=since)
    lines = server.lines[since:]
    assert len(lines) >= len(requests)
    assert [line for line in lines if room in line.lower()] == []
    assert [line for line in lines if len(line) > LONGEST] == []


async def test_what_clients_do_leaves_no_traceback(server: Server, room: str) -> None:
    since = len(server.lines)
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    own = f"Host: {server.address}\r\nOrigin: {server.url}\r\n"
    for path, headers in (
        ("/", "Host: evil.example\r\n"),
        ("/", "Host: a b\r\n"),
        (f"/ws/call/{room}/", own + upgrade + "Sec-WebSocket-Protocol: \xff\r\n"),
        (f"/ws/call/{room}/", own + upgrade + "Sec-WebSocket-Protocol: call.v1\r\nX: \xff\r\n"),
        (f"/ws/nothing/{room}/", own + upgrade),
    ):
        async with dialled(server) as (reader, writer):
            request = f"GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"
            writer.write(request.encode("latin-1"))
            with contextlib.suppress(ConnectionError):
                await reader.readline()
    async with dialled(server) as (reader, writer):
        writer.write(f"GET /this-is-the-last HTTP/1.1\r\n{own}\r\n".encode())
        await server.printed("/this-is-the-last", since=since)
    assert [line for line in server.lines[since:] if "Traceback" in line] == []


async def test_a_flood_of_lines_is_summed_up(start_daphne: StartDaphne) -> None:
    """What is held back is said in the end; a minute is long, so by a number only."""
    server = await start_daphne(DEBUG="1", LIMIT_LOG_LINES="20/m")
    asked = 300
    async with dialled(server) as (reader, writer):
        for _ in range(asked):
            writer.write(f"GET /{'x' * 2000} HTTP/1.1\r\nHost: {server.address}\r\n\r\n".encode())
            await reader.readuntil(b"HTTP/1.1 404 Not Found\r\n")
    # Of some kinds for each request, Django's and the access log's: without a limit 900 lines.
    written = [line for line in server.lines if "xxxx" in line]
    assert 0 < len(written) < 100
