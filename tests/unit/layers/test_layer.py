"""What the consumers ask of a layer: in memory, in Redis within a process, and between two."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from channels.exceptions import ChannelFull
from redis.asyncio import Redis

from calls.layers import InMemoryChannelLayer
from calls.layers.layer import RESTORED, Layer
from calls.redis_client import UNAVAILABLE
from tests.support.processes import RedisServer, free_port
from tests.unit.layers.conftest import MakeLayer, Pair, message, receive


@pytest.fixture(params=["memory", "redis, one process", "redis, two processes"])
def pair(request: pytest.FixtureRequest, make_layer: MakeLayer) -> Pair:
    if request.param == "memory":
        layer = InMemoryChannelLayer()
        return Pair(layer, layer)
    url = request.getfixturevalue("redis_server").url
    here = make_layer(url)
    return Pair(here, here if request.param == "redis, one process" else make_layer(url))


async def mailbox(layer: Layer, room: str) -> str:
    """A channel in its room's group, as a consumer opens one."""
    channel = await layer.new_channel(f"call.{room}.")
    await layer.group_add(f"call.{room}", channel)
    return channel


# -- One to one -------------------------------------------------------------------------------


async def test_deliver(pair: Pair, room: str):
    channel = await mailbox(pair.here, room)
    sent = message(frame='{"sdp": "é\u2028\U0001f600"}', nested={"list": [1, 2.5, None, True]})
    assert await pair.there.deliver(channel, sent) is True
    assert await receive(pair.here, channel) == [sent]


async def test_what_is_received_is_a_copy(pair: Pair, room: str):
    channel = await mailbox(pair.here, room)
    sent = message(inner={"n": 1})
    await pair.there.deliver(channel, sent)
    sent["inner"]["n"] = 2
    assert await receive(pair.here, channel) == [message(inner={"n": 1})]


async def test_deliver_to_nobody(pair: Pair, room: str):
    channel = await mailbox(pair.here, room)
    assert await pair.there.deliver(f"{channel}0", message()) is False
    await pair.here.close_channel(channel)
    assert await pair.there.deliver(channel, message()) is False


async def test_close_channel_drops_what_was_not_read(pair: Pair, room: str):
    channel = await mailbox(pair.here, room)
    await pair.there.deliver(channel, message())
    await pair.here.group_discard(f"call.{room}", channel)
    await pair.here.close_channel(channel)
    await pair.here.close_channel(channel)
    assert await pair.there.deliver(channel, message()) is False
    assert channel not in pair.here.channels


async def test_names_are_never_the_same(pair: Pair, room: str):
    channels = [await pair.here.new_channel(f"call.{room}.") for _ in range(20)]
    assert len(set(channels)) == 20


async def test_the_longest_room_name_fits(pair: Pair):
    """Channels limits names to 100 characters."""
    room = "r" * 64
    channel = await mailbox(pair.here, room)
    assert await pair.there.deliver(channel, message())
    await pair.there.group_send(f"call.{room}", message(2))
    assert await receive(pair.here, channel, 2) == [message(), message(2)]


async def test_receive_survives_cancellation(pair: Pair, room: str):
    """A receive that was given up neither ends the channel nor swallows a message."""
    channel = await mailbox(pair.here, room)
    for n in range(3):
        waiting = asyncio.create_task(pair.here.receive(channel))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await pair.there.deliver(channel, message(n)) is True
        await pair.there.group_send(f"call.{room}", message(n, group=True))
        assert await receive(pair.here, channel, 2) == [message(n), message(n, group=True)]


async def test_a_mailbox_waits_for_its_reader(pair: Pair, room: str):
    channel = await mailbox(pair.here, room)
    reading = asyncio.create_task(receive(pair.here, channel))
    await asyncio.sleep(0)
    assert not reading.done()
    await pair.there.deliver(channel, message())
    assert await reading == [message()]


# -- The group --------------------------------------------------------------------------------


async def test_news_reach_everybody_in_the_room(pair: Pair, room: str):
    members = [(layer, await mailbox(layer, room)) for layer in (pair.here, pair.there, pair.here)]
    other = await mailbox(pair.here, f"{room}-2")
    await pair.there.group_send(f"call.{room}", message())
    for layer, channel in members:
        assert await receive(layer, channel) == [message()]
    await pair.there.group_send(f"call.{room}-2", message(2))
    assert await receive(pair.here, other) == [message(2)]


async def test_who_left_the_group_hears_no_more_news(pair: Pair, room: str):
    stays, leaves = await mailbox(pair.here, room), await mailbox(pair.here, room)
    await pair.here.group_discard(f"call.{room}", leaves)
    await pair.here.group_discard(f"call.{room}", leaves)
    await pair.there.group_send(f"call.{room}", message(1))
    await pair.there.deliver(leaves, message(2))
    assert await receive(pair.here, stays) == [message(1)]
    assert await receive(pair.here, leaves) == [message(2)]


async def test_a_group_nobody_is_in(pair: Pair, room: str):
    await pair.there.group_send(f"call.{room}", message())


