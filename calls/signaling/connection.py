"""The loops under a consumer: one reads its WebSocket, one its mailbox on the channel layer."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

from calls.layers.layer import Layer, Message
from calls.signaling import collector, eager

logger = logging.getLogger(__name__)

# Seconds that clean-up may take when whatever it talks to hangs, all of it together.
CLEAN_UP_TIMEOUT = 5.0
# Seconds a server may hold up one frame because its client does not read.
WRITE_TIMEOUT = 10.0
# What browsers close the sockets of a page with that is closed or reloaded (RFC 6455, 7.4.1).
GOING_AWAY = 1001
# What one socket has begun and not finished may be so much; then it reads no more for a while.
MOST_BEGUN = 64


class Timers:
    """Calls coroutine functions later, unless the socket has ended by then."""

    __slots__ = ("_running",)

    def __init__(self, running: set[asyncio.Task[None]]) -> None:
        """``running``: what whoever ends the socket is to give up."""
        self._running = running

    def __call__(
        self, delay: float, action: Callable[[], Coroutine[Any, Any, None]]
    ) -> asyncio.TimerHandle:
        """Call it after ``delay`` seconds. Whoever asked cancels what has not begun by the end."""

        def start() -> None:
            task = asyncio.ensure_future(action())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

        return asyncio.get_running_loop().call_later(delay, start)


class Connection(AsyncWebsocketConsumer):  # type: ignore[misc]
    """A WebSocket consumer that joins the channel layer when it wants to, and always cleans up.

    It replaces two things of Channels' ``AsyncConsumer``. ``await_many_dispatch`` makes a
    task for every message and hands events over before the consumer is ready for them; here
    the mailbox is read by one task, from ``open_mailbox`` on, and only after
    ``read_mailbox``. And ``disconnect`` is not called after an exception there;
    ``clean_up`` here is, whatever ended the socket.
    """

    channel_layer: Layer
    channel_name: str | None = None
    _reader: asyncio.Task[None] | None = None
    _task: asyncio.Task[Any] | None = None
    _given_up = False
    is_page_going = False
    """Whether the socket ended because its page was closed or reloaded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._begun: set[asyncio.Task[None]] = set()
        self.later = Timers(self._begun)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self.base_send = send
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        self._task = asyncio.current_task()
        collector.socket_opened()
        try:
            while True:
                await self.handle(await receive())
        except StopConsumer:
            pass
        except asyncio.CancelledError:
            if not self._given_up:
                raise
        finally:
            collector.socket_closed()
            if self._given_up:
                # Given up by itself and ended before the cancellation came, it meets it here.
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(0)
            await self._finish()

    async def handle(self, message: Message) -> None:
        """One ASGI event of the WebSocket."""
        kind = message["type"]
        if kind == "websocket.receive":
            await self.websocket_receive(message)
        elif kind == "websocket.connect":
            await self.connect()
        elif kind == "websocket.disconnect":
            self.is_page_going = message.get("code") == GOING_AWAY
            raise StopConsumer

    async def send_text(self, frame: str) -> None:
        """Send one text frame; a client that does not take it in time has lost its socket.

        One that is gone already is not given up: what it said before, perhaps that it leaves, is
        still to be read, and that it is gone comes after that.
        """
        sending = self.base_send({"type": "websocket.send", "text": frame})
        # Most frames are taken at once (by Daphne: all). Only the others need a clock, which
        # would cost more than the sending.
        try:
            if isinstance(sending, CoroutineType):
                sending = eager.start(sending)
                if sending is None:
                    return
            async with asyncio.timeout(WRITE_TIMEOUT):
                await sending
        except TimeoutError:
            self.give_up()
        except OSError:  # how ASGI says that the client is gone
            pass

    async def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` up to its first wait, and the rest beside whatever comes next.

        So what it asks for is asked for in the order of the calls, without waiting for the
        answers one by one. ``work`` must not raise; what it may not do before that wait is
        told by ``calls.signaling.eager``.
        """
        task = eager.start_task(work)
        if task is None:
            return
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        if len(self._begun) >= MOST_BEGUN:
            await asyncio.wait(self._begun, return_when=asyncio.FIRST_COMPLETED)

    def give_up(self) -> None:
        """End this socket as if it had dropped, also when nothing can be sent over it."""
        if self._task is not None and not self._given_up:
            self._given_up = True
            self._task.cancel()

    async def open_mailbox(self, group: str) -> str:
        """A channel of this socket's own, in ``group``; events wait until ``read_mailbox``."""
        self._group = group
        self.channel_name = await self.channel_layer.new_channel(f"{group}.")
        await self.channel_layer.group_add(group, self.channel_name)
        return self.channel_name

    def read_mailbox(self) -> None:
        """From now on events are handed to ``handle_event``."""
        self._reader = asyncio.create_task(self._read_mailbox())

    async def _read_mailbox(self) -> None:
        assert self.channel_name is not None
        while True:
            try:
                event = await self.channel_layer.receive(self.channel_name)
            except Exception as error:
                await self.mailbox_failed(error)
                return
            await self.handle_event(event)

    async def handle_event(self, event: Message) -> None:
        """One event of the channel layer. Must not raise."""
        raise NotImplementedError

    async def mailbox_failed(self, error: Exception) -> None:
        """The mailbox cannot be read any more. Must not raise."""
        raise NotImplementedError

    async def clean_up(self) -> None:
        """Give back what the socket holds; called once, however it ended."""

    async def _finish(self) -> None:
        for task in (self._reader, *self._begun):
            if task is not None:
                task.cancel()
        # The frames of what was cancelled have this, which would be left to the collector.
        self._reader = None
        try:
            async with asyncio.timeout(CLEAN_UP_TIMEOUT):
                try:
                    await self.clean_up()
                finally:
                    await self.close_mailbox()
        except Exception as error:
            logger.warning("Cleaning up after a socket failed: %s", type(error).__name__)

    async def close_mailbox(self) -> None:
        """Leave the channel layer."""
        if self.channel_name is None:
            return
        channel, self.channel_name = self.channel_name, None
        try:
            await self.channel_layer.group_discard(self._group, channel)
        finally:
            await self.channel_layer.close_channel(channel)
