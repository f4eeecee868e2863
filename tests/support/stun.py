"""A STUN server that takes everybody to be behind a NAT, as few are on one machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aioice.stun import Class, Message, parse_message

# For documentation (RFC 5737): nobody has it.
OUTSIDE = "203.0.113.7"


class _Answers(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        request = parse_message(data)
        mapped = {"XOR-MAPPED-ADDRESS": (OUTSIDE, address[1])}
        answer = Message(request.message_method, Class.RESPONSE, request.transaction_id, mapped)
        self.transport.sendto(bytes(answer), address)


@asynccontextmanager
async def stun_server() -> AsyncIterator[str]:
    """Its address."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_Answers, local_addr=("127.0.0.1", 0))
    try:
        yield f"stun:127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()
