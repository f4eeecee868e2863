"""How each server is started: one home for its options, which the documents repeat."""

import sys
from collections.abc import Sequence

APPLICATION = "config.asgi:application"

# What uvicorn needs for the limits that calls/servers/uvicorn.py sets, and to do as Daphne does.
UVICORN_OPTIONS = (
    "--no-proxy-headers",
    "--http", "h11", "--ws", "websockets-sansio", "--ws-max-size", "65536",
    "--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "8",
)  # fmt: skip
OPTIONS: dict[str, Sequence[str]] = {"daphne": (), "uvicorn": UVICORN_OPTIONS}


def at(server: str, host: str, port: int) -> list[str]:
    """The command of a server that listens there."""
    where = {"daphne": "--bind", "uvicorn": "--host"}[server]
    return [*_program(server), where, host, "--port", str(port), APPLICATION]


def inheriting(server: str, descriptor: int, own: int) -> list[str]:
    """The command of a server that accepts what comes to an open socket.

    ``own``: another one, or 0; uvicorn takes it by ``calls.servers.uvicorn``.
    """
    also = ["--endpoint", f"fd:fileno={own}"] if server == "daphne" and own else []
    return [*_program(server), "--fd", str(descriptor), *also, APPLICATION]


def _program(server: str) -> list[str]:
    return [sys.executable, "-m", server, *OPTIONS[server]]
