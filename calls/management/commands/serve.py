"""``manage.py serve``: one server, or several on one port."""

import asyncio
import logging
import os
import socket
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.servers import commands, startup
from calls.servers.supervisor import Supervisor

logger = logging.getLogger("calls")

# Connections that wait until a worker accepts them.
BACKLOG = 1024


class Command(BaseCommand):
    """Becomes the server itself, or starts several and watches over them.

    Several are restarted when they end, one after the other on SIGHUP, and end together on SIGTERM.
    """

    help = "Serve calls: with one process, or with several on one port (they need REDIS_URL)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="PORT, or 8000")
        parser.add_argument(
            "--workers", type=int, default=settings.WEB_CONCURRENCY, help="WEB_CONCURRENCY, or 1"
        )
        parser.add_argument("--server", choices=list(commands.OPTIONS), default="daphne")
        parser.add_argument(
            "--own-port",
            type=int,
            help="of this machine, at which the first worker alone can be asked for /metrics; the"
            " second at the next one, and so on",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        count, server = options["workers"], options["server"]
        host, port = options["host"], options["port"]
        if count < 1:
            raise CommandError("--workers must be 1 or more.")
        if count > 1 and not settings.REDIS_URLS:
            raise CommandError(
                "Several workers can share calls only through Redis: set REDIS_URL, or serve with"
                " --workers 1."
            )
        if count == 1:
            alone = commands.at(server, host, port)
            os.execv(alone[0], alone)  # noqa: S606 - it is this program's own
        listener = _listen(host, port)
        first = options["own_port"]
        own = [_listen("127.0.0.1", first + number) for number in range(count)] if first else []
        command = partial(commands.inheriting, server)
        startup.say_layer()
        logger.info("Serving http://%s:%d with %d workers", host, port, count)
        asyncio.run(Supervisor(count, command, listener, own, settings.DRAIN_SECONDS).run())


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CommandError(f"{host}:{port} cannot be served: {error.strerror}.") from None
