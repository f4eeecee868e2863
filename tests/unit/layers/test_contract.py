"""What is published about channel layers, required of the originals and of ours alike.

The behaviour comes from Channels' specification of a layer and from the tests of Channels and
of channels_redis. Each test runs with the original and with ours, so none of it is only our
reading of them. Where ours differs on purpose, the end of this module says how.
"""

import asyncio
import inspect
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import channels.layers
import pytest
from asgiref.sync import async_to_sync
from channels.exceptions import ChannelFull, InvalidChannelLayerError
from channels.layers import BaseChannelLayer, channel_layers, get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio import Redis

from calls.layers import InMemoryChannelLayer, RedisChannelLayer
from calls.layers.layer import RESTORED, Message
from calls.redis_client import UNAVAILABLE
from tests.support.processes import RedisServer, free_port, running

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


@pytest.fixture(params=IN_MEMORY)
def in_memory(request: pytest.FixtureRequest) -> MakeLayer:
    return IN_MEMORY[request.param]


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
    channel = await layer.new_channel()
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


# -- One to one -------------------------------------------------------------------------------


async def test_a_message_arrives(pair: Pair):
    channel = await open_channel(pair.here)
    await pair.there.send(channel, message(text="hello"))
    assert await receive(pair.here, channel) == [message(text="hello")]


async def test_a_reader_waits(pair: Pair):
    reading = await reader(pair.here, await open_channel(pair.here))
    assert not reading.done()
    reading.cancel()
    await asyncio.wait([reading])


async def test_a_waiting_reader_gets_the_message(pair: Pair):
    channel = await open_channel(pair.here)
    reading = await reader(pair.here, channel)
    await pair.there.send(channel, message())
    async with asyncio.timeout(PATIENCE):
        assert await reading == message()


async def test_a_message_is_delivered_once(pair: Pair):
    channel = await open_channel(pair.here)
    await pair.there.send(channel, message(1))
    assert await heard(pair, channel) == messages(1)
    assert await heard(pair, channel) == []


async def test_order(pair: Pair):
    channel = await open_channel(pair.here)
    for n in range(60):
        await pair.there.send(channel, message(n))
    assert await receive(pair.here, channel, 60) == messages(*range(60))


async def test_sends_and_receives_overlap(pair: Pair):
    channel = await open_channel(pair.here)
    await pair.there.send(channel, message(1))
    await pair.there.send(channel, message(2))
    assert await receive(pair.here, channel) == messages(1)
    await pair.there.send(channel, message(3))
    assert await receive(pair.here, channel, 2) == messages(2, 3)
    await pair.there.send(channel, message(4))
    assert await heard(pair, channel) == messages(4)


async def test_channels_do_not_mix(pair: Pair):
    one, two = await open_channel(pair.here), await open_channel(pair.here)
    for n in range(6):
        await pair.there.send((one, two)[n % 2], message(n))
    assert await heard(pair, two) == messages(1, 3, 5)
    assert await heard(pair, one) == messages(0, 2, 4)


async def test_many_writers(pair: Pair):
    """Each one's messages stay in order."""
    channel = await open_channel(pair.here)

    async def write(writer: int) -> None:
        for n in range(6):
            await pair.there.send(channel, message(n, writer=writer))

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*map(write, range(8)))
    received = await receive(pair.here, channel, 48)
    for writer in range(8):
        assert [m["n"] for m in received if m["writer"] == writer] == list(range(6))


async def test_many_readers_of_one_channel(pair: Pair):
    """Each message goes to one of them, and nobody is left without."""
    channel = await open_channel(pair.here)
    readers = [await reader(pair.here, channel) for _ in range(20)]
    for n in range(20):
        await pair.there.send(channel, message(n))
    async with asyncio.timeout(PATIENCE):
        received = await asyncio.gather(*readers)
    assert sorted(m["n"] for m in received) == list(range(20))


async def test_many_channels_with_a_reader_each(pair: Pair):
    names = [await open_channel(pair.here) for _ in range(20)]
    readers = [await reader(pair.here, channel) for channel in names]
    for n, channel in reversed(list(enumerate(names))):
        await pair.there.send(channel, message(n))
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.gather(*readers) == messages(*range(20))


