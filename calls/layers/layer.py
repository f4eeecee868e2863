"""What is asked of a channel layer, whichever it is.

Both layers are Channels' own with the same three additions, which the consumers rely on:

- ``deliver`` is ``send`` that tells whether anybody is there to receive;
- ``close_channel`` ends what ``new_channel`` began;
- channels named ``call.<room>.<...>`` and the group ``call.<room>`` keep their order
  relative to each other.
"""

from typing import Any, Protocol

Message = dict[str, Any]

# Put into every mailbox of a process when Redis is back after an outage: it may have forgotten
# everything.
RESTORED: Message = {"type": "layer.restored"}


class Layer(Protocol):
    """What the consumers use of a channel layer."""

    async def new_channel(self, prefix: str = ...) -> str: ...

    async def close_channel(self, channel: str) -> None: ...

    async def receive(self, channel: str) -> Message: ...

    async def deliver(self, channel: str, message: Message) -> bool: ...

    async def group_add(self, group: str, channel: str) -> None: ...

    async def group_discard(self, group: str, channel: str) -> None: ...

    async def group_send(self, group: str, message: Message) -> None: ...
