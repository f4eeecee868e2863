"""The layer in Redis, beside the original; at the end, where ours differs on purpose."""

import asyncio
import random
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.exceptions import ChannelFull
from redis.asyncio import Redis

from calls.layers.layer import RESTORED, Message
from calls.redis_client import UNAVAILABLE
from tests.support.processes import RedisServer, free_port, running
from tests.unit.layers.conftest import (
    IN_REDIS,
    PATIENCE,
    PREFIX,
    MakeLayer,
    Pair,
    complaints,
    heard,
    message,
    messages,
    open_channel,
    ours_in_redis,
    reader,
    receive,
    settle,
    until,
)

# -- In Redis ---------------------------------------------------------------------------------


async def connections(server: RedisServer) -> set[str]:
    """All that the server has, but for the one that asks."""
    async with Redis.from_url(server.url) as redis:
        own = str(await redis.client_id())
        return {client["id"] for client in await redis.client_list()} - {own}


def test_event_loops_come_and_go(in_redis: MakeLayer, redis_server: RedisServer):
    """Each has its own connections, and what it opened is closed with it."""
    layer = in_redis()
    others = async_to_sync(connections)(redis_server)

    async def nothing_is_left() -> bool:
        return await connections(redis_server) <= others

    with closing(asyncio.new_event_loop()) as loop:
        channel = loop.run_until_complete(open_channel(layer, "group"))
        for n in range(3):
            async_to_sync(layer.send)(channel, message(n))
        async_to_sync(layer.group_send)("group", message(3))
        received = loop.run_until_complete(receive(layer, channel, 4))
        assert received == messages(0, 1, 2, 3)
        assert list(layer._layers) == [loop]
    assert layer._layers == {}
    async_to_sync(until)(nothing_is_left)


def test_a_loop_closes_while_channels_are_open(
    in_redis: MakeLayer, caplog: pytest.LogCaptureFixture
):
    """Also at once after leaving a group, which Redis has not been told yet."""
    layer = in_redis()

    async def leave() -> None:
        await layer.group_discard("group", await open_channel(layer, "group"))

    async_to_sync(leave)()
    with closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(leave())
    assert layer._layers == {}
    assert complaints(caplog) == []


async def test_seeding_does_not_bring_names_back(redis_layer: Any):
    state = random.getstate()
    names = set()
    for _ in range(3):
        random.seed(1)
        names.add(await redis_layer.new_channel())
    random.setstate(state)
    assert len(names) == 3


async def test_what_nobody_listens_to_is_lost(redis_layer: Any):
    """It is no error either: nothing is kept, so nothing can expire."""
    await redis_layer.send("general-channel", message(1))
    reading = await reader(redis_layer, "general-channel")
    await redis_layer.send("general-channel", message(2))
    async with asyncio.timeout(PATIENCE):
        assert await reading == message(2)


async def test_only_a_channel_of_this_process_enters_a_group(redis_layer: Any):
    with pytest.raises(RuntimeError, match="exist in-process"):
        await redis_layer.group_add("group", "somebody-elses")
    assert redis_layer.groups == {}


async def test_what_cannot_be_serialized(redis_layer: Any):
    """Is refused where it is sent, and does no harm to what was sent before."""
    channel = await open_channel(redis_layer, "group")
    await redis_layer.send(channel, message(1))
    for value in (object(), {1, 2}, 2**64):
        with pytest.raises((TypeError, OverflowError)):
            await redis_layer.send(channel, message(value=value))
        with pytest.raises((TypeError, OverflowError)):
            await redis_layer.group_send("group", message(value=value))
    assert await heard(Pair(redis_layer, redis_layer), channel) == messages(1)


async def test_the_form_in_redis(redis_layer: Any):
    """MessagePack, of which a few bytes are known by heart."""
    plain: Message = {"a": True, "b": None, "c": {"d": []}}
    packed = b"\x83\xa1a\xc3\xa1b\xc0\xa1c\x81\xa1d\x90"
    assert redis_layer.serialize(plain) == packed
    assert redis_layer.deserialize(packed) == plain


async def test_tuples_become_lists(redis_layer: Any):
    channel = await open_channel(redis_layer)
    await redis_layer.send(channel, message(value=(1, (2,))))
    assert await receive(redis_layer, channel) == [message(value=[1, [2]])]


async def test_several_servers(
    in_redis: MakeLayer, redis_server: RedisServer, redis_connections: None
):
    """Whichever of them a channel and its groups belong to."""
    layer = in_redis(*(redis_server.url.removesuffix("0") + str(n) for n in range(1, 5)))
    names = [await open_channel(layer, "group", f"group-{n}") for n in range(12)]
    out, *members = names
    await layer.group_discard("group", out)
    await layer.group_send("group", message(1))
    for channel in members:
        assert await receive(layer, channel) == messages(1)
    for n, channel in enumerate(names):
        await layer.send(channel, message(n))
        assert await receive(layer, channel) == messages(n)
        await layer.group_send(f"group-{n}", message(n + 1))
        assert await receive(layer, channel) == messages(n + 1)
    await layer.flush()


