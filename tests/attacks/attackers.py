"""One attack, in a process of its own: ``python -m tests.attacks.attackers NAME SECONDS PORT ...``.

The ports are those of servers on this machine.
"""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import cycle

from websockets.frames import Opcode

from tests.attacks.hostile import Address, dialled, frame, upgraded
from tests.support.peers import Closed, WirePeer, in_a_call, new_room

Attack = Callable[[list[Address]], Awaitable[None]]

# Sockets of one flood.
SOCKETS = 3
# Bytes that are written at a time.
PIECE = 65_536


@dataclass
class _Address:
    port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"


async def _flood(server: Address, data: bytes, first: bytes = b"", *, reads: bool = True) -> None:
    """Send ``data`` without end over a WebSocket that has joined nothing."""
    while True:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            async with upgraded(server, new_room()) as (reader, writer):
                reading = asyncio.create_task(_read(reader)) if reads else None
                writer.write(first)
                try:
                    while True:
                        writer.write(data * max(1, PIECE // len(data)))
                        await writer.drain()
                finally:
                    if reading:
                        reading.cancel()


async def _read(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(PIECE):
            pass


def _floods(data: bytes, first: bytes = b"", *, reads: bool = True) -> Attack:
    async def attack(servers: list[Address]) -> None:
        picked = cycle(servers)
        await asyncio.gather(
            *(_flood(next(picked), data, first, reads=reads) for _ in range(SOCKETS))
        )

    return attack


async def _ask(server: Address, request: bytes) -> None:
    """The same request again and again, over new connections when one has ended."""
    while True:
        with contextlib.suppress(ConnectionError):
            async with dialled(server) as (reader, writer):
                reading = asyncio.create_task(_read(reader))
                while not reading.done():
                    writer.write(request)
                    await writer.drain()
                    await asyncio.sleep(0)


def _requests(line: str, headers: str = "", content: bytes = b"") -> Attack:
    async def attack(servers: list[Address]) -> None:
        picked = cycle(servers)
        await asyncio.gather(
            *(
                _ask(
                    server,
                    f"{line} HTTP/1.1\r\nHost: {server.address}\r\n{headers}\r\n".encode()
                    + content,
                )
                for server in (next(picked) for _ in range(SOCKETS))
            )
        )

    return attack


async def _within_limits(servers: list[Address]) -> None:
    """Twenty pairs that send messages of 60 KB as fast as they may."""

    async def talk(server: Address) -> None:
        one, other = await in_a_call(server.address, server.address)

        async def listen() -> None:
            with contextlib.suppress(Closed, TimeoutError):
                while True:
                    await other.receive_frame()

        listening = asyncio.create_task(listen())
        sdp = "v=0\r\n" + "a=x\r\n" * 12_000
        with contextlib.suppress(Exception):
            while not listening.done():
                await one.send("offer", sdp=sdp)
                await asyncio.sleep(0.25)

    picked = cycle(servers)
    await asyncio.gather(*(talk(next(picked)) for _ in range(20)))


async def _rejoins(servers: list[Address]) -> None:
    """One seat, again and again under new sessions, while somebody is inside."""
    room = new_room()
    friend = WirePeer(servers[0].address, room)
    await friend.connect()
    await friend.join()
    token = None
    for n, server in enumerate(cycle(servers)):
        peer = WirePeer(server.address, room)
        with contextlib.suppress(Closed, AssertionError, TimeoutError, OSError):
            await peer.connect()
            await peer.send("join", session=f"s-{n}", token=token)
            answer = await peer.receive()
            token = answer.get("token", token)


async def _knocks(servers: list[Address]) -> None:
    """A crowd at a full room."""
    room = new_room()
    for _ in range(2):
        holder = WirePeer(servers[0].address, room)
        await holder.connect()
        await holder.join()

    async def knock(server: Address) -> None:
        while True:
            peer = WirePeer(server.address, room)
            with contextlib.suppress(Closed, TimeoutError, OSError):
                await peer.connect()
                await peer.send("join", session="s")
                await peer.receive()
                await peer.expect_close()

    picked = cycle(servers)
    await asyncio.gather(*(knock(next(picked)) for _ in range(8)))


async def _seats(servers: list[Address]) -> None:
    """As many seats as there are to be had, each in a room of its own."""
    kept = []
    for server in cycle(servers):
        peer = WirePeer(server.address, new_room())
        with contextlib.suppress(Closed, AssertionError, TimeoutError, OSError):
            await peer.connect()
            await peer.join()
            kept.append(peer)


CHUNK = b"10000\r\n" + bytes(PIECE) + b"\r\n"
ATTACKS: dict[str, Attack] = {
    "pings": _floods(frame(Opcode.PING, bytes(125))),
    "pongs": _floods(frame(Opcode.PONG, bytes(125))),
    "empty fragments": _floods(frame(Opcode.CONT, fin=False), first=frame(Opcode.TEXT, fin=False)),
    "empty messages, also after the close": _floods(frame(Opcode.TEXT)),
    "pings, and no answer is read": _floods(frame(Opcode.PING, bytes(125)), reads=False),
    "messages of 60 KB, as many as are allowed": _within_limits,
    "200 MB of content": _requests("POST /healthz", "Transfer-Encoding: chunked\r\n", CHUNK),
    "addresses of 8 KB that do not exist": _requests(f"GET /{'x' * 8000}"),
    "pages": _requests("GET /"),
    "rejoining without end": _rejoins,
    "a crowd at a full room": _knocks,
    "seats without end": _seats,
}


async def main(name: str, seconds: float, *ports: str) -> None:
    servers: list[Address] = [_Address(int(port)) for port in ports]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ATTACKS[name](servers)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), *sys.argv[3:]))
