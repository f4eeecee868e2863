"""The layer in memory, beside the original; at the end, where ours differs on purpose."""

import asyncio
import re
from typing import Any

import pytest
from channels.exceptions import ChannelFull, InvalidChannelLayerError
from channels.layers import BaseChannelLayer, channel_layers, get_channel_layer

from calls.layers import InMemoryChannelLayer
from calls.layers.layer import Message
from tests.unit.layers.conftest import (
    PATIENCE,
    MakeLayer,
    Pair,
    heard,
    message,
    messages,
    open_channel,
    reader,
    receive,
)

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
