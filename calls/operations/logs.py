"""Room names stay out of logs: whoever knows one can join the call. And no log grows for ever."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from calls.operations.floods import Floods
from calls.rooms.names import label

# Characters of one part of a line: an address may be as long as a client likes.
LONGEST = 300
# Characters of a traceback, the end of which says what has happened.
LONGEST_TRACEBACK = 4000


def _encoded(text: str) -> str:
    """A pattern for this text as it may stand in an address, in any case (RFC 3986, 2.1)."""
    return "".join(
        f"(?:{re.escape(letter)}|%{ord(letter):02x}|%{ord(letter.upper()):02x})" for letter in text
    )


# In a path, up to whatever comes next in it; as it was typed into the field for one; in Redis.
_ROOM = re.compile(
    rf"(?P<path>{_encoded('/call/')}|duet:room:)(?P<room>[^/?'\"\n]+)|(?<=[?&]code=)(?P<code>[^&\n]+)",
    re.IGNORECASE,
)
# Of whatever it matches there is one of these: most parts of lines have none.
_SIGN = re.compile("[/%:=]")
_NUMBERS = (int, float)


def hide_rooms(text: str) -> str:
    """The same text, addresses in it encoded or not, with every room replaced by its label."""
    if _SIGN.search(text) is None:
        return text
    return _ROOM.sub(lambda found: (found["path"] or "") + label(found[found.lastgroup or 0]), text)


def shown(text: str) -> str:
    """As part of a line."""
    hidden = hide_rooms(text[:LONGEST])
    return hidden if len(text) <= LONGEST else f"{hidden}…"


def _argument(value: Any) -> Any:
    """What a record's formatter is given in its place; numbers stay what they are."""
    if value is None or isinstance(value, _NUMBERS):
        return value
    text = str(value)
    part = shown(text)
    return value if part == text else part


def _tidied(record: logging.LogRecord) -> logging.LogRecord:
    if isinstance(record.args, Mapping):
        record.args = {name: _argument(value) for name, value in record.args.items()}
    elif record.args:
        record.args = tuple(map(_argument, record.args))
    else:
        record.msg = _argument(record.msg)
    if record.exc_info and record.exc_info[0]:
        # Every formatter takes this rather than to write it itself.
        trace = logging.Formatter().formatException(record.exc_info)
        # Rooms are hidden before the cut that might part one from what tells it.
        record.exc_text = hide_rooms(trace[-2 * LONGEST_TRACEBACK :])[-LONGEST_TRACEBACK:]
    return record


def _tidied_safely(record: logging.LogRecord) -> logging.LogRecord:
    """Whoever logs is not to fail for it: what cannot be written is left out."""
    try:
        return _tidied(record)
    except Exception:
        record.msg, record.args, record.exc_info = "(a line that cannot be written)", (), None
        return record


_handle = logging.Logger.handle


def tidy_all() -> Floods:
    """Every record of every logger of this process: all of them come through ``Logger.handle``.

    Returns what counts floods of them, for lines that are no logger's.
    """
    floods = Floods(*settings.LIMIT_LOG_LINES, _say)

    def handle(self: logging.Logger, record: logging.LogRecord) -> None:
        # One place in the program writes one kind of line. What is held back is not tidied either.
        kind = (record.name, record.pathname, record.lineno)
        if floods.admits(kind, lambda: _tidied_safely(record).getMessage()):
            _handle(self, _tidied_safely(record))

    logging.Logger.handle = handle  # type: ignore[method-assign]
    return floods


def _say(line: str) -> None:
    logger = logging.getLogger("calls")
    place = (__name__, logging.WARNING, __file__, 0)
    _handle(logger, logger.makeRecord(*place, "%s", (line,), None))
