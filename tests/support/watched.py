"""Servers that say what they hold."""

import json
import signal

from tests.support.processes import Server

MARK = "holds: "


def watched(server: Server) -> Server:
    """Have it say so; before it starts."""
    server.command[-1] = "tests.support.watched_application:application"
    return server


async def holds(server: Server) -> dict[str, int]:
    """How many of each; ``garbage``: objects that only Python's collector has found since."""
    since = len(server.lines)
    server.send_signal(signal.SIGUSR1)
    line = await server.printed(MARK, since=since)
    held: dict[str, int] = json.loads(line.partition(MARK)[2])
    return held
