"""Events as they travel, and those of another version."""

from typing import Any

import pytest

from calls.layers.layer import RESTORED
from calls.signaling import events
from calls.signaling.events import Event

# As processes of this version send them, and as those of the last one did.
TRAVELS = [
    (events.Relay('{"type":"ice"}'), {"type": "peer.relay", "frame": '{"type":"ice"}'}),
    (events.Probe("c"), {"type": "seat.probe", "reply": "c"}),
    (events.Alive("c"), {"type": "seat.alive", "channel": "c"}),
    (events.Taken(), {"type": "seat.taken"}),
    (events.CallEnded(), {"type": "call.ended"}),
    (events.Restored(), RESTORED),
    (
        events.PeerJoined("a", 7, "s", None, "c", True),
        {
            "type": "peer.joined", "id": "a", "seq": 7, "session": "s", "name": None,
            "channel": "c", "resumed": True, "mac": None,
        },
    ),
    (
        events.PeerJoined("a", 7, "s", None, "c", True, '"v=0"'),
        {
            "type": "peer.joined", "id": "a", "seq": 7, "session": "s", "name": None,
            "channel": "c", "resumed": True, "offer": '"v=0"', "mac": None,
        },
    ),
    (
        events.PeerJoined("a", 7, "s", None, "c", True, '"v=0"', "of the offer", "of the seat"),
        {
            "type": "peer.joined", "id": "a", "seq": 7, "session": "s", "name": None,
            "channel": "c", "resumed": True, "offer": '"v=0"',
            "offer_mac": "of the offer", "mac": "of the seat",
        },
    ),
    (
        events.PeerAway("a", 7, 30),
        {"type": "peer.away", "id": "a", "seq": 7, "grace": 30, "going": False},
    ),
    (events.PeerLeft("a", 7, "left"), {"type": "peer.left", "id": "a", "seq": 7, "reason": "left"}),
]  # fmt: skip


def test_these_are_all():
    assert {type(event) for event, _ in TRAVELS} == set(events.KINDS.values())


@pytest.mark.parametrize(("event", "message"), TRAVELS)
def test_there_and_back(event: Event, message: dict[str, Any]):
    assert events.encode(event) == message
    assert events.decode(message) == event


@pytest.mark.parametrize("message", [message for _, message in TRAVELS])
def test_a_field_of_a_later_version_is_ignored(message: dict[str, Any]):
    assert events.decode({**message, "later": [1]}) == events.decode(message)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "peer.admitted", "id": "a"},
        {"type": ""},
        {},
        {"type": "peer.left", "id": "a", "seq": 7, "reason": "later"},
        {"type": "peer.left", "id": "a"},
        {"type": "peer.relay", "frame": b"{}"},
    ],
)
def test_what_this_version_does_not_know_is_no_event(message: dict[str, Any]):
    assert events.decode(message) is None
