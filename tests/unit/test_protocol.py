"""Frames in, frames out: every message, every error, every limit."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET, Raw

from calls import errors, protocol
from calls.ice.servers import IceServer
from calls.protocol import decode
from tests.support.generated import examples, frames_of_json, near_messages

ICE_SERVERS = [IceServer(["stun:stun.example.org"])]
ICE = {"iceServers": [{"urls": ["stun:stun.example.org"]}], "iceTransportPolicy": "all"}


def encode(**fields: Any) -> str:
    return json.dumps(fields)


def relay(message: protocol.ClientMessage, sender: str) -> str:
    assert isinstance(message, protocol.ForThePeer)
    return protocol.encode(protocol.relayed(message, sender))


# -- Every message ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (
            '{"type": "join", "session": "s"}',
            protocol.Join(session="s", token=None, name=None),
        ),
        (
            '{"type": "join", "session": "s", "token": "t", "name": "Zoë"}',
            protocol.Join(session="s", token="t", name="Zoë"),
        ),
        (
            '{"type": "join", "session": "s", "token": null, "name": null}',
            protocol.Join(session="s", token=None, name=None),
        ),
        ('{"type": "ice-servers"}', protocol.IceServersRequest()),
        ('{"type": "ping"}', protocol.Ping()),
        ('{"type": "leave"}', protocol.Leave()),
        ('{"type": "report", "event": "failed"}', protocol.Report(event="failed")),
        (
            '{"type": "report", "event": "connected", "ms": 812, "relayed": true}',
            protocol.Report(event="connected", ms=812, relayed=True),
        ),
        (
            '{"type": "report", "event": "closed", "ms": null, "relayed": null}',
            protocol.Report(event="closed"),
        ),
    ],
)
def test_message(frame, expected):
    assert decode(frame) == expected


@pytest.mark.parametrize("kind", ["offer", "answer"])
def test_description(kind):
    message = decode(f'{{"sdp": "v=0\\r\\n", "type": "{kind}"}}')
    assert isinstance(message, protocol.Offer | protocol.Answer)
    assert type(message).__name__.lower() == kind
    assert bytes(message.sdp) == b'"v=0\\r\\n"'
    assert message.session is UNSET
    assert message.peer_session is UNSET


@pytest.mark.parametrize(
    "candidate",
    [
        "null",
        "{}",
        '{"candidate": ""}',
        '{"candidate": "candidate:1 1 udp 1 ::1 9 typ host", "sdpMid": "0",'
        ' "sdpMLineIndex": 0, "usernameFragment": "abcd"}',
        '{"candidate": "c", "sdpMid": null, "sdpMLineIndex": null, "usernameFragment": null}',
        '{"candidate": "c", "sdpMLineIndex": 65535, "unknown": [{}]}',
    ],
)
def test_candidate(candidate):
    message = decode(f'{{"type": "ice", "candidate": {candidate}}}')
    assert isinstance(message, protocol.Ice)
    assert bytes(message.candidate).decode() == candidate


@pytest.mark.parametrize("kind", ["offer", "answer"])
def test_between_which_connections(kind):
    message = decode(encode(type=kind, sdp="", session="mine", peerSession="yours"))
    assert isinstance(message, protocol.Offer | protocol.Answer)
    assert (message.session, message.peer_session) == ("mine", "yours")


@pytest.mark.parametrize("restart", [True, False])
def test_renegotiate(restart):
    message = decode(encode(type="renegotiate", restart=restart, session="mine"))
    assert message == protocol.Renegotiate(restart=restart, session="mine")


@pytest.mark.parametrize(
    "frame",
    [
        '{"type": "ping", "later": {"version": [2]}}',
        '{"later": 2, "type": "ping"}',
        ' \n{"type": "ping"}\t',
        '{"type": "ping", "type": "ping"}',
        '{"type": "p\\u0069ng"}',
    ],
)
def test_what_does_not_matter(frame):
    assert decode(frame) == protocol.Ping()


# -- Every error ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        "",
        " ",
        "ping",
        "{",
        '{"type": "ping"',
        '{"type": "ping"} {"type": "ping"}',
        "{'type': 'ping'}",
        '{"type": "ping",}',
        '{"type": NaN}',
        '\ufeff{"type": "ping"}',
        '{"type": "offer", "sdp": "\\q"}',
        '{"type": "offer", "sdp": "line\nbreak"}',
        '{"type": "offer", "sdp": "\\ud800"}',
        '{"type": "offer", "sdp": "\ud800"}',
        '{"type": "ice", "candidate": {"unknown": tru}}',
        '{"type": "join", "session": "\\udfff"}',
        '{"type": "ping", "deep": ' + "[" * 20_000 + "]" * 20_000 + "}",
        '{"type": "ice", "candidate": {"deep": ' + "[" * 20_000 + "]" * 20_000 + "}}",
        '{"type": "later", "deep": ' + "[" * 20_000 + "]" * 20_000 + "}",
    ],
)
def test_not_json(frame):
    with pytest.raises(errors.BadJSON):
        decode(frame)


def test_a_long_frame_that_is_not_unicode_is_not_json():
    """Lone surrogates cannot be counted as UTF-8."""
    with pytest.raises(errors.ProtocolError):
        decode('"' + "\ud800" * 20_000 + '"')


@pytest.mark.parametrize(
    "frame",
    [
        "null", "true", "1", '"ping"', "[]", '["ping"]', '[{"type": "ping"}]', "{}",
        '{"Type": "ping"}', '{"type": null}', '{"type": 1}', '{"type": ["ping"]}',
        '{"session": "s"}',
    ],
)  # fmt: skip
def test_not_a_message(frame):
    with pytest.raises(errors.BadMessage):
        decode(frame)


@pytest.mark.parametrize(
    "kind",
    ["", "PING", "ping ", "welcome", "error", "peer.relay", "seat.taken", "websocket.close", "é"],
)
def test_unknown_type(kind):
    with pytest.raises(errors.UnknownType):
        decode(encode(type=kind))


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        (encode(type="join"), "session"),
        (encode(type="join", session=None), "session"),
        (encode(type="join", session=1), "session"),
        (encode(type="join", session=""), "session"),
        (encode(type="join", session="s" * 65), "session"),
        (encode(type="join", session="s", token=1), "token"),
        (encode(type="join", session="s", token="t" * 513), "token"),
        (encode(type="join", session="s", name=["Ada"]), "name"),
        (encode(type="join", session="s", name="n" * 61), "name"),
        (encode(type="offer"), "sdp"),
        (encode(type="offer", sdp=None), "sdp"),
        (encode(type="offer", sdp={"sdp": "v=0"}), "sdp"),
        (encode(type="offer", sdp=["v=0"]), "sdp"),
        (encode(type="offer", sdp=True), "sdp"),
        (encode(type="offer", sdp="v=0", session=None), "session"),
        (encode(type="offer", sdp="v=0", session=""), "session"),
        (encode(type="offer", sdp="v=0", peerSession="s" * 65), "peerSession"),
        (encode(type="offer", sdp="v=0", mac=None), "mac"),
        (encode(type="offer", sdp="v=0", mac="m" * 65), "mac"),
        (encode(type="join", session="s", offer={"sdp": "v=0", "mac": 1}), "mac"),
        (encode(type="join", session="s", mac=1), "mac"),
        (encode(type="join", session="s", mac="m" * 65), "mac"),
        (encode(type="answer"), "sdp"),
        (encode(type="answer", sdp=1), "sdp"),
        (encode(type="answer", sdp="v=0", mac=["m"]), "mac"),
        (encode(type="answer", sdp="v=0", peerSession=1), "peerSession"),
        (encode(type="ice"), "candidate"),
        (encode(type="ice", candidate="candidate:1"), ""),
        (encode(type="ice", candidate=[]), ""),
        (encode(type="ice", candidate=False), ""),
        (encode(type="ice", candidate={"candidate": None}), "candidate"),
        (encode(type="ice", candidate={"candidate": "c" * 4097}), "candidate"),
        (encode(type="ice", candidate={"sdpMid": 0}), "sdpMid"),
        (encode(type="ice", candidate={"sdpMid": "m" * 257}), "sdpMid"),
        (encode(type="ice", candidate={"sdpMLineIndex": "0"}), "sdpMLineIndex"),
        (encode(type="ice", candidate={"sdpMLineIndex": -1}), "sdpMLineIndex"),
        (encode(type="ice", candidate={"sdpMLineIndex": 65_536}), "sdpMLineIndex"),
        (encode(type="ice", candidate={"sdpMLineIndex": 0.5}), "sdpMLineIndex"),
        (encode(type="ice", candidate={"usernameFragment": 1}), "usernameFragment"),
        (encode(type="ice", candidate={"usernameFragment": "u" * 257}), "usernameFragment"),
        (encode(type="ice", candidate={}, session="s" * 65), "session"),
        (encode(type="dismiss"), "id"),
        (encode(type="dismiss", id=1), "id"),
        (encode(type="dismiss", id="i" * 65), "id"),
        (encode(type="renegotiate"), "restart"),
        (encode(type="renegotiate", restart=None), "restart"),
        (encode(type="renegotiate", restart=1), "restart"),
        (encode(type="renegotiate", restart=True, unproven=1), "unproven"),
        (encode(type="renegotiate", restart=True, session=""), "session"),
        (encode(type="report"), "event"),
        (encode(type="report", event="opened"), "event"),
        (encode(type="report", event=None), "event"),
        (encode(type="report", event="failed", ms="12"), "ms"),
        (encode(type="report", event="failed", ms=-1), "ms"),
        ('{"type": "report", "event": "failed", "ms": 1e999}', "ms"),
        (encode(type="report", event="failed", relayed=1), "relayed"),
    ],
)
def test_bad_field(frame, field):
    with pytest.raises(errors.BadField) as caught:
        decode(frame)
    assert field in caught.value.message


@pytest.mark.parametrize(
    "frame",
    [
        encode(type="join", session="s" * 64, token="t" * 512, name="n" * 60),
        encode(type="join", session="\U0001f600" * 64, name="\U0001f600" * 60),
        encode(type="join", session="s", name=""),
        encode(type="offer", sdp="", session="s" * 64, peerSession="s" * 64, mac="m" * 64),
        encode(type="ice", candidate={"candidate": "c" * 4096, "sdpMid": "m" * 256}),
        encode(type="ice", candidate={"sdpMLineIndex": 65_535, "usernameFragment": "u" * 256}),
        encode(type="report", event="connected", ms=0),
    ],
)
def test_at_the_limit(frame):
    decode(frame)


@pytest.mark.parametrize("character", ["x", "é", "€", "\U0001f600"])
def test_frame_size(character):
    """65536 bytes of UTF-8, not characters."""

    def frame(size: int) -> str:
        empty = '{"type":"offer","sdp":""}'
        sdp, rest = divmod(size - len(empty), len(character.encode()))
        return f'{{"type":"offer","sdp":"{character * sdp}{"." * rest}"}}'

    largest = frame(protocol.MAX_FRAME_BYTES)
    assert len(largest.encode()) == 65_536
    assert isinstance(decode(largest), protocol.Offer)
    for size in (protocol.MAX_FRAME_BYTES + 1, protocol.MAX_FRAME_BYTES * 3):
        with pytest.raises(errors.FrameTooLarge):
            decode(frame(size))


# -- Anything at all --------------------------------------------------------------------------


def decode_or_refuse(text: str) -> protocol.ClientMessage | None:
    try:
        return decode(text)
    except errors.ProtocolError as error:
        frame = protocol.encode(protocol.Error.of(error))
    assert json.loads(frame)["type"] == "error"
    return None


@given(frames_of_json)
@examples(400)
def test_any_json_is_a_message_or_a_protocol_error(value):
    decode_or_refuse(json.dumps(value))
    decode_or_refuse(json.dumps(value, ensure_ascii=False))


@given(st.text(alphabet=st.characters()) | st.text(alphabet='{}[]",:\\u0dtypeoffrsdn1 '))
@example("\ud800")
@examples(400)
def test_any_text_is_a_message_or_a_protocol_error(text):
    decode_or_refuse(text)


# -- Relaying ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        '"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\n"',
        '""',
        '"\\u0076=0 \\/ \\" \\\\ é \u2028 \U0001f600"',
        '"\\",\\"from\\":\\"somebody else"',
    ],
)
@pytest.mark.parametrize("kind", ["offer", "answer"])
def test_a_description_is_relayed_byte_for_byte(kind, payload):
    frame = relay(decode(f'{{"type":"{kind}","sdp": {payload} }}'), "me")
    assert frame == f'{{"type":"{kind}","from":"me","sdp":{payload}}}'


@pytest.mark.parametrize(
    "payload",
    [
        "null",
        '{ "candidate" : "candidate:1 1 udp 1" , "sdpMLineIndex" :0,"new": [1.50, {"a":null}] }',
        '{"from": "somebody else"}',
    ],
)
def test_a_candidate_is_relayed_byte_for_byte(payload):
    frame = relay(decode(f'{{"candidate":{payload},"type":"ice"}}'), "me")
    assert frame == f'{{"type":"ice","from":"me","candidate":{payload}}}'


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"session": "a"}, {"session": "a"}),
        ({"peerSession": "b"}, {"peerSession": "b"}),
        ({"session": '"', "peerSession": "\\"}, {"session": '"', "peerSession": "\\"}),
    ],
)
def test_sessions_are_relayed(fields, expected):
    frame = relay(decode(encode(type="offer", sdp="v=0", **fields)), "me")
    assert json.loads(frame) == {"type": "offer", "from": "me", "sdp": "v=0", **expected}


def once(pairs):
    """An object of JSON, provided that no name comes twice in it."""
    result = dict(pairs)
    assert len(result) == len(pairs), pairs
    return result


@given(
    kind=st.sampled_from(["offer", "answer", "ice", "renegotiate"]),
    fields=near_messages,
    sdp=st.text(),
    candidate=st.none() | st.fixed_dictionaries({"candidate": st.text()}),
    restart=st.booleans(),
    forged=st.text(),
)
@examples(300)
def test_the_sender_cannot_be_forged(kind, fields, sdp, candidate, restart, forged):
    payloads = {"ice": {"candidate": candidate}, "renegotiate": {"restart": restart}}
    payload = payloads.get(kind, {"sdp": sdp})
    fields = {n: fields[n] for n in fields if n not in ("session", "peerSession")}
    # The forger's own "from" comes first and last, whichever a reader would believe.
    before = {"from": forged, **fields, **payload, "type": kind}
    text = json.dumps(before)[:-1] + f', "from": {json.dumps(forged)}}}'
    message = decode_or_refuse(text)
    if message is None:
        return
    relayed = json.loads(relay(message, "me"), object_pairs_hook=once)
    assert relayed == {"type": kind, "from": "me", **payload}


def test_the_sender_is_always_a_string_of_its_own():
    message = protocol.Offer(sdp=Raw(b'"v=0"'))
    frame = relay(message, 'a","sdp":"forged')
    assert json.loads(frame, object_pairs_hook=once)["from"] == 'a","sdp":"forged'


# -- What the server says ---------------------------------------------------------------------


def welcome(**fields: Any) -> protocol.Welcome:
    return protocol.Welcome(
        ice_servers=ICE_SERVERS, ice_transport_policy="all", **{"heartbeat": 20, **fields}
    )


def test_welcome():
    peer: dict[str, Any] = {"id": "b", "session": "t", "name": None, "away": False}
    message = welcome(
        id="a", polite=True, token="t.o.k", resumed=False, peer=protocol.PresentPeer(**peer)
    )
    assert json.loads(protocol.encode(message)) == {
        "type": "welcome", "id": "a", "polite": True, "token": "t.o.k", "resumed": False,
        "iceServers": [{"urls": ["stun:stun.example.org"]}], "iceTransportPolicy": "all",
        "heartbeat": 20, "peer": peer,
    }  # fmt: skip


def test_welcome_to_an_empty_room():
    message = welcome(id="a", polite=False, token="t", resumed=True, heartbeat=0.5, peer=None)
    assert json.loads(protocol.encode(message))["peer"] is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            protocol.PeerJoined(protocol.Peer("b", "s", "Bo"), resumed=True),
            {
                "type": "peer-joined",
                "peer": {"id": "b", "session": "s", "name": "Bo"},
                "resumed": True,
            },
        ),
        (
            protocol.PeerAway(protocol.PeerId("b"), 30),
            {"type": "peer-away", "peer": {"id": "b"}, "grace": 30, "going": False},
        ),
        (
            protocol.PeerLeft(protocol.PeerId("b"), "timeout"),
            {"type": "peer-left", "peer": {"id": "b"}, "reason": "timeout"},
        ),
        (protocol.IceServers(ICE_SERVERS, "all"), {"type": "ice-servers", **ICE}),
        (protocol.Pong(), {"type": "pong"}),
        (
            protocol.Error.of(errors.RoomFull()),
            {
                "type": "error",
                "code": "room-full",
                "message": "Two people are in this call already.",
            },
        ),
    ],
)
def test_server_message(message, expected):
    assert json.loads(protocol.encode(message)) == expected


def test_what_no_longer_fits_with_its_sender_is_refused():
    frame = encode(type="offer", sdp="x" * (protocol.MAX_FRAME_BYTES - 40))
    assert len(frame) <= protocol.MAX_FRAME_BYTES
    with pytest.raises(errors.BadField):
        relay(decode(frame), "0123456789abcdef" * 2)