async def test_a_channel_that_nobody_made(pair: Pair):
    """Any name will do for whoever reads it."""
    reading = await reader(pair.here, "general-channel")
    await pair.there.send("general-channel", message())
    async with asyncio.timeout(PATIENCE):
        assert await reading == message()


# -- What is in a message ---------------------------------------------------------------------


async def test_what_a_message_may_hold(pair: Pair):
    """All types of the specification come out as they went in, in their order."""
    channel = await open_channel(pair.here)
    sent = {
        "type": "test.message",
        "text": "é\u2028\U0001f600\x00",
        "bytes": b"\x00\xff",
        "numbers": [0, -1, 2**63 - 1, -(2**63), 0.1, -1e300, float("inf")],
        "constants": [True, False, None],
        "nested": {"lists": [[], [[1], {"a": []}]], "dict": {}},
        "": "",
    }
    await pair.there.send(channel, sent)
    # repr, as 1 == True == 1.0, and because dicts are equal in any order.
    assert repr(await receive(pair.here, channel)) == repr([sent])


async def test_a_megabyte(pair: Pair):
    channel = await open_channel(pair.here)
    sent = message(text="x" * 2**20)
    await pair.there.send(channel, sent)
    assert await receive(pair.here, channel) == [sent]


async def test_a_sent_message_cannot_be_changed(pair: Pair):
    channel = await open_channel(pair.here, "group")
    sent = message(1, inner={"list": [1]})
    await pair.there.send(channel, sent)
    await pair.there.group_send("group", sent)
    sent["n"] = 2
    sent["inner"]["list"].append(2)
    sent["inner"]["more"] = True
    assert await receive(pair.here, channel, 2) == [message(1, inner={"list": [1]})] * 2


@pytest.mark.parametrize("fields", [{}, {"inner": {"list": [1]}}])
async def test_everybody_gets_a_copy_of_their_own(pair: Pair, fields: Message):
    one, two = await open_channel(pair.here, "group"), await open_channel(pair.here, "group")
    await pair.there.group_send("group", message(1, **fields))
    [received] = await receive(pair.here, one)
    received["n"] = 2
    received.get("inner", {}).clear()
    assert await receive(pair.here, two) == [message(1, **fields)]


# -- Names of channels ------------------------------------------------------------------------


async def test_new_names_are_never_the_same(pair: Pair):
    async with asyncio.timeout(PATIENCE):
        names = await asyncio.gather(*(pair.here.new_channel() for _ in range(50)))
    assert len({*names, await pair.there.new_channel()}) == 51


async def test_new_names_begin_as_was_asked(pair: Pair):
    layer_prefix = PREFIX if isinstance(pair.here, RedisPubSubChannelLayer) else ""
    for prefix, name in [
        ("specific.", await pair.here.new_channel()),
        ("call.room.", await pair.here.new_channel("call.room.")),
        ("named", await pair.here.new_channel(prefix="named")),
    ]:
        assert name.startswith(layer_prefix + prefix)
        assert BaseChannelLayer().require_valid_channel_name(name)


# -- Groups -----------------------------------------------------------------------------------


async def test_a_group_hears_what_is_sent_to_it(pair: Pair):
    one, two, three = [await open_channel(pair.here, "group") for _ in range(3)]
    outside = await open_channel(pair.here, "another-group")
    await pair.here.group_discard("group", two)
    await pair.there.group_send("group", message(1))
    assert await heard(pair, one) == messages(1)
    assert await heard(pair, three) == messages(1)
    assert await heard(pair, two) == []
    assert await heard(pair, outside) == []


async def test_a_group_of_many(pair: Pair):
    names = [await open_channel(pair.here, "group") for _ in range(30)]
    await pair.there.group_send("group", message(1))
    await pair.there.group_send("group", message(2))
    for channel in names:
        assert await receive(pair.here, channel, 2) == messages(1, 2)


async def test_who_enters_twice_hears_once(pair: Pair):
    channel = await open_channel(pair.here, "group", "group")
    await pair.there.group_send("group", message(1))
    assert await heard(pair, channel) == messages(1)
    await pair.here.group_discard("group", channel)
    await pair.there.group_send("group", message(2))
    assert await heard(pair, channel) == []


async def test_a_channel_in_two_groups(pair: Pair):
    channel = await open_channel(pair.here, "group", "another-group")
    await pair.there.group_send("group", message(1))
    await pair.there.group_send("another-group", message(2))
    assert await heard(pair, channel) == messages(1, 2)
    await pair.here.group_discard("group", channel)
    await pair.there.group_send("group", message(3))
    await pair.there.group_send("another-group", message(4))
    assert await heard(pair, channel) == messages(4)


