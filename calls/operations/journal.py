"""What becomes of a call, for whoever runs the server: one line for each step of its life."""

import logging
from functools import cached_property

from calls.errors import CallError
from calls.protocol import Rate, Report
from calls.rooms import names
from calls.rooms.seats import Seat

logger = logging.getLogger(__name__)


class Journal:
    """One socket's. Each step is one call, which neither waits nor raises.

    ``seat`` is whose step it is, None before a socket has a seat and after it lost it. No
    line has a room's name, a typed name, a token, or anything of what is relayed.
    """

    def __init__(self, room: str) -> None:
        self.room = room

    @cached_property
    def _call(self) -> str:
        return f"call {names.label(self.room)}"

    def joined(self, seat: Seat, *, resumed: bool) -> None:
        if resumed:
            self._note(seat, "came back")
        else:
            self._note(seat, "joined")

    def left(self, seat: Seat) -> None:
        self._note(seat, "left")

    def away(self, seat: Seat) -> None:
        """Its socket dropped; the seat is held for it."""
        self._note(seat, "away")

    def dismissed(self, seat: Seat) -> None:
        """The other person does not want this one here."""
        self._note(seat, "dismissed")

    def gone(self, seat: Seat) -> None:
        """A dead connection lost its seat to somebody who wanted it."""
        self._note(seat, "gone without a word")

    def refused(self, seat: Seat | None, error: CallError) -> None:
        """The socket is closed for a reason."""
        self._note(seat, f"refused: {error.code}")

    def media(self, seat: Seat, report: Report) -> None:
        """What the page says became of its media."""
        after = "" if report.ms is None else f" after {report.ms:.0f} ms"
        how = " through a relay" if report.relayed else ""
        self._note(seat, f"media {report.event}{after}{how}")

    def rated(self, seat: Seat | None, rate: Rate) -> None:
        """What the person thought of the call."""
        self._note(seat, f"rated {rate.stars} of 5")

    def waits_for_redis(self, seat: Seat | None) -> None:
        """An event could not be acted upon."""
        logger.warning("%s: an event had to wait for Redis", self._label(seat))

    def mailbox_failed(self, seat: Seat | None, error: Exception) -> None:
        logger.warning("%s: its mailbox failed: %s", self._label(seat), type(error).__name__)

    def failed(self, seat: Seat | None, what: str) -> None:
        """A defect: called while the exception is handled. ``what``: "A message", "An event"."""
        logger.exception("%s could not be handled in %s", what, self._label(seat))

    def _note(self, seat: Seat | None, step: str) -> None:
        # As the caller's: each step is a kind of line of its own.
        logger.info("%s: %s", self._label(seat), step, stacklevel=2)

    def _label(self, seat: Seat | None) -> str:
        return f"{self._call} {seat.id[:6] if seat else 'visitor'}"
