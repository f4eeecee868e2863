"""Joining, a full room, coming back and going: who has which seat, as clients are told."""

import asyncio
import logging
import time
from typing import Any
from unittest.mock import AsyncMock

import pytest
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.test.utils import freeze_time

from calls import errors
from calls.ice.servers import IceSettings
from calls.rooms import tokens
from calls.rooms.memory import MemoryRooms
from calls.rooms.seats import Seat
from calls.rooms.store import get_rooms
from calls.rooms.tokens import Claim
from calls.signaling import events, membership, probe
from tests.app.conftest import KEY, SDP, Connect, Pair, fill, ghost, memory_rooms
from tests.support.peers import new_room

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


async def test_what_proves_a_join_is_told_the_other(connect: Connect):
    one, two = await connect(), await connect()
    await one.join("session-1", mac="b25l")
    assert (await two.join("session-2", mac="dHdv"))["peer"]["mac"] == "b25l"
    assert (await one.expect("peer-joined"))["peer"]["mac"] == "dHdv"
    # As everything else of a join, it is of this one.
    await two.drop()
    await one.expect("peer-away")
    again = await connect()
    await again.join("session-3", token=two.token)
    assert "mac" not in (await one.expect("peer-joined"))["peer"]


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
        {"type": "report", "event": "failed"},
    ):
        await peer.send(**message)
        await peer.expect_error("not-joined")
    await peer.looks_in(somebody=False)
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


async def test_an_offer_comes_with_the_news_of_a_join(connect: Connect):
    one, two = await connect(), await connect()
    await one.join("session-1", offer={"sdp": SDP, "mac": "b25l"})
    await two.join("session-2", offer={"sdp": SDP, "mac": "dHdv"})
    assert (one.welcome["polite"], two.welcome["polite"]) == (True, False)
    assert (await one.expect("peer-joined"))["offer"] == {"sdp": SDP, "mac": "dHdv"}
    await one.expect_nothing()
    await two.expect_nothing()


@pytest.mark.parametrize("who", [0, 1])
async def test_an_offer_comes_with_the_news_of_a_reload(connect: Connect, pair: Pair, who: int):
    """From the side that offers; the other's is dropped."""
    again = await connect()
    await again.join("reloaded", token=pair[who].token, offer={"sdp": SDP})
    joined = await pair[1 - who].expect("peer-joined", resumed=True)
    assert ("offer" in joined) is not again.welcome["polite"]
    assert again.welcome["polite"] is pair[who].welcome["polite"]


@pytest.mark.parametrize(
    "offer",
    [{}, {"sdp": None}, {"sdp": 1}, {"sdp": {}}, {"sdp": SDP, "mac": None}, "v=0", [], 7],
)
async def test_an_offer_that_is_none(connect: Connect, offer: Any):
    peer = await connect()
    await peer.send("join", session="session", offer=offer)
    await peer.expect_error("bad-field")
    await peer.join(offer=None)


async def test_whether_somebody_is_inside_is_told_before_the_join(connect: Connect):
    """With the first answer, and with later ones when it has changed; never after the join."""
    early, inside = await connect(), await connect()
    await early.send("ice-servers")
    await early.expect("ice-servers")
    await early.expect("waiting", somebody=False)
    await early.expect_nothing()
    await inside.join(name="Ada")
    await early.looks_in(somebody=True, full=False)
    await early.expect_nothing()
    third = await connect()
    await third.join()
    await inside.expect("peer-joined")
    await early.looks_in(somebody=True, full=True)
    await third.send("leave")
    assert await third.expect_close() == 1000
    await inside.expect("peer-left")
    await early.looks_in(somebody=True, full=False)
    await inside.send("leave")
    assert await inside.expect_close() == 1000
    await early.looks_in(somebody=False)
    await early.join()
    await early.expect_nothing()
    await early.send("ice-servers")
    await early.expect("ice-servers")
    await early.expect_nothing()


