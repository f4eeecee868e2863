"""A network the tests own, for datagrams: between browsers and a TURN server."""

import asyncio
import random
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from aioice import stun
from aioice.turn import make_integrity_key

from calls.ice.shared_secret import credentials
from tests.networks.link import Conditions, Way
from tests.support.processes import free_port
from tests.support.turn import SECRET, Coturn

# Of a datagram at most.
SIZE = 65_536

# Seconds that a timer of asyncio's may be early.
EARLY = 0.001


class Flow:
    """What goes between one client and the server, which sees every client at another port."""

    def __init__(
        self, target: int, conditions: Conditions, answer: Callable[[bytes], None]
    ) -> None:
        self.ways = (Way(random.Random(1)), Way(random.Random(2)))
        for way in self.ways:
            way.conditions = conditions
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(("127.0.0.1", target))
        self.port: int = self._socket.getsockname()[1]
        """The client's, to the server."""
        self._loop.add_reader(self._socket, self._read)

    def up(self, data: bytes) -> None:
        self._carry(self.ways[0], data, self.send)

    def send(self, data: bytes) -> None:
        """To the server, at once; in the client's name."""
        # It may be gone, and the system may have been told so.
        with suppress(OSError):
            self._socket.send(data)

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        with suppress(OSError):
            self._carry(self.ways[1], self._socket.recv(SIZE), self._answer)

    def _carry(self, way: Way, data: bytes, onward: Callable[[bytes], None]) -> None:
        waits = way.next() is not None
        way.put(data, self._loop.time())
        if not waits:
            self._wait(way, onward)

    def _wait(self, way: Way, onward: Callable[[bytes], None]) -> None:
        """One timer a way, for what is due first."""
        if (due := way.next()) is not None:
            self._loop.call_at(due, self._hand_on, way, onward)

    def _hand_on(self, way: Way, onward: Callable[[bytes], None]) -> None:
        for data in way.due(self._loop.time() + EARLY):
            if self._socket.fileno() >= 0:
                onward(data)
        self._wait(way, onward)


class UdpProxy(asyncio.DatagramProtocol):
    """Forwards 127.0.0.1:``port`` to the port ``target``, under conditions that hold both ways."""

    def __init__(self, target: int, **conditions: Any) -> None:
        self.target = target
        self.port = free_port()
        self.conditions = Conditions(**conditions)
        self.flows: dict[Any, Flow] = {}

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", self.port)
        )

    async def stop(self) -> None:
        self._transport.close()
        for flow in self.flows.values():
            flow.close()

    def datagram_received(self, data: bytes, client: Any) -> None:
        if client not in self.flows:
            self.flows[client] = Flow(self.target, self.conditions, self._answer(client))
        self.flows[client].up(data)

    def _answer(self, client: Any) -> Callable[[bytes], None]:
        def answer(data: bytes) -> None:
            self._transport.sendto(data, client)

        return answer


class StrictRelay(UdpProxy):
    """Before a coturn: has it end every allocation when the credentials for it end.

    coturn itself looks at the time in a user name only when it allocates; other relays do not
    let anybody stay longer than that.
    """

    def __init__(self, coturn: Coturn, **conditions: Any) -> None:
        super().__init__(coturn.port, **conditions)
        self.coturn = coturn
        self.clients: set[int] = set()
        """The ports, as coturn sees them, of those whose time will end."""

    async def ended(self, clients: Iterable[int]) -> None:
        """Wait until the time of all of these is over, and coturn has taken its relays back."""
        for client in list(clients):
            await self.coturn.printed(f"remote 127.0.0.1:{client}, reason: allocation")

    def datagram_received(self, data: bytes, client: Any) -> None:
        super().datagram_received(data, client)
        if login := _allocating(data):
            flow = self.flows[client]
            self.clients.add(flow.port)
            expires = int(login["USERNAME"].partition(":")[0])
            loop = asyncio.get_running_loop()
            loop.call_later(expires - time.time(), self._end, flow, login)

    def _end(self, flow: Flow, login: dict[str, Any]) -> None:
        self.clients.discard(flow.port)
        flow.send(_last_refresh(login))


def _allocating(data: bytes) -> dict[str, Any] | None:
    """Who asks for an allocation by this datagram, if it does and says who it is."""
    if int.from_bytes(data[:2], "big") != stun.Method.ALLOCATE | stun.Class.REQUEST:
        return None
    attributes = stun.parse_message(data).attributes
    names = ("USERNAME", "REALM", "NONCE")
    return {name: attributes[name] for name in names} if "USERNAME" in attributes else None


def _last_refresh(login: dict[str, Any]) -> bytes:
    """What the client itself says who needs its allocation no more (RFC 8656, section 7.1)."""
    message = stun.Message(message_method=stun.Method.REFRESH, message_class=stun.Class.REQUEST)
    message.attributes = {"LIFETIME": 0, **login}
    expires, _, peer = login["USERNAME"].partition(":")
    username, password = credentials(SECRET, peer, float(expires))
    message.add_message_integrity(make_integrity_key(username, login["REALM"], password))
    return bytes(message)