async def test_a_group_can_be_left_and_entered_again(pair: Pair, room: str):
    channel = await mailbox(pair.here, room)
    for n in range(3):
        await pair.here.group_discard(f"call.{room}", channel)
        await pair.here.group_add(f"call.{room}", channel)
        await pair.there.group_send(f"call.{room}", message(n))
        assert await receive(pair.here, channel) == [message(n)]


# -- Order ------------------------------------------------------------------------------------


async def test_messages_keep_their_order(pair: Pair, room: str):
    channel = await mailbox(pair.here, room)
    for n in range(90):
        await pair.there.deliver(channel, message(n))
    assert await receive(pair.here, channel, 90) == [message(n) for n in range(90)]


async def test_messages_and_news_keep_their_order(pair: Pair, room: str):
    """From one sender: an answer must not overtake the news that its sender is here."""
    channel = await mailbox(pair.here, room)
    for n in range(40):
        if n % 2:
            await pair.there.deliver(channel, message(n))
        else:
            await pair.there.group_send(f"call.{room}", message(n))
    assert await receive(pair.here, channel, 40) == [message(n) for n in range(40)]


# -- Full mailboxes ---------------------------------------------------------------------------


async def test_a_full_mailbox_in_memory(room: str):
    layer = InMemoryChannelLayer(capacity=3)
    channel = await mailbox(layer, room)
    for n in range(3):
        await layer.deliver(channel, message(n))
    with pytest.raises(ChannelFull):
        await layer.deliver(channel, message(3))
    assert await receive(layer, channel, 3) == [message(n) for n in range(3)]
    assert await layer.deliver(channel, message(4)) is True


async def test_news_for_a_full_mailbox_in_memory(room: str):
    layer = InMemoryChannelLayer(capacity=1)
    full, free = await mailbox(layer, room), await mailbox(layer, room)
    await layer.deliver(full, message(1))
    await layer.group_send(f"call.{room}", message(2))
    assert await receive(layer, free) == [message(2)]
    with pytest.raises(ChannelFull):
        await receive(layer, full)


async def test_a_full_mailbox_in_redis(make_layer: MakeLayer, redis_server: RedisServer, room: str):
    """The sender is told, and the owner too: nothing goes missing unnoticed."""
    layer = make_layer(redis_server.url, capacity=3)
    channel = await mailbox(layer, room)
    for n in range(3):
        assert await layer.deliver(channel, message(n)) is True
    with pytest.raises(ChannelFull):
        await layer.deliver(channel, message(3))
    with pytest.raises(ChannelFull):
        await receive(layer, channel)


@pytest.mark.parametrize("news", [False, True])
async def test_a_mailbox_filled_by_another_process(
    make_layer: MakeLayer, redis_server: RedisServer, room: str, news: bool
):
    """The sender cannot know, so the owner finds out when it reads."""
    here = make_layer(redis_server.url, capacity=3)
    there = make_layer(redis_server.url)
    channel, witness = await mailbox(here, room), await mailbox(there, room)
    for n in range(4):
        if news:
            await there.group_send(f"call.{room}", message(n))
        else:
            assert await there.deliver(channel, message(n)) is True
    # What one connection publishes is in order: after this, all of it has arrived.
    await there.group_send(f"call.{room}-2", message())
    fence = await mailbox(here, f"{room}-2")
    await there.deliver(fence, message())
    await receive(here, fence)
    with pytest.raises(ChannelFull):
        await receive(here, channel)
    # One full mailbox is nobody else's trouble.
    await there.deliver(witness, message())


async def test_the_capacity_is_each_channels_own(
    make_layer: MakeLayer, redis_server: RedisServer, room: str
):
    """Not a process's, as in channels_redis' core layer."""
    layer = make_layer(redis_server.url, capacity=2)
    channels = [await mailbox(layer, room) for _ in range(20)]
    for channel in channels:
        await layer.deliver(channel, message(1))
        await layer.deliver(channel, message(2))
    for channel in channels:
        assert await receive(layer, channel, 2) == [message(1), message(2)]


# -- What Redis is left with ------------------------------------------------------------------


async def subscriptions(url: str, room: str) -> set[str]:
    async with Redis.from_url(url, decode_responses=True) as redis:
        return {str(name) for name in await redis.pubsub_channels(f"*call.{room}*")}


async def test_closed_mailboxes_leave_no_subscriptions(
    make_layer: MakeLayer, redis_server: RedisServer, room: str
):
    layer = make_layer(redis_server.url)
    channels = [await mailbox(layer, room) for _ in range(3)]
    assert len(await subscriptions(redis_server.url, room)) == 4
    for channel in channels:
        await layer.group_discard(f"call.{room}", channel)
        await layer.close_channel(channel)
    # Redis has handled an unsubscription when it has confirmed what was sent after it.
    await layer.new_channel("call.fence.")
    assert await subscriptions(redis_server.url, room) == set()


