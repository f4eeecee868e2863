"""The whole signaling protocol, spoken to the application without a network."""

import asyncio
import json
import logging
import time
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.test.utils import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from calls import errors, protocol
from calls.ice.servers import IceSettings
from calls.rooms import names, tokens
from calls.rooms.memory import MemoryRooms
from calls.rooms.seats import Seat
from calls.rooms.store import get_rooms
from calls.rooms.tokens import Claim
from calls.signaling import consumer, events, membership, probe
from tests.app.conftest import Connect
from tests.support.generated import TYPES, examples, frames_of_json
from tests.support.peers import AppPeer, Closed, new_room

Pair = tuple[AppPeer, AppPeer]

KEY = "f2b8a4c1d7e9506382716495"
SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"
CANDIDATE = {"candidate": "candidate:1 1 udp 1 ::1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


async def ghost(room: str, id: str = "ghost", *, there: bool, **fields) -> Seat:
    """A seat whose holder never answers; with ``there`` its mailbox exists but nobody reads it."""
    channel = f"call.{room}.gone"
    if there:
        channel = await get_channel_layer().new_channel(f"call.{room}.")
    seat = Seat(id=id, session="ghost", channel=channel, **fields)
    await get_rooms().enter(room, seat)
    return seat


# -- Connecting -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["call.v1"], "call.v1"),
        (["call.v2", "call.v1"], "call.v1"),
        ([], None),
    ],
)
async def test_subprotocol(connect: Connect, offered: list[str], chosen: str | None):
    peer = await connect(subprotocols=offered)
    assert peer.chosen == chosen
    await peer.join()


async def test_only_unknown_versions_are_refused(connect: Connect):
    peer = await connect(subprotocols=["call.v2", "chat"])
    assert peer.chosen is None
    await peer.expect_error("unsupported-version")
    assert await peer.expect_close() == 4400


@pytest.mark.parametrize(
    "name", ["ab", "r" * 65, "Room", "room_1", "r%20m", "комната", "room.1", "room%0A", "%2e%2e%2e"]
)
async def test_a_name_that_is_no_room(connect: Connect, name: str):
    """The address exists, so that the client can be told what is wrong with it."""
    peer = await connect(name)
    await peer.expect_error("bad-room")
    assert await peer.expect_close() == 4400


@pytest.mark.parametrize("name", ["abc", "r" * 64, "---", "0-9", "a-z"])
async def test_a_name_that_is_a_room(connect: Connect, name: str):
    await (await connect(name)).join()


@pytest.mark.parametrize(
    "path", ["/", "/ws/", "/ws/call/", "/ws/call/room", "/ws/call/room/more/", "/ws/call//"]
)
async def test_no_such_address(connect: Connect, path: str):
    with pytest.raises(Closed):
        await connect(path=path)


@pytest.mark.parametrize("origin", [None, "null", "https://testserver", "http://evil.example"])
async def test_pages_of_other_sites_are_refused(connect: Connect, origin: str | None):
    with pytest.raises(Closed):
        await connect(origin=origin)


# -- Joining ----------------------------------------------------------------------------------


async def test_welcome_to_an_empty_room(connect: Connect, settings):
    settings.HEARTBEAT = 12.5
    welcome = await (await connect()).join()
    assert set(welcome) == {
        "type", "id", "polite", "token", "resumed", "iceServers", "iceTransportPolicy",
        "heartbeat", "peer",
    }  # fmt: skip
    assert welcome["resumed"] is False
    assert welcome["peer"] is None
    assert welcome["heartbeat"] == 12.5
    assert (welcome["iceServers"], welcome["iceTransportPolicy"]) == ([], "all")
    assert welcome["polite"] in (True, False)


async def test_two_meet(connect: Connect):
    one, two = await connect(), await connect()
    await one.join("session-1", name="Ada")
    welcome = await two.join("session-2")
    assert welcome["peer"] == {"id": one.id, "session": "session-1", "name": "Ada", "away": False}
    joined = await one.expect("peer-joined", resumed=False)
    assert joined["peer"] == {"id": two.id, "session": "session-2", "name": None}
    assert one.id != two.id
    assert one.token != two.token
    assert one.welcome["polite"] is not welcome["polite"]


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Ada", "Ada"),
        ("  Ada \t Lovelace\n", "Ada Lovelace"),
        ("", None),
        ("   ", ""),
        (None, None),
        ("<b>Zoë</b> \U0001f600", "<b>Zoë</b> \U0001f600"),
        ("n" * 60, "n" * 60),
    ],
)
async def test_names(connect: Connect, given_name: str | None, shown: str | None):
    one, two = await connect(), await connect()
    await one.join(name=given_name)
    assert ((await two.join())["peer"]["name"] or None) == (shown or None)


