"""The link of `make networks` does to packets what it is told."""

import random
from typing import Any

import pytest

from tests.networks.link import Conditions, Way

PACKET = bytes([0x45, *([0] * 8), 17, *([0] * 990)])


def way(**conditions: Any) -> Way:
    made = Way(random.Random(1))
    made.conditions = Conditions(**conditions)
    return made


def arrivals(made: Way) -> list[float]:
    """When each packet on its way is due."""
    found = []
    while (due := made.next()) is not None:
        found += [due for _ in made.due(due)]
    return found


def test_without_conditions_nothing_waits():
    made = way()
    made.put(PACKET, 5.0)
    assert list(made.due(5.0)) == [PACKET]
    assert made.next() is None
    assert (made.counters.packets, made.counters.udp, made.counters.tcp) == (1, 1, 0)


def test_delay():
    made = way(delay=30)
    made.put(PACKET, 5.0)
    assert list(made.due(5.029)) == []
    assert arrivals(made) == [pytest.approx(5.03)]


def test_jitter_keeps_the_order():
    made = way(delay=30, jitter=20)
    for n in range(200):
        made.put(PACKET, n / 1000)
    found = arrivals(made)
    assert found == sorted(found)
    delays = [due - n / 1000 for n, due in enumerate(found)]
    assert 0.010 <= min(delays) < 0.030 < max(delays) <= 0.050


@pytest.mark.parametrize("burst", [1, 4])
def test_loss(burst: int):
    made = way(loss=10, burst=burst)
    lost = []
    for _ in range(50_000):
        before = made.counters.lost
        made.put(PACKET, 0)
        lost.append(made.counters.lost > before)
    assert made.counters.lost / 50_000 == pytest.approx(0.1, abs=0.01)
    starts = sum(now and not before for before, now in zip([False, *lost], lost, strict=False))
    # Single losses follow each other by chance, too.
    assert made.counters.lost / starts == pytest.approx(4 if burst > 1 else 1.11, rel=0.1)


def test_rate_and_queue():
    """Eight kilobits at eight kilobits a second take a second each; two of them may wait."""
    made = way(rate=8, queue=2000)
    for _ in range(5):
        made.put(PACKET, 0)
    assert arrivals(made) == [pytest.approx(n) for n in (1, 2, 3)]
    assert made.counters.overflowed == 2


def test_cut():
    made = way(cut=True)
    made.put(PACKET, 0)
    assert made.next() is None
    assert made.counters.cut == 1
