"""Several processes that are watched over; these do nothing but live and end."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from calls.servers import supervisor
from calls.servers.supervisor import Supervisor

READY = "import os; os.write(int(os.environ['DUET_WORKER'].split(':')[1]), b'ready');"
WAITS = "import time; time.sleep(60)"
IGNORES = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"


@asynccontextmanager
async def supervised(*programs: str) -> AsyncIterator[Supervisor]:
    """Two workers; each start takes the next program, and then the last again and again."""
    left = list(programs)

    def command(listener: int, own: int) -> list[str]:
        return [sys.executable, "-c", left.pop(0) if len(left) > 1 else left[0]]

    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Supervisor(2, command, listener, [], 0.5)
        running = asyncio.create_task(found.run())
        yield found
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 30)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().remove_signal_handler(number)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(supervisor, "END_PATIENCE", 0.5)


async def said(lines: list[str], text: str, count: int = 1) -> None:
    """Wait until it was, so many times."""
    async with asyncio.timeout(20):
        while sum(text in line for line in lines) < count:  # noqa: ASYNC110 - of a logger
            await asyncio.sleep(0.01)


async def test_who_ends_at_once_is_started_less_and_less_often(calls_log: list[str]):
    logging.getLogger("calls").setLevel(logging.INFO)
    async with supervised("raise SystemExit(3)"):
        await said(calls_log, "Worker 1 ended with 3: again in 0.08 s")
    delays = [line.split()[-2] for line in calls_log if "Worker 1 ended" in line]
    assert delays[:4] == ["0.01", "0.02", "0.04", "0.08"]
    assert not any("can serve" in line for line in calls_log)


async def test_who_has_lived_for_long_is_started_at_once(
    calls_log: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervisor, "STEADY", 0.0)
    async with supervised("raise SystemExit(3)"):
        await said(calls_log, "Worker 1 ended with 3: again in 0.01 s", 4)
    assert not any("0.02 s" in line for line in calls_log)


async def test_nobody_is_replaced_by_who_does_not_start(calls_log: list[str]):
    async with supervised(READY + WAITS, READY + WAITS, "raise SystemExit(3)") as found:
        await said(calls_log, "can serve", 2)
        before = {number: each.process.pid for number, each in found._workers.items()}
        os.kill(os.getpid(), signal.SIGHUP)
        await said(calls_log, "Worker 1 cannot be replaced: the new one does not start")
        assert {n: each.process.pid for n, each in found._workers.items()} == before
        assert all(each.process.returncode is None for each in found._workers.values())


async def test_who_does_not_end_is_killed(calls_log: list[str]):
    async with supervised(IGNORES + READY + WAITS):
        await said(calls_log, "can serve", 2)
    assert sum("did not end in time: killed" in line for line in calls_log) == 2
