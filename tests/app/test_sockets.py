"""A socket from the handshake to its end: mistakes, abuse, failures, and what the log says."""

import json
from typing import Any

import pytest
from channels.layers import get_channel_layer
from hypothesis import given
from hypothesis import strategies as st

from calls import errors, protocol
from calls.rooms import names
from calls.rooms.store import get_rooms
from calls.signaling import consumer
from tests.app.conftest import CANDIDATE, SDP, Connect, Pair, memory_rooms
from tests.support.generated import TYPES, examples, frames_of_json
from tests.support.peers import AppPeer, Closed, new_room

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
    await peer.looks_in(somebody=False)
    for _ in range(4):
        await peer.expect_nothing()
    for _ in range(consumer.ERROR_BURST):
        await peer.send("ping")
        await peer.expect_error("rate-limited")
    await peer.send("ping")
    error = await peer.expect_error("rate-limited")
    assert error["message"] == errors.TooManyMessages.message
    assert await peer.expect_close() == 4429


async def test_a_long_message_counts_as_several(connect: Connect, settings):
    settings.MESSAGE_RATE, settings.MESSAGE_BURST = 0.001, 5
    peer = await connect()
    await peer.looks_in(somebody=False)
    await peer.send("ping", padding="x" * 3 * consumer.MESSAGE_CHARACTERS)
    await peer.expect("pong")
    await peer.send("ping")
    await peer.expect_error("rate-limited")


async def test_the_rate_is_each_sockets_own(connect: Connect, settings):
    settings.MESSAGE_RATE, settings.MESSAGE_BURST = 0.001, 2
    one, two = await connect(), await connect()
    await one.looks_in(somebody=False)
    await one.expect_nothing()
    await one.send("ping")
    await one.expect_error("rate-limited")
    await two.looks_in(somebody=False)


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

    send_text = consumer.CallConsumer.send_text

    async def fail(self, frame: str) -> None:
        if frame.startswith('{"type":"offer"'):
            raise RuntimeError("a defect")
        await send_text(self, frame)

    with monkeypatch.context() as patch:
        patch.setattr(consumer.CallConsumer, "send_text", fail)
        await one.send("offer", sdp=SDP)
        await two.expect_error("internal-error")
        assert await two.expect_close() == 4012
    await one.expect("peer-away", peer={"id": two.id})


async def test_an_event_of_another_version_is_ignored(pair: Pair, calls_log: list[str]):
    """During a deployment two versions share a Redis."""
    one, two = pair
    layer = get_channel_layer()
    for message in ({"type": "peer.admitted", "id": two.id}, {"type": "peer.left", "id": two.id}):
        await layer.group_send(f"call.{one.room}", message)
    await one.send("offer", sdp=SDP)
    await two.expect("offer")
    for peer in pair:
        await peer.expect_nothing()
    assert calls_log == []


async def test_a_mailbox_that_fails(pair: Pair):
    one, two = pair
    layer = get_channel_layer()
    (channel,) = [
        holder.channel for holder in memory_rooms()._rooms[one.room].seats if holder.id == two.id
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
    assert room not in memory_rooms()._rooms


# -- What the log says ------------------------------------------------------------------------


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
    fields: dict[str, dict[str, object]] = {
        "join": {"session": "s"}, "offer": {"sdp": SDP}, "answer": {"sdp": SDP},
        "ice": {"candidate": CANDIDATE}, "report": {"event": "failed"},
    }  # fmt: skip
    frames = [json.dumps({"type": kind, **fields.get(kind, {})}) for kind in types]
    await survives(application, frames, joined=False)
