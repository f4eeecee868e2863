"""Whether whoever holds a seat is still there, asked only when somebody would be refused.

The holder's consumer answers over the channel layer; a process that was killed cannot.
"""

import asyncio

from channels.exceptions import ChannelFull

from calls.layers.layer import Layer
from calls.signaling import events

# Seconds a holder has to answer; one whose process is gone is known at once.
PROBE_TIMEOUT = 3.0

# Who is being asked by this process now: a crowd at the door must not fill a holder's mailbox.
_asked: dict[str, asyncio.Future[bool]] = {}


async def is_alive(layer: Layer, channel: str, reply_to: str) -> bool:
    """Ask the consumer behind ``channel``; it answers to ``reply_to``, which nobody else reads.

    Raises what the channel layer raises when it cannot be reached.
    """
    asked = _asked.get(channel)
    if asked is not None:
        return await asyncio.shield(asked)
    asked = _asked[channel] = asyncio.get_running_loop().create_future()
    alive = True  # what the others are told if this fails: in doubt nobody loses a seat
    try:
        alive = await _ask(layer, channel, reply_to)
        return alive
    finally:
        del _asked[channel]
        asked.set_result(alive)


async def _ask(layer: Layer, channel: str, reply_to: str) -> bool:
    try:
        if not await layer.deliver(channel, events.encode(events.Probe(reply_to))):
            return False
    except ChannelFull:
        return True  # slow, but there
    try:
        async with asyncio.timeout(PROBE_TIMEOUT):
            while events.decode(await layer.receive(reply_to)) != events.Alive(channel):
                pass
    except TimeoutError:
        return False
    return True
