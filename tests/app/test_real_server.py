"""The protocol as a client sees it: over TCP, from both ASGI servers, with and without Redis."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from socket import SO_ERROR, SO_RCVBUF, SOL_SOCKET
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from calls.protocol import MAX_FRAME_BYTES
from tests.conftest import StartServer
from tests.support.peers import Closed, Message, WirePeer
from tests.support.processes import Daphne, RedisServer, Server, Uvicorn

Connect = Callable[..., Awaitable[WirePeer]]
SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"


@pytest.fixture(params=["daphne", "uvicorn", "two daphnes and Redis"])
def servers(request: pytest.FixtureRequest) -> list[Server]:
    """Where the first and where the second person of a call connect."""
    if request.param.startswith("two"):
        return list(request.getfixturevalue("daphnes"))
    return [request.getfixturevalue(request.param)] * 2


@pytest.fixture
async def connect(room: str) -> AsyncIterator[Connect]:
    """Opens sockets to a server, in the test's room, and ends them all."""
    peers: list[WirePeer] = []

    async def open_socket(server: Server, in_room: str = room, **options: Any) -> WirePeer:
        peer = WirePeer(server.address, in_room, **options)
        peers.append(peer)
        await peer.connect()
        return peer

    yield open_socket
    for peer in peers:
        await peer.drop()


@pytest.fixture
async def pair(connect: Connect, servers: list[Server]) -> tuple[WirePeer, WirePeer]:
    one, two = await connect(servers[0]), await connect(servers[1])
    await one.join("session-1", name="Ada")
    await two.join("session-2", name="Bo")
    await one.expect("peer-joined")
    return one, two


# -- The handshake ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["call.v1"], "call.v1"), (["call.v9", "call.v1"], "call.v1"), ([], None)],
)
async def test_subprotocol(
    connect: Connect, server: Server, offered: list[str], chosen: str | None
):
    peer = await connect(server, subprotocols=offered)
    assert peer.chosen == chosen
    await peer.join()


async def test_only_unknown_versions_are_refused(connect: Connect, server: Server):
    peer = await connect(server, subprotocols=["call.v9"])
    assert peer.chosen is None
    await peer.expect_error("unsupported-version")
    assert await peer.expect_close() == 4400


@pytest.mark.parametrize(
    "origin", ["", "null", "https://evil.example", "http://127.0.0.1", "https://{address}"]
)
async def test_other_origins_are_refused(connect: Connect, server: Server, origin: str):
    """An empty one is not sent at all."""
    with pytest.raises(InvalidStatus) as caught:
        await connect(server, origin=origin.format(address=server.address))
    assert caught.value.response.status_code == HTTPStatus.FORBIDDEN


async def test_bad_room(connect: Connect, server: Server):
    peer = await connect(server, "No_Room")
    await peer.expect_error("bad-room")
    assert await peer.expect_close() == 4400


# -- A call -----------------------------------------------------------------------------------


async def test_two_meet_talk_and_part(pair: tuple[WirePeer, WirePeer]):
    one, two = pair
    assert two.welcome["peer"] == {
        "id": one.id, "session": "session-1", "name": "Ada", "away": False,
    }  # fmt: skip
    assert one.welcome["polite"] is not two.welcome["polite"]
    for sender, receiver in ((one, two), (two, one)):
        await sender.send("offer", sdp=SDP, session="x", **{"from": "forged"})
        assert await receiver.receive() == {
            "type": "offer", "from": sender.id, "sdp": SDP, "session": "x",
        }  # fmt: skip
        for n in range(50):
            await sender.send("ice", candidate={"candidate": str(n)})
        assert [(await receiver.receive())["candidate"]["candidate"] for _ in range(50)] == [
            str(n) for n in range(50)
        ]
    await two.send("leave")
    assert await two.expect_close() == 1000
    await one.expect("peer-left", peer={"id": two.id}, reason="left")
    await one.send("offer", sdp=SDP)
    await one.expect_error("peer-unreachable")


