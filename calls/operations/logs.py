"""Room names stay out of logs: whoever knows one can join the call."""

import logging
import re

from calls.rooms.names import label

# In a path, and as it was typed into the field for one.
_ROOM = re.compile(r"(?<=/call/)[^/?]+|(?<=[?&]code=)[^&]+")


def hide_rooms(address: str) -> str:
    """The same address, encoded or not, with every room replaced by its label."""
    return _ROOM.sub(lambda room: label(room[0]), address)


def hide_rooms_in(record: logging.LogRecord) -> bool:
    """A filter for loggers of others, which lets every record pass."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            hide_rooms(value) if isinstance(value, str) else value for value in record.args
        )
    return True