async def test_redis_that_is_away_leaves_the_door_open(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is known of the room; the socket is kept, and told later."""
    early = await connect()
    with monkeypatch.context() as patch:
        patch.setattr(memory_rooms(), "sessions", AsyncMock(side_effect=ConnectionError))
        await early.expect_nothing()
        await early.expect_nothing()
    await early.looks_in(somebody=False)


async def test_a_rating_needs_no_seat(connect: Connect, caplog: pytest.LogCaptureFixture):
    visitor, peer = await connect(), await connect()
    await peer.join()
    with caplog.at_level(logging.INFO, "calls"):
        await visitor.send("rate", stars=2)
        await peer.send("rate", stars=5)
        await peer.expect_nothing()
        for wrong in (0, 6, 2.5, "5", None):
            await visitor.send("rate", stars=wrong)
            await visitor.expect_error("bad-field")
    said = [record.getMessage() for record in caplog.records]
    ratings = [line.split(" ", 2)[2] for line in said if "rated" in line]
    assert sorted(ratings) == sorted([f"{peer.id[:6]}: rated 5 of 5", "visitor: rated 2 of 5"])


async def test_ice_servers_before_the_join(connect: Connect, settings):
    """TURN costs: it is for who would have somebody to call."""
    settings.ICE = IceSettings(["stun:s"], ["turn:t"], "secret")
    early = await connect()
    await early.send("ice-servers")
    assert (await early.expect("ice-servers"))["iceServers"] == [{"urls": ["stun:s"]}]
    await early.expect("waiting", somebody=False)
    waiting = await connect()
    await waiting.join()
    await early.send("ice-servers")
    stun, turn = (await early.expect("ice-servers"))["iceServers"]
    assert (stun, turn["urls"]) == ({"urls": ["stun:s"]}, ["turn:t"])
    assert turn["username"]
    assert turn["credential"]
    await early.expect("waiting", somebody=True)
    await waiting.send("leave")
    assert await waiting.expect_close() == 1000
    await early.send("ice-servers")
    assert (await early.expect("ice-servers"))["iceServers"] == [{"urls": ["stun:s"]}]


async def test_turn_comes_with_somebody_to_call(connect: Connect, settings):
    settings.ICE = IceSettings(["stun:s"], ["turn:t"], "secret", policy="relay")
    stun = {"urls": ["stun:s"]}
    one = await connect()
    assert (await one.join("one"))["iceServers"] == [stun]
    assert "ttl" not in one.welcome
    await one.send("ice-servers")
    assert (await one.expect("ice-servers"))["iceServers"] == [stun]
    two = await connect()
    await two.join("two", offer={"sdp": SDP})
    met = await one.expect("peer-joined", offer={"sdp": SDP}, iceTransportPolicy="relay")
    assert met["ttl"] == two.welcome["ttl"] == 7200
    for found, peer in ((met, one), (two.welcome, two)):
        assert found["iceServers"][0] == stun
        assert found["iceServers"][1]["username"].endswith(f":{peer.id}")
    # Whoever is away is somebody to call, whoever has left is not.
    await two.drop()
    await one.expect("peer-away")
    await one.send("ice-servers")
    assert len((await one.expect("ice-servers"))["iceServers"]) == 2
    back = await connect()
    await back.join("two", token=two.token)
    await one.expect("peer-joined")
    await back.send("leave")
    await one.expect("peer-left")
    await one.send("ice-servers")
    assert (await one.expect("ice-servers"))["iceServers"] == [stun]


async def test_mistakes_do_not_put_the_join_off(connect: Connect, settings):
    settings.JOIN_TIMEOUT = 0.5
    peer = await connect()
    await peer.send_frame("?")
    await peer.expect_error("bad-json")
    await peer.expect_error("join-timeout")
    assert await peer.expect_close() == 4408


async def test_pings_put_the_join_off(connect: Connect, settings):
    settings.JOIN_TIMEOUT = 0.5
    peer = await connect()
    await peer.looks_in(somebody=False)
    for _ in range(4):
        await asyncio.sleep(settings.JOIN_TIMEOUT / 2)
        await peer.expect_nothing()
    await peer.join()
    await peer.expect_nothing()


async def test_a_ping_puts_the_join_off_once(connect: Connect, settings):
    settings.JOIN_TIMEOUT = 0.5
    peer = await connect()
    await peer.looks_in(somebody=False)
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


async def test_for_a_holder_that_does_not_answer_the_seat_is_held(
    connect: Connect, room: str, settings, monkeypatch: pytest.MonkeyPatch
):
    """Who is silent may be busy: nobody gets a seat by keeping a process so."""
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.3)
    silent = await ghost(room, there=True)
    one = await connect()
    await one.join()
    for _ in range(2):
        two = await connect()
        await two.send("join", session="s")
        await two.expect_error("room-full")
    await one.expect("peer-away", peer={"id": silent.id}, grace=settings.SEAT_GRACE)
    await one.expect_nothing()


async def test_a_holder_that_wakes_up_takes_its_seat_again(
    connect: Connect, pair: Pair, monkeypatch: pytest.MonkeyPatch
):
    one, two = pair

    async def silence(*_: object) -> None:
        pass

    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.3)
    monkeypatch.setattr(membership.Membership, "answer", silence)
    three = await connect()
    await three.send("join", session="s")
    await three.expect_error("room-full")
    for peer, other in ((one, two), (two, one)):
        await peer.expect("peer-away", peer={"id": other.id})
        back = await peer.expect("peer-joined", resumed=True)
        assert back["peer"]["id"] == other.id
        await peer.expect_nothing()
    await one.send("offer", sdp=SDP)
    await two.expect("offer", **{"from": one.id})


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


async def test_who_is_dismissed_is_out_for_good(connect: Connect, pair: Pair):
    """The seat is free at once, for anybody else."""
    one, two = pair
    await one.send("dismiss", id=two.id)
    await one.expect("peer-left", peer={"id": two.id}, reason="dismissed")
    await two.expect_error("dismissed")
    assert await two.expect_close() == 4411
    again = await connect()
    await again.send("join", session="session-2", token=two.token)
    await again.expect_error("dismissed")
    assert await again.expect_close() == 4411
    await one.expect_nothing()
    three = await connect()
    assert (await three.join())["peer"]["id"] == one.id


async def test_who_is_away_is_dismissed(connect: Connect, pair: Pair):
    one, two = pair
    await two.drop()
    await one.expect("peer-away")
    await one.send("dismiss", id=two.id)
    await one.expect("peer-left", peer={"id": two.id}, reason="dismissed")
    again = await connect()
    await again.send("join", session="session-2", token=two.token)
    await again.expect_error("dismissed")


async def test_nobody_is_dismissed_but_the_other(connect: Connect, pair: Pair):
    one, two = pair
    outside = await connect()
    await outside.send("dismiss", id=one.id)
    await outside.expect_error("not-joined")
    for id in (one.id, "nobody"):
        await one.send("dismiss", id=id)
        await one.expect_error("peer-unreachable")
    await one.send("offer", sdp=SDP)
    await two.expect("offer")
    await two.send("leave")
    await one.expect("peer-left")
    await one.send("dismiss", id=two.id)
    await one.expect_error("peer-unreachable")


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
    rooms = memory_rooms()
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
    """Its mailbox is full: it ends, and the newer socket has the seat."""
    seat = await ghost(room, there=True)
    layer = get_channel_layer()
    await layer.group_add(events.group(room), seat.channel)
    await fill(seat.channel)
    peer = await connect()
    await peer.join(token=tokens.make(room, Claim(seat.id, False)))
    with pytest.raises(ChannelFull):
        await layer.receive(seat.channel)
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


async def test_the_seat_of_a_page_that_goes_is_held_as_long_as_a_reload_takes(
    connect: Connect, pair: Pair, monkeypatch: pytest.MonkeyPatch
):
    """Whoever closed it and opens the link anew is somebody else to the server."""
    monkeypatch.setattr(membership, "RELOAD_GRACE", 0.05)
    one, two = pair
    await one.drop(1001)
    await two.expect("peer-away", grace=0.05, going=True)
    await two.expect("peer-left", peer={"id": one.id}, reason="timeout")
    back = await connect()
    await back.join(token=one.token)
    await two.expect("peer-joined", resumed=True)
    # Nobody's fault: all the time that there is.
    await back.drop()
    await two.expect("peer-away", grace=30, going=False)


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
async def test_old_news_is_no_news(pair: Pair, news: dict[str, Any]):
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