async def test_last_words_arrive_before_the_news_of_leaving(pair: tuple[WirePeer, WirePeer]):
    """Also where the way to the other process is long, and nothing waits for answers."""
    one, two = pair
    for n in range(100):
        await one.send("ice", candidate={"candidate": str(n)})
    await one.send("leave")
    received = [await two.receive() for _ in range(101)]
    assert [m["candidate"]["candidate"] for m in received[:100]] == [str(n) for n in range(100)]
    assert (received[100]["type"], received[100]["reason"]) == ("peer-left", "left")


async def test_who_is_dismissed_is_out(
    pair: tuple[WirePeer, WirePeer], connect: Connect, servers: list[Server]
):
    """Also of the process that it comes back to."""
    one, two = pair
    await one.send("dismiss", id=two.id)
    await one.expect("peer-left", peer={"id": two.id}, reason="dismissed")
    await two.expect_error("dismissed")
    assert await two.expect_close() == 4411
    for server in servers:
        again = await connect(server)
        await again.send("join", session="session-2", token=two.token)
        await again.expect_error("dismissed")
        assert await again.expect_close() == 4411


async def test_a_dropped_socket_comes_back(
    pair: tuple[WirePeer, WirePeer], connect: Connect, servers: list[Server]
):
    """To either process: the one it was on, and the other."""
    one, two = pair
    for server in servers:
        await one.drop()
        await two.expect("peer-away", peer={"id": one.id}, grace=30)
        again = await connect(server)
        welcome = await again.join("session-1", token=one.token)
        assert (welcome["id"], welcome["resumed"]) == (one.id, True)
        assert welcome["peer"]["id"] == two.id
        await two.expect("peer-joined", resumed=True)
        await two.send("offer", sdp=SDP)
        await again.expect("offer")
        one = again


async def test_a_page_that_goes_is_told_from_a_broken_connection(
    pair: tuple[WirePeer, WirePeer], connect: Connect, servers: list[Server]
):
    one, two = pair
    await one.drop(1001)
    await two.expect("peer-away", peer={"id": one.id}, grace=10, going=True)


async def test_a_seat_is_taken_over(
    pair: tuple[WirePeer, WirePeer], connect: Connect, servers: list[Server]
):
    one, two = pair
    again = await connect(servers[1])
    await again.join("session-3", token=one.token)
    await one.expect_error("taken-over")
    assert await one.expect_close() == 4001
    await two.expect("peer-joined", resumed=True)
    await again.send("offer", sdp=SDP)
    await two.expect("offer")


async def test_a_third_is_refused(
    pair: tuple[WirePeer, WirePeer], connect: Connect, servers: list[Server]
):
    for server in servers:
        third = await connect(server)
        await third.send("join", session="s")
        await third.expect_error("room-full")
        assert await third.expect_close() == 4409
    for peer in pair:
        await peer.expect_nothing()


async def test_a_slow_client_learns_why_it_is_refused(
    pair: tuple[WirePeer, WirePeer], connect: Connect, servers: list[Server]
):
    """Taken for a lost connection, 4409 or 4001 would make it come back again and again."""
    third = await connect(servers[0])
    third.socket.transport.pause_reading()
    await third.send("join", session="s")
    await asyncio.sleep(1.5)  # servers like to give up after a second
    own = third.socket.transport.get_extra_info("socket")
    assert own.getsockopt(SOL_SOCKET, SO_ERROR) == 0  # not reset: on some systems that loses all
    third.socket.transport.resume_reading()
    await third.expect_error("room-full")
    assert await third.expect_close() == 4409


async def test_a_token_holds_in_every_process(connect: Connect, servers: list[Server], room: str):
    one, two = await connect(servers[0]), await connect(servers[1], f"{room}-2")
    await one.join()
    await two.send("join", session="s", token=one.token)
    await two.expect_error("bad-token")
    assert await two.expect_close() == 4403


