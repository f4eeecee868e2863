"""Room names stay out of logs: whoever knows one can join the call."""

import logging
import re

from calls.rooms.names import label

# In a path, and as it was typed into the field for one.
_ROOM = re.compile(r"(?<=/call/)[^/?\s]+|(?<=[?&]code=)[^&\s]+")


def hide_rooms(text: str) -> str:
    """The same text with every room of an address replaced by its label."""
    return _ROOM.sub(lambda room: label(room[0]), text)


def hide_rooms_in(record: logging.LogRecord) -> bool:
    """A filter for loggers of others, which lets every record pass."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            hide_rooms(value) if isinstance(value, str) else value for value in record.args
        )
    return True
