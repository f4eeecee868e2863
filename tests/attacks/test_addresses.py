"""What one address may ask of several processes that share a Redis."""

import asyncio
import urllib.error
import urllib.request

import pytest

from tests.conftest import StartDaphne
from tests.support.peers import WirePeer, new_room
from tests.support.processes import Daphne, RedisServer

# Of whom a proxy of the operator's says that they ask.
ATTACKER, FAMILY = "203.0.113.66", "203.0.113.7"
LIMITS = {"TRUSTED_PROXIES": "1", "LIMIT_EXEMPT": "none", "LIMIT_JOINS": "4/h"}


@pytest.fixture
async def daphnes(start_daphne: StartDaphne, redis_server: RedisServer) -> list[Daphne]:
    return [await start_daphne(REDIS_URL=redis_server.url, **LIMITS) for _ in range(2)]


async def joins(server: Daphne, room: str, forwarded: str) -> WirePeer:
    peer = WirePeer(server.address, room, forwarded=forwarded)
    await peer.connect()
    await peer.join()
    return peer


async def is_refused(server: Daphne, forwarded: str) -> None:
    peer = WirePeer(server.address, new_room(), forwarded=forwarded)
    await peer.connect()
    await peer.send("join", session="s")
    error = await peer.expect_error("rate-limited")
    assert 0 < error["retryAfter"] <= 900
    assert await peer.expect_close() == 4012


async def test_processes_count_together(daphnes: list[Daphne], room: str) -> None:
    """And whatever the attacker writes before what the proxy adds is not read."""
    one, other = daphnes
    guests = [
        await joins(server, new_room(), f"192.0.2.{n}, {ATTACKER}")
        for n, server in enumerate([one, other, one, other])
    ]
    for n, server in enumerate(daphnes):
        await is_refused(server, f"198.51.100.{n}, {ATTACKER}")
    friends = [await joins(server, room, FAMILY) for server in daphnes]
    await friends[0].expect("peer-joined")
    for peer in (*guests, *friends):
        await peer.drop()


async def test_a_join_costs_a_command_more_and_two_where_nobody_is(
    start_daphne: StartDaphne, daphnes: list[Daphne], redis_server: RedisServer, room: str
) -> None:
    limited, unlimited = daphnes[0], await start_daphne(REDIS_URL=redis_server.url)

    async def scripts(server: Daphne, room: str) -> int:
        """How many were run."""
        peer = WirePeer(server.address, room, forwarded="203.0.113.8")
        await peer.connect()
        redis_server.count_anew()
        await peer.join()
        run = redis_server.executed()["evalsha"]
        await peer.send("leave")
        assert await peer.expect_close() == 1000
        return run

    await scripts(limited, new_room())  # their sources
    assert await scripts(limited, new_room()) == await scripts(unlimited, new_room()) + 2
    friend = await joins(limited, room, FAMILY)
    assert await scripts(limited, room) == await scripts(unlimited, room) + 1
    await friend.drop()


async def test_pages(start_daphne: StartDaphne) -> None:
    server = await start_daphne(
        TRUSTED_PROXIES="1", LIMIT_EXEMPT="none", LIMIT_REQUESTS="5/h", DEBUG="1"
    )

    def get(path: str, forwarded: str) -> int:
        request = urllib.request.Request(server.url + path, headers={"X-Forwarded-For": forwarded})
        try:
            with urllib.request.urlopen(request) as answer:
                status: int = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        return status

    async def ask(path: str, forwarded: str) -> int:
        return await asyncio.to_thread(get, path, forwarded)

    pages = [await ask("/", f"192.0.2.{n}, {ATTACKER}") for n in range(7)]
    assert pages == [200] * 5 + [429] * 2
    assert await ask("/", FAMILY) == 200
    for path in ("/healthz", "/favicon.ico", "/static/calls/js/main.js"):
        assert await ask(path, ATTACKER) == 200
