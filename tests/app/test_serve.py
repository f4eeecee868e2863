"""`manage.py serve`: one server, or several on one port that are watched over."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.app.test_operations import BEARER, TOKEN, soon
from tests.support.commands import MANAGE, get, run
from tests.support.peers import WirePeer, new_room
from tests.support.processes import Process, RedisServer, Workers, free_port, running

SERVERS = pytest.mark.parametrize("server", ["daphne", "uvicorn"])

StartWorkers = Callable[..., Awaitable[Workers]]


@pytest.fixture
async def serve(redis_server: RedisServer) -> AsyncIterator[StartWorkers]:
    """Starts several workers, with environment variables as keyword arguments."""
    started: list[Workers] = []

    async def start(count: int, server: str, **env: str) -> Workers:
        workers = Workers(count, server, {"REDIS_URL": redis_server.url, **env})
        started.append(workers)
        await workers.start()
        return workers

    yield start
    for each in started:
        await each.kill()


def command_of(pid: int) -> list[str]:
    """Nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    except FileNotFoundError:
        return []


async def joined(server: str, room: str, count: int = 2) -> list[WirePeer]:
    peers = [WirePeer(server, room) for _ in range(count)]
    for number, peer in enumerate(peers):
        await peer.connect()
        await peer.join(session=str(number))
    return peers


class Asking:
    """Somebody who asks for a page, again and again: how often, and what went wrong."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.count = 0
        self.faults: list[str] = []
        self._task = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        while True:
            try:
                status = (await get(self.address, "/readyz")).status
            except OSError as error:
                self.faults.append(repr(error))
            else:
                if status != 200:
                    self.faults.append(str(status))
            self.count += 1

    async def asked(self, more: int) -> None:
        """Wait until it has asked so many times more."""
        end = self.count + more

        async def holds() -> bool:
            return self.count >= end

        await soon(holds)

    def stop(self) -> None:
        self._task.cancel()


# -- One --------------------------------------------------------------------------------------


@SERVERS
async def test_alone_it_becomes_the_server(server: str, room: str):
    port = free_port()
    process = Process([*MANAGE, "serve", "--port", str(port), "--server", server], {"DEBUG": "1"})
    async with running(process):
        await process.printed({"daphne": "Listening on TCP", "uvicorn": "Uvicorn running"}[server])
        assert command_of(process.child.pid)[1:3] == ["-m", server]
        assert process.lines[0] == "[INFO] Using InMemory channel layer"
        (peer,) = await joined(f"127.0.0.1:{port}", room, 1)
        process.send_signal(signal.SIGTERM)
        assert await peer.closed() == {"daphne": 4012, "uvicorn": 1012}[server]
        assert await process.wait() == {"daphne": 0, "uvicorn": -signal.SIGTERM}[server]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--workers", "2"], "Several workers can share calls only through Redis: set REDIS_URL"),
        (["--workers", "0"], "--workers must be 1 or more"),
    ],
)
def test_what_is_refused(options: list[str], sentence: str):
    result = run([*MANAGE, "serve", *options], {"DEBUG": "1"})
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


async def test_a_port_in_use(redis_server: RedisServer):
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as taken:
        port = taken.sockets[0].getsockname()[1]
        command = [*MANAGE, "serve", "--workers", "2", "--port", str(port)]
        env = {"DEBUG": "1", "REDIS_URL": redis_server.url}
        result = await asyncio.to_thread(run, command, env)
    assert result.returncode == 1
    assert f"127.0.0.1:{port} cannot be served: " in result.stderr


# -- Several ----------------------------------------------------------------------------------


@SERVERS
@pytest.mark.parametrize("count", [2, 4])
async def test_several_share_a_port(serve: StartWorkers, server: str, count: int):
    workers = await serve(count, server)
    assert workers.lines[0] == "[INFO] Using Redis channel layer"
    assert len(workers.workers) == count
    rooms = [new_room() for _ in range(12)]
    everybody = [await joined(workers.address, room) for room in rooms]
    for ada, bo in everybody:
        await ada.expect("peer-joined")
        await bo.send("ice", candidate={"candidate": "1"})
        await ada.expect("ice")
    workers.send_signal(signal.SIGTERM)
    for peer in (peer for peers in everybody for peer in peers):
        assert await peer.closed() == {"daphne": 4012, "uvicorn": 1012}[server]
    assert await workers.wait() == 0
    with pytest.raises(OSError, match="refused"):
        await get(workers.address, "/healthz")


@SERVERS
async def test_each_worker_has_a_port_of_its_own(redis_server: RedisServer, server: str, room: str):
    """For Prometheus: what one process knows says nothing of the others."""
    port, own = free_port(), free_port()
    options = ["--workers", "2", "--server", server, "--port", str(port), "--own-port", str(own)]
    env = {"DEBUG": "1", "REDIS_URL": redis_server.url, "METRICS_TOKEN": TOKEN}
    process = Process([*MANAGE, "serve", *options], env)
    async with running(process):
        for number in (1, 2):
            await process.printed(f"Worker {number} can serve")
        peers = await joined(f"127.0.0.1:{port}", room)
        pages = [(await get(f"127.0.0.1:{own + n}", "/metrics", **BEARER)).text for n in (0, 1)]
        for number, page in enumerate(pages, start=1):
            assert f'duet_build_info{{revision="",worker="{number}"}} 1.0' in page
        # Both together have both.
        sockets = [line for page in pages for line in page.splitlines() if "duet_sockets " in line]
        assert sum(float(line.split()[1]) for line in sockets if line[0] != "#") == 2
        for peer in peers:
            await peer.drop()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@SERVERS
async def test_a_worker_that_is_killed_is_started_again(
    serve: StartWorkers, server: str, room: str
):
    workers = await serve(2, server)
    asking = Asking(workers.address)
    doomed, other = workers.workers
    os.kill(doomed, signal.SIGKILL)
    await workers.printed("ended with -9: again in 0.5 s")
    since = len(workers.lines)
    await workers.printed("can serve", since=since)
    assert other in workers.workers
    assert doomed not in workers.workers
    assert len(workers.workers) == 2
    asking.faults.clear()  # who was being answered by the dead one
    await asking.asked(20)
    assert asking.faults == []
    asking.stop()
    peers = await joined(workers.address, room)
    await peers[0].expect("peer-joined")
    for peer in peers:
        await peer.drop()


@SERVERS
async def test_one_after_the_other_is_replaced(serve: StartWorkers, server: str, room: str):
    """Under load: nobody is refused, and whoever was connected finds their seat again."""
    workers = await serve(2, server)
    before = workers.workers
    peers = await joined(workers.address, room)
    await peers[0].expect("peer-joined")
    ids = [peer.id for peer in peers]
    asking = Asking(workers.address)
    await asking.asked(5)
    workers.send_signal(signal.SIGHUP)
    await workers.printed("All workers are new", timeout=60)
    await asking.asked(5)
    asking.stop()
    assert asking.faults == []
    assert len(workers.workers) == 2
    assert not set(workers.workers) & set(before)
    for peer in peers:
        await peer.closed()
        await peer.connect()
        await peer.join(session="new", token=peer.token)
        assert peer.welcome["resumed"]
    assert [peer.id for peer in peers] == ids
    await peers[0].expect("peer-joined", resumed=True)
    for peer in peers:
        await peer.drop()


async def test_workers_end_with_whoever_started_them(serve: StartWorkers):
    """Also when that could not say so: or they would keep the port."""
    workers = await serve(2, "daphne")
    pids = workers.workers
    await workers.kill()

    async def holds() -> bool:
        return not any(map(command_of, pids))

    await soon(holds)
