"""Whether whoever holds a seat is still there, asked only when somebody would be refused.

The holder's consumer answers over the channel layer; a process that was killed cannot.
"""

import asyncio
from enum import Enum

from channels.exceptions import ChannelFull

from calls.layers.layer import Layer
from calls.signaling import events

# Seconds a holder has to answer; one whose process is gone is known at once.
PROBE_TIMEOUT = 3.0


class Sign(Enum):
    """What became of a question."""

    ALIVE = "it answered"
    SILENT = "its process is there and busy, or stands still: it may answer yet"
    GONE = "nobody will ever answer"


# Who is being asked by this process now: a crowd at the door must not fill a holder's mailbox.
_asked: dict[str, asyncio.Future[Sign]] = {}


async def ask(layer: Layer, channel: str, reply_to: str) -> Sign:
    """Ask the consumer behind ``channel``; it answers to ``reply_to``, which nobody else reads.

    Raises what the channel layer raises when it cannot be reached.
    """
    asked = _asked.get(channel)
    if asked is not None:
        return await asyncio.shield(asked)
    asked = _asked[channel] = asyncio.get_running_loop().create_future()
    sign = Sign.ALIVE  # what the others are told if this fails: in doubt nobody loses a seat
    try:
        sign = await _ask(layer, channel, reply_to)
        return sign
    finally:
        del _asked[channel]
        # Whoever asked sees to it that the seat is held: the others need not.
        asked.set_result(Sign.ALIVE if sign is Sign.SILENT else sign)


async def _ask(layer: Layer, channel: str, reply_to: str) -> Sign:
    try:
        if not await layer.deliver(channel, events.encode(events.Probe(reply_to))):
            return Sign.GONE
    except ChannelFull:
        return Sign.ALIVE  # slow, but there
    try:
        async with asyncio.timeout(PROBE_TIMEOUT):
            while events.decode(await layer.receive(reply_to)) != events.Alive(channel):
                pass
    except TimeoutError:
        return Sign.SILENT
    return Sign.ALIVE
