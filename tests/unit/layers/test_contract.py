"""What is published about channel layers, required of the originals and of ours alike.

The behaviour comes from Channels' specification of a layer and from the tests of Channels and
of channels_redis. Each test runs with the original and with ours, so none of it is only our
reading of them. What is said of one kind only is in test_memory.py and
test_redis.py, with the ways in which ours differs on purpose.
"""

import asyncio
import inspect

import pytest
from channels.layers import BaseChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from calls.layers.layer import Message
from tests.unit.layers.conftest import (
    PATIENCE,
    PREFIX,
    Pair,
    complaints,
    enter,
    heard,
    message,
    messages,
    open_channel,
    reader,
    receive,
)

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
