"""What uvicorn takes from a client at a time."""

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any
from unittest import mock

import pytest
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from calls.servers import uvicorn
from calls.servers.bounds import FRAME_BYTES, READ_COST
from tests.attacks.hostile import frame, upgrade
from tests.unit.servers.conftest import Clock

RATE = 500
BUDGET = 2 * RATE
LENGTH, READ = 60_000, 4096


class Protocol(WebSocketsSansIOProtocol):
    """Of its own, as what is added stays."""

    unread: bytes


uvicorn._read_within_a_budget(Protocol, Frame)


@pytest.fixture
async def protocol(settings: Any, clock: Clock) -> AsyncIterator[Protocol]:
    """Accepted; what it takes is left in its queue."""
    accepted = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        accepted.set()
        while (await receive())["type"] != "websocket.disconnect":
            pass

    settings.MESSAGE_RATE = settings.MESSAGE_BURST = RATE
    protocol = Protocol(Config(application, interface="asgi3"), ServerState(), {})
    protocol.connection_made(mock.Mock())
    protocol.data_received(upgrade("call.example.org", "https://call.example.org", "room"))
    await accepted.wait()
    yield protocol
    protocol.connection_lost(None)
    await asyncio.gather(*protocol.tasks)


async def test_a_long_message_costs_for_its_length_however_it_comes(protocol: Protocol) -> None:
    message = frame(Opcode.TEXT, b"x" * LENGTH)
    reads = [message[at : at + READ] for at in range(0, len(message), READ)]
    while not protocol.unread:
        for read in reads:
            protocol.data_received(read)
    each = 1 + LENGTH // FRAME_BYTES + len(reads) * READ_COST
    assert protocol.queue.qsize() == math.ceil(BUDGET / each)
