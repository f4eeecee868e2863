"""Whether somebody is there: who answers, who cannot, and how often they are asked."""

import asyncio

import pytest
from channels.exceptions import ChannelFull

from calls.layers import InMemoryChannelLayer
from calls.signaling import events, probe
from calls.signaling.probe import Sign, ask


@pytest.fixture
def layer() -> InMemoryChannelLayer:
    return InMemoryChannelLayer()


async def holder(layer: InMemoryChannelLayer, channel: str) -> None:
    """Answers once, after an answer that is somebody else's and one that is no event."""
    asked = events.decode(await layer.receive(channel))
    assert isinstance(asked, events.Probe)
    for message in ({"type": "seat.alive", "channel": "another"}, {"type": "later"}):
        await layer.deliver(asked.reply, message)
    await layer.deliver(asked.reply, events.encode(events.Alive(channel)))


async def test_who_answers_is_alive(layer: InMemoryChannelLayer):
    channel, reply_to = await layer.new_channel(), await layer.new_channel()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(holder(layer, channel))
        assert await ask(layer, channel, reply_to) is Sign.ALIVE


async def test_nobody_is_there(layer: InMemoryChannelLayer):
    assert await ask(layer, "gone", await layer.new_channel()) is Sign.GONE


async def test_nobody_answers(layer: InMemoryChannelLayer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.01)
    channel, reply_to = await layer.new_channel(), await layer.new_channel()
    assert await ask(layer, channel, reply_to) is Sign.SILENT


async def test_who_is_slow_is_there():
    layer = InMemoryChannelLayer(capacity=1)
    channel, reply_to = await layer.new_channel(), await layer.new_channel()
    await layer.deliver(channel, {"type": "full"})
    with pytest.raises(ChannelFull):
        await layer.deliver(channel, {"type": "full"})
    assert await ask(layer, channel, reply_to) is Sign.ALIVE


async def test_a_crowd_asks_once(layer: InMemoryChannelLayer):
    channel = await layer.new_channel()
    crowd = [await layer.new_channel() for _ in range(20)]
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(holder(layer, channel))
        asking = [group.create_task(ask(layer, channel, reply_to)) for reply_to in crowd]
    assert {task.result() for task in asking} == {Sign.ALIVE}
    assert layer.channels[channel].empty()


async def test_in_doubt_nobody_loses_a_seat(layer: InMemoryChannelLayer):
    """What fails for one who asks is "alive" for the others who waited for it."""

    class Broken(InMemoryChannelLayer):
        async def deliver(self, channel: str, message: dict[str, object]) -> bool:
            await asyncio.sleep(0)
            raise ConnectionError

    broken = Broken()
    found = await asyncio.gather(
        *(ask(broken, "channel", "reply") for _ in range(3)), return_exceptions=True
    )
    assert isinstance(found[0], ConnectionError)
    assert found[1:] == [Sign.ALIVE, Sign.ALIVE]