async def test_a_group_and_a_channel_of_one_name(pair: Pair):
    reading = await reader(pair.here, "one-name")
    member = await open_channel(pair.here, "one-name")
    await pair.there.group_send("one-name", message(1))
    await pair.there.send("one-name", message(2))
    async with asyncio.timeout(PATIENCE):
        assert await reading == message(2)
    assert await heard(pair, member) == messages(1)


async def test_leaving_what_one_is_not_in(pair: Pair):
    channel, member = await open_channel(pair.here), await open_channel(pair.here, "group")
    await pair.here.group_discard("no-such-group", channel)
    await pair.here.group_discard("group", channel)
    await pair.here.group_discard("group", f"{channel}0")
    await pair.there.group_send("group", message(1))
    assert await heard(pair, member) == messages(1)
    for _ in range(2):
        await pair.here.group_discard("group", member)
    await pair.there.group_send("group", message(2))
    assert await heard(pair, member) == []


async def test_a_group_is_entered_again(pair: Pair):
    channel = await open_channel(pair.here, "group")
    await pair.here.group_discard("group", channel)
    await pair.there.group_send("group", message(1))
    assert await heard(pair, channel) == []
    await enter(pair.here, "group", channel)
    await pair.there.group_send("group", message(2))
    assert await heard(pair, channel) == messages(2)


async def test_a_group_nobody_is_in(pair: Pair):
    channel = await open_channel(pair.here)
    await pair.there.group_send("group", message(1))
    await enter(pair.here, "group", channel)
    assert await heard(pair, channel) == []


async def test_a_group_keeps_its_order(pair: Pair):
    channel = await open_channel(pair.here, "group")
    for n in range(40):
        await pair.there.group_send("group", message(n))
    assert await heard(pair, channel) == messages(*range(40))


# -- The extensions ---------------------------------------------------------------------------


async def test_groups_and_flush_are_announced(pair: Pair):
    assert sorted(pair.here.extensions) == ["flush", "groups"]


async def test_methods_are_coroutine_functions(pair: Pair):
    """asgiref's async_to_sync looks for that."""
    for method in (
        "new_channel", "send", "receive", "group_add", "group_discard", "group_send", "flush",
    ):  # fmt: skip
        assert inspect.iscoroutinefunction(getattr(pair.here, method))


async def test_flush_forgets_everything(pair: Pair):
    old = await open_channel(pair.here, "group")
    await pair.here.send(old, message(1))
    await pair.here.group_send("group", message(2))
    await pair.here.flush()
    await pair.here.flush()
    await pair.there.group_send("group", message(3))
    reading = await reader(pair.here, old)
    await pair.there.send(old, message(4))
    async with asyncio.timeout(PATIENCE):
        assert await reading == message(4)


async def test_a_flushed_layer_is_as_good_as_new(pair: Pair):
    for n in range(3):
        channel = await open_channel(pair.here, "group")
        await pair.there.send(channel, message(n))
        await pair.there.group_send("group", message(n))
        assert await heard(pair, channel) == messages(n, n)
        await pair.here.flush()


@pytest.mark.parametrize("ticks", range(4))
async def test_flush_while_something_is_under_way(
    pair: Pair, ticks: int, caplog: pytest.LogCaptureFixture
):
    """It neither holds that up nor hinders what comes afterwards."""
    old = await open_channel(pair.here, "group")
    opening = asyncio.create_task(pair.here.new_channel())
    await pair.here.group_discard("group", old)
    for _ in range(ticks):
        await asyncio.sleep(0)
    # Less than it takes a subscription to be given up.
    async with asyncio.timeout(PATIENCE / 2):
        await pair.here.flush()
        await opening
        channel = await open_channel(pair.here, "group")
    await pair.there.group_send("group", message(1))
    assert await heard(pair, channel) == messages(1)
    assert complaints(caplog) == []


# -- In memory: capacity ----------------------------------------------------------------------


async def fill(layer: Any, channel: str) -> int:
    """Send until a channel is full; returns how many messages it took."""
    for n in range(1000):
        try:
            await layer.send(channel, message(n))
        except ChannelFull:
            return n
    raise AssertionError("There is no end to this channel.")


