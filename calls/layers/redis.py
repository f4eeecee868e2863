"""The channel layer of several processes, through Redis."""

import asyncio

from channels_redis import pubsub

from calls import redis_client
from calls.layers.layer import Message
from calls.layers.redis_pubsub import LoopLayer


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
