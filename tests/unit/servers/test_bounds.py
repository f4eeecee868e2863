"""When a connection is not read, and when it is again."""

import pytest

from calls.servers.bounds import FRAME_BYTES, PAUSE, Budget
from tests.unit.servers.conftest import Clock


@pytest.fixture
def resumed() -> list[float]:
    return []


@pytest.fixture
def budget(clock: Clock, resumed: list[float]) -> Budget:
    return Budget(lambda: resumed.append(clock.now))


def test_it_lasts_for_twice_as_many_frames_as_messages(budget: Budget, clock: Clock) -> None:
    for _ in range(20):
        budget.charge(10)
    assert not budget.is_spent()
    budget.charge(10)
    assert budget.is_spent()
    assert len(clock.timers) == 1


def test_reading_goes_on_once_it_has_filled(
    budget: Budget, clock: Clock, resumed: list[float]
) -> None:
    for _ in range(25):
        budget.charge(0)
    assert budget.is_spent()
    assert budget.is_spent()
    clock.move(0.4)
    assert budget.is_spent()
    assert resumed == []
    clock.move(0.1)
    assert resumed == [0.5]
    assert not budget.is_spent()


def test_it_waits_for_more_than_one_frame(
    budget: Budget, clock: Clock, resumed: list[float]
) -> None:
    for _ in range(20):
        budget.charge(0)
    budget.charge(0)
    assert budget.is_spent()
    clock.move(PAUSE)
    assert resumed == [PAUSE]


def test_long_frames_cost_more(budget: Budget) -> None:
    for _ in range(6):
        budget.charge(3 * FRAME_BYTES)
    assert budget.is_spent()


def test_nothing_goes_on_after_the_end(budget: Budget, clock: Clock, resumed: list[float]) -> None:
    for _ in range(25):
        budget.charge(0)
    assert budget.is_spent()
    budget.close()
    clock.move(10)
    assert resumed == []


def test_a_read_costs_little_and_brings_it_up_to_date(budget: Budget, clock: Clock) -> None:
    for _ in range(30):
        budget.charge(0)
    clock.move(0.5)
    budget.charge_read()
    assert budget.is_spent()
    clock.move(0.6)
    budget.charge_read()
    assert not budget.is_spent()


def test_it_covers_bytes_as_if_they_were_the_smallest_frames(budget: Budget) -> None:
    assert budget.covers(120)
    assert not budget.covers(121)
    for _ in range(20):
        budget.charge(0)
    assert budget.covers(0)
    assert not budget.covers(1)


def test_frames_that_come_together_cost_as_much_as_one_by_one(budget: Budget) -> None:
    budget.charge(20, frames=20)
    assert not budget.is_spent()
    budget.charge(0, frames=1)
    assert budget.is_spent()
