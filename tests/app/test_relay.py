"""What goes from one peer to the other, and the messages that the server answers itself."""

from typing import Any

import pytest

from calls.ice.servers import IceSettings
from tests.app.conftest import CANDIDATE, SDP, Connect, Pair, fill, ghost
from tests.support.peers import new_room

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
        ("offer", {"sdp": SDP, "mac": "bWFj"}),
        ("answer", {"sdp": SDP, "mac": ""}),
        ("renegotiate", {"restart": True}),
        ("renegotiate", {"restart": False, "unproven": True, "mac": "m" * 43}),
        ("renegotiate", {"restart": False, "session": "mine", "peerSession": "yours"}),
    ],
)
async def test_relay(pair: Pair, type: str, fields: dict[str, Any]):
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
    await fill(seat.channel)
    await peer.send("offer", sdp=SDP)
    await peer.expect_error("peer-unreachable")


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
    await (await connect()).join()
    peer = await connect()
    welcome = await peer.join()
    settings.ICE = IceSettings(turn_urls=["turn:new.example.org"], turn_secret="x", policy="relay")
    await peer.send("ice-servers")
    fresh = await peer.expect("ice-servers", iceTransportPolicy="relay")
    assert set(fresh) == {"type", "iceServers", "iceTransportPolicy", "ttl"}
    assert welcome["ttl"] == fresh["ttl"] == 7200
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
async def test_report(pair: Pair, calls_log: list[str], fields: dict[str, Any], said: str):
    one, two = pair
    await one.send("report", **fields)
    await one.expect_nothing()
    await two.expect_nothing()
    assert said in calls_log[-1]
