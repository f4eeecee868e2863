"""The layers under test, the originals beside ours, and how to wait for what they do."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

import channels.layers
import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio import Redis

from calls.layers import InMemoryChannelLayer, RedisChannelLayer
from calls.layers.layer import Message
from tests.support.processes import RedisServer

PATIENCE = 10
PREFIX = "contract"

MakeLayer = Callable[..., Any]


def original_in_redis(*urls: str) -> RedisPubSubChannelLayer:
    return RedisPubSubChannelLayer(hosts=list(urls), prefix=PREFIX)


def ours_in_redis(*urls: str, **options) -> RedisChannelLayer:
    return RedisChannelLayer(urls=list(urls), prefix=PREFIX, **options)


IN_MEMORY = {"original": channels.layers.InMemoryChannelLayer, "ours": InMemoryChannelLayer}
IN_REDIS = {"original": original_in_redis, "ours": ours_in_redis}


class Pair(NamedTuple):
    """``here`` has the channels, ``there`` sends to them."""

    here: Any
    there: Any


@pytest.fixture(
    params=[
        ("original", "memory"),
        ("original", "redis, two processes"),  # knows no short cut, so one is no different
        ("ours", "memory"),
        ("ours", "redis, one process"),
        ("ours", "redis, two processes"),
    ],
    ids=", ".join,
)
async def pair(
    request: pytest.FixtureRequest, redis_server: RedisServer, redis_connections: None
) -> AsyncIterator[Pair]:
    source, where = request.param
    make = IN_MEMORY[source] if where == "memory" else partial(IN_REDIS[source], redis_server.url)
    here = make()
    there = make() if where == "redis, two processes" else here
    yield Pair(here, there)
    for layer in (here, there):
        await layer.flush()


@pytest.fixture
async def make_layer(redis_connections: None) -> AsyncIterator[MakeLayer]:
    """A process's layer; given back to Redis in the end."""
    layers: list[RedisChannelLayer] = []

    def make(*urls: str, **options: Any) -> RedisChannelLayer:
        layers.append(RedisChannelLayer(urls=list(urls), **options))
        return layers[-1]

    yield make
    for layer in layers:
        await layer.flush()


@pytest.fixture(params=IN_MEMORY)
def in_memory(request: pytest.FixtureRequest) -> MakeLayer:
    make: MakeLayer = IN_MEMORY[request.param]
    return make


@pytest.fixture
def attentive(in_memory: MakeLayer) -> MakeLayer:
    """Looks at every turn for what has expired, as the original always does."""

    def make(**options) -> Any:
        layer = in_memory(**options)
        layer.CLEAN_INTERVAL = 0
        return layer

    return make


@pytest.fixture(params=IN_REDIS)
def in_redis(request: pytest.FixtureRequest, redis_server: RedisServer) -> MakeLayer:
    return partial(IN_REDIS[request.param], redis_server.url)


@pytest.fixture
async def redis_layer(in_redis: MakeLayer, redis_connections: None) -> AsyncIterator[Any]:
    layer = in_redis()
    yield layer
    await layer.flush()


def message(n: int = 0, **fields) -> Message:
    return {"type": "test.message", "n": n, **fields}


def messages(*numbers: int) -> list[Message]:
    return [message(n) for n in numbers]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask Redis again until it is so.

    A timeout around it would not do: redis-py can swallow its cancellation.
    """
    deadline = time.monotonic() + PATIENCE
    while not await condition():
        assert time.monotonic() < deadline


async def settle(layer: Any, *names: str) -> None:
    """Wait until Redis knows who listens, which the original does not do by itself."""
    if not isinstance(layer, RedisPubSubChannelLayer):
        return
    async with Redis.from_url(layer._shards[0].host["address"]) as redis:

        async def known() -> bool:
            return all(count for _, count in await redis.pubsub_numsub(*names))

        await until(known)


async def enter(layer: Any, group: str, channel: str) -> None:
    await layer.group_add(group, channel)
    if isinstance(layer, RedisPubSubChannelLayer):
        await settle(layer, layer._get_group_channel_name(group))


async def open_channel(layer: Any, *groups: str) -> str:
    """A new channel that is in these groups."""
    channel: str = await layer.new_channel()
    await settle(layer, channel)
    for group in groups:
        await enter(layer, group, channel)
    return channel


async def reader(layer: Any, channel: str) -> asyncio.Task[Message]:
    """Somebody who waits for a channel's next message already."""
    reading = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    await settle(layer, channel)
    return reading


async def receive(layer: Any, channel: str, count: int = 1) -> list[Message]:
    async with asyncio.timeout(PATIENCE):
        return [await layer.receive(channel) for _ in range(count)]


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged by the layers in Redis, or by asyncio about their tasks."""
    lines = [f"{record.name}: {record.getMessage()}" for record in caplog.records]
    return [line for line in lines if "pubsub" in line]


async def heard(pair: Pair, channel: str) -> list[Message]:
    """All that a channel has got: what comes before a last message."""
    last = message(text="the last")
    await pair.there.send(channel, last)
    before: list[Message] = []
    async with asyncio.timeout(PATIENCE):
        while (received := await pair.here.receive(channel)) != last:
            before.append(received)
    return before
