"""The call log: one row a call, written by a thread that no call waits for.

What comes while the database is away waits in a queue; what finds it full is dropped and counted.
"""

import datetime
import logging
import queue
import threading
import time
from collections.abc import Iterable

import msgspec
from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.utils import timezone

from calls.models import Call
from calls.operations.halves import Half, together

logger = logging.getLogger(__name__)

# Entries that wait at most, and that are written at once.
CAPACITY, BATCH = 1000, 100
# Seconds until the database is tried again while it is away: doubled up to the second.
FIRST_DELAY, LAST_DELAY = 1.0, 60.0
# Seconds: how long ago a call may have ended that somebody gives stars to; between two looks for
# rows that are too old.
RATED_WITHIN, PRUNE_EVERY = 3600.0, 86_400.0
# Seconds that the end of the process waits for what is to be written.
FLUSH_TIMEOUT = 2.0
# Rows that are deleted at a time.
PRUNED = 1000


class Stars(msgspec.Struct):
    """What somebody thought of the last call of a room, which is over; ``at`` is Unix time."""

    room: str
    stars: int
    at: float


Entry = Half | Stars


class CallLog:
    """The process's. ``add`` neither waits nor raises."""

    def __init__(self) -> None:
        self.dropped = 0
        """Entries that were lost."""
        self._queue: queue.Queue[Entry] = queue.Queue(CAPACITY)
        self._thread: threading.Thread | None = None
        self._prune_at = 0.0

    def add(self, entry: Entry) -> None:
        """Have this written soon."""
        try:
            self._queue.put_nowait(entry)
        except queue.Full:
            self.dropped += 1
        # Not before: most processes have no call log. All of them add in one thread.
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="call-log", daemon=True)
            self._thread.start()

    def flush(self, patience: float) -> bool:
        """Wait until all is written, ``patience`` seconds at most; whether it is. Blocks."""
        with self._queue.all_tasks_done:
            return self._queue.all_tasks_done.wait_for(
                lambda: not self._queue.unfinished_tasks, patience
            )

    def _run(self) -> None:
        while True:
            entries = self._next()
            delay = FIRST_DELAY
            while not self._is_written(entries):
                time.sleep(delay)
                delay = min(2 * delay, LAST_DELAY)
            for _ in entries:
                self._queue.task_done()

    def _next(self) -> list[Entry]:
        """One when there is one, and those that wait behind it."""
        entries = [self._queue.get()]
        while len(entries) < BATCH:
            try:
                entries.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return entries

    def _is_written(self, entries: list[Entry]) -> bool:
        """Whether there is nothing more to be done about them."""
        try:
            close_old_connections()
            # First: after what is written nothing may fail, or it would be added once more.
            if time.monotonic() >= self._prune_at:
                prune()
                self._prune_at = time.monotonic() + PRUNE_EVERY
            write(entries)
        except DatabaseError as error:
            self._complain(error)
            return False
        except Exception:
            # No attempt would write them, and the rest is not to wait for that.
            logger.exception("%d entries of the call log are lost", len(entries))
            self.dropped += len(entries)
        finally:
            close_old_connections()
        return True

    def _complain(self, error: DatabaseError) -> None:
        logger.error(
            "The call log cannot be written (%s): %d entries wait. Is the database there, and did"
            " manage.py migrate run?",
            type(error).__name__,
            self._queue.unfinished_tasks,
        )


def write(entries: Iterable[Entry]) -> None:
    """All of them, or none. Raises ``DatabaseError``."""
    known: dict[str, Half] = {}
    stars: list[Stars] = []
    for entry in entries:
        if isinstance(entry, Stars):
            stars.append(entry)
        else:
            before = known.get(entry.key)
            known[entry.key] = together(before, entry) if before else entry
    with transaction.atomic():
        # In one order everywhere: two processes must not wait for each other.
        for key in sorted(known):
            _add(known[key])
        for each in stars:
            _rate(each)


def _add(half: Half) -> None:
    row, is_new = Call.objects.select_for_update().get_or_create(
        key=half.key, defaults=_columns(half)
    )
    if not is_new:
        for name, value in _columns(together(_half(row), half)).items():
            setattr(row, name, value)
        row.save()


def _rate(given: Stars) -> None:
    since = _moment(given.at - RATED_WITHIN)
    row = Call.objects.filter(room=given.room, ended_at__gte=since).order_by("-ended_at").first()
    if row is not None:
        row.rating = min(given.stars, row.rating or given.stars)
        row.save(update_fields=["rating"])


def prune(now: datetime.datetime | None = None) -> int:
    """Delete what is older than ``CALL_LOG_DAYS``; how many rows it was."""
    since = (now or timezone.now()) - datetime.timedelta(days=settings.CALL_LOG_DAYS)
    deleted = 0
    while True:
        old = list(Call.objects.filter(started_at__lt=since).values_list("pk", flat=True)[:PRUNED])
        if not old:
            return deleted
        deleted += Call.objects.filter(pk__in=old).delete()[0]


def _columns(half: Half) -> dict[str, object]:
    return msgspec.structs.asdict(half) | {
        "started_at": _moment(half.started_at),
        "ended_at": _moment(half.ended_at),
    }


def _half(row: Call) -> Half:
    fields = {name: getattr(row, name) for name in Half.__struct_fields__}
    times = {name: fields[name].timestamp() for name in ("started_at", "ended_at")}
    return Half(**fields | times)


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


call_log = CallLog()
