"""How many events a bucket allows."""

from hypothesis import given
from hypothesis import strategies as st

from calls.limits.bucket import TokenBucket
from tests.support.generated import examples


def test_a_burst_and_not_one_more():
    bucket = TokenBucket(rate=1, burst=3, now=100)
    assert [bucket.take(100) for _ in range(5)] == [True, True, True, False, False]


def test_it_fills_at_its_rate():
    bucket = TokenBucket(rate=2, burst=1, now=0)
    assert bucket.take(0)
    assert not bucket.take(0.49)
    assert bucket.take(0.5)
    assert not bucket.take(0.9)
    assert bucket.take(1.0)


def test_it_holds_no_more_than_a_burst():
    bucket = TokenBucket(rate=10, burst=2, now=0)
    assert [bucket.take(3600) for _ in range(3)] == [True, True, False]


def test_a_refused_event_costs_nothing():
    bucket = TokenBucket(rate=1, burst=1, now=0)
    assert bucket.take(0)
    assert not any(bucket.take(n / 1000) for n in range(1, 1000))
    assert bucket.take(1)


@given(
    rate=st.integers(1, 100),
    burst=st.integers(1, 50),
    waits=st.lists(st.sampled_from([0, 0, 0, 1, 2, 10, 500]), min_size=1, max_size=100),
)
@examples(300)
def test_no_pattern_gets_more_than_rate_and_burst(rate, burst, waits):
    """Time in 1/1024 s, exact in binary, so that the sum is exact too."""
    now, allowed = 0, 0
    bucket = TokenBucket(rate, burst, 0)
    for wait in waits:
        now += wait
        allowed += bucket.take(now / 1024)
        assert allowed <= burst + rate * now / 1024
    full = now / 1024 + burst / rate + 1
    assert all(bucket.take(full) for _ in range(burst))


def test_a_dear_event_takes_more():
    bucket = TokenBucket(rate=1, burst=5, now=0)
    assert bucket.take(0, cost=4)
    assert not bucket.take(0, cost=2)
    assert bucket.take(1, cost=2)


def test_what_has_happened_already_is_counted_even_if_it_was_too_much():
    bucket = TokenBucket(rate=1, burst=2, now=0)
    bucket.tokens -= 5
    assert bucket.tokens == -3
    assert not bucket.take(3)
    assert bucket.take(4)


def test_what_costs_more_than_the_burst_waits_for_a_full_bucket():
    bucket = TokenBucket(rate=1, burst=3, now=0)
    assert bucket.take(0)
    assert not bucket.take(0.9, cost=5)
    assert bucket.take(1, cost=5)
    assert not bucket.take(3)
    assert bucket.take(4)
