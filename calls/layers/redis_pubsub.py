"""Redis pub/sub under ``RedisChannelLayer``: mailboxes, and one server's connections.

Built on the classes of channels_redis, whose order of work it keeps: every consumer has a
mailbox in its own process, one connection listens for all of them.
"""

import asyncio
import itertools
import logging
import operator
import secrets
from typing import Any

from channels.exceptions import ChannelFull
from channels_redis import pubsub

from calls import redis_client
from calls.layers.layer import RESTORED, Message
from calls.redis_client import UNAVAILABLE

logger = logging.getLogger(__name__)


class LoopLayer(pubsub.RedisPubSubLoopLayer):  # type: ignore[misc]
    """The layer of one event loop."""

    def __init__(self, *args: Any, capacity: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.capacity = capacity
        # Marks what this process published to a group: its own members have it already.
        self._origin = secrets.token_bytes(8)
        self._overflowed: set[str] = set()
        self._shards: list[Shard] = [Shard(shard.host, self) for shard in self._shards]

    def _get_shard(self, name: str) -> "Shard":
        # A room's channels and its group must share a server, or news of a peer and what
        # that peer sends could overtake each other.
        name = name.removeprefix(self.prefix).removeprefix("__group__")
        room = ".".join(name.split(".")[:2])
        return self._shards[redis_client.shard(room, len(self._shards))]

    async def _subscribe_to_channel(self, channel: str) -> None:
        self.channels[channel] = asyncio.Queue(self.capacity)
        shard = self._get_shard(channel)
        try:
            await shard.subscribe(channel)
        except BaseException:
            self.channels.pop(channel, None)
            await shard.unsubscribe(channel)  # Redis may know of it already
            raise

    async def close_channel(self, channel: str) -> None:
        if self.channels.pop(channel, None) is not None:
            self._overflowed.discard(channel)
            await self._get_shard(channel).unsubscribe(channel)

    async def flush(self) -> None:
        self._overflowed.clear()
        await super().flush()

    async def send(self, channel: str, message: Message) -> None:
        await self.deliver(channel, message)

    async def deliver(self, channel: str, message: Message) -> bool:
        data = self.channel_layer.serialize(message)
        if channel in self.channels:
            # In this process: Redis need not hear of it, and may even be down.
            if not self.put(channel, data):
                raise ChannelFull(channel)
            return True
        return await self._get_shard(channel).publish(channel, data) > 0

    async def group_send(self, group: str, message: Message) -> None:
        data = self.channel_layer.serialize(message)
        name = self._get_group_channel_name(group)
        # Members in this process get it as directly as what is sent to them alone: otherwise
        # an offer could overtake the news of who is offering.
        self.put_group(name, data)
        await self._get_shard(name).publish(name, self._origin + data)

    def put_group(self, name: str, data: bytes) -> None:
        """Into the mailboxes of a group's members in this process."""
        for channel in self.groups.get(name, ()):
            if channel in self.channels:
                self.put(channel, data)

    def received(self, name: str, data: bytes) -> None:
        """What came from Redis for a channel or group of this process."""
        if name in self.channels:
            self.put(name, data)
        elif not data.startswith(self._origin):
            self.put_group(name, data[len(self._origin) :])

    async def receive(self, channel: str) -> Message:
        if channel in self._overflowed:
            raise ChannelFull(channel)
        # Unlike the original, being cancelled does not end the channel: close_channel does.
        if channel not in self.channels:
            await self._subscribe_to_channel(channel)
        message: Message = self.channel_layer.deserialize(await self.channels[channel].get())
        return message

    def put(self, channel: str, data: bytes) -> bool:
        """Into a mailbox of this process; false if it is full.

        Its reader then finds ``ChannelFull`` in its place: nothing goes missing unnoticed.
        """
        try:
            self.channels[channel].put_nowait(data)
        except asyncio.QueueFull:
            self._overflowed.add(channel)
            return False
        return True

    def restored(self) -> None:
        """Redis is back and may have forgotten everything: let every consumer know."""
        data = self.channel_layer.serialize(RESTORED)
        for channel in list(self.channels):
            self.put(channel, data)


class Shard(pubsub.RedisSingleShardConnection):  # type: ignore[misc]
    """One Redis server: the connection that listens, and the shared one for commands."""

    # Seconds between attempts while the server is away.
    FIRST_DELAY, LAST_DELAY = 0.1, 1.0
    # Seconds until a subscription is confirmed; a crowd may be before us in the line.
    SUBSCRIBE_TIMEOUT = 10.0

    _pubsub: Any
    _receive_task: asyncio.Task[None] | None

    def __init__(self, host: dict[str, Any], layer: LoopLayer) -> None:
        super().__init__(host, layer)
        self.url: str = host["address"]
        self._down = False
        self._confirmations: dict[str, asyncio.Future[None]] = {}
        self._changes: list[tuple[str, str]] = []
        self._changer: asyncio.Task[None] | None = None

    async def publish(self, channel: str, message: bytes) -> int:
        """Returns how many processes received it. Raises one of ``UNAVAILABLE``."""
        try:
            return int(await redis_client.commands(self.url).run("PUBLISH", channel, message))
        except UNAVAILABLE as error:
            self._went(error)
            raise

    async def subscribe(self, channel: str) -> None:
        """Returns when the server has confirmed it. Raises one of ``UNAVAILABLE``.

        Without the confirmation, what another connection does next (take a seat, announce
        it) could reach the server first, and the answer to it would find nobody.
        """
        if self._down:
            raise ConnectionError("Redis is out of reach")
        if channel not in self._subscribed_to:
            self._subscribed_to.add(channel)
            self._confirmations[channel] = asyncio.get_running_loop().create_future()
            self._change("subscribe", channel)
        confirmed = self._confirmations.get(channel)
        if confirmed is None:
            return
        try:
            async with asyncio.timeout(self.SUBSCRIBE_TIMEOUT):
                await asyncio.shield(confirmed)
        except UNAVAILABLE as error:
            self._subscribed_to.discard(channel)
            self._confirmations.pop(channel, None)
            self._went(error)
            raise

    async def unsubscribe(self, channel: str) -> None:
        """Returns at once: nobody waits for not being told any more."""
        if channel in self._subscribed_to:
            self._subscribed_to.remove(channel)
            self._change("unsubscribe", channel)

    def _change(self, verb: str, channel: str) -> None:
        self._changes.append((verb, channel))
        if self._changer is None:
            self._changer = asyncio.create_task(self._send_changes())

    async def _send_changes(self) -> None:
        """Send what has changed, in order; neighbours of one kind go as one command."""
        this = asyncio.current_task()
        try:
            while self._changes:
                changes, self._changes = self._changes, []
                for verb, group in itertools.groupby(changes, key=operator.itemgetter(0)):
                    channels = [channel for _, channel in group]
                    if self._pubsub is None:
                        self._pubsub = redis_client.connect(self.url).pubsub()
                    if verb == "unsubscribe" and self._down:
                        # The next connection must not subscribe again.
                        for channel in channels:
                            self._pubsub.channels.pop(channel.encode(), None)
                    else:
                        await getattr(self._pubsub, verb)(*channels)
                        if self._changer is not this:
                            return  # flushed; redis-py can swallow the cancellation
                        self._ensure_receiver()
        except Exception as error:
            # UNAVAILABLE, or what redis-py makes of a connection that is closed meanwhile.
            if self._changer is not this:
                return  # by flush
            for confirmed in self._confirmations.values():
                if not confirmed.done():
                    confirmed.set_exception(ConnectionError(str(error)))
                    confirmed.exception()  # seen, also when nobody waits for it any more
            self._confirmations.clear()
            self._went(error)
        finally:
            if self._changer is this:
                self._changer = None

    async def flush(self) -> None:
        """Forget everything and close the connections; they open again when needed."""
        # All at once, so that whatever happens from here on begins anew.
        listener, self._pubsub = self._pubsub, None
        tasks = [task for task in (self._receive_task, self._changer) if task is not None]
        self._receive_task = self._changer = None
        for confirmed in self._confirmations.values():
            if not confirmed.done():
                confirmed.set_result(None)  # subscribed, and forgotten like the others
        self._confirmations.clear()
        self._changes.clear()
        self._subscribed_to.clear()
        self._down = False
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if listener is not None:
            await listener.aclose()
            await listener.connection_pool.disconnect()

    def _went(self, error: BaseException) -> None:
        """A command failed: say so once, and have the listener make sure of its connection."""
        if self._down:
            return
        self._down = True
        redis_client.health.away.add(self.url)
        logger.warning(
            "Redis is out of reach (%s): calls go on, signaling between processes waits",
            type(error).__name__,
        )
        task = self._receive_task
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            self._receive_task = None
        self._ensure_receiver()

    async def _do_receiving(self) -> None:
        delay = self.FIRST_DELAY
        while True:
            try:
                if self._down:
                    await self._return()
                    delay = self.FIRST_DELAY
                if self._pubsub is None:
                    if self._receive_task is asyncio.current_task():
                        self._receive_task = None  # whoever subscribes first starts another
                    return
                message = await self._pubsub.get_message(timeout=None)
            except UNAVAILABLE as error:
                self._went(error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, self.LAST_DELAY)
            except Exception:
                logger.exception("Unexpected exception while receiving from Redis")
                await asyncio.sleep(self.LAST_DELAY)
            else:
                self._receive_message(message)

    async def _return(self) -> None:
        """Connect again (redis-py then subscribes again by itself) and say so."""
        async with asyncio.timeout(redis_client.COMMAND_TIMEOUT):
            await redis_client.commands(self.url).run("PING")
            if self._pubsub is not None:
                if self._pubsub.connection is not None:
                    await self._pubsub.connection.disconnect(nowait=True)
                await self._pubsub.connect()
        self._down = False
        logger.info("Redis is back")
        self.channel_layer.restored()

    def _receive_message(self, message: dict[str, Any] | None) -> None:
        if message is None:
            return
        if message["type"] == "subscribe":
            confirmed = self._confirmations.pop(message["channel"].decode(), None)
            if confirmed is not None and not confirmed.done():
                confirmed.set_result(None)
        elif message["type"] == "message":
            self.channel_layer.received(message["channel"].decode(), message["data"])