async def test_ids_and_tokens_cannot_be_chosen(connect: Connect):
    peer = await connect()
    await peer.join(id="mine", polite=True, channel="call.x", room="other")
    assert peer.id != "mine"
    assert tokens.read(peer.token, peer.room) == Claim(peer.id, peer.welcome["polite"])


async def test_the_first_message_must_be_a_join(connect: Connect):
    peer = await connect()
    for message in (
        {"type": "offer", "sdp": SDP},
        {"type": "answer", "sdp": SDP},
        {"type": "ice", "candidate": None},
        {"type": "ice-servers"},
        {"type": "report", "event": "failed"},
    ):
        await peer.send(**message)
        await peer.expect_error("not-joined")
    await peer.expect_nothing()
    await peer.join()


async def test_a_socket_joins_once(connect: Connect):
    peer = await connect()
    await peer.join()
    await peer.send("join", session="other")
    await peer.expect_error("already-joined")
    await peer.send("join", session="other", token=peer.token)
    await peer.expect_error("already-joined")
    await peer.expect_nothing()


async def test_no_join_in_time(connect: Connect, settings):
    settings.JOIN_TIMEOUT = 0.05
    peer = await connect()
    await peer.expect_error("join-timeout")
    assert await peer.expect_close() == 4408


async def test_pings_and_mistakes_do_not_put_the_join_off(connect: Connect, settings):
    settings.JOIN_TIMEOUT = 0.5
    peer = await connect()
    await peer.expect_nothing()
    await peer.send_frame("?")
    await peer.expect_error("bad-json")
    await peer.expect_error("join-timeout")
    assert await peer.expect_close() == 4408


async def test_who_joined_in_time_stays(connect: Connect, settings):
    settings.JOIN_TIMEOUT = 0.5
    joined = await connect()
    await joined.join()
    late = await connect()
    await late.expect_error("join-timeout")
    await joined.expect_nothing()


async def test_a_join_that_takes_its_time_is_in_time(connect: Connect, settings):
    """What counts is when the join arrived, not how long the server needed for it."""
    settings.JOIN_TIMEOUT = 0.5
    peer = await connect()
    rooms = get_rooms()
    entered, go_on = asyncio.Event(), asyncio.Event()
    enter = rooms.enter

    async def slow_enter(room: str, seat: Seat):
        entered.set()
        await go_on.wait()
        return await enter(room, seat)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rooms, "enter", slow_enter)
        await peer.send("join", session="s")
        await entered.wait()
        # Until another socket, opened later, has run out of time.
        late = await connect()
        await late.expect_error("join-timeout")
        go_on.set()
        await peer.expect("welcome")
        await peer.expect_nothing()


# -- A full room ------------------------------------------------------------------------------


async def test_a_third_is_refused(connect: Connect, pair: Pair):
    third = await connect()
    await third.send("join", session="s")
    await third.expect_error("room-full")
    assert await third.expect_close() == 4409
    for peer in pair:
        await peer.expect_nothing()


async def test_a_third_is_refused_while_one_is_away(connect: Connect, pair: Pair):
    """The seat is held for the grace time."""
    one, two = pair
    await one.drop()
    await two.expect("peer-away")
    third = await connect()
    await third.send("join", session="s")
    await third.expect_error("room-full")
    assert await third.expect_close() == 4409


async def test_a_room_full_of_people_who_are_away(connect: Connect, pair: Pair):
    for peer in pair:
        await peer.drop()
    third = await connect()
    await third.send("join", session="s")
    await third.expect_error("room-full")


async def test_a_freed_seat_can_be_taken(connect: Connect, pair: Pair):
    one, two = pair
    await one.send("leave")
    assert await one.expect_close() == 1000
    await two.expect("peer-left", reason="left")
    third = await connect()
    assert (await third.join())["peer"]["id"] == two.id
    await two.expect("peer-joined", resumed=False)


async def test_of_fifty_sockets_at_once_two_come_in(connect: Connect):
    peers = [await connect() for _ in range(50)]
    await asyncio.gather(*(peer.send("join", session="s") for peer in peers))
    answers = await asyncio.gather(*(peer.receive() for peer in peers))
    inside = [p for p, answer in zip(peers, answers, strict=True) if answer["type"] == "welcome"]
    assert len(inside) == 2
    for peer, answer in zip(peers, answers, strict=True):
        if peer not in inside:
            assert answer["code"] == "room-full"
            assert await peer.expect_close() == 4409


