"""The channel layer of a single process."""

import asyncio
import time
from copy import deepcopy
from typing import Any

from channels import layers
from channels.exceptions import ChannelFull

from calls.layers.layer import Message


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


_PLAIN = frozenset((str, bytes, int, float, bool, type(None)))


def _copy(message: Message) -> Message:
    """A copy that nothing the sender does later can change."""
    for value in message.values():
        if type(value) not in _PLAIN:
            return deepcopy(message)
    return message.copy()