@pytest.mark.parametrize("make", IN_REDIS.values(), ids=IN_REDIS)
async def test_the_listening_connection_is_cut(
    make: MakeLayer, redis_connections: None, tmp_path: Path
):
    """It comes back by itself, and whoever listened listens again."""
    async with running(RedisServer(free_port(), tmp_path)) as server:
        layer = make(server.url)
        stays, leaves = await open_channel(layer, "group"), await open_channel(layer, "group")
        await layer.group_discard("group", leaves)
        server.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await settle(layer, stays, leaves, layer._get_group_channel_name("group"))
        await layer.group_send("group", message(1))
        pair = Pair(layer, layer)
        # Ours tells every channel of the outage, too.
        assert [m for m in await heard(pair, stays) if m != RESTORED] == messages(1)
        assert [m for m in await heard(pair, leaves) if m != RESTORED] == []
        await layer.flush()


# -- Where ours differs on purpose, in Redis --------------------------------------------------


@pytest.fixture
def ours(make_layer: MakeLayer, redis_server: RedisServer) -> MakeLayer:
    return partial(make_layer, redis_server.url, prefix=PREFIX)


@pytest.mark.parametrize("through_the_group", [False, True])
async def test_ours_has_channels_that_can_be_full(ours: MakeLayer, through_the_group: bool):
    """The original's grow without bound. Who reads is told, and who sends to it alone."""
    layer = ours(capacity=2)
    channel = await open_channel(layer, "group")
    for n in range(2):
        await layer.send(channel, message(n))
    if through_the_group:
        await layer.group_send("group", message(2))
    else:
        with pytest.raises(ChannelFull):
            await layer.send(channel, message(2))
    for _ in range(2):
        with pytest.raises(ChannelFull):
            await receive(layer, channel)
    await layer.flush()
    assert await layer.deliver(channel, message()) is False
    reading = await reader(layer, channel)
    await layer.send(channel, message(3))
    async with asyncio.timeout(PATIENCE):
        assert await reading == message(3)


@pytest.mark.parametrize("sent_first", [False, True])
async def test_ours_keeps_a_channel_whose_reader_gave_up(ours: MakeLayer, sent_first: bool):
    """The original takes that for the end of the channel; here close_channel is it."""
    layer = ours()
    channel = await open_channel(layer, "group")
    reading = await reader(layer, channel)
    if sent_first:
        await layer.send(channel, message(1))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    if not sent_first:
        await layer.send(channel, message(1))
    await layer.group_send("group", message(2))
    assert await receive(layer, channel, 2) == messages(1, 2)


async def test_ours_returns_when_redis_listens(ours: MakeLayer, redis_server: RedisServer):
    """The original only has sent its wish by then."""
    layer = ours()
    channel = await layer.new_channel()
    assert redis_server.ask("PUBSUB", "NUMSUB", channel) == [channel.encode(), 1]
    await layer.group_add("group", channel)
    group = layer._get_group_channel_name("group")
    assert redis_server.ask("PUBSUB", "NUMSUB", group) == [group.encode(), 1]


async def test_ours_needs_no_redis_within_a_process(ours: MakeLayer):
    """What the original sends through Redis is there before anything has been awaited."""
    layer = ours()
    channel = await open_channel(layer, "group")
    sending = [
        asyncio.create_task(layer.send(channel, message(1))),
        asyncio.create_task(layer.group_send("group", message(2))),
    ]
    await asyncio.sleep(0)
    assert layer.channels[channel].qsize() == 2
    assert await receive(layer, channel, 2) == messages(1, 2)
    await asyncio.gather(*sending)


async def test_ours_tells_of_an_outage(redis_connections: None, tmp_path: Path):
    """The original says nothing of what it may have missed."""
    async with running(RedisServer(free_port(), tmp_path)) as server:
        layer = ours_in_redis(server.url)
        channel = await open_channel(layer)
        server.ask("CLIENT", "KILL", "TYPE", "pubsub")
        assert await receive(layer, channel) == [RESTORED]
        await layer.flush()


async def test_ours_takes_back_a_channel_nobody_waited_for(
    ours: MakeLayer, redis_server: RedisServer
):
    """The original keeps it, and Redis its subscription, for good."""
    layer = ours()
    names = set()
    for ticks in range(8):
        opening = asyncio.create_task(layer.new_channel())
        for _ in range(ticks):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait([opening])
        if not opening.cancelled():
            names.add(opening.result())
    # Redis has handled all before when it has confirmed the one that follows.
    names.add(await layer.new_channel())
    assert set(layer.channels) == names
    listed = redis_server.ask("PUBSUB", "CHANNELS", f"{PREFIX}*")
    assert {name.decode() for name in listed} == names


async def test_ours_gets_over_a_first_message_without_redis(
    redis_connections: None, tmp_path: Path
):
    """Nobody listened yet when Redis was away; who comes then is listened for."""
    server = RedisServer(free_port(), tmp_path)
    layer = ours_in_redis(server.url)
    with pytest.raises(UNAVAILABLE):
        await layer.send("general-channel", message())
    async with running(server), asyncio.timeout(PATIENCE / 2):
        while True:
            try:
                channel = await layer.new_channel()
                break
            except ConnectionError:
                await asyncio.sleep(0.01)
        await layer.send(channel, message(1))
        assert await receive(layer, channel) == messages(1)
        await layer.flush()
