"""What a pair of innocents notices of each attack: ``make attacks`` writes it down.

The servers have one core, attackers and innocents the other, the attackers with less right to it.
Ends with a failure if an attack is noticed by more than ``bound`` allows.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.attacks.attackers import ATTACKS
from tests.attacks.hostile import memory
from tests.support.documents import machine, put
from tests.support.processes import (
    ROOT,
    Daphne,
    Process,
    RedisServer,
    Server,
    Uvicorn,
    free_port,
    running,
)

SERVERS = {
    "Daphne": (Daphne, 1),
    "uvicorn": (Uvicorn, 1),
    "two Daphnes, Redis": (Daphne, 2),
}
# Seconds.
CALM, UNDER_ATTACK = 4.0, 8.0
# The attack begins, and the pair comes into its call.
MARGIN = 1.0
# Everybody has one address here, and it is limited.
ENV = {"LIMIT_EXEMPT": "none", "TRUSTED_PROXIES": "0"}


class Latency(NamedTuple):
    """Milliseconds of a message from one innocent to the other."""

    p50: float
    p99: float

    @classmethod
    def of(cls, samples: list[float]) -> "Latency":
        return cls(statistics.median(samples), statistics.quantiles(samples, n=100)[98])


class Found(NamedTuple):
    calm: Latency
    attacked: Latency
    grown: float
    """MiB that the servers hold more after the attack than before it."""

    @property
    def bound(self) -> float:
        return 3 * self.calm.p99 + 20


@asynccontextmanager
async def _servers(kind: type[Server], count: int) -> AsyncIterator[list[Server]]:
    async with AsyncExitStack() as stack:
        env = dict(ENV)
        if count > 1:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            redis = await stack.enter_async_context(running(RedisServer(free_port(), folder)))
            env["REDIS_URL"] = redis.url
        yield [
            await stack.enter_async_context(running(_pinned(kind(free_port(), env))))
            for _ in range(count)
        ]


def _pinned(server: Server) -> Server:
    server.command = ["taskset", "-c", "0", *server.command]
    return server


def _child(module: str, *words: str, nice: int) -> Process:
    command = ["taskset", "-c", "1", "nice", "-n", str(nice), sys.executable, "-m", module]
    return Process([*command, *words], {})


async def measure(attack: str, servers: list[Server]) -> Found:
    """One attack on running servers, and the pair's calm before it."""
    addresses = [servers[0].address, servers[-1].address]
    seconds = CALM + MARGIN + UNDER_ATTACK
    innocents = _child("tests.attacks.innocents", str(seconds), *addresses, nice=0)
    async with running(innocents):
        await innocents.printed("in a call")
        begun = time.monotonic()
        await asyncio.sleep(CALM)
        before = sum(map(memory, servers))
        ports = [str(server.port) for server in servers]
        length = MARGIN + UNDER_ATTACK + 1
        attacker = _child("tests.attacks.attackers", attack, str(length), *ports, nice=10)
        async with running(attacker):
            await innocents.wait(seconds + 30)
            grown = (sum(map(memory, servers)) - before) / 2**20
            assert await attacker.wait(30) == 0, attacker.output
    samples = json.loads(innocents.lines[-1])
    calm = [took for when, took in samples if when < begun + CALM]
    attacked = [took for when, took in samples if when >= begun + CALM + MARGIN]
    return Found(Latency.of(calm), Latency.of(attacked), grown)


async def main(names: list[str]) -> int:
    rows, noticed = [], []
    for attack in names or ATTACKS:
        cells = []
        for label, (kind, count) in SERVERS.items():
            async with _servers(kind, count) as servers:
                found = await measure(attack, servers)
            calm, attacked = found.calm, found.attacked
            sys.stdout.write(f"{attack}, {label}: {found}\n")
            sys.stdout.flush()
            if attacked.p99 > found.bound:
                noticed.append(f"{attack}, {label}: {attacked.p99:.0f} > {found.bound:.0f} ms")
            cells.append(
                f"{calm.p50:.1f} → {attacked.p50:.1f} | {calm.p99:.1f} → {attacked.p99:.1f}"
                f" | {max(0, found.grown):.0f}"
            )
        rows.append(f"| {attack} | {' | '.join(cells)} |")
    if not names:
        heads = [f"{label}: p50 | p99 | MiB" for label in SERVERS]
        lines = [f"| attack | {' | '.join(heads)} |", "|---|" + "---:|" * 3 * len(SERVERS), *rows]
        put(
            ROOT / "docs/security.md",
            "attacks",
            "\n".join([f"Measured on {machine()}.", "", *lines]),
        )
    sys.stdout.write("\n".join(noticed or ["Nobody noticed."]) + "\n")
    return 1 if noticed else 0


if __name__ == "__main__":
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("Two cores are needed: one for the servers, one for everybody else.")
    sys.exit(asyncio.run(main(sys.argv[1:])))