async def test_a_holder_whose_process_died_makes_room(connect: Connect, room: str):
    one = await connect()
    await one.join()
    dead = await ghost(room, there=False)
    two = await connect()
    assert (await two.join())["peer"]["id"] == one.id
    await one.expect("peer-joined", peer={"id": two.id, "session": "session", "name": None})
    # The dead one's going was older news by then; it is not told after it.
    await one.expect_nothing()
    assert dead.id != two.id


async def test_a_peer_that_died_is_said_to_be_gone(connect: Connect, room: str):
    dead = await ghost(room, there=False)
    one = await connect()
    assert (await one.join())["peer"]["id"] == dead.id
    two = await connect()
    await two.join()
    await one.expect("peer-left", peer={"id": dead.id}, reason="timeout")
    await one.expect("peer-joined", resumed=False)


async def test_a_holder_that_does_not_answer_makes_room(
    connect: Connect, room: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.3)
    dead = await ghost(room, there=True)
    one = await connect()
    await one.join()
    two = await connect()
    await two.join()
    await one.expect("peer-left", peer={"id": dead.id}, reason="timeout")
    await one.expect("peer-joined")


async def test_a_holder_with_a_full_mailbox_is_slow_but_there(connect: Connect, room: str):
    seat = await ghost(room, there=True)
    await fill(seat.channel)
    one = await connect()
    await one.join()
    two = await connect()
    await two.send("join", session="s")
    await two.expect_error("room-full")


async def test_a_holder_whose_grace_is_over_makes_room(connect: Connect, room: str):
    """Also before anybody's timer has gone off."""
    late = await ghost(room, there=True)
    one = await connect()
    assert (await one.join())["peer"]["id"] == late.id
    await get_rooms().away(room, late.id, late.channel, -0.01)
    two = await connect()
    assert (await two.join())["peer"]["id"] == one.id
    await one.expect("peer-left", peer={"id": late.id}, reason="timeout")
    await one.expect("peer-joined", resumed=False)


async def fill(channel: str) -> None:
    """Until nothing more fits into a mailbox."""
    layer = get_channel_layer()
    for _ in range(layer.capacity):
        await layer.deliver(channel, {"type": "peer.relay", "frame": "{}"})


# -- Taking a seat again ----------------------------------------------------------------------


async def test_resume_after_a_drop(connect: Connect, pair: Pair, settings):
    one, two = pair
    await one.drop()
    await two.expect("peer-away", peer={"id": one.id}, grace=settings.SEAT_GRACE)
    again = await connect()
    welcome = await again.join("session-1", token=one.token, name="Ada")
    assert welcome["id"] == one.id
    assert welcome["resumed"] is True
    assert welcome["polite"] is one.welcome["polite"]
    assert welcome["peer"] == {"id": two.id, "session": "session-2", "name": None, "away": False}
    peer = {"id": one.id, "session": "session-1", "name": "Ada"}
    await two.expect("peer-joined", peer=peer, resumed=True)
    await again.send("offer", sdp=SDP)
    await two.expect("offer", **{"from": one.id})


async def test_resume_while_the_other_is_away(connect: Connect, pair: Pair):
    one, two = pair
    await one.drop()
    await two.expect("peer-away")
    await two.drop()
    again = await connect()
    welcome = await again.join(token=one.token)
    assert welcome["peer"] == {"id": two.id, "session": "session-2", "name": None, "away": True}
    await again.send("offer", sdp=SDP)
    await again.expect_error("peer-unreachable")
    back = await connect()
    await back.join("session-2", token=two.token)
    await again.expect("peer-joined", resumed=True)


async def test_a_seat_is_taken_over_while_its_socket_is_open(connect: Connect, pair: Pair):
    one, two = pair
    again = await connect()
    assert (await again.join("session-3", token=one.token))["id"] == one.id
    await one.expect_error("taken-over")
    assert await one.expect_close() == 4001
    await two.expect("peer-joined", peer={"id": one.id, "session": "session-3", "name": None})
    # The old socket's end is no news.
    await two.expect_nothing()
    await two.send("offer", sdp=SDP)
    await again.expect("offer")


async def test_the_operator_ends_a_call(connect: Connect, pair: Pair, room: str):
    await get_channel_layer().group_send(f"call.{room}", {"type": "call.ended"})
    for peer, other in (pair, pair[::-1]):
        await peer.expect("peer-left", peer={"id": other.id}, reason="ended")
        await peer.expect_error("call-ended")
        assert await peer.expect_close() == 4410
    # The seats are free at once.
    for peer in [await connect(room), await connect(room)]:
        await peer.join()


