"""What a line of the log may say, whichever logger it comes from."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from calls.operations import logs
from calls.operations.floods import Floods
from calls.rooms.names import label

ROOM = "k7mqx-2phb9-dtw4e"


@pytest.fixture(autouse=True)
def floods() -> Iterator[Floods]:
    before = logging.Logger.handle
    yield logs.tidy_all()
    logging.Logger.handle = before  # type: ignore[method-assign]


@pytest.fixture
def line(caplog: pytest.LogCaptureFixture) -> Any:
    """Logs with a logger of somebody's, and returns the whole line as it is written."""

    def written(message: object, *args: object, **options: Any) -> str:
        logging.getLogger("somebody").error(message, *args, **options)
        return logging.Formatter().format(caplog.records[-1])

    return written


@pytest.mark.parametrize(
    "address",
    [
        f"/call/{ROOM}/x",
        f"//call/{ROOM}",
        f"/CALL/{ROOM}/",
        f"/%63all/{ROOM}/",
        f"%2Fcall%2F{ROOM}",
        f"/ws/call/{ROOM}/",
        f"/?code={ROOM}&x=1",
        f"duet:room:{ROOM}",
    ],
)
def test_no_room(line: Any, address: str) -> None:
    """In the message, in what is put into it, in an exception."""
    for written in (
        line(f"Not Found: {address}"),  # no template: nothing is put into it
        line("Not Found: %s", address),
        line("%(path)s", {"path": address}),
        line("%s", ValueError(address)),
        line(ValueError(f"No route for {address!r}")),
        line("Failed", exc_info=ValueError(address)),
    ):
        assert ROOM not in written
        assert label(ROOM) in written


def test_numbers_stay_numbers(line: Any) -> None:
    assert (
        line("%s took %.2f s, %d bytes, %s", "GET", 1.5, 3, None)
        == "GET took 1.50 s, 3 bytes, None"
    )


def test_what_cannot_be_written_fails_nobody(line: Any) -> None:
    class Mute:
        def __str__(self) -> str:
            raise ValueError

    assert line("%s", Mute()) == "(a line that cannot be written)"


def test_a_template_stays_what_it_is(line: Any) -> None:
    assert line("see /call/%s now", "abc") == "see /call/abc now"


def test_a_part_is_cut_and_the_end_of_a_traceback_stays(line: Any) -> None:
    assert len(line("%s %s", "x" * 10_000, "y" * 10_000)) < 1000
    assert len(line("x" * 10_000)) < 1000
    written = line("Failed", exc_info=ValueError("x" * 10_000 + " the end"))
    assert len(written) < 5000
    assert written.endswith("the end")


def test_the_sum_of_what_was_held_back_tells_no_room(
    line: Any, floods: Floods, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    # Of which some more are admitted while it lasts.
    sent = 2 * settings.LIMIT_LOG_LINES[0]
    for _ in range(sent):
        line("Not Found: %s", f"/call/{ROOM}/")
    assert len(caplog.records) < sent
    floods.sum_up()
    said = caplog.records[-1].getMessage()
    assert said.endswith(f"more lines like: Not Found: /call/{label(ROOM)}/")
