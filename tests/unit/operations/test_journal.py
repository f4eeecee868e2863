"""One line for each step of a call's life, to the letter: people search for them."""

import logging
from collections.abc import Callable

import pytest

from calls.errors import RoomFull
from calls.operations.journal import Journal
from calls.protocol import Rate, Report
from calls.rooms import names
from calls.rooms.seats import Entry, Seat

ROOM = "k7mqx-2phb9-dtw4e"
SEAT = Seat(id="974a0a2eb1a00379", session="secret-session", channel="c", name="Ada")
ENTRY = Entry(seat=SEAT, seq=1)


@pytest.mark.parametrize(
    ("step", "level", "line"),
    [
        (lambda j: j.joined(ENTRY, resumed=False), "INFO", "{call} 974a0a: joined"),
        (lambda j: j.joined(ENTRY, resumed=True), "INFO", "{call} 974a0a: came back"),
        (lambda j: j.left(SEAT), "INFO", "{call} 974a0a: left"),
        (lambda j: j.away(SEAT), "INFO", "{call} 974a0a: away"),
        (lambda j: j.gone(SEAT), "INFO", "{call} 974a0a: gone without a word"),
        (lambda j: j.refused(SEAT, RoomFull()), "INFO", "{call} 974a0a: refused: room-full"),
        (lambda j: j.refused(None, RoomFull()), "INFO", "{call} visitor: refused: room-full"),
        (lambda j: j.media(SEAT, Report("failed")), "INFO", "{call} 974a0a: media failed"),
        (
            lambda j: j.media(SEAT, Report("connected", 640.4, True)),
            "INFO",
            "{call} 974a0a: media connected after 640 ms through a relay",
        ),
        (lambda j: j.rated(SEAT, Rate(4)), "INFO", "{call} 974a0a: rated 4 of 5"),
        (lambda j: j.rated(None, Rate(1)), "INFO", "{call} visitor: rated 1 of 5"),
        (
            lambda j: j.waits_for_redis(SEAT),
            "WARNING",
            "{call} 974a0a: an event had to wait for Redis",
        ),
        (
            lambda j: j.mailbox_failed(SEAT, ConnectionError("secret")),
            "WARNING",
            "{call} 974a0a: its mailbox failed: ConnectionError",
        ),
        (
            lambda j: j.failed(SEAT, "A message"),
            "ERROR",
            "A message could not be handled in {call} 974a0a",
        ),
    ],
)
def test_a_step(
    step: Callable[[Journal], None], level: str, line: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "calls"):
        step(Journal(ROOM))
    (record,) = caplog.records
    assert record.getMessage() == line.format(call=f"call {names.label(ROOM)}")
    assert record.levelname == level
    assert record.name.startswith("calls.")
    for secret in (ROOM, "Ada", "secret"):
        assert secret not in record.getMessage()
