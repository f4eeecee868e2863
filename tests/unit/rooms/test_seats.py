"""The rules of a room: what each makes of a room at a time, and what it leaves alone.

What the rules mean to a call is in test_store.py, which runs against both stores.
"""

from typing import Any

import pytest

from calls.rooms.seats import Full, Late, Room, Seat

NOW = 1_800_000_000.25
ADA = Seat(id="a", session="s-a", channel="c-a", name="Ada", order=5)
BO = Seat(id="b", session="s-b", channel="c-b", polite=True)
AWAY = Seat(id="b", session="s-b", channel="c-b", polite=True, away_until=NOW + 1)
OVER = Seat(id="b", session="s-b", channel="c-b", polite=True, away_until=NOW)
CY = Seat(id="c", session="s-c", channel="c-c")
SEQ = 1_800_000_000_250


def room(*seats: Seat, seq: int = 0) -> Room:
    return Room(seats, seq)


@pytest.mark.parametrize(
    ("before", "wanted", "after", "said"),
    [
        (room(), CY, room(CY, seq=SEQ), {}),
        # Of two, one is polite; whoever comes later takes the role that is left.
        (room(BO), CY, room(BO, CY, seq=SEQ), {"other": BO}),
        (room(ADA), CY, None, {"other": ADA, "polite": True}),
        # A seat whose grace is over is as good as free, also for its holder.
        (room(ADA, OVER), CY, None, {"other": ADA, "polite": True, "expired": ["b"]}),
        (room(OVER), CY, room(CY, seq=SEQ), {"expired": ["b"]}),
        (room(ADA, OVER), BO, None, {"other": ADA, "polite": True}),
        # The same peer again, while its old socket looks open and when it does not.
        (room(ADA, BO), ADA, None, {"other": BO, "replaced": "c-a"}),
        (room(ADA, AWAY), BO, None, {"other": ADA, "polite": True}),
    ],
)
def test_enter(before: Room, wanted: Seat, after: Room | None, said: dict[str, Any]):
    then, entry = before.enter(wanted, NOW)
    assert entry.seat.id == wanted.id
    assert entry.seat.away_until is None
    assert entry.seq == then.seq == SEQ
    assert then.seats[-1] == entry.seat
    if after is not None:
        assert then == after
    found = {
        "other": entry.other, "polite": entry.seat.polite, "replaced": entry.replaced,
        "expired": entry.expired,
    }  # fmt: skip
    expected: dict[str, Any] = {
        "other": None,
        "polite": wanted.polite,
        "replaced": None,
        "expired": [],
    }
    assert found == expected | said


@pytest.mark.parametrize("second", [BO, AWAY])
def test_enter_a_full_room(second: Seat):
    with pytest.raises(Full) as caught:
        room(ADA, second).enter(CY, NOW)
    assert caught.value.holders == [ADA, second]


def test_enter_too_late():
    held_up = Seat(id="a", session="s-a", channel="old", order=4)
    with pytest.raises(Late):
        room(ADA, BO).enter(held_up, NOW)


@pytest.mark.parametrize(
    ("id", "channel", "after"),
    [
        ("b", "c-b", room(ADA, AWAY, seq=SEQ)),
        ("b", "another", None),
        ("c", "c-b", None),
    ],
)
def test_away(id: str, channel: str, after: Room | None):
    assert room(ADA, BO).away(id, channel, 1, NOW) == after


@pytest.mark.parametrize(
    ("before", "channel", "after"),
    [
        (room(ADA, AWAY), "c-b", room(ADA, BO, seq=SEQ)),
        (room(ADA, AWAY), "another", None),
        (room(ADA, OVER), "c-b", None),
        (room(ADA, BO), "c-b", None),
        (room(ADA), "c-b", None),
    ],
)
def test_back(before: Room, channel: str, after: Room | None):
    assert before.back("b", channel, NOW) == after


@pytest.mark.parametrize(
    ("before", "id", "channel", "after"),
    [
        (room(ADA, BO), "b", "c-b", room(ADA, seq=SEQ)),
        (room(ADA, AWAY), "b", "c-b", room(ADA, seq=SEQ)),
        (room(ADA), "a", "c-a", room(seq=SEQ)),
        (room(ADA, BO), "b", "another", None),
        (room(), "a", "c-a", None),
    ],
)
def test_free(before: Room, id: str, channel: str, after: Room | None):
    assert before.free(id, channel, NOW) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (room(ADA, OVER), room(ADA, seq=SEQ)),
        (room(ADA, AWAY), None),
        (room(ADA, BO), None),
        # Nobody holds it: whoever asks has missed that, and gets a number to tell it with.
        (room(ADA), room(ADA, seq=SEQ)),
        (room(), room(seq=SEQ)),
    ],
)
def test_expire(before: Room, after: Room | None):
    assert before.expire("b", NOW) == after


@pytest.mark.parametrize(
    ("seq", "then"), [(0, SEQ), (SEQ - 1, SEQ), (SEQ, SEQ + 1), (SEQ + 7, SEQ + 8)]
)
def test_the_number_grows_also_when_the_clock_does_not(seq: int, then: int):
    after, entry = room(ADA, seq=seq).enter(BO, NOW)
    assert (after.seq, entry.seq) == (then, then)


@pytest.mark.parametrize(
    ("seats", "over"), [((), True), ((OVER,), True), ((AWAY,), False), ((OVER, ADA), False)]
)
def test_when_a_room_can_be_forgotten(seats: tuple[Seat, ...], over: bool):
    assert room(*seats).is_over(NOW) is over
