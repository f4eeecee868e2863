"""What a socket makes of news, as a table: every event in every state."""

import pytest
from msgspec import structs

from calls import protocol
from calls.errors import CallError, Dismissed, PeerUnreachable, SeatLost, TakenOver
from calls.protocol import PeerId
from calls.rooms.seats import Entry, Seat
from calls.signaling import events
from calls.signaling.events import Event
from calls.signaling.place import Place, public, snapshot

NOW = 1_800_000_000.0
SEQ = 100
ME = Seat(id="me", session="s-me", channel="c-me")
BO = Seat(id="bo", session="s-bo", channel="c-bo", name="Bo")
BO_AWAY = structs.replace(BO, away_until=NOW + 5)
CY = Seat(id="cy", session="s-cy", channel="c-cy")

STATES = {
    "no seat": (None, None),
    "alone": (ME, None),
    "two": (ME, BO),
    "other away": (ME, BO_AWAY),
}


def place(seat: Seat | None, peer: Seat | None) -> Place:
    found = Place()
    found.seat, found.peer, found.seq = seat, peer, SEQ
    return found


def joined(seat: Seat, seq: int) -> events.PeerJoined:
    return events.PeerJoined.of(seat, resumed=True, seq=seq)


NEW, OLD = SEQ + 1, SEQ
BO_AGAIN = Seat(id="bo", session="s-new", channel="c-new")

EVENTS: dict[str, Event] = {
    "relay": events.Relay("{}"),
    "probe": events.Probe("c"),
    "alive": events.Alive("c"),
    "restored": events.Restored(),
    "taken": events.Taken(),
    "ended": events.CallEnded(),
    **{
        f"{what} {who}{', old' if seq == OLD else ''}": event
        for seq in (NEW, OLD)
        for what, who, event in [
            ("joined", "me", joined(ME, seq)),
            ("joined", "bo", joined(BO_AGAIN, seq)),
            ("joined", "cy", joined(CY, seq)),
            *(
                news
                for who in ("me", "bo", "cy")
                for news in (
                    ("away", who, events.PeerAway(who, seq, 30)),
                    ("left", who, events.PeerLeft(who, seq, "timeout")),
                    ("dismissed", who, events.PeerLeft(who, seq, "dismissed")),
                )
            ),
        ]
    },
}

AWAY = protocol.PeerAway(PeerId("bo"), 30)
LEFT = protocol.PeerLeft(PeerId("bo"), "timeout")
OUT = protocol.PeerLeft(PeerId("bo"), "dismissed")
ENDED = protocol.PeerLeft(PeerId("bo"), "ended")
BACK = protocol.PeerJoined(public(BO_AGAIN), resumed=True)
CAME = protocol.PeerJoined(public(CY), resumed=True)

# What the client is told and what is known then; everything that is not named says nothing and
# changes nothing.
Heard = tuple[object, Seat | None, Seat | None, int]
gone_away = structs.replace(BO, away_until=NOW + 30)
TOLD: dict[tuple[str, str], Heard] = {
    ("alone", "taken"): (TakenOver, None, None, SEQ),
    ("two", "taken"): (TakenOver, None, BO, SEQ),
    ("other away", "taken"): (TakenOver, None, BO_AWAY, SEQ),
    ("alone", "ended"): (None, None, None, SEQ),
    ("two", "ended"): (ENDED, None, BO, SEQ),
    ("other away", "ended"): (ENDED, None, BO_AWAY, SEQ),
    ("alone", "left me"): (SeatLost, None, None, SEQ),
    ("two", "left me"): (SeatLost, None, BO, SEQ),
    ("other away", "left me"): (SeatLost, None, BO_AWAY, SEQ),
    ("alone", "dismissed me"): (Dismissed, None, None, SEQ),
    ("two", "dismissed me"): (Dismissed, None, BO, SEQ),
    ("other away", "dismissed me"): (Dismissed, None, BO_AWAY, SEQ),
    ("alone", "joined bo"): (BACK, ME, BO_AGAIN, NEW),
    ("two", "joined bo"): (BACK, ME, BO_AGAIN, NEW),
    ("other away", "joined bo"): (BACK, ME, BO_AGAIN, NEW),
    ("alone", "joined cy"): (CAME, ME, CY, NEW),
    ("two", "joined cy"): (CAME, ME, CY, NEW),
    ("other away", "joined cy"): (CAME, ME, CY, NEW),
    ("two", "away bo"): (AWAY, ME, gone_away, NEW),
    ("other away", "away bo"): (AWAY, ME, gone_away, NEW),
    ("two", "left bo"): (LEFT, ME, None, NEW),
    ("other away", "left bo"): (LEFT, ME, None, NEW),
    ("two", "dismissed bo"): (OUT, ME, None, NEW),
    ("other away", "dismissed bo"): (OUT, ME, None, NEW),
}


def test_the_table_is_of_every_event():
    assert {type(event) for event in EVENTS.values()} == set(events.KINDS.values())
    assert set(TOLD) <= {(state, event) for state in STATES for event in EVENTS}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_hear(state: str, event: str):
    seat, peer = STATES[state]
    here = place(seat, peer)
    told: object
    try:
        told = here.hear(EVENTS[event], NOW)
    except CallError as error:
        told = type(error)
    found = (told, here.seat, here.peer, here.seq)
    assert found == TOLD.get((state, event), (None, seat, peer, SEQ))


@pytest.mark.parametrize(
    ("known", "other", "told", "peer"),
    [
        (None, None, None, None),
        # The store forgot; the other has not come back yet, and has its grace for that.
        (BO, None, None, structs.replace(BO, away_until=NOW + 30)),
        (BO_AWAY, None, None, BO_AWAY),
        (BO, BO_AGAIN, BACK, BO_AGAIN),
        (None, BO_AGAIN, BACK, BO_AGAIN),
        (BO, BO_AWAY, protocol.PeerAway(PeerId("bo"), 5), BO_AWAY),
        (BO, structs.replace(BO, away_until=NOW - 1), protocol.PeerAway(PeerId("bo"), 0),
         structs.replace(BO, away_until=NOW - 1)),
    ],
)  # fmt: skip
def test_compare(known: Seat | None, other: Seat | None, told: object, peer: Seat | None):
    here = place(ME, known)
    entry = Entry(seat=ME, other=other, seq=NEW)
    assert here.compare(entry, NOW, grace=30) == told
    assert (here.seat, here.peer, here.seq) == (ME, peer, NEW)


def test_only_who_is_there_can_be_reached():
    assert place(ME, BO).reachable() == BO
    for peer in (None, BO_AWAY):
        with pytest.raises(PeerUnreachable):
            place(ME, peer).reachable()


def test_rise():
    here = place(ME, BO)
    assert here.rise() == ME
    assert (here.seat, here.rise()) == (None, None)


@pytest.mark.parametrize("seat", [BO, BO_AWAY])
def test_nobody_is_told_a_channel(seat: Seat):
    shown = snapshot(seat)
    assert shown is not None
    for peer in (public(seat), shown):
        assert "c-bo" not in protocol.encode(protocol.PeerJoined(peer, resumed=False))
    assert shown.away is (seat is BO_AWAY)
    assert snapshot(None) is None