async def test_a_full_channel(in_memory: MakeLayer):
    """Says so to its sender, keeps what it has, and takes more when there is room again."""
    layer = in_memory(capacity=3)
    for channel in ("full", await layer.new_channel()):
        assert await fill(layer, channel) == 3
        with pytest.raises(ChannelFull):
            await layer.send(channel, message(3))
        await layer.send("another", message(4))
        assert await receive(layer, channel) == messages(0)
        await layer.send(channel, message(5))
        assert await receive(layer, channel, 3) == messages(1, 2, 5)


async def test_the_capacity_unless_told(in_memory: MakeLayer):
    assert await fill(in_memory(), "full") == 100


async def test_capacities_by_name(in_memory: MakeLayer):
    """By globs and regular expressions; the first that fits decides."""
    patterns = {"one": 1, re.compile("t[aeiou]n$"): 4, "t*": 2, "glob.?.*": 5}
    layer = in_memory(capacity=3)
    layer.channel_capacity = layer.compile_capacities(patterns)
    for channel, capacity in {
        "one": 1, "one.more": 3, "ten": 4, "tent": 2, "t": 2, "glob.a.b": 5, "glob.ab": 3,
    }.items():  # fmt: skip
        assert layer.get_capacity(channel) == capacity
        assert await fill(layer, channel) == capacity


async def test_capacities_are_given_to_the_constructor(in_memory: MakeLayer):
    layer = in_memory(channel_capacity=BaseChannelLayer().compile_capacities({"tiny": 1}))
    assert await fill(layer, "tiny") == 1


async def test_a_group_with_a_full_member(in_memory: MakeLayer):
    """Its sender hears nothing of that; who has room gets the message, who has not does not."""
    layer = in_memory(capacity=3)
    for channel in ("full", "free"):
        await layer.group_add("group", channel)
    await layer.send("full", message(0))
    for n in (1, 2, 3):
        await layer.group_send("group", message(n))
    assert await receive(layer, "full", 3) == messages(0, 1, 2)
    assert await receive(layer, "free", 3) == messages(1, 2, 3)
    await layer.group_send("group", message(4))
    assert await heard(Pair(layer, layer), "full") == messages(4)


# -- In memory: expiry ------------------------------------------------------------------------


async def send_expired(layer: Any, channel: str, sent: Message) -> None:
    """What this sends has expired in the moment it is sent."""
    expiry, layer.expiry = layer.expiry, -1
    await layer.send(channel, sent)
    layer.expiry = expiry


async def test_expiry_unless_told(in_memory: MakeLayer):
    layer = in_memory()
    assert (layer.expiry, layer.group_expiry) == (60, 24 * 60 * 60)


async def test_an_expired_message_is_not_delivered(attentive: MakeLayer):
    layer = attentive(expiry=-1)
    await layer.send("channel", message(1))
    assert len(layer.channels) == 1
    layer.expiry = 60
    assert await heard(Pair(layer, layer), "channel") == []
    assert layer.channels == {}


async def test_only_what_has_expired_is_dropped(attentive: MakeLayer):
    layer = attentive()
    await layer.send("channel", message(1))
    await send_expired(layer, "channel", message(2))
    await send_expired(layer, "channel", message(3))
    await layer.send("channel", message(4))
    assert await receive(layer, "channel", 2) == messages(1, 4)
    assert layer.channels == {}


async def test_an_expired_message_that_nobody_reads_is_dropped(attentive: MakeLayer):
    layer = attentive()
    await send_expired(layer, "unread", message(1))
    await layer.send("read", message(2))
    assert set(layer.channels) == {"unread", "read"}
    assert await receive(layer, "read") == messages(2)
    assert layer.channels == {}


@pytest.mark.parametrize("read", [False, True])
async def test_who_lets_messages_expire_leaves_the_groups(attentive: MakeLayer, read: bool):
    layer = attentive()
    for channel in ("reads", "reads-not"):
        await layer.group_add("group", channel)
        await layer.group_add("another-group", channel)
    await send_expired(layer, "reads-not", message(1))
    if read:
        assert await heard(Pair(layer, layer), "reads-not") == []
    for group in ("group", "another-group"):
        await layer.group_send(group, message(2))
    assert await heard(Pair(layer, layer), "reads-not") == []
    assert await heard(Pair(layer, layer), "reads") == messages(2, 2)


