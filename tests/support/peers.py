"""A client of the signaling protocol: over a real socket, or straight into the application."""

import asyncio
import json
import secrets
from abc import ABC, abstractmethod
from typing import Any

from channels.testing import WebsocketCommunicator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from calls.protocol import SUBPROTOCOL

# Seconds; only a test that fails waits that long.
PATIENCE = 10

Message = dict[str, Any]


def new_room() -> str:
    return f"test-{secrets.token_hex(6)}"


class Closed(Exception):
    """The server has closed the socket."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"closed with {code}")


class Peer(ABC):
    """What a client does; subclasses bring the socket."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.chosen: str | None = None
        """The subprotocol the server chose."""
        self.welcome: Message = {}

    @property
    def id(self) -> str:
        return str(self.welcome["id"])

    @property
    def token(self) -> str:
        return str(self.welcome["token"])

    @abstractmethod
    async def send_frame(self, frame: str | bytes) -> None: ...

    @abstractmethod
    async def receive_frame(self) -> str:
        """The next frame. Raises ``Closed``."""

    @abstractmethod
    async def drop(self, code: int = 1006) -> None:
        """End the socket without a ``leave``; 1006: it broke."""

    async def send(self, type: str, **fields: Any) -> None:
        await self.send_frame(json.dumps({"type": type, **fields}))

    async def receive(self) -> Message:
        message: Message = json.loads(await self.receive_frame())
        return message

    async def expect(self, type: str, **fields: Any) -> Message:
        """The next message, which must be of this type and have these fields."""
        message = await self.receive()
        assert message["type"] == type, message
        assert message == {**message, **fields}
        return message

    async def expect_error(self, code: str) -> Message:
        return await self.expect("error", code=code)

    async def expect_close(self) -> int:
        """The code the server closes with; nothing else may come before."""
        try:
            message = await self.receive()
        except Closed as end:
            return end.code
        raise AssertionError(f"not closed, but {message}")

    async def closed(self) -> int:
        """The code the server closes with, whatever comes before."""
        try:
            while True:
                await self.receive()
        except Closed as end:
            return end.code

    async def expect_nothing(self) -> None:
        """Nothing is under way from the server: it answers a ping with only the pong."""
        await self.send("ping")
        await self.expect("pong")

    async def looks_in(self, *, somebody: bool, full: bool = False) -> None:
        """Before the join, a ping brings the news of who is inside."""
        await self.send("ping")
        await self.expect("pong")
        await self.expect("waiting", somebody=somebody, full=full)

    async def join(self, session: str = "session", **fields: Any) -> Message:
        await self.send("join", session=session, **fields)
        self.welcome = await self.expect("welcome")
        return self.welcome


class AppPeer(Peer):
    """Talks to an ASGI application in this process."""

    def __init__(
        self,
        application: Any,
        room: str,
        *,
        origin: str | None = "http://testserver",
        host: str = "testserver",
        subprotocols: list[str] | None = None,
        path: str | None = None,
        forwarded: str | None = None,
    ) -> None:
        super().__init__(room)
        headers = [(b"host", host.encode())]
        if forwarded is not None:
            headers.append((b"x-forwarded-for", forwarded.encode()))
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        self.subprotocols = [SUBPROTOCOL] if subprotocols is None else subprotocols
        self.socket = WebsocketCommunicator(
            application, path or f"/ws/call/{room}/", headers, self.subprotocols
        )

    async def connect(self) -> None:
        """Raises ``Closed`` when the handshake is refused."""
        accepted, answer = await self.socket.connect(timeout=PATIENCE)
        if not accepted:
            await self.drop()
            raise Closed(answer)
        self.chosen = answer

    async def send_frame(self, frame: str | bytes) -> None:
        kind = "text" if isinstance(frame, str) else "bytes"
        await self.socket.send_input({"type": "websocket.receive", kind: frame})

    async def receive_frame(self) -> str:
        event = await self.socket.receive_output(PATIENCE)
        if event["type"] == "websocket.close":
            await self.drop()
            raise Closed(event.get("code", 1000))
        assert event["type"] == "websocket.send"
        return str(event["text"])

    async def drop(self, code: int = 1006) -> None:
        if not self.socket.future.done():
            await self.socket.disconnect(code, timeout=PATIENCE)


async def in_a_call(*servers: str) -> list["WirePeer"]:
    """Two joined peers of a fresh room, one at each address; ``peer-joined`` was received."""
    room = new_room()
    peers = [WirePeer(server, room) for server in servers]
    for peer in peers:
        await peer.connect()
        await peer.join()
    await peers[0].expect("peer-joined")
    return peers


class WirePeer(Peer):
    """Talks to a server, over TCP."""

    socket: ClientConnection
    patience: float = PATIENCE
    """Seconds to wait for a frame."""

    def __init__(
        self,
        server: str,
        room: str,
        *,
        origin: str | None = None,
        subprotocols: list[str] | None = None,
        forwarded: str | None = None,
    ) -> None:
        """``server`` is its address, like ``127.0.0.1:8000``."""
        super().__init__(room)
        self.server = server
        self.origin = f"http://{server}" if origin is None else origin
        self.headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        self.subprotocols = [SUBPROTOCOL] if subprotocols is None else subprotocols

    async def connect(self) -> None:
        """Raises ``InvalidStatus`` when the handshake is refused."""
        self.socket = await connect(
            f"ws://{self.server}/ws/call/{self.room}/",
            origin=Origin(self.origin) if self.origin else None,
            subprotocols=[Subprotocol(name) for name in self.subprotocols] or None,
            additional_headers=self.headers,
            open_timeout=PATIENCE * 3,
            max_size=None,
            proxy=None,
        )
        self.chosen = self.socket.subprotocol

    async def send_frame(self, frame: str | bytes | list[str]) -> None:
        """A list is sent as one message in several frames."""
        await self.socket.send(frame)

    async def receive_frame(self) -> str:
        try:
            async with asyncio.timeout(self.patience):
                return str(await self.socket.recv())
        except ConnectionClosed as end:
            raise Closed(end.rcvd.code if end.rcvd else 1006) from None

    async def drop(self, code: int = 1006) -> None:
        if not hasattr(self, "socket"):
            return
        if code == 1006:
            self.socket.transport.abort()
        else:
            await self.socket.close(code)
        await self.socket.wait_closed()
