"""The credentials at hand, and when to ask for others."""

import pytest

from calls.ice.provider.stock import Stock
from calls.ice.servers import Provided

NOW = 1_700_000_000.0
DAY = Provided([], [], expires=NOW + 86_400)


def test_at_first_there_is_nothing_and_it_is_time_to_ask():
    assert Stock().usable(NOW) is None
    assert Stock().due <= NOW


@pytest.mark.parametrize(
    ("later", "usable"), [(0, True), (43_200, True), (86_399, True), (86_400, False)]
)
def test_what_came_is_good_until_it_expires(later: float, usable: bool):
    assert (Stock().renewed(DAY, NOW).usable(NOW + later) is not None) is usable


@pytest.mark.parametrize("life", [60, 600, 86_400])
def test_it_is_replaced_at_half_its_life(life: float):
    assert Stock().renewed(Provided([], [], NOW + life), NOW).due == NOW + life / 2


def test_failures_wait_longer_and_longer_and_keep_what_there_is():
    stock = Stock().renewed(DAY, NOW)
    waits = []
    for _ in range(8):
        stock = stock.failed(NOW, refused=False)
        waits.append(stock.due - NOW)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert stock.usable(NOW) == DAY


def test_failures_for_years():
    stock = Stock(failures=10**9).failed(NOW, refused=False)
    assert stock.due == NOW + 60


def test_a_refusal_waits_long_at_once():
    assert Stock().failed(NOW, refused=True).due == NOW + 600


def test_an_answer_ends_the_failures():
    stock = Stock().failed(NOW, refused=True).renewed(DAY, NOW)
    assert (stock.failures, stock.due) == (0, NOW + 43_200)
    assert stock.failed(NOW, refused=False).due == NOW + 1
