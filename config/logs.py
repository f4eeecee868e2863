"""Room names stay out of logs: whoever knows one can join the call."""

import logging
import re

from calls.tokens import label


def hide_rooms(text: str) -> str:
    """The same text with every room of a path replaced by its label."""
    return re.sub(r"(?<=/call/)[^/?\s]+", lambda room: label(room[0]), text)


def complete_uvicorn() -> None:
    """Hide rooms in the lines that uvicorn logs, if this process runs it."""
    # Not by settings.LOGGING: naming these loggers there would take their handlers away.
    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).addFilter(_hide_rooms_in)


def _hide_rooms_in(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(
            hide_rooms(value) if isinstance(value, str) else value for value in record.args
        )
    return True
