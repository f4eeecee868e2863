"""One connection that carries everybody's commands."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from calls import redis_client
from calls.redis_client import UNAVAILABLE, Commands, Script, commands, shard
from tests.support.processes import RedisServer, free_port, running


class Patient(Commands):
    """Fails where ``Commands`` would have a test wait for ever."""

    async def run(self, *command: Any) -> Any:
        async with asyncio.timeout(10):
            return await super().run(*command)


@pytest.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[Commands]:
    client = Patient(redis_server.url)
    yield client
    await client.close()


@pytest.fixture
def key() -> str:
    return f"test:{secrets.token_hex(6)}"


async def test_a_command(client: Commands, key: str):
    assert await client.run("SET", key, "value") in (True, b"OK")
    assert await client.run("GET", key) == b"value"
    assert await client.run("GET", f"{key}:none") is None


async def test_commands_run_in_the_order_they_were_asked_for(client: Commands, key: str):
    answers = await asyncio.gather(*(client.run("INCR", key) for _ in range(1000)))
    assert answers == list(range(1, 1001))


async def test_many_commands_share_a_connection_and_round_trips(
    redis_server: RedisServer, client: Commands, key: str
):
    async with Redis.from_url(redis_server.url) as redis:
        await client.run("PING")
        before = await redis.info("stats")
        clients = (await redis.info("clients"))["connected_clients"]
        await asyncio.gather(*(client.run("INCR", key) for _ in range(500)))
        after = await redis.info("stats")
        assert (await redis.info("clients"))["connected_clients"] == clients
    assert after["total_connections_received"] == before["total_connections_received"]
    # Every read of the server takes in what had come by then: far fewer than commands.
    assert after["total_reads_processed"] - before["total_reads_processed"] < 50


async def test_an_error_is_its_own_commands(client: Commands, key: str):
    found = await asyncio.gather(
        client.run("SET", key, "text"),
        client.run("INCR", key),
        client.run("NO-SUCH-COMMAND"),
        client.run("GET", key),
        return_exceptions=True,
    )
    assert isinstance(found[1], ResponseError)
    assert isinstance(found[2], ResponseError)
    assert found[3] == b"text"


async def test_a_caller_that_gives_up_disturbs_nobody(client: Commands, key: str):
    tasks = [asyncio.create_task(client.run("INCR", key)) for _ in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(found.pop(3), asyncio.CancelledError)
    assert found == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    assert await client.run("GET", key) == b"10"


# -- Scripts ----------------------------------------------------------------------------------


async def test_a_script_is_sent_once(redis_server: RedisServer, client: Commands, key: str):
    script = Script(f"return {{KEYS[1], ARGV[1], '{key}'}}")
    with pytest.raises(NoScriptError):
        await client.run("EVALSHA", script.sha, 0)
    for _ in range(2):
        found = await client.run_script(script, [key], ["argument"])
        assert found == [key.encode(), b"argument", key.encode()]
    assert await client.run("EVALSHA", script.sha, 1, key, "again")
    await client.run("SCRIPT", "FLUSH")
    assert await client.run_script(script, [key], ["argument"])


async def test_a_script_that_fails(client: Commands, key: str):
    with pytest.raises(ResponseError):
        await client.run_script(Script("return redis.call('INCR')"), [], [])
    assert await client.run("INCR", key) == 1


# -- When Redis is not there ------------------------------------------------------------------


async def test_no_server():
    client = Patient(f"redis://127.0.0.1:{free_port()}")
    for _ in range(2):
        found = await asyncio.gather(
            *(client.run("PING") for _ in range(5)), return_exceptions=True
        )
        assert not any(isinstance(error, asyncio.TimeoutError) for error in found)
        assert all(isinstance(error, UNAVAILABLE) for error in found)
    await client.close()


async def test_a_server_that_restarts(tmp_path: Path):
    port = free_port()
    client = Patient(f"redis://127.0.0.1:{port}")
    async with running(RedisServer(port, tmp_path)):
        assert await client.run("PING")
    with pytest.raises(UNAVAILABLE):
        await client.run("PING")
    async with running(RedisServer(port, tmp_path)):
        assert await client.run("PING")
        await client.close()


async def test_a_connection_that_the_server_closed_while_it_was_idle(
    redis_server: RedisServer, client: Commands
):
    """Some providers do so after a few minutes: the next command must not fail for it."""
    own = await client.run("CLIENT", "ID")
    async with Redis.from_url(redis_server.url) as redis:
        await redis.execute_command("CLIENT", "KILL", "ID", own)
        # It is gone, in the server and on the wire, when the server has answered the next one.
        assert str(own) not in {each["id"] for each in await redis.client_list()}
    assert await client.run("CLIENT", "ID") != own


async def test_closing_fails_what_is_under_way(redis_server: RedisServer):
    """All of it: nobody waits for an answer that cannot come."""
    client = Commands(redis_server.url)
    waiting = [asyncio.create_task(client.run("PING")) for _ in range(redis_client.BATCH * 2 + 1)]
    await asyncio.sleep(0)
    await client.close()
    async with asyncio.timeout(5):
        found = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(error, UNAVAILABLE) for error in found)


# -- Sharing ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("redis_connections")
async def test_everybody_shares_the_connection_of_an_address(redis_server: RedisServer):
    one = commands(redis_server.url)
    assert commands(redis_server.url) is one
    assert commands(f"{redis_server.url}?db=1") is not one
    assert await one.run("PING")
    await redis_client.close()
    assert commands(redis_server.url) is not one


@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_shards_are_used_evenly(count: int):
    used = [shard(f"call.room-{n}", count) for n in range(count * 200)]
    assert set(used) == set(range(count))
    assert all(100 < used.count(n) < 300 for n in range(count))


def test_a_shard_is_the_same_in_every_version():
    """Or during a deployment the two halves of a call look for each other in two places."""
    assert [shard(f"call.{name}", 7) for name in ("a", "b", "k7mqx-2phb9-dtw4e")] == [6, 5, 6]
