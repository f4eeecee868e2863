"""Fixtures: a room of the test's own, and sockets into the application."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from calls.signaling import collector
from tests.support.peers import AppPeer, new_room

Connect = Callable[..., Awaitable[AppPeer]]


@pytest.fixture
def room() -> str:
    return new_room()


@pytest.fixture(scope="session")
def application() -> Any:
    """The ASGI application, with nothing set aside: pytest's plugins look at all there is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collector, "set_aside", lambda: None)
        from config.asgi import application

    return application


@pytest.fixture
async def connect(application: Any, room: str) -> AsyncIterator[Connect]:
    """Opens sockets to the test's room, and ends them all."""
    peers: list[AppPeer] = []

    async def open_socket(in_room: str = room, **options: Any) -> AppPeer:
        peer = AppPeer(application, in_room, **options)
        peers.append(peer)
        await peer.connect()
        return peer

    yield open_socket
    for peer in peers:
        await peer.drop()


@pytest.fixture
async def pair(connect: Connect) -> tuple[AppPeer, AppPeer]:
    """Two in one room; ``peer-joined`` has been received."""
    one, two = await connect(), await connect()
    await one.join("session-1")
    await two.join("session-2")
    await one.expect("peer-joined")
    return one, two
