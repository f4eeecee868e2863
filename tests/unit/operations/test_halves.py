"""How two halves of a call make one."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from calls.operations import halves
from calls.operations.halves import Half, add_report, browser_of, key_of, together
from calls.protocol import Report
from tests.support.generated import examples


def half(**fields: object) -> Half:
    default = {"key": "k", "room": "5d20c9e1", "started_at": 100.0, "ended_at": 160.0}
    return Half(**{**default, "browsers": "firefox", **fields})  # type: ignore[arg-type]


def test_two_halves():
    ada = half(connect_ms=640, path="direct", worst_loss=3, restarts=1, ending="left")
    bo = half(
        started_at=99.5,
        ended_at=160.2,
        browsers="chromium",
        connect_ms=900,
        path="relay",
        relay_protocol="tls",
        worst_loss=12,
        failures=1,
        resumes=1,
    )
    assert together(ada, bo) == half(
        started_at=99.5,
        ended_at=160.2,
        browsers="chromium firefox",
        connect_ms=900,
        path="relay",
        relay_protocol="tls",
        worst_loss=12,
        failures=1,
        resumes=1,
        restarts=1,
        ending="left",
    )


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(halves.ENDINGS, 2)])
def test_the_more_certain_ending_is_kept(one: str, other: str):
    for pair in ((one, other), (other, one)):
        first, second = (half(ending=each) for each in pair)
        assert together(first, second).ending == other


_halves = st.builds(
    Half,
    key=st.just("k"),
    room=st.just("r"),
    started_at=st.floats(0, 1e9),
    ended_at=st.floats(0, 1e9),
    browsers=st.sampled_from(["chromium", "firefox", "safari", "other"]),
    ending=st.sampled_from(halves.ENDINGS),
    connect_ms=st.none() | st.integers(0, 10**6),
    path=st.sampled_from(halves.PATHS),
    relay_protocol=st.sampled_from(halves.PROTOCOLS),
    failures=st.integers(0, 9),
    resumes=st.integers(0, 1),
    restarts=st.integers(0, 9),
    worst_loss=st.none() | st.integers(0, 100),
)


@given(st.lists(_halves, min_size=2, max_size=4))
@examples(200)
def test_in_any_order(some: list[Half]):
    """However often the two come back, and whichever process is the first to write."""
    found = set()
    for order in itertools.permutations(some):
        total = order[0]
        for each in order[1:]:
            total = together(total, each)
        found.add(repr(total))
    assert len(found) == 1


def test_what_a_page_reports():
    found = half()
    add_report(found, Report("failed"))
    add_report(found, Report("connected", 640.4, True, over="tcp"))
    add_report(found, Report("connected", 99999, False))  # that it came back is no news
    add_report(found, Report("closed", restarts=2, loss=12.4))
    assert found == half(
        connect_ms=640, path="relay", relay_protocol="tcp", failures=1, restarts=2, worst_loss=12
    )


def test_a_page_from_before_says_less():
    found = half()
    add_report(found, Report("connected", 640, False))
    add_report(found, Report("closed"))
    assert found == half(connect_ms=640, path="direct")


def test_the_key_is_the_same_at_both_ends_and_says_nothing():
    key = key_of("secret", "room", "ada", "bo")
    assert key == key_of("secret", "room", "bo", "ada")
    others = [
        key_of(*each)
        for each in (
            ("other", "room", "ada", "bo"),
            ("secret", "other", "ada", "bo"),
            ("secret", "room", "ada", "cy"),
        )
    ]
    assert len({key, *others}) == 4
    assert len(key) == 16


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
            "chromium",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML,"
            " like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
            "safari",
        ),
        ("Python/3.11 websockets/17.4", "other"),
        ("", "other"),
    ],
)
def test_a_browser(agent: str, family: str):
    assert browser_of([(b"host", b"x"), (b"user-agent", agent.encode())]) == family


def test_a_handshake_without_a_browser():
    assert browser_of([]) == "other"


def test_every_word_has_a_place_in_the_table():
    """Django's columns are as long as the words, and have the same choices."""
    from calls.models import Call

    assert tuple(Call.Path.values) == halves.PATHS
    assert tuple(Call.Ending.values) == halves.ENDINGS
    columns = {field.name for field in Call._meta.get_fields()}
    assert {field.name for field in structs.fields(Half)} == columns - {"id", "rating"}