async def test_of_fifty_sockets_at_once_two_come_in(connect: Connect, servers: list[Server]):
    peers = await asyncio.gather(*(connect(servers[n % 2]) for n in range(50)))
    await asyncio.gather(*(peer.send("join", session=f"s{n}") for n, peer in enumerate(peers)))

    async def outcome(peer: WirePeer) -> str:
        message = await peer.receive()
        if message["type"] == "welcome":
            peer.welcome = message
            return "in"
        return f"{message['code']} {await peer.expect_close()}"

    outcomes = await asyncio.gather(*(outcome(peer) for peer in peers))
    assert sorted(outcomes) == ["in"] * 2 + ["room-full 4409"] * 48
    one, two = sorted((p for p in peers if p.welcome), key=lambda p: p.welcome["peer"] is not None)
    assert two.welcome["peer"]["id"] == one.id
    assert one.welcome["polite"] is not two.welcome["polite"]
    await one.expect("peer-joined")
    await one.send("offer", sdp=SDP)
    await two.expect("offer", **{"from": one.id})


async def test_a_crowd_at_the_door_unseats_nobody(
    pair: tuple[WirePeer, WirePeer], connect: Connect, servers: list[Server]
):
    """Each of them has the two asked whether they are alive: more than a mailbox holds."""
    crowd = await asyncio.gather(*(connect(servers[0]) for _ in range(300)))
    await asyncio.gather(*(peer.send("join", session="s") for peer in crowd))
    answers = await asyncio.gather(*(peer.receive() for peer in crowd))
    assert {answer.get("code") for answer in answers} == {"room-full"}
    for peer in pair:
        await peer.expect_nothing()


# -- Limits and close codes -------------------------------------------------------------------


async def test_the_largest_frame(connect: Connect, server: Server):
    peer = await connect(server)
    frame = '{"type":"ping","x":""}'
    await peer.send_frame(frame.replace('""', f'"{"x" * (MAX_FRAME_BYTES - len(frame))}"'))
    await peer.expect("pong")


async def test_the_largest_offer_does_not_end_the_other_socket(pair: tuple[WirePeer, WirePeer]):
    """With ``from`` it is larger than a frame may be: relayed whole, or refused, not fatal."""
    one, two = pair
    frame = '{"type":"offer","sdp":""}'
    await one.send_frame(frame.replace('""', f'"{"x" * (MAX_FRAME_BYTES - len(frame))}"'))
    await one.send("answer", sdp="after")
    received = await two.receive()
    if received["type"] == "offer":
        assert len(received["sdp"]) == MAX_FRAME_BYTES - len(frame)
        received = await two.receive()
    else:
        await one.expect("error")
    assert received["type"] == "answer"


@pytest.mark.parametrize("size", [MAX_FRAME_BYTES + 1, MAX_FRAME_BYTES * 40])
@pytest.mark.parametrize("kind", [str, bytes])
async def test_a_frame_that_is_too_large(pair: tuple[WirePeer, WirePeer], size: int, kind: type):
    one, two = pair
    with contextlib.suppress(ConnectionClosed):  # in the middle of the frame
        await one.send_frame("x" * size if kind is str else b"x" * size)
    assert await one.expect_close() == 1009
    await two.expect("peer-away", peer={"id": one.id})


@pytest.mark.parametrize(
    "programs", [[Daphne], [Uvicorn], [Daphne, Daphne]], ids=["daphne", "uvicorn", "two daphnes"]
)
async def test_a_client_that_does_not_read_is_dropped(
    programs: list[type[Server]],
    start_server: StartServer,
    redis_server: RedisServer,
    connect: Connect,
):
    """What waits for it must not fill the server's memory, however much may be sent to it."""
    env = {"MESSAGE_BURST": "100000"}
    if len(programs) > 1:
        env["REDIS_URL"] = redis_server.url
    servers = [await start_server(program, **env) for program in programs]
    one, two = await connect(servers[0]), await connect(servers[-1])
    await one.join()
    await two.join()
    await one.expect("peer-joined")
    two.socket.transport.pause_reading()
    # Its kernel must not take everything in its place.
    two.socket.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, 65_536)
    sdp = "x" * 60_000
    for _ in range(150):  # more than the sockets' own buffers hold
        await one.send("offer", sdp=sdp)
    one.patience = 30  # uvicorn holds the frame up, until our own limit ends that
    while (message := await one.receive())["type"] == "error":
        assert message["code"] == "peer-unreachable"
    assert message["type"] == "peer-away"


