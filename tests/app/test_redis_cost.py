"""What Duet asks of Redis, counted by Redis itself (INFO commandstats)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import StartDaphne
from tests.support.peers import WirePeer, in_a_call, new_room
from tests.support.processes import Daphne, RedisServer, free_port, running


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Redis of this test's own, for nobody else to be counted."""
    async with running(RedisServer(free_port(), tmp_path)) as server:
        yield server


@pytest.fixture
async def daphnes(start_daphne: StartDaphne, redis_server: RedisServer) -> list[Daphne]:
    return [await start_daphne(REDIS_URL=redis_server.url) for _ in range(2)]


async def test_a_whole_call_between_two_processes(
    daphnes: list[Daphne], redis_server: RedisServer
) -> None:
    """Two joins, 30 messages and two leaves: 90 commands at most."""
    room = new_room()
    peers = [WirePeer(daphne.address, room) for daphne in daphnes]
    for peer in peers:
        await peer.connect()
    redis_server.count_anew()
    for peer in peers:
        await peer.join()
    first, second = peers
    await first.expect("peer-joined")
    for _ in range(15):
        await first.send("ice", candidate=None)
        await second.expect("ice")
        await second.send("ice", candidate=None)
        await first.expect("ice")
    await first.send("leave")
    await second.expect("peer-left")
    await second.send("leave")
    for peer in peers:
        assert await peer.expect_close() == 1000
    assert sum(redis_server.executed().values()) <= 90, redis_server.executed()


async def test_idle_sockets_cost_nothing(daphnes: list[Daphne], redis_server: RedisServer) -> None:
    """A layer that polls asks every five seconds."""
    peers = [WirePeer(daphne.address, new_room()) for daphne in daphnes]
    for peer in peers:
        await peer.connect()
        await peer.join()
    redis_server.count_anew()
    await asyncio.sleep(11)
    assert redis_server.executed() == {}
    for peer in peers:
        await peer.drop()


async def test_between_two_peers_of_one_process_redis_hears_no_message(
    daphnes: list[Daphne], redis_server: RedisServer
) -> None:
    first, second = await in_a_call(daphnes[0].address, daphnes[0].address)
    redis_server.count_anew()
    for _ in range(20):
        await first.send("ice", candidate=None)
        await second.expect("ice")
    for peer in (first, second):
        await peer.expect_nothing()
    assert redis_server.executed() == {}
    for peer in (first, second):
        await peer.drop()