async def test_one_message_is_one_command(
    make_layer: MakeLayer, redis_server: RedisServer, room: str
):
    here, there = make_layer(redis_server.url), make_layer(redis_server.url)
    channel = await mailbox(here, room)
    async with Redis.from_url(redis_server.url) as redis:
        await there.deliver(channel, message())
        before = (await redis.info("commandstats"))["cmdstat_publish"]["calls"]
        await there.deliver(channel, message())
        await there.group_send(f"call.{room}", message())
        after = (await redis.info("commandstats"))["cmdstat_publish"]["calls"]
    assert after - before == 2


async def test_within_a_process_redis_is_not_asked(
    make_layer: MakeLayer, redis_server: RedisServer, room: str
):
    layer = make_layer(redis_server.url)
    channel = await mailbox(layer, room)
    async with Redis.from_url(redis_server.url) as redis:
        await redis.config_resetstat()
        await layer.deliver(channel, message())
        await receive(layer, channel)
        assert "cmdstat_publish" not in await redis.info("commandstats")


# -- Several Redis servers --------------------------------------------------------------------


async def test_rooms_are_spread_over_several_servers(
    make_layer: MakeLayer, redis_server: RedisServer, second_redis_server: RedisServer
):
    """Each room with all that belongs to it on one of them, the same one for every process."""
    urls = [redis_server.url, second_redis_server.url]
    here, there = make_layer(*urls), make_layer(*urls)
    used = set()
    for n in range(20):
        room = f"room-{n}-{secrets.token_hex(4)}"
        channel, other = await mailbox(here, room), await mailbox(there, room)
        await there.group_send(f"call.{room}", message(1))
        await there.deliver(channel, message(2))
        assert await receive(here, channel, 2) == [message(1), message(2)]
        await here.deliver(other, message(3))
        assert await receive(there, other, 2) == [message(1), message(3)]
        found = [len(await subscriptions(url, room)) for url in urls]
        assert sorted(found) == [0, 3]
        used.add(found.index(3))
    assert used == {0, 1}


# -- When Redis goes and comes back -----------------------------------------------------------


@pytest.fixture
async def own_redis(tmp_path) -> AsyncIterator[Callable[[], Awaitable[RedisServer]]]:
    """Starts, and after a kill starts again, a Redis of this test's own on one port."""
    port = free_port()
    servers = []

    async def start() -> RedisServer:
        server = RedisServer(port, tmp_path)
        servers.append(server)
        await server.start()
        return server

    yield start
    for server in servers:
        await server.kill()


async def test_redis_restarts(make_layer: MakeLayer, own_redis, room: str, caplog):
    server = await own_redis()
    here, there = make_layer(server.url), make_layer(server.url)
    mine, yours = await mailbox(here, room), await mailbox(there, room)

    await server.kill()
    for deliver in (here.deliver(yours, message()), there.deliver(mine, message())):
        with pytest.raises(UNAVAILABLE):
            await deliver
    with pytest.raises(UNAVAILABLE):
        await here.group_send(f"call.{room}", message())
    with pytest.raises(UNAVAILABLE):
        await here.new_channel(f"call.{room}.")
    # Two in one process do not need it, and have heard the news.
    assert await here.deliver(mine, message(1)) is True
    assert await receive(here, mine, 2) == [message(), message(1)]

    await own_redis()
    assert await receive(here, mine) == [RESTORED]
    assert await receive(there, yours) == [RESTORED]
    assert await there.deliver(mine, message(2)) is True
    await here.group_send(f"call.{room}", message(3))
    assert await receive(here, mine, 2) == [message(2), message(3)]
    assert await receive(there, yours) == [message(3)]
    said = [
        record.getMessage()
        for record in caplog.records
        if record.name == "calls.layers.redis_pubsub"
    ]
    assert sum("out of reach" in line for line in said) == 2
    assert sum("is back" in line for line in said) == 2


async def test_a_mailbox_closed_while_redis_is_away(make_layer: MakeLayer, own_redis, room: str):
    """Is not subscribed again: a message for it would count as delivered."""
    server = await own_redis()
    here, there = make_layer(server.url), make_layer(server.url)
    gone, stays = await mailbox(here, room), await mailbox(here, room)
    other = await mailbox(there, room)
    await server.kill()
    with pytest.raises(UNAVAILABLE):
        await here.deliver(other, message())
    await here.group_discard(f"call.{room}", gone)
    await here.close_channel(gone)
    with pytest.raises(UNAVAILABLE):
        await there.deliver(stays, message())
    await own_redis()
    assert await receive(here, stays) == [RESTORED]
    assert await receive(there, other) == [RESTORED]
    assert await there.deliver(gone, message()) is False
    assert await there.deliver(stays, message(1)) is True
    assert await receive(here, stays) == [message(1)]


async def test_no_redis_at_all(make_layer: MakeLayer, room: str):
    """A mailbox cannot be opened, and nothing of the attempt is left."""
    layer = make_layer(f"redis://127.0.0.1:{free_port()}")
    for _ in range(2):
        with pytest.raises(UNAVAILABLE):
            await layer.new_channel(f"call.{room}.")
    assert layer.channels == {}
