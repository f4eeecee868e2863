"""Lines of the log as JSON, one object a line, with the socket that each was written for."""

import copy
import logging
import secrets
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter

# All that a line has; other loggers' extras may hold a request, and in it a room's name.
FIELDS = {
    "timestamp": "time",
    "levelname": "level",
    "name": "logger",
    "message": "message",
    "exc_info": "exception",
    "call": "call",
    "connection": "connection",
    "client": "client",
    "status": "status",
    "bytes": "bytes",
}

_socket: ContextVar[dict[str, str] | None] = ContextVar("socket", default=None)


def begin(call: str) -> None:
    """From now on lines of this task, and of those that it begins, are of one socket.

    ``call``: the label of its room (``calls.rooms.names.label``).
    """
    _socket.set({"call": call, "connection": secrets.token_hex(4)})


class JSONFormatter(JsonFormatter):
    """``time`` (ISO 8601, UTC), ``level``, ``logger``, ``message``; ``exception`` if there is one.

    Of a socket ``call`` and ``connection``; of an access ``client``, ``status`` and ``bytes``.
    """

    def __init__(self) -> None:
        super().__init__(["levelname", "name", "message"], timestamp="timestamp")

    def format(self, record: logging.LogRecord) -> str:
        """One line. The traceback is the one that was tidied (``calls.operations.logs``)."""
        record = copy.copy(record)
        if record.exc_text:
            record.exc_info = None
        vars(record).update(_socket.get() or {})
        return super().format(record)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Only what a line may have."""
        return {
            shown: log_data[name]
            for name, shown in FIELDS.items()
            if log_data.get(name) not in (None, "")
        }