async def test_whoever_is_taken_for_dead_is_told(connect: Connect, pair: Pair, room: str):
    """A holder that was only slow must not go on talking to nobody."""
    one, two = pair
    rooms = get_rooms()
    seat = next(seat for seat in rooms._rooms[room].seats if seat.id == one.id)
    seq = await rooms.free(room, one.id, seat.channel)
    news = {"type": "peer.left", "id": one.id, "reason": "timeout", "seq": seq}
    await get_channel_layer().group_send(f"call.{room}", news)
    await one.expect_error("seat-lost")
    assert await one.expect_close() == 4012
    await two.expect("peer-left", peer={"id": one.id})


async def test_a_join_whose_welcome_was_lost_is_repeated(connect: Connect, pair: Pair):
    """The same key finds the same seat, at once; without it this room would be full."""
    one, two = pair
    await two.send("leave")
    await one.expect("peer-left")
    lost, again, third = [await connect() for _ in range(3)]
    first = await lost.join(key=KEY, order=1)
    await one.expect("peer-joined", resumed=False)
    second = await again.join(key=KEY, order=2)
    assert (second["id"], second["resumed"]) == (first["id"], False)
    assert second["peer"]["id"] == one.id
    await one.expect("peer-joined", peer={"id": first["id"], "session": "session", "name": None})
    await lost.expect_error("taken-over")
    await third.send("join", session="session", key=KEY.upper())
    await third.expect_error("room-full")


async def test_a_token_counts_more_than_a_key(connect: Connect, pair: Pair):
    one, _ = pair
    again = await connect()
    assert (await again.join(token=one.token, key=KEY))["id"] == one.id


async def test_a_key_is_for_one_room(connect: Connect):
    one, two = await connect(), await connect("another-room")
    assert (await one.join(key=KEY))["id"] != (await two.join(key=KEY))["id"]


async def test_a_join_that_was_held_up_takes_nothing_from_a_later_one(connect: Connect, pair: Pair):
    one, two = pair
    again, late = await connect(), await connect()
    await again.join("session-3", token=one.token, order=1001)
    await two.expect("peer-joined", resumed=True)
    await late.send("join", session="session-1", token=one.token, order=1000)
    await late.expect_error("taken-over")
    assert await late.expect_close() == 4001
    await again.expect_nothing()
    await two.expect_nothing()


async def test_a_seat_is_taken_over_many_times(connect: Connect, pair: Pair):
    one, two = pair
    for _ in range(5):
        again = await connect()
        await again.join(token=one.token)
        await one.expect_error("taken-over")
        assert await one.expect_close() == 4001
        await two.expect("peer-joined", resumed=True)
        one = again
    await one.expect_nothing()


async def test_a_seat_is_taken_over_from_a_socket_that_does_not_read(connect: Connect, room: str):
    """Its mailbox is full: it cannot be told, and the newer socket has the seat all the same."""
    seat = await ghost(room, there=True)
    await fill(seat.channel)
    peer = await connect()
    await peer.join(token=tokens.make(room, Claim(seat.id, False)))
    await peer.expect_nothing()


async def test_resume_after_a_restart_of_the_server(connect: Connect, pair: Pair, monkeypatch):
    """Nothing is remembered but the key that signs the tokens."""
    one, two = pair
    empty = MemoryRooms()
    monkeypatch.setattr(membership, "get_rooms", lambda: empty)
    back_two = await connect()
    welcome = await back_two.join("session-2", token=two.token)
    assert (welcome["id"], welcome["resumed"], welcome["peer"]) == (two.id, True, None)
    back_one = await connect()
    assert (await back_one.join("session-1", token=one.token))["peer"]["id"] == two.id
    await back_two.expect("peer-joined", resumed=True)
    assert back_one.welcome["polite"] is one.welcome["polite"]
    assert back_two.welcome["polite"] is two.welcome["polite"]


async def test_every_welcome_brings_a_fresh_token(connect: Connect):
    peer = await connect()
    with freeze_time(time.time() - tokens.MAX_AGE + 60):
        await peer.join()
    again = await connect()
    await again.join(token=peer.token)
    with freeze_time(time.time() + tokens.MAX_AGE - 60):
        assert tokens.read(again.token, peer.room)
        with pytest.raises(errors.BadToken):
            tokens.read(peer.token, peer.room)


