"""The application, in a process that says on SIGUSR1 what it holds: one line of JSON."""

import asyncio
import json
import signal
import sys
from types import FrameType

from calls.limits.local import sockets
from calls.rooms.memory import MemoryRooms
from calls.rooms.store import get_rooms
from calls.signaling import collector
from config.asgi import application

MARK = "holds: "

__all__ = ["application"]


def _tell(_: int, __: FrameType | None) -> None:
    rooms = get_rooms()
    held = {
        "tasks": len(asyncio.all_tasks()),
        "sockets": collector._open,
        "addresses": len(sockets._open),
        "rooms": len(rooms._rooms) if isinstance(rooms, MemoryRooms) else 0,
    }
    sys.stdout.write(f"{MARK}{json.dumps(held)}\n")
    sys.stdout.flush()


signal.signal(signal.SIGUSR1, _tell)
