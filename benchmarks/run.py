"""Measures, round after round, and writes down what was found: ``make bench``.

The servers take turns within a round, so that what else the machine does hits all of them;
medians over the rounds are reported. Arguments name the parts to measure; without, all.
"""

import asyncio
import functools
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import page, servers
from benchmarks.servers import ASGI, LOAD_CORE, Contender, Running
from tests.support.peers import WirePeer, in_a_call, new_room
from tests.support.processes import ROOT, RedisServer, free_port
from tests.support.processes import running as process
from tests.support.proxy import Proxy

RESULTS = ROOT / "test-results" / "bench.json"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CROWD = ["0", "1000", "2500", "5000"]
# Seconds over which an idle server's commands are counted.
IDLE_SECONDS = 30

Step = dict[str, float]


async def load(urls: Iterable[str], dialect: str, *options: str) -> list[Step]:
    """Run the load on its own core and return its steps."""
    addresses = [word for url in urls for word in ("--url", url)]
    child = await asyncio.create_subprocess_exec(
        "taskset", "-c", LOAD_CORE, sys.executable, "-m", "benchmarks.load",
        *addresses, "--dialect", dialect, *options,
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    output, _ = await child.communicate()
    assert child.returncode == 0
    steps: list[Step] = json.loads(output)
    return steps


def medians(rounds: list[list[Step]]) -> list[Step]:
    """Step for step the median of every figure."""
    return [
        {name: statistics.median(step[name] for step in steps) for name in steps[0]}
        for steps in zip(*rounds, strict=True)
    ]


async def in_turns(
    contenders: list[Contender], measure: Callable[[Contender], Awaitable[list[Step]]]
) -> dict[str, list[Step]]:
    found: dict[str, list[list[Step]]] = {}
    for number in range(ROUNDS):
        for contender in contenders:
            print(f"round {number + 1} of {ROUNDS}: {contender.name}", file=sys.stderr)
            found.setdefault(contender.name, []).append(await measure(contender))
    return {name: medians(rounds) for name, rounds in found.items()}


async def relay() -> Any:
    """Relayed messages a second with 50 busy pairs."""
    contenders = [servers.peerjs(), servers.textbook()]
    contenders += [make(name) for name in ASGI for make in (servers.bare, servers.duet)]

    async def measure(contender: Contender) -> list[Step]:
        async with servers.running(contender) as server:
            return await load([server.url], contender.dialect)

    return await in_turns(contenders, measure)


async def crowd() -> Any:
    """The same, and how fast one joins, with more and more idle peers connected."""
    contenders = [servers.peerjs(), servers.textbook(), *map(servers.duet, ["daphne", "uvicorn"])]

    async def measure(contender: Contender) -> list[Step]:
        async with servers.running(contender) as server:
            options = ["--present", *CROWD, "--joins", "400", "--settle", "1"]
            return await load([server.url], contender.dialect, *options)

    return await in_turns(contenders, measure)


async def memory() -> Any:
    """What an idle peer takes, part by part."""
    contenders = []
    for name in ("daphne", "uvicorn"):
        contenders += [
            servers.asgi(name, "accepted", "benchmarks.parts:accepted"),
            servers.asgi(name, "routed", "benchmarks.parts:routed"),
            servers.asgi(name, "connected", "benchmarks.parts:connected", "silent"),
            servers.asgi(name, "joined", "config.asgi:application", "duet"),
        ]
    contenders += [servers.textbook(), servers.peerjs()]

    async def measure(contender: Contender) -> list[Step]:
        async with servers.running(contender) as server:
            options = ["--pairs", "0", "--present", *CROWD, "--settle", "2"]
            return await load([server.url], contender.dialect, *options, "--pid", str(server.pid))

    return await in_turns(contenders, measure)


async def redis() -> Any:
    """What Duet asks of Redis, and how far a slow way to it holds it up."""
    commands = await redis_commands()
    rounds = [await redis_far_away() for _ in range(ROUNDS)]
    return {"commands": commands, "far away": medians(rounds)}


async def redis_commands() -> dict[str, float]:
    async with own_redis() as there, two_daphnes(there.url) as two:
        addresses = [f"127.0.0.1:{server.port}" for server in two]

        async def messages(sender: WirePeer, receiver: WirePeer) -> float:
            there.count_anew()
            for _ in range(100):
                await sender.send("ice", candidate=None)
                await receiver.expect("ice")
            return sum(there.executed().values()) / 100

        across = await in_a_call(*addresses)
        within = await in_a_call(addresses[0], addresses[0])
        there.count_anew()
        await asyncio.sleep(IDLE_SECONDS)
        idle = sum(there.executed().values()) * 86_400 / IDLE_SECONDS
        found = {
            "idle server, a day": idle,
            "message within a process": await messages(*within),
            "message between processes": await messages(*across),
            "whole call between processes": await whole_call(addresses, there),
        }
        for peer in [*across, *within]:
            await peer.drop()
        return found


async def whole_call(addresses: list[str], there: RedisServer) -> float:
    """Two joins, 30 messages, two leaves."""
    peers = [WirePeer(address, room) for room in [new_room()] for address in addresses]
    for peer in peers:
        await peer.connect()
    there.count_anew()
    for peer in peers:
        await peer.join()
    await peers[0].expect("peer-joined")
    for sender, receiver in [peers, peers[::-1]]:
        for _ in range(15):
            await sender.send("ice", candidate=None)
            await receiver.expect("ice")
    await peers[0].send("leave")
    await peers[0].expect_close()
    await peers[1].expect("peer-left")
    await peers[1].send("leave")
    await peers[1].expect_close()
    return sum(there.executed().values())


async def redis_far_away() -> list[Step]:
    """Between two processes, with 20 ms to Redis and back, while others come and go."""
    async with own_redis() as there:
        proxy = Proxy(there.port)
        proxy.delay = 0.010
        await proxy.start()
        async with two_daphnes(f"redis://127.0.0.1:{proxy.port}/0") as two:
            steps = await load([server.url for server in two], "duet", "--churn", "15")
        await proxy.stop()
        return steps


@asynccontextmanager
async def own_redis() -> AsyncIterator[RedisServer]:
    with TemporaryDirectory() as folder:
        async with process(RedisServer(free_port(), Path(folder))) as server:
            yield server


@asynccontextmanager
async def two_daphnes(redis_url: str) -> AsyncIterator[list[Running]]:
    start = functools.partial(servers.running, servers.duet("daphne"), REDIS_URL=redis_url)
    async with start() as one, start() as two:
        yield [one, two]


PARTS: dict[str, Callable[[], Awaitable[Any]]] = {
    "relay": relay, "crowd": crowd, "memory": memory, "redis": redis, "page": page.measure,
}  # fmt: skip


async def main(parts: list[str]) -> None:
    found = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in parts or PARTS:
        found[part] = await PARTS[part]() | {"rounds": ROUNDS}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