@pytest.mark.parametrize("fault", ["forged", "tampered", "expired", "another room's"])
async def test_bad_token(connect: Connect, room: str, fault: str):
    token = {
        "forged": "a:b:c",
        "tampered": tokens.make(room, Claim("someone", True))[:-1] + "~",
        "expired": "",
        "another room's": tokens.make(new_room(), Claim("someone", True)),
    }[fault]
    if fault == "expired":
        with freeze_time(time.time() - tokens.MAX_AGE - 60):
            token = tokens.make(room, Claim("someone", True))
    peer = await connect()
    await peer.send("join", session="s", token=token)
    await peer.expect_error("bad-token")
    assert await peer.expect_close() == 4403
    assert (await (await connect()).join())["peer"] is None


# -- Going ------------------------------------------------------------------------------------


async def test_leave(connect: Connect, pair: Pair):
    one, two = pair
    await one.send("leave")
    assert await one.expect_close() == 1000
    await two.expect("peer-left", peer={"id": one.id}, reason="left")
    await two.expect_nothing()


async def test_leave_before_the_join(connect: Connect):
    peer = await connect()
    await peer.send("leave")
    assert await peer.expect_close() == 1000


async def test_nothing_is_heard_after_a_leave(connect: Connect, pair: Pair):
    one, two = pair
    await one.send("leave")
    await one.send("offer", sdp=SDP)
    await one.send("join", session="s")
    assert await one.expect_close() == 1000
    await two.expect("peer-left")
    await two.expect_nothing()


async def test_the_grace_runs_out(connect: Connect, pair: Pair, settings):
    settings.SEAT_GRACE = 0.05
    one, two = pair
    await one.drop()
    await two.expect("peer-away", grace=0.05)
    await two.expect("peer-left", peer={"id": one.id}, reason="timeout")
    third = await connect()
    await third.join()
    await two.expect("peer-joined", resumed=False)


async def test_the_grace_runs_out_for_one_who_was_away_already(
    connect: Connect, room: str, settings
):
    settings.SEAT_GRACE = 1
    one = await connect()
    await one.join()
    await one.drop()
    two = await connect()
    assert (await two.join())["peer"]["away"] is True
    await two.expect("peer-left", peer={"id": one.id}, reason="timeout")


async def test_who_comes_back_in_time_is_not_timed_out(connect: Connect, pair: Pair, settings):
    settings.SEAT_GRACE = 1
    one, two = pair
    await one.drop()
    await two.expect("peer-away")
    again = await connect()
    await again.join(token=one.token)
    await two.expect("peer-joined", resumed=True)
    # When another call's grace, which began later, is over, theirs would be, too.
    elsewhere = new_room()
    first, second = await connect(elsewhere), await connect(elsewhere)
    await first.join()
    await second.join()
    await second.drop()
    await first.expect("peer-joined")
    await first.expect("peer-away")
    await first.expect("peer-left", reason="timeout")
    await two.expect_nothing()


async def test_back_after_the_grace_to_a_free_seat(connect: Connect, pair: Pair, settings):
    settings.SEAT_GRACE = 0.05
    one, two = pair
    await one.drop()
    await two.expect("peer-away")
    await two.expect("peer-left")
    again = await connect()
    assert (await again.join(token=one.token))["id"] == one.id
    await two.expect("peer-joined", resumed=True)


@pytest.mark.parametrize(
    "news",
    [
        {"type": "peer.left", "reason": "left"},
        {"type": "peer.away", "grace": 30},
        {"type": "peer.joined", "session": "old", "name": None, "channel": "old", "resumed": True},
    ],
)
async def test_old_news_is_no_news(pair: Pair, news: dict):
    """Between processes the news of two changes may arrive in either order."""
    one, two = pair
    layer = get_channel_layer()
    await layer.group_send(f"call.{one.room}", {"id": two.id, "seq": 1, **news})
    await two.send("offer", sdp=SDP)
    await one.expect("offer")
    await one.send("answer", sdp=SDP)
    await two.expect("answer")


async def test_news_of_somebody_else_is_no_news(pair: Pair):
    one, two = pair
    layer = get_channel_layer()
    for news in ({"type": "peer.left", "reason": "left"}, {"type": "peer.away", "grace": 30}):
        await layer.group_send(f"call.{one.room}", {"id": "stranger", "seq": 2**52, **news})
    await two.send("offer", sdp=SDP)
    await one.expect("offer")


# -- Relay ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("offer", {"sdp": SDP}),
        ("answer", {"sdp": ""}),
        ("answer", {"sdp": 'é\u2028\U0001f600 "quoted" \\ / </script>'}),
        ("ice", {"candidate": CANDIDATE}),
        ("ice", {"candidate": None}),
        ("offer", {"sdp": SDP, "session": "mine", "peerSession": "yours"}),
        ("renegotiate", {"restart": True}),
        ("renegotiate", {"restart": False, "session": "mine", "peerSession": "yours"}),
    ],
)
async def test_relay(pair: Pair, type: str, fields: dict):
    for sender, receiver in (pair, pair[::-1]):
        await sender.send(type, **fields)
        assert await receiver.receive() == {"type": type, "from": sender.id, **fields}
        await sender.expect_nothing()


