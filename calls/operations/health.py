"""Whether calls can begin at this process: what it needs is asked, within a time limit."""

import asyncio
import math
import time
from collections.abc import Awaitable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection

from calls import redis_client
from calls.drain import drain

# Seconds that each of them has to answer. Probes themselves give up after a few.
PATIENCE = 2.0
# Seconds that an answer is good for: however many ask, each Redis is asked once a second.
FRESH = 1.0


class Checks:
    """What was found last, and who is asking."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._found: dict[str, Any] = {}
        self._found_at = -math.inf

    async def state(self) -> dict[str, Any]:
        """As ``/readyz`` tells it."""
        async with self._lock:
            if time.monotonic() > self._found_at + FRESH:
                layer, database = await asyncio.gather(_layer(), _database())
                self._found = {"layer": layer, "database": database}
                self._found_at = time.monotonic()
        # Calls go on without the database.
        ready = self._found["layer"]["ok"] and not drain.is_on
        return {"ready": ready, "draining": drain.is_on, **self._found}


checks = Checks()


async def _layer() -> dict[str, Any]:
    if not settings.REDIS_URLS:
        return {"kind": "memory", "ok": True, "ms": 0}
    every = asyncio.gather(*(redis_client.ping(url) for url in settings.REDIS_URLS))
    return {"kind": "redis", **await _answer(every)}


async def _database() -> dict[str, Any]:
    if not settings.CALL_LOG:
        return {"kind": "none", "ok": True, "ms": 0}
    ask = sync_to_async(_ask_database, thread_sensitive=False)
    return {"kind": connection.vendor, **await _answer(ask())}


def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


async def _answer(asked: Awaitable[Any]) -> dict[str, Any]:
    begun = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            await asked
    except (*redis_client.UNAVAILABLE, DatabaseError):
        return {"ok": False, "ms": None}
    return {"ok": True, "ms": round((time.monotonic() - begun) * 1000, 1)}
