"""What is set aside from the collector, and that nothing is set aside for ever."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from calls.signaling import collector


class Socket:
    """Garbage that only the collector can find, once it is closed."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def fresh_collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(collector, "_open", 0)
    monkeypatch.setattr(collector, "_closed", 0)
    before = gc.callbacks.copy()
    collector.set_aside()
    yield
    gc.callbacks[:] = before
    gc.unfreeze()


def open_sockets(count: int) -> list[Socket]:
    for _ in range(count):
        collector.socket_opened()
    return [Socket() for _ in range(count)]


def close(sockets: list[Socket], count: int) -> None:
    del sockets[:count]
    for _ in range(count):
        collector.socket_closed()


def test_what_survives_is_not_looked_at_again():
    sockets = open_sockets(10)
    gc.collect()
    frozen = gc.get_freeze_count()
    assert not any(sockets[0] is each for each in gc.get_objects(generation=2))
    sockets += open_sockets(10)
    gc.collect()
    assert gc.get_freeze_count() > frozen


def test_what_was_never_set_aside_is_found_as_ever():
    sockets = open_sockets(1)
    ref = weakref.ref(sockets[0])
    close(sockets, 1)
    gc.collect()
    assert ref() is None


@pytest.mark.parametrize(("there", "closing"), [(1, 1), (1500, 750), (10_000, 5000)])
def test_sockets_that_close_are_found_in_the_end(
    monkeypatch: pytest.MonkeyPatch, there: int, closing: int
):
    """As many must have closed as are open, or very many (here: one)."""
    monkeypatch.setattr(collector, "CLOSED", 1)
    sockets = open_sockets(there)
    ref = weakref.ref(sockets[0])
    gc.collect()
    close(sockets, closing - 1)
    gc.collect()
    assert ref() is not None
    close(sockets, 1)
    gc.collect()
    assert ref() is None
    assert len(sockets) == there - closing
