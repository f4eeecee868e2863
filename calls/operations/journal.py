"""What becomes of a call, for whoever runs the server: a line of the log and what is counted."""

import contextlib
import logging
import time
from collections.abc import Iterable, Iterator
from functools import cached_property

from django.conf import settings
from msgspec import UNSET, UnsetType

from calls.errors import CallError, RateLimited, Unavailable
from calls.limits.pace import TooOften
from calls.operations import json_lines
from calls.operations.call_log import Stars, call_log
from calls.operations.halves import Ending, Half, add_report, browser_of, key_of
from calls.operations.metrics import MEASURED, Place, metrics
from calls.protocol import ClientMessage, ForThePeer, Rate, Report
from calls.redis_client import UNAVAILABLE
from calls.rooms import names
from calls.rooms.seats import Entry, Seat

logger = logging.getLogger(__name__)

messages = metrics.messages


class Journal:
    """One socket's. Each step is one call, which neither waits nor raises.

    ``seat`` is whose step it is, None before a socket has a seat and after it lost it. No
    line has a room's name, a typed name, a token, or anything of what is relayed.
    """

    def __init__(self, room: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """``headers``: of the handshake, as ASGI has them."""
        self.room = room
        self.headers = headers
        self._half: Half | None = None
        """Of the call that goes on, or that is just over, if there is a call log."""
        self._is_over = False

    @cached_property
    def _call(self) -> str:
        return f"call {names.label(self.room)}"

    # -- A socket --------------------------------------------------------------------------

    def opened(self, place: Place) -> None:
        """There is a socket, which sits there. Called in its own task."""
        metrics.places.add(place)
        if settings.LOG_FORMAT == "json":
            json_lines.begin(names.label(self.room))

    def closed(self, place: Place) -> None:
        """It is gone, and with it whatever it held."""
        metrics.places.discard(place)
        self.parted("lost")
        self._write()

    def received(self, message: ClientMessage) -> None:
        """All that is not relayed."""
        messages[type(message)] += 1

    def relayed(self, message: ForThePeer) -> float | UnsetType:
        """Received, to be handed on. Returns Unix time if its way is to be measured.

        Called for nearly all that comes: so it does not call anything else.
        """
        kind = type(message)
        count = messages[kind] = messages[kind] + 1
        return UNSET if count % MEASURED else time.time()

    def delivered(self, at: float) -> None:
        """A message that was to be measured has reached the other's socket."""
        # The other's process may be on another machine, whose clock is another.
        metrics.relay.observe(max(0.0, time.time() - at))

    # -- A seat ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def joining(self, *, with_token: bool) -> Iterator[None]:
        """Notes how a join ends."""
        outcome = "internal-error"
        try:
            yield
            outcome = "seated"
        except CallError as error:
            outcome = error.code
            raise
        except TooOften:
            outcome = RateLimited.code
            raise
        except UNAVAILABLE:
            outcome = Unavailable.code
            raise
        finally:
            (metrics.resumes if with_token else metrics.joins).labels(outcome).inc()

    def joined(self, entry: Entry, *, resumed: bool) -> None:
        if resumed:
            self._note(entry.seat, "came back")
        else:
            self._note(entry.seat, "joined")
            if entry.other is not None:
                metrics.begun.inc()

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
        metrics.refusals.labels(error.code).inc()
        self._note(seat, f"refused: {error.code}")

    # -- A call ----------------------------------------------------------------------------

    def met(self, seat: Seat, peer: Seat, *, resumed: bool) -> None:
        """The two are in the same room. ``resumed``: and were before, over another socket."""
        if not settings.CALL_LOG:
            return
        key = key_of(settings.SECRET_KEY, self.room, seat.id, peer.id)
        if self._half is not None and self._half.key == key and not self._is_over:
            return
        self._write()
        now = time.time()
        self._is_over = False
        self._half = Half(
            key=key,
            room=names.label(self.room),
            started_at=now,
            ended_at=now,
            browsers=browser_of(self.headers),
            resumes=int(resumed),
        )

    def parted(self, ending: Ending) -> None:
        """They are not any more. What the page says of the call may come a moment later."""
        if self._half is not None and not self._is_over:
            self._is_over = True
            self._half.ended_at = time.time()
            self._half.ending = ending

    def _write(self) -> None:
        if self._half is not None:
            call_log.add(self._half)
            self._half = None

    # -- What people have of it ------------------------------------------------------------

    def media(self, seat: Seat, report: Report) -> None:
        """What the page says became of its media."""
        if self._half is not None:
            add_report(self._half, report)
        metrics.restarts.inc(report.restarts or 0)
        if report.event == "failed":
            metrics.media_failures.inc()
        elif report.event == "connected" and report.ms is not None:
            path = "relay" if report.relayed else "direct"
            metrics.media.labels(path).observe(report.ms / 1000)
        after = "" if report.ms is None else f" after {report.ms:.0f} ms"
        how = " through a relay" if report.relayed else ""
        self._note(seat, f"media {report.event}{after}{how}")

    def rated(self, seat: Seat | None, rate: Rate) -> None:
        """What the person thought of the call."""
        self._note(seat, f"rated {rate.stars} of 5")
        if settings.CALL_LOG:
            call_log.add(Stars(names.label(self.room), rate.stars, time.time()))

    # -- What goes wrong -------------------------------------------------------------------

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
