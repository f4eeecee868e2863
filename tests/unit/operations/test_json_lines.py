"""One line of the log as JSON."""

import asyncio
import json
import logging
import sys
from typing import Any

import pytest

from calls.operations import json_lines, logs
from calls.operations.json_lines import JSONFormatter
from calls.rooms.names import label

ROOM = "k7mqx-2phb9-dtw4e"


def record(message: str, *args: object, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("somebody", logging.WARNING, "file.py", 1, message, args, None)
    vars(made).update(extra)
    return made


def line(made: logging.LogRecord) -> dict[str, Any]:
    text = JSONFormatter().format(made)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_line():
    found = line(record("%d lines\nof %s", 2, "text"))
    assert found.pop("time").endswith("+00:00")
    assert found == {"level": "WARNING", "logger": "somebody", "message": "2 lines\nof text"}


def test_what_an_access_log_has():
    found = line(record("GET /", client="192.0.2.7:1", status=200, bytes=0))
    assert (found["client"], found["status"], found["bytes"]) == ("192.0.2.7:1", 200, 0)


def test_what_others_add_is_left_out():
    """Django adds the request, in whose address a room may be."""
    assert "request" not in line(record("Not Found", request=f"<GET /call/{ROOM}/>"))


def test_an_exception_is_the_one_that_was_tidied():
    try:
        raise ValueError(f"/call/{ROOM}/")
    except ValueError:
        made = record("Failed")
        made.exc_info = sys.exc_info()
    found = line(logs._tidied(made))
    assert ROOM not in json.dumps(found)
    assert found["exception"].endswith(f"ValueError: /call/{label(ROOM)}/")
    # Whoever else writes this record has all of it.
    assert made.exc_info is not None


async def test_each_socket_has_its_own():
    """Also in the tasks that it begins; nobody else's lines are of any."""

    async def socket(call: str) -> list[dict[str, Any]]:
        json_lines.begin(call)
        await asyncio.sleep(0)

        async def begun() -> dict[str, Any]:
            return line(record("later"))

        return [line(record("now")), await asyncio.create_task(begun())]

    one, other = await asyncio.gather(
        asyncio.create_task(socket("one")), asyncio.create_task(socket("other"))
    )
    assert [found["call"] for found in (*one, *other)] == ["one", "one", "other", "other"]
    assert len({found["connection"] for found in (*one, *other)}) == 2
    assert one[0]["connection"] == one[1]["connection"]
    assert not {"call", "connection"} & line(record("elsewhere")).keys()


@pytest.mark.parametrize("value", [None, ""])
def test_what_has_no_value_is_not_there(value: object):
    assert "status" not in line(record("GET /", status=value))
