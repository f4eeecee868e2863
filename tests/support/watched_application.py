"""The application, in a process that says on SIGUSR1 what it holds: one line of JSON."""

import asyncio
import gc
import json
import signal
import sys
from collections.abc import Mapping
from types import FrameType

# The application sets Django up.
from config.asgi import application

# isort: split
from calls.limits.local import sockets
from calls.rooms.memory import MemoryRooms
from calls.rooms.store import get_rooms
from calls.signaling import collector
from tests.support.watched import MARK

__all__ = ["application"]

# Objects that only the collector could find since this was asked for last.
collected = 0


def _count(phase: str, info: Mapping[str, int]) -> None:
    global collected  # noqa: PLW0603
    if phase == "stop":
        collected += info["collected"]


def _tell(_: int, __: FrameType | None) -> None:
    global collected
    gc.unfreeze()
    gc.collect()
    garbage, collected = collected, 0
    rooms = get_rooms()
    held = {
        "garbage": garbage,
        "tasks": len(asyncio.all_tasks()),
        "sockets": collector._open,
        "addresses": len(sockets._open),
        "rooms": len(rooms._rooms) if isinstance(rooms, MemoryRooms) else 0,
    }
    sys.stdout.write(f"{MARK}{json.dumps(held)}\n")
    sys.stdout.flush()


gc.callbacks.append(_count)
signal.signal(signal.SIGUSR1, _tell)
