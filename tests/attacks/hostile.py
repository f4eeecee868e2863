"""A client that keeps to no rule: bytes over TCP to a server of this machine."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from websockets.frames import Frame, Opcode

from tests.support.processes import Server

# Seconds without progress after which whoever sends is held up.
HELD_UP = 2


class Address(Protocol):
    """Of a server on this machine."""

    @property
    def port(self) -> int: ...
    @property
    def address(self) -> str: ...
    @property
    def url(self) -> str: ...


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def frame(opcode: Opcode, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """As a client sends it (RFC 6455, section 5.2)."""
    return Frame(opcode, payload, fin).serialize(mask=True)


def upgrade(host: str, origin: str, room: str) -> bytes:
    """What the call's own page asks for its WebSocket with."""
    return (
        f"GET /ws/call/{room}/ HTTP/1.1\r\nHost: {host}\r\n"
        f"Origin: {origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: call.v1\r\n\r\n"
    ).encode()


@asynccontextmanager
async def dialled(server: Address) -> AsyncIterator[Streams]:
    """A connection with little room of its own for what the server does not read."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=client)
    writer.transport.set_write_buffer_limits(0)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


@asynccontextmanager
async def upgraded(server: Address, room: str) -> AsyncIterator[Streams]:
    """A WebSocket of the call's own page."""
    async with dialled(server) as (reader, writer):
        writer.write(upgrade(server.address, server.url, room))
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        yield reader, writer


async def flood(writer: asyncio.StreamWriter, data: bytes, most: int) -> int:
    """Send ``data`` again and again: how many bytes went, until it was held up or cut off."""
    sent = 0
    with contextlib.suppress(TimeoutError, ConnectionError):
        while sent < most:
            writer.write(data)
            async with asyncio.timeout(HELD_UP):
                await writer.drain()
            sent += len(data)
    return sent


def memory(server: Server) -> int:
    """What a server holds of the machine's memory, in bytes."""
    with open(f"/proc/{server.child.pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096