async def test_membership_expires(attentive: MakeLayer):
    layer = attentive(group_expiry=-10)
    await layer.group_add("group", "channel")
    await layer.group_send("group", message(1))
    assert await heard(Pair(layer, layer), "channel") == []
    layer.group_expiry = 10
    await layer.group_add("group", "channel")
    await layer.group_send("group", message(2))
    assert await heard(Pair(layer, layer), "channel") == messages(2)


# -- In memory: what is refused ---------------------------------------------------------------

BAD_NAMES = ["", "a b", "a/b", "ä", "=+1!", "!a", "a!b!c", "a" * 100, b"bytes", 7, None, ["a"]]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_bad_names_of_channels(in_memory: MakeLayer, name: Any):
    layer = in_memory()
    for attempt in (
        layer.send(name, message()),
        layer.receive(name),
        layer.group_add("group", name),
        layer.group_discard("group", name),
    ):
        with pytest.raises(TypeError):
            async with asyncio.timeout(PATIENCE):
                await attempt
    assert layer.channels == layer.groups == {}


@pytest.mark.parametrize("name", [*BAD_NAMES, "process!local"])
async def test_bad_names_of_groups(in_memory: MakeLayer, name: Any):
    layer = in_memory()
    for attempt in (
        layer.group_add(name, "channel"),
        layer.group_discard(name, "channel"),
        layer.group_send(name, message()),
    ):
        with pytest.raises(TypeError):
            await attempt
    assert layer.groups == {}


@pytest.mark.parametrize("name", ["a", "1", "A-1_b.c", "a" * 99, "process!", "process!local-1"])
async def test_good_names(in_memory: MakeLayer, name: str):
    layer = in_memory()
    await layer.group_add(name.replace("!", "."), name)
    await layer.send(name, message(1))
    await layer.group_send(name.replace("!", "."), message(2))
    assert await receive(layer, name, 2) == messages(1, 2)


async def test_the_old_names_of_the_checks(in_memory: MakeLayer):
    layer = in_memory()
    for check in (layer.valid_channel_name, layer.valid_group_name):
        with pytest.warns(DeprecationWarning, match="is deprecated"):
            assert check("name")
        with pytest.warns(DeprecationWarning, match="is deprecated"), pytest.raises(TypeError):
            check("no name")


@pytest.mark.parametrize("sent", ["text", b"bytes", ["list"], 7, None])
async def test_a_message_is_a_dict(in_memory: MakeLayer, sent: Any):
    layer = in_memory()
    await layer.group_add("group", "channel")
    for attempt in (layer.send("channel", sent), layer.group_send("group", sent)):
        with pytest.raises(AssertionError):
            await attempt
    assert layer.channels == {}


async def test_a_key_that_is_reserved(in_memory: MakeLayer):
    layer = in_memory()
    await layer.group_add("group", "channel")
    sent = message(__asgi_channel__="channel")
    for attempt in (layer.send("channel", sent), layer.group_send("group", sent)):
        with pytest.raises(AssertionError):
            await attempt
    assert layer.channels == {}


# -- In memory: readers, and what is left -----------------------------------------------------


async def test_local_parts_are_channels_of_their_own(in_memory: MakeLayer):
    layer = in_memory()
    await layer.send("process!one", message(1))
    await layer.send("process!two", message(2))
    assert await receive(layer, "process!two") == messages(2)
    assert await receive(layer, "process!one") == messages(1)


async def test_a_message_waits_for_its_reader(in_memory: MakeLayer):
    layer = in_memory()
    await layer.send("channel", message())
    assert await receive(layer, "channel") == [message()]


@pytest.mark.parametrize("sent_first", [False, True])
async def test_a_receive_that_is_given_up_takes_nothing(in_memory: MakeLayer, sent_first: bool):
    """Not even the message that arrived in the same moment."""
    layer = in_memory()
    for channel in ("channel", await layer.new_channel()):
        for n in range(3):
            reading = await reader(layer, channel)
            if sent_first:
                await layer.send(channel, message(n))
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            if not sent_first:
                await layer.send(channel, message(n))
            assert await heard(Pair(layer, layer), channel) == messages(n)


async def test_tuples_stay_tuples(in_memory: MakeLayer):
    layer = in_memory()
    await layer.send("channel", message(value=(1, [2])))
    assert await receive(layer, "channel") == [message(value=(1, [2]))]