async def test_the_sender_is_stamped_by_the_server(pair: Pair):
    one, two = pair
    await one.send("offer", sdp=SDP, **{"from": two.id, "channel": "x", "id": two.id})
    assert await two.receive() == {"type": "offer", "from": one.id, "sdp": SDP}


async def test_relay_keeps_the_order(pair: Pair):
    one, two = pair
    for n in range(60):
        await one.send("ice", candidate={**CANDIDATE, "sdpMLineIndex": n})
    received = [await two.receive() for _ in range(60)]
    assert [m["candidate"]["sdpMLineIndex"] for m in received] == list(range(60))


async def test_relay_stays_in_the_room(connect: Connect, pair: Pair):
    one, two = pair
    outsider, neighbour = await connect(new_room()), await connect()
    await outsider.join()
    await one.send("offer", sdp=SDP)
    await two.expect("offer")
    for peer in (outsider, neighbour, one):
        await peer.expect_nothing()


async def test_nobody_to_relay_to(connect: Connect):
    peer = await connect()
    await peer.join()
    for message in (
        {"type": "offer", "sdp": SDP},
        {"type": "answer", "sdp": SDP},
        {"type": "ice", "candidate": None},
    ):
        await peer.send(**message)
        await peer.expect_error("peer-unreachable")
    await peer.expect_nothing()


async def test_relay_to_one_who_is_away(pair: Pair):
    one, two = pair
    await two.drop()
    await one.expect("peer-away")
    await one.send("offer", sdp=SDP)
    await one.expect_error("peer-unreachable")


async def test_relay_to_one_who_left(pair: Pair):
    one, two = pair
    await two.send("leave")
    await one.expect("peer-left")
    await one.send("offer", sdp=SDP)
    await one.expect_error("peer-unreachable")


async def test_relay_to_one_whose_process_died(connect: Connect, room: str, settings):
    """From then on the seat is held for it like any other."""
    settings.SEAT_GRACE = 0.1
    dead = await ghost(room, there=False)
    peer = await connect()
    await peer.join()
    await peer.send("offer", sdp=SDP)
    told = [await peer.receive(), await peer.receive()]
    assert sorted(message["type"] for message in told) == ["error", "peer-away"]
    assert {"peer-unreachable", None} == {message.get("code") for message in told}
    await peer.expect("peer-left", peer={"id": dead.id}, reason="timeout")


async def test_relay_to_a_full_mailbox(connect: Connect, room: str):
    seat = await ghost(room, there=True)
    peer = await connect()
    await peer.join()
    await peer.send("offer", sdp=SDP)
    await peer.expect_nothing()
    await fill_up(seat.channel)
    await peer.send("offer", sdp=SDP)
    await peer.expect_error("peer-unreachable")


async def fill_up(channel: str) -> None:
    layer = get_channel_layer()
    while not layer.channels[channel].full():
        await layer.deliver(channel, {"type": "peer.relay", "frame": "{}"})


# -- The other messages -----------------------------------------------------------------------


async def test_ping(pair: Pair):
    for _ in range(3):
        await pair[0].send("ping")
        assert await pair[0].receive() == {"type": "pong"}
    await pair[1].expect_nothing()


async def test_ice_servers(connect: Connect, settings):
    settings.ICE = IceSettings(
        stun_urls=["stun:stun.example.org"], turn_urls=["turn:turn.example.org"], turn_secret="x"
    )
    peer = await connect()
    welcome = await peer.join()
    settings.ICE = IceSettings(turn_urls=["turn:new.example.org"], turn_secret="x", policy="relay")
    await peer.send("ice-servers")
    fresh = await peer.expect("ice-servers", iceTransportPolicy="relay")
    assert set(fresh) == {"type", "iceServers", "iceTransportPolicy"}
    assert [server["urls"] for server in welcome["iceServers"]] == [
        ["stun:stun.example.org"],
        ["turn:turn.example.org"],
    ]
    (turn,) = fresh["iceServers"]
    assert turn["urls"] == ["turn:new.example.org"]
    assert turn["username"].endswith(f":{peer.id}")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"event": "connected", "ms": 812.4, "relayed": True}, "connected after 812 ms through a"),
        ({"event": "connected", "relayed": False}, "media connected"),
        ({"event": "failed", "ms": None}, "media failed"),
        ({"event": "closed"}, "media closed"),
    ],
)
async def test_report(pair: Pair, calls_log: list[str], fields: dict, said: str):
    one, two = pair
    await one.send("report", **fields)
    await one.expect_nothing()
    await two.expect_nothing()
    assert said in calls_log[-1]