async def test_fragments_that_are_too_large_together(connect: Connect, server: Server):
    peer = await connect(server)
    await peer.send_frame(["x" * (MAX_FRAME_BYTES // 2)] * 3)
    assert await peer.expect_close() == 1009


async def test_mistakes_are_survived_and_abuse_is_not(connect: Connect, server: Server):
    peer = await connect(server)
    await peer.send_frame(b"\x00\xff")
    await peer.expect_error("binary-frame")
    await peer.looks_in(somebody=False)
    for _ in range(9):
        await peer.send_frame("{")
        await peer.expect_error("bad-json")
    await peer.send_frame("{")
    await peer.expect_error("too-many-errors")
    assert await peer.expect_close() == 4400


async def test_the_limits_of_the_environment(start_daphne, connect: Connect):
    server = await start_daphne(
        JOIN_TIMEOUT="1", SEAT_GRACE="0.2", MESSAGE_RATE="1", MESSAGE_BURST="5", HEARTBEAT="7"
    )
    late = await connect(server)
    one, two = await connect(server), await connect(server)
    assert (await one.join())["heartbeat"] == 7
    await two.join()
    await one.expect("peer-joined")

    await two.drop()
    await one.expect("peer-away", grace=0.2)
    await one.expect("peer-left", reason="timeout")

    await late.expect_error("join-timeout")
    assert await late.expect_close() == 4408

    # At one a second the bucket cannot fill as fast as this empties it.
    for _ in range(200):
        await one.send_frame('{"type":"ping"}')
    answers, code = await receive_until_closed(one)
    assert {answer.get("code") for answer in answers} == {None, "rate-limited"}
    assert code == 4429


async def receive_until_closed(peer: WirePeer) -> tuple[list[Message], int]:
    answers = []
    try:
        while True:
            answers.append(await peer.receive())
    except Closed as end:
        return answers, end.code


async def test_invalid_unicode_never_reaches_the_application(connect: Connect, server: Server):
    """RFC 6455, section 8.1; 1007 is the server's own."""
    peer = await connect(server)
    await peer.socket.send(b'{"type":"ping","x":"\xff"}', text=True)
    assert await peer.expect_close() == 1007


# -- What the server prints -------------------------------------------------------------------


@pytest.mark.parametrize(("program", "last_line"), [(Daphne, "WSDISCONNECT"), (Uvicorn, "GET ")])
async def test_the_output_gives_nothing_away(
    start_server, connect: Connect, program: type[Server], last_line: str
):
    """Whoever knows a room's name can join it, whoever has a token can take its seat."""
    server = await start_server(program)
    room = f"secret-{secrets.token_hex(6)}"
    one, two = await connect(server, room), await connect(server, room)
    await one.join(name="Ada")
    await two.join()
    await one.send("offer", sdp=SDP)
    await two.expect("offer")
    for path in (
        f"/call/{room}/",
        f"/call/{room}/nothing",
        f"/call/a%20{room}./",
        f"/call/{room}?x=1",
        f"/?code={room}",
        f"/?code={room}_",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {server.address}\r\n\r\n".encode())
        await reader.read()
        writer.close()
        await writer.wait_closed()
    await two.send("leave")
    await two.expect_close()
    await server.printed(f"{two.id[:6]}: left")
    await server.printed(last_line)
    for secret in (room, one.token, two.token, "Ada", "v=0"):
        assert secret not in server.output
