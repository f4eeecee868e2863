"""Sockets into the application, and what is sent over them."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer

from calls.rooms.memory import MemoryRooms
from calls.rooms.seats import Seat
from calls.rooms.store import get_rooms
from calls.signaling import collector
from tests.support.peers import AppPeer

Connect = Callable[..., Awaitable[AppPeer]]
Pair = tuple[AppPeer, AppPeer]

KEY = "f2b8a4c1d7e9506382716495"
SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"
CANDIDATE = {"candidate": "candidate:1 1 udp 1 ::1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


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
async def pair(connect: Connect) -> Pair:
    """Two in one room; ``peer-joined`` has been received."""
    one, two = await connect(), await connect()
    await one.join("session-1")
    await two.join("session-2")
    await one.expect("peer-joined")
    return one, two


@pytest.fixture
def production(settings, tmp_path: Path):
    """As on a server, but for the hashed names: those are test_static.py's."""
    settings.DEBUG = False
    settings.STATIC_ROOT = tmp_path
    settings.ALLOWED_HOSTS = ["testserver", "call.example.org", "localhost"]
    settings.STORAGES = {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    return settings


async def ghost(room: str, id: str = "ghost", *, there: bool, **fields: Any) -> Seat:
    """A seat whose holder never answers; with ``there`` its mailbox exists but nobody reads it."""
    channel = f"call.{room}.gone"
    if there:
        channel = await get_channel_layer().new_channel(f"call.{room}.")
    seat = Seat(id=id, session="ghost", channel=channel, **fields)
    await get_rooms().enter(room, seat)
    return seat


def memory_rooms() -> MemoryRooms:
    """Those of the application, for a look inside."""
    rooms = get_rooms()
    assert isinstance(rooms, MemoryRooms)
    return rooms


async def fill(channel: str) -> None:
    """Until nothing more fits into a mailbox."""
    layer = get_channel_layer()
    message = {"type": "peer.relay", "frame": "{}"}
    with contextlib.suppress(ChannelFull):
        while True:
            assert await layer.deliver(channel, message)