# -- Mistakes and abuse -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x00\x01", "binary-frame"),
        (b'{"type": "ping"}', "binary-frame"),
        ("?", "bad-json"),
        ("", "bad-json"),
        ("[]", "bad-message"),
        ('{"type": 1}', "bad-message"),
        ('{"type": "peer.relay"}', "unknown-type"),
        ('{"type": "offer"}', "bad-field"),
        ('{"type": "report", "event": "x"}', "bad-field"),
    ],
)
async def test_a_mistake_is_explained_and_survived(pair: Pair, frame: str | bytes, code: str):
    one, two = pair
    await one.send_frame(frame)
    error = await one.expect_error(code)
    assert set(error) == {"type", "code", "message"}
    await one.expect_nothing()
    await two.expect_nothing()


async def test_a_frame_that_is_too_large(connect: Connect):
    peer = await connect()
    await peer.send("ping", padding="x" * protocol.MAX_FRAME_BYTES)
    await peer.expect_error("frame-too-large")
    assert await peer.expect_close() == 1009


async def test_repeated_mistakes_end_the_socket(connect: Connect, pair: Pair):
    one, two = pair
    for _ in range(consumer.ERROR_BURST):
        await one.send_frame("?")
        await one.expect_error("bad-json")
    await one.send_frame("[]")
    await one.expect_error("too-many-errors")
    assert await one.expect_close() == 4400
    # Like any other drop: the seat is held.
    await two.expect("peer-away", peer={"id": one.id})
    again = await connect()
    assert (await again.join(token=one.token))["id"] == one.id


async def test_too_many_messages(connect: Connect, settings):
    settings.MESSAGE_RATE, settings.MESSAGE_BURST = 0.001, 5
    peer = await connect()
    for _ in range(5):
        await peer.expect_nothing()
    for _ in range(consumer.ERROR_BURST):
        await peer.send("ping")
        await peer.expect_error("rate-limited")
    await peer.send("ping")
    error = await peer.expect_error("rate-limited")
    assert error["message"] == errors.TooManyMessages.message
    assert await peer.expect_close() == 4429


async def test_the_rate_is_each_sockets_own(connect: Connect, settings):
    settings.MESSAGE_RATE, settings.MESSAGE_BURST = 0.001, 2
    one, two = await connect(), await connect()
    await one.expect_nothing()
    await one.expect_nothing()
    await one.send("ping")
    await one.expect_error("rate-limited")
    await two.expect_nothing()


async def test_what_was_not_delivered_is_no_abuse(connect: Connect):
    """However often: the other being away is not this client's mistake."""
    peer = await connect()
    await peer.join()
    for _ in range(consumer.ERROR_BURST * 3):
        await peer.send("offer", sdp=SDP)
        await peer.expect_error("peer-unreachable")
    await peer.expect_nothing()


# -- Failures of the server -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ConnectionError("Redis"), "unavailable"),
        (TimeoutError(), "unavailable"),
        (RuntimeError("a defect"), "internal-error"),
    ],
)
async def test_a_join_that_fails(
    connect: Connect, room: str, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: str
):
    """The client is told to come back, and what it took is given back."""
    before = set(get_channel_layer()._open)

    async def fail(*args: object) -> None:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(get_rooms(), "enter", fail, raising=False)
        peer = await connect()
        await peer.send("join", session="s")
        error = await peer.expect_error(code)
        assert "defect" not in error["message"]
        assert await peer.expect_close() == 4012
    assert set(get_channel_layer()._open) == before
    assert f"call.{room}" not in get_channel_layer().groups


async def test_an_event_that_fails(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    one, two = pair

    handle = consumer.CallConsumer._handle_event

    async def fail(self, event) -> None:
        if isinstance(event, events.Relay):
            raise RuntimeError("a defect")
        await handle(self, event)

    with monkeypatch.context() as patch:
        patch.setattr(consumer.CallConsumer, "_handle_event", fail)
        await one.send("offer", sdp=SDP)
        await two.expect_error("internal-error")
        assert await two.expect_close() == 4012
    await one.expect("peer-away", peer={"id": two.id})


async def test_a_mailbox_that_fails(pair: Pair):
    one, two = pair
    layer = get_channel_layer()
    (channel,) = [
        holder.channel for holder in get_rooms()._rooms[one.room].seats if holder.id == two.id
    ]

    async def fail(name: str):
        if name != channel:
            return await type(layer).receive(layer, name)
        raise ConnectionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layer, "receive", fail)
        await one.send("offer", sdp=SDP)
        await two.expect("offer")
        await two.expect_error("internal-error")
        assert await two.expect_close() == 4012
        await one.expect("peer-away")