async def test_nothing_is_left_of_what_was_read(in_memory: MakeLayer):
    layer = in_memory()
    await layer.send("channel", message(1))
    await layer.send("channel", message(2))
    await receive(layer, "channel")
    assert set(layer.channels) == {"channel"}
    await receive(layer, "channel")
    reading = await reader(layer, "channel")
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert layer.channels == {}


async def test_a_channel_vanishes_under_its_reader(in_memory: MakeLayer):
    layer = in_memory()
    reading = await reader(layer, "channel")
    await layer.send("channel", message())
    del layer.channels["channel"]
    async with asyncio.timeout(PATIENCE):
        assert await reading == message()
    assert layer.channels == {}


async def test_nothing_is_left_of_a_group_without_members(in_memory: MakeLayer):
    layer = in_memory()
    for channel in ("one", "two"):
        await layer.group_add("group", channel)
    for channel in ("one", "two"):
        assert set(layer.groups) == {"group"}
        await layer.group_discard("group", channel)
    assert layer.groups == {}


async def test_a_layer_is_closed(in_memory: MakeLayer):
    layer = in_memory()
    await layer.close()
    await layer.flush()


async def test_channels_makes_it_from_the_settings(in_memory: MakeLayer, settings):
    backend = f"{in_memory.__module__}.{in_memory.__name__}"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"capacity": 5}}}
    assert type(get_channel_layer()) is in_memory
    assert await fill(get_channel_layer(), "channel") == 5
    with pytest.raises(InvalidChannelLayerError):
        channel_layers.make_test_backend("default")
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "TEST_CONFIG": {"expiry": 7}}}
    assert channel_layers.make_test_backend("default").expiry == 7
    assert "channel" not in get_channel_layer().channels


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
    plain = {"a": True, "b": None, "c": {"d": []}}
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


# -- Where ours differs on purpose, in memory -------------------------------------------------


async def test_ours_tells_a_reader_that_its_group_overflowed_it():
    """The original drops what a member cannot take, and nobody knows."""
    layer = InMemoryChannelLayer(capacity=1)
    full, free = await open_channel(layer, "group"), await open_channel(layer, "group")
    await layer.send(full, message(1))
    await layer.group_send("group", message(2))
    assert await receive(layer, free) == messages(2)
    for _ in range(2):
        with pytest.raises(ChannelFull):
            await receive(layer, full)
    await layer.flush()
    await layer.send(full, message(3))
    assert await receive(layer, full) == messages(3)


async def test_ours_looks_for_what_has_expired_now_and_then():
    """The original does at every receive and group_send; neither delivers it."""
    layer = InMemoryChannelLayer()
    await layer.group_send("group", message())
    await send_expired(layer, "unread", message(1))
    await layer.group_send("group", message())
    assert "unread" in layer.channels
    layer._clean_at -= layer.CLEAN_INTERVAL
    await layer.group_send("group", message())
    assert layer.channels == {}
    await send_expired(layer, "unread", message(2))
    assert await heard(Pair(layer, layer), "unread") == []


async def test_ours_keeps_the_queue_of_a_channel_until_it_is_closed():
    """The original drops it when it is empty, and with it those who still wait at it."""
    layer = InMemoryChannelLayer()
    channel = await layer.new_channel()
    readers = [await reader(layer, channel) for _ in range(2)]
    for n, reading in enumerate(readers):
        await layer.send(channel, message(n))
        async with asyncio.timeout(PATIENCE):
            assert await reading == message(n)
    assert set(layer.channels) == {channel}
    await layer.close_channel(channel)
    assert layer.channels == {}


async def test_ours_forgets_in_flush_who_is_there():
    """As in Redis; the original cannot be asked."""
    layer = InMemoryChannelLayer()
    channel = await layer.new_channel()
    await layer.flush()
    assert await layer.deliver(channel, message()) is False


# -- Where ours differs on purpose, in Redis --------------------------------------------------


@pytest.fixture
async def ours(redis_server: RedisServer, redis_connections: None) -> AsyncIterator[MakeLayer]:
    made = []

    def make(**options) -> RedisChannelLayer:
        made.append(ours_in_redis(redis_server.url, **options))
        return made[-1]

    yield make
    for layer in made:
        await layer.flush()


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
