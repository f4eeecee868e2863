"""Sockets that come and go are freed at once: nothing stops for Python's collector to find them."""

import asyncio

import pytest

from tests.support.peers import WirePeer, new_room
from tests.support.processes import Daphne, Server, Uvicorn, free_port, running
from tests.support.watched import holds, watched

SOCKETS = 50
# Objects of one socket; all in all it has a hundred. asyncio's transports refer to themselves.
LEFT = {Daphne: 2, Uvicorn: 12}


async def drops(peer: WirePeer) -> None:
    await peer.drop(1006)


async def closes(peer: WirePeer) -> None:
    await peer.drop(1001)


async def joins_and_drops(peer: WirePeer) -> None:
    await peer.join()
    await peer.drop(1006)


async def joins_and_leaves(peer: WirePeer) -> None:
    await peer.join()
    await peer.send("leave")
    assert await peer.expect_close() == 1000


async def is_refused(peer: WirePeer) -> None:
    await peer.send("join", session="s", token="forged")
    await peer.expect_error("bad-token")
    assert await peer.expect_close() == 4403


ENDS = [drops, closes, joins_and_drops, joins_and_leaves, is_refused]


async def end_all(server: Server, count: int) -> int:
    """How much garbage that makes."""
    for _ in range(count):
        for end in ENDS:
            peer = WirePeer(server.address, new_room())
            await peer.connect()
            await end(peer)
    garbage = 0
    async with asyncio.timeout(30):
        while True:
            held = await holds(server)
            garbage += held["garbage"]
            if held["sockets"] == 0:
                return garbage


@pytest.mark.parametrize("kind", LEFT)
async def test_a_socket_that_ends_leaves_nothing_to_the_collector(kind: type[Server]) -> None:
    server = watched(kind(free_port(), {"SEAT_GRACE": "0.5", "JOIN_TIMEOUT": "5"}))
    async with running(server):
        await end_all(server, 2)
        left = await end_all(server, SOCKETS)
    assert left < LEFT[kind] * SOCKETS * len(ENDS)
