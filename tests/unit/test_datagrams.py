"""The network for datagrams that the tests own carries all of them, in their order, in time."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.support.datagrams import UdpProxy

DELAY = 0.02


class Echo(asyncio.DatagramProtocol):
    """Sends back what comes."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, client: tuple[str, int]) -> None:
        self.transport.sendto(data, client)


class Client(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, server: tuple[str, int]) -> None:
        self.heard.put_nowait(data)


@pytest.fixture
async def proxy() -> AsyncIterator[UdpProxy]:
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    way = UdpProxy(server.get_extra_info("sockname")[1], delay=DELAY * 1000)
    await way.start()
    yield way
    await way.stop()
    server.close()


async def test_two_clients(proxy: UdpProxy):
    loop = asyncio.get_running_loop()
    clients = [
        await loop.create_datagram_endpoint(Client, remote_addr=("127.0.0.1", proxy.port))
        for _ in range(2)
    ]
    began = time.monotonic()
    for n in range(100):
        for name, (transport, _) in zip((b"a", b"b"), clients, strict=True):
            transport.sendto(name + b"%d" % n)
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        for name, (_, client) in zip((b"a", b"b"), clients, strict=True):
            assert [await client.heard.get() for _ in range(100)] == [
                name + b"%d" % n for n in range(100)
            ]
    assert time.monotonic() - began >= 2 * DELAY
    for transport, _ in clients:
        transport.close()
