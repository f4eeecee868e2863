"""A client that knows docs/protocol.md and nothing else of Duet, made with aiortc."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.support.aiortc_connection import Connection
from tests.support.aiortc_media import Received
from tests.support.link_proof import LinkProof
from tests.support.peers import Message, WirePeer

# Seconds a step may take on a busy machine with two cores.
PATIENCE = 20
# Seconds until an offer without an answer is sent again.
AGAIN = 2

SIGNALS = {"offer", "answer", "ice", "renegotiate"}


class Client:
    """One in a room: its socket, its seat, and its connection to the other."""

    def __init__(
        self, server: str, room: str, tasks: asyncio.TaskGroup, secret: str | None = None
    ) -> None:
        """``secret``: of the link; whoever cannot prove then that they have it fails the test."""
        self.server = server
        self.room = room
        self.proof = LinkProof(secret, room) if secret else None
        self.session = secrets.token_hex(12)
        self.key = secrets.token_hex(16)
        self.welcome: Message = {}
        self.other: Message | None = None
        self.connection: Connection | None = None
        self.received = Received(self._tell)
        self.told: list[Message] = []
        """By the data channel, except what belongs to signaling."""
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._news = asyncio.Condition()
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._worker = self._spawn(self._work())

    # What a test asks for.

    async def join(self, with_offer: bool = False) -> None:
        """Take a seat, or the same again; returns with the welcome."""
        self.wire = WirePeer(self.server, self.room)
        await self.wire.connect()
        fields: Message = {"name": "Bo", "key": self.key, "order": time.time_ns() // 1_000_000}
        if self.welcome:
            fields["token"] = self.welcome["token"]
        inside = await self._look_inside() if self.proof or with_offer else {}
        prepared = self._connect(inside) if with_offer else None
        if self.proof:
            fields["mac"] = self.proof.of_join(self.session, inside["session"])
        if prepared:
            sdp = await prepared.offer()
            fields["offer"] = {"sdp": sdp}
            if self.proof:
                fields["offer"]["mac"] = self.proof.of_offer(self.session, inside["session"], sdp)
        self.welcome = await self.wire.join(self.session, **fields)
        there = self.welcome["peer"] and not self.welcome["peer"]["away"]
        if prepared and there and not self.welcome["polite"]:
            self.connection, self.other = prepared, self.welcome["peer"]
            self._spawn(self._insist(prepared, sent=True))
        else:
            # Nobody got the offer, and aiortc cannot take it back.
            if prepared:
                await prepared.close()
            self._inbox.put_nowait(self.welcome)
        self._reader = self._spawn(self._read(self.wire))

    async def drop(self) -> None:
        """Lose the socket, as with the network."""
        if self._reader:
            self._reader.cancel()
            await self.wire.drop()

    async def until(self, found: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(found)

    async def sees_and_hears(self, frames: int = 5) -> None:
        """Until this many more pictures have moved, and something more was heard."""
        moves, sounds = self.received.moves + frames, self.received.sounds + 1
        await self.until(lambda: self.received.moves >= moves and self.received.sounds >= sounds)

    async def pictures(self) -> int:
        """How many of ten looks at the other's picture, 150 ms apart, show different ones."""
        seen = set()
        for _ in range(10):
            seen.add(self.received.picture)
            await asyncio.sleep(0.15)
        return len(seen)

    async def is_told(self, type: str, **fields: Any) -> None:
        """Until the last such message of the data channel has these fields."""

        def found() -> bool:
            last = next((said for said in reversed(self.told) if said["type"] == type), None)
            return last is not None and last == {**last, **fields}

        await self.until(found)

    def say(self, type: str, **fields: Any) -> None:
        assert self.connection
        self.connection.channel.send(json.dumps({"type": type, **fields}))

    async def leave(self) -> None:
        assert self._reader
        # The server is about to close the socket.
        self._reader.cancel()
        self.say("bye")
        await self.wire.send("leave")

    async def close(self) -> None:
        await self.drop()
        # Not cancelled: it may be about to close a connection, and aiortc swallows that then.
        self._inbox.put_nowait(None)
        await asyncio.wait([self._worker])
        for task in self._running:
            task.cancel()

    # What it does by itself.

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _read(self, wire: WirePeer) -> None:
        wire.patience = self.welcome["heartbeat"]
        while True:
            try:
                self._inbox.put_nowait(await wire.receive())
            except TimeoutError:
                await wire.send("ping")

    async def _work(self) -> None:
        """One message after the other, from the server or by the data channel; None is the last."""
        while message := await self._inbox.get():
            await self._handle(message)
            await self._tell()
        await self._end()

    async def _handle(self, message: Message) -> None:
        match message["type"]:
            case "welcome" | "peer-joined":
                await self._meet(message["peer"], message.get("offer"))
            case "peer-left" if message["reason"] != "timeout":
                self.other = None
                await self._end()
            case "failed" if self.other and self.connection and self.connection.failed:
                await self._renew()
            case type if type in SIGNALS and self._is_meant(message):
                await self._negotiate(message)

    def _is_meant(self, message: Message) -> bool:
        """Not for a connection, of either side, that is no more."""
        if not self.other or not self.connection:
            return False
        theirs, mine = message.get("session"), message.get("peerSession")
        return theirs in {None, self.other["session"]} and mine in {None, self.session}

    async def _meet(self, peer: Message | None, offer: Message | None) -> None:
        before, self.other = self.other, peer
        # With one that is away it begins when it is back.
        if not peer or (peer.get("away") and not self.connection):
            return
        same = before and (before["id"], before["session"]) == (peer["id"], peer["session"])
        if not (same and self.connection):
            await self._end()
            self.connection = self._connect(self.welcome)
            if not self.welcome["polite"]:
                self._spawn(self._insist(self.connection))
        if offer:
            await self._negotiate(
                {
                    "type": "offer",
                    "session": peer["session"],
                    "peerSession": self.session,
                    **offer,
                }
            )

    async def _negotiate(self, message: Message) -> None:
        assert self.connection
        if self.proof and message["type"] in {"offer", "answer"}:
            self.proof.check(message)
        match message:
            case {"type": "offer", "sdp": sdp}:
                if self.connection.offering:
                    return
                if self.connection.restarts(sdp):
                    await self._renew()
                else:
                    await self._send("answer", sdp=await self.connection.answer(sdp))
            case {"type": "answer", "sdp": sdp}:
                await self.connection.accept(sdp)
            case {"type": "ice", "candidate": candidate}:
                self.connection.add(candidate)
            case {"type": "renegotiate", "restart": True}:
                await self._renew()
            case {"type": "renegotiate"}:
                self._spawn(self._insist(self.connection))
            case _:
                raise AssertionError(f"Not of a negotiation: {message}")

    async def _send(self, type: str, **fields: Any) -> None:
        assert self.other
        between = self.session, self.other["session"]
        fields |= dict(zip(("session", "peerSession"), between, strict=True))
        if self.proof and type == "offer":
            fields["mac"] = self.proof.of_offer(*between, fields["sdp"])
        elif self.proof and type == "answer":
            fields["mac"] = self.proof.of_answer(*between, fields["sdp"])
        elif self.proof and type == "renegotiate":
            fields["mac"] = self.proof.of_renegotiate(*between)
        # Without a socket it is lost, and comes again with the next welcome.
        with suppress(ConnectionClosed):
            await self.wire.send(type, **fields)

    async def _insist(self, connection: Connection, sent: bool = False) -> None:
        """Offer, and send the same again until there is an answer."""
        sdp = await connection.offer()
        if sent:
            await asyncio.sleep(AGAIN)
        while connection is self.connection and connection.offering:
            await self._send("offer", sdp=sdp)
            await asyncio.sleep(AGAIN)

    async def _look_inside(self) -> Message:
        """What is known before the join: ICE servers, and whose ``session`` is inside."""
        await self.wire.send("ice-servers")
        ice = await self.wire.expect("ice-servers")
        waiting = await self.wire.expect("waiting")
        return {**ice, "session": waiting.get("session", "")}

    def _connect(self, ice: Message) -> Connection:
        connection = Connection(ice, self._spawn)
        connection.watch(self.received)
        channel = connection.channel

        def on_open() -> None:
            channel.send(
                json.dumps({"type": "state", "audio": True, "video": True, "paused": False})
            )

        def on_message(text: str) -> None:
            message = json.loads(text)
            if message["type"] in SIGNALS:
                self._inbox.put_nowait(message)
            else:
                self.told.append(message)
                self._spawn(self._tell())

        def on_state() -> None:
            if connection.failed:
                self._inbox.put_nowait({"type": "failed"})

        connection.pc.on("connectionstatechange", on_state)
        channel.on("open", on_open)
        channel.on("message", on_message)
        return connection

    async def _end(self) -> None:
        connection, self.connection = self.connection, None
        if connection:
            await connection.close()

    async def _renew(self) -> None:
        """aiortc cannot restart ICE: another session brings another connection."""
        await self.drop()
        await self._end()
        self.other = None
        self.session = secrets.token_hex(12)
        await self.join()


@asynccontextmanager
async def stranger(server: str, path: str, secret: str | None = None) -> AsyncIterator[Client]:
    """A client for the room of ``path``; what fails in its tasks fails the test."""
    async with asyncio.TaskGroup() as tasks:
        client = Client(server, path.strip("/").rpartition("/")[2], tasks, secret)
        try:
            yield client
        finally:
            await client.close()
