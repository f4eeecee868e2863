"""The channel layers: how a consumer reaches another, in this process or through Redis.

Both are Channels' own layers with the same three additions, which the consumers rely on:

- ``deliver`` is ``send`` that tells whether anybody is there to receive;
- ``close_channel`` ends what ``new_channel`` began;
- channels named ``call.<room>.<...>`` and the group ``call.<room>`` keep their order
  relative to each other.
"""

import asyncio
import time
from copy import deepcopy
from typing import Any, Protocol

from channels import layers
from channels.exceptions import ChannelFull
from channels_redis import pubsub

from calls import redis_client
from calls.redis_pubsub import LoopLayer

Message = dict[str, Any]


class Layer(Protocol):
    """What the consumers use of a channel layer."""

    async def new_channel(self, prefix: str = ...) -> str: ...

    async def close_channel(self, channel: str) -> None: ...

    async def receive(self, channel: str) -> Message: ...

    async def deliver(self, channel: str, message: Message) -> bool: ...

    async def group_add(self, group: str, channel: str) -> None: ...

    async def group_discard(self, group: str, channel: str) -> None: ...

    async def group_send(self, group: str, message: Message) -> None: ...


class InMemoryChannelLayer(layers.InMemoryChannelLayer):  # type: ignore[misc]
    """Channels' layer for a single process, which knows who is there, and is quick.

    It behaves as the original does, but for what everybody else's calls cost:

    - what has expired is looked for every few seconds, not at every send and receive, and
      an expired message is dropped where it would have been received;
    - a message of plain values is copied flat, which for those is the same as deeply;
    - a group's members get a message directly, without a task for each.

    A channel of ``new_channel`` that overflows through its group ends with ``ChannelFull`` at
    its reader instead of losing the message in silence.
    """

    # Seconds between two looks for what has expired in channels that nobody reads.
    CLEAN_INTERVAL = 10.0

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._open: set[str] = set()
        self._overflowed: set[str] = set()
        self._clean_at = 0.0

    async def new_channel(self, prefix: str = "specific.") -> str:
        """A fresh channel name; somebody is there until ``close_channel``."""
        channel: str = await super().new_channel(prefix)
        self._open.add(channel)
        return channel

    async def close_channel(self, channel: str) -> None:
        """Nobody is there any more; what was not received is dropped."""
        self._open.discard(channel)
        self._overflowed.discard(channel)
        self.channels.pop(channel, None)

    async def flush(self) -> None:
        """Forget everything, who is there included."""
        self._open.clear()
        self._overflowed.clear()
        await super().flush()

    async def deliver(self, channel: str, message: Message) -> bool:
        """Send to one channel; false if nobody is there. Raises ``ChannelFull``."""
        if channel not in self._open:
            return False
        self._put(channel, message)
        return True

    async def send(self, channel: str, message: Message) -> None:
        """Send to one channel. Raises ``ChannelFull``."""
        assert isinstance(message, dict), "message is not a dict"
        assert "__asgi_channel__" not in message
        self.require_valid_channel_name(channel)
        self._put(channel, message)

    def _put(self, channel: str, message: Message) -> None:
        queue = self.channels.get(channel)
        if queue is None:
            queue = self.channels[channel] = asyncio.Queue(self.get_capacity(channel))
        try:
            queue.put_nowait((time.time() + self.expiry, _copy(message)))
        except asyncio.QueueFull:
            raise ChannelFull(channel) from None

    async def receive(self, channel: str) -> Message:
        """The next message of a channel, when there is one."""
        if channel not in self._open:
            self.require_valid_channel_name(channel)
        elif channel in self._overflowed:
            raise ChannelFull(channel)
        self._clean_now_and_then()
        queue = self.channels.get(channel)
        if queue is None:
            queue = self.channels[channel] = asyncio.Queue(self.get_capacity(channel))
        try:
            while True:
                expires, message = await queue.get()
                if expires >= time.time():
                    received: Message = message
                    return received
                self._remove_from_groups(channel)
        finally:
            # An open channel keeps its queue: making one for every message costs more.
            if queue.empty() and channel not in self._open:
                self.channels.pop(channel, None)

    async def group_send(self, group: str, message: Message) -> None:
        """Send to all members of a group; who is full does not get it."""
        assert isinstance(message, dict), "Message is not a dict"
        assert "__asgi_channel__" not in message
        self.require_valid_group_name(group)
        self._clean_now_and_then()
        for channel in self.groups.get(group, ()):
            try:
                self._put(channel, message)
            except ChannelFull:
                if channel in self._open:
                    self._overflowed.add(channel)

    def _clean_now_and_then(self) -> None:
        now = time.monotonic()
        if now >= self._clean_at:
            self._clean_at = now + self.CLEAN_INTERVAL
            self._clean_expired()


_PLAIN = (str, bytes, int, float, bool, type(None))


def _copy(message: Message) -> Message:
    """A copy that nothing the sender does later can change."""
    if all(type(value) in _PLAIN for value in message.values()):
        return message.copy()
    return deepcopy(message)


class RedisChannelLayer(pubsub.RedisPubSubChannelLayer):  # type: ignore[misc]
    """channels_redis' pub/sub layer, set up for signaling.

    ``urls`` are the Redis servers (with several, each room lives on one of them);
    ``capacity`` is how many unread messages a channel holds.
    """

    def __init__(self, urls: list[str], prefix: str = "duet", capacity: int = 100) -> None:
        super().__init__(hosts=[{"address": url} for url in urls], prefix=prefix)
        self.capacity = capacity

    def _get_layer(self) -> "LoopLayer":
        # Connections belong to the event loop that opened them.
        loop = asyncio.get_running_loop()
        layer: LoopLayer | None = self._layers.get(loop)
        if layer is None:
            layer = LoopLayer(
                *self._args, **self._kwargs, channel_layer=self, capacity=self.capacity
            )
            self._layers[loop] = layer
            self._close_with(loop)
        return layer

    def _close_with(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close the connections when their loop closes: nothing could do it afterwards."""
        close = loop.close

        def close_connections() -> None:
            loop.close = close  # type: ignore[method-assign]
            layer = self._layers.pop(loop, None)
            if layer is not None:
                loop.run_until_complete(layer.flush())
                loop.run_until_complete(redis_client.close())
            loop.close()

        loop.close = close_connections  # type: ignore[method-assign]

    async def deliver(self, channel: str, message: Message) -> bool:
        """Send to one channel; false if nobody is there. Raises ``ChannelFull``."""
        return await self._get_layer().deliver(channel, message)

    async def close_channel(self, channel: str) -> None:
        """Nobody is there any more; what was not received is dropped."""
        await self._get_layer().close_channel(channel)
