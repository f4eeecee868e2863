"""The way of one client's datagrams to a server on this machine, lossy or narrow."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.networks.link import Way
from tests.support.processes import free_port

# Seconds that a timer of asyncio's may be early.
EARLY = 0.001


class Upload(asyncio.DatagramProtocol):
    """Forwards 127.0.0.1:``port`` to ``target``, under ``way.conditions``; answers come at once."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self.way = Way(random.Random(1))
        self.servers: dict[Any, asyncio.DatagramTransport] = {}
        """As many sockets to the server as the client has."""
        self._loop = asyncio.get_running_loop()
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, client: Any) -> None:
        task = self._loop.create_task(self._forward(data, client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forward(self, data: bytes, client: Any) -> None:
        async with self._opening:
            if client not in self.servers:
                self.servers[client] = await self._open(client)
        # A packet and who it is from travel together.
        self.way.put(data + client[1].to_bytes(2), self._loop.time())
        self._wait(client[0])

    async def _open(self, client: Any) -> asyncio.DatagramTransport:
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Answers(self.transport, client), remote_addr=("127.0.0.1", self.target)
        )
        return transport

    def _wait(self, host: str) -> None:
        if (due := self.way.next()) is not None:
            self._loop.call_at(due, self._hand_on, host)

    def _hand_on(self, host: str) -> None:
        for packet in self.way.due(self._loop.time() + EARLY):
            self.servers[host, int.from_bytes(packet[-2:])].sendto(packet[:-2])
        self._wait(host)


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, back: asyncio.DatagramTransport, client: Any) -> None:
        self.back, self.client = back, client

    def datagram_received(self, data: bytes, _server: Any) -> None:
        self.back.sendto(data, self.client)

    def error_received(self, _error: Exception) -> None:
        """The server has closed; whoever sent will notice."""


@asynccontextmanager
async def upload(target: int) -> AsyncIterator[Upload]:
    loop = asyncio.get_running_loop()
    proxy = Upload(target)
    await loop.create_datagram_endpoint(lambda: proxy, local_addr=("127.0.0.1", proxy.port))
    yield proxy
    for transport in (proxy.transport, *proxy.servers.values()):
        transport.close()