async def test_a_socket_that_ends_leaves_nothing_behind(connect: Connect, pair: Pair, settings):
    settings.SEAT_GRACE = 0.05
    one, two = pair
    room = one.room
    await one.drop()
    await two.expect("peer-away")
    await two.expect("peer-left")
    await two.send("leave")
    await two.expect_close()
    layer = get_channel_layer()
    assert not [name for name in (*layer._open, *layer.channels, *layer.groups) if room in name]
    assert room not in get_rooms()._rooms


# -- What the log says ------------------------------------------------------------------------


@pytest.fixture
def calls_log():
    """The lines of the logger ``calls``, which does not propagate."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.getLogger("calls")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


async def test_the_log_tells_the_life_of_a_call(connect: Connect, calls_log: list[str]):
    one, two = await connect(), await connect()
    await one.join()
    await two.join()
    await one.expect("peer-joined")
    await two.drop()
    await one.expect("peer-away")
    again = await connect()
    await again.join(token=two.token)
    await one.expect("peer-joined")
    await again.send("leave")
    await again.expect_close()
    await one.expect("peer-left")
    label = f"call {names.label(one.room)}"
    assert calls_log == [
        f"{label} {one.id[:6]}: joined",
        f"{label} {two.id[:6]}: joined",
        f"{label} {two.id[:6]}: away",
        f"{label} {two.id[:6]}: came back",
        f"{label} {two.id[:6]}: left",
    ]


async def test_the_log_gives_nothing_away(connect: Connect, calls_log: list[str]):
    """No room name, token, name, SDP or candidate, whatever happens."""
    one, two = await connect(), await connect()
    await one.join("session-1", name="Ada")
    await two.join("session-2", name="Bo")
    await one.expect("peer-joined")
    await one.send("offer", sdp=SDP)
    await one.send("ice", candidate=CANDIDATE)
    await one.send("report", event="failed")
    await one.send("offer", sdp=[SDP])
    third = await connect()
    await third.send("join", session="s", token=one.token[:-3])
    await third.expect_error("bad-token")
    await two.drop()
    said = "\n".join(calls_log)
    assert "media failed" in said
    assert "bad-token" in said
    for secret in (one.room, one.token, two.token, "Ada", "Bo", "v=0", "typ host", "session-1"):
        assert secret not in said


# -- Anything at all --------------------------------------------------------------------------

CODES = {
    value.code for value in vars(errors).values()
    if isinstance(value, type) and hasattr(value, "code")
}  # fmt: skip


async def answers_or_closes(peer: AppPeer) -> int | None:
    """Read until it answers what was sent last; the code if it was closed instead."""
    await peer.send_frame(b"the only binary frame")
    try:
        while (message := await peer.receive()).get("code") != "binary-frame":
            assert message["type"] != "error" or message["code"] in CODES
        await peer.expect_nothing()
    except Closed as end:
        return end.code
    return None


async def survives(application: Any, frames: list[str], *, joined: bool) -> None:
    """After any frames a consumer still answers, or it was closed with a reason."""
    room = new_room()
    one, two = AppPeer(application, room), AppPeer(application, room)
    for peer in (one, two):
        await peer.connect()
    await two.join()
    if joined:
        await one.join()
    for frame in frames:
        await one.send_frame(frame)
    assert await answers_or_closes(one) in {None, *errors.CloseCode}
    assert await answers_or_closes(two) is None
    for peer in (one, two):
        await peer.drop()


@given(st.lists(frames_of_json.map(json.dumps), max_size=4), st.booleans())
@examples(250)
async def test_no_json_kills_a_consumer(application: Any, frames: list[str], joined: bool):
    await survives(application, frames, joined=joined)


@given(st.lists(st.sampled_from(TYPES), max_size=12))
@examples(60)
async def test_no_order_of_messages_kills_a_consumer(application: Any, types: list[str]):
    fields = {
        "join": {"session": "s"}, "offer": {"sdp": SDP}, "answer": {"sdp": SDP},
        "ice": {"candidate": CANDIDATE}, "report": {"event": "failed"},
    }  # fmt: skip
    frames = [json.dumps({"type": kind, **fields.get(kind, {})}) for kind in types]
    await survives(application, frames, joined=False)
