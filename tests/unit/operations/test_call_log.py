"""The thread of the call log, without a database; with one: tests/app/test_call_log.py."""

import pytest
from django.db import DatabaseError

from calls.operations import call_log
from calls.operations.call_log import CallLog, Entry, Stars


def test_what_is_tried_again_was_not_written_before(monkeypatch: pytest.MonkeyPatch):
    """Halves add up: written twice they would count twice."""
    written: list[Entry] = []
    faults: list[Exception] = [DatabaseError()]

    def prune() -> int:
        if faults:
            raise faults.pop()
        return 0

    monkeypatch.setattr(call_log, "prune", prune)
    monkeypatch.setattr(call_log, "write", written.extend)
    log = CallLog()
    stars: list[Entry] = [Stars("5d20c9e1", 5, 0.0)]
    assert not log._is_written(stars)
    assert written == []
    assert log._is_written(stars)
    assert log._is_written(stars)
    assert written == 2 * stars
