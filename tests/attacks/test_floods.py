"""Floods of what is no message: the one who sends is held up, and nobody else notices."""

import asyncio

import pytest
from websockets.frames import Opcode

from tests.attacks.hostile import flood, frame, memory, upgraded
from tests.support.peers import in_a_call
from tests.support.processes import Server

FLOODS = {
    "pings": frame(Opcode.PING, bytes(125)),
    "pongs": frame(Opcode.PONG, bytes(125)),
    "empty fragments": frame(Opcode.CONT, fin=False),
    "empty messages": frame(Opcode.TEXT),
    "pongs and a few messages": frame(Opcode.PONG, bytes(125)) * 15
    + frame(Opcode.TEXT, b'{"type": "ping"}'),
}
# Bytes that are tried, and what may go: what a machine's sockets hold, and a little.
TRIED, MOST = 40_000_000, 12_000_000
MEMORY = 24 * 1024 * 1024


@pytest.mark.parametrize("name", FLOODS)
async def test_it_is_held_up(server: Server, room: str, name: str) -> None:
    """It never reads either, and what is sent after a close frame is read no faster."""
    pair = await in_a_call(server.address, server.address)
    before = memory(server)
    async with upgraded(server, room) as (_, writer):
        if name == "empty fragments":
            writer.write(frame(Opcode.TEXT, fin=False))
        data = FLOODS[name] * (65_536 // len(FLOODS[name]))
        flooding = asyncio.create_task(flood(writer, data, TRIED))
        while not flooding.done():
            for one, other in (pair, pair[::-1]):
                await one.send("ice", candidate={"candidate": "1"})
                await other.expect("ice", candidate={"candidate": "1"})
            # Fewer messages than the pair may send.
            await asyncio.wait({flooding}, timeout=0.05)
        assert await flooding < MOST
        assert memory(server) - before < MEMORY
    for peer in pair:
        await peer.expect_nothing()
    for peer in pair:
        await peer.drop()


async def test_it_goes_on_when_it_is_read_again(server: Server, room: str) -> None:
    """Nothing of it is lost, nor is it closed for it."""
    count = 600
    async with upgraded(server, room) as (reader, writer):
        pings = [frame(Opcode.PING, f"{n:06}".encode()) for n in range(count)]
        writer.write(b"".join(pings))
        for n in range(count):
            async with asyncio.timeout(10):
                pong = await reader.readexactly(8)
            assert pong == bytes([0x80 | Opcode.PONG, 6]) + f"{n:06}".encode()
