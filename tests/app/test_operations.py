"""What an operator is told: figures, whether the server is ready, lines of the log as JSON."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import StartServer
from tests.support.commands import Page, get
from tests.support.peers import WirePeer
from tests.support.processes import Daphne, RedisServer, Server, Uvicorn, free_port, running

TOKEN = "of-the-tests-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PROGRAMS = pytest.mark.parametrize("program", [Daphne, Uvicorn])

Figures = dict[tuple[str, str], float]


async def figures(server: Server) -> Figures:
    """Each by its name and the value of its one label, "" without one."""
    page = await get(server.address, "/metrics", **BEARER)
    assert page.status == 200
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


async def soon(holds: Callable[[], Awaitable[bool]]) -> None:
    """What is known of another process is what it answers: it is asked until it says so."""
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def until(server: Server, name: str, value: float, label: str = "") -> None:
    """A server learns of what a client does a moment later."""

    async def holds() -> bool:
        return (await figures(server))[name, label] == value

    await soon(holds)


async def state(server: Server) -> tuple[int, dict[str, Any]]:
    page = await get(server.address, "/readyz")
    return page.status, json.loads(page.body)


async def until_ready(server: Server, status: int) -> None:
    """An answer is good for a second."""

    async def holds() -> bool:
        return (await state(server))[0] == status

    await soon(holds)


async def two(servers: list[Server], room: str) -> list[WirePeer]:
    """Two people in a call, who know of each other."""
    peers = [WirePeer(server.address, room) for server in servers]
    for number, peer in enumerate(peers):
        await peer.connect()
        await peer.join(session=str(number))
    await peers[0].expect("peer-joined")
    return peers


# -- Figures ----------------------------------------------------------------------------------


async def test_without_a_token_there_are_no_figures(daphne: Daphne):
    assert (await get(daphne.address, "/metrics", **BEARER)).status == 404


@PROGRAMS
async def test_who_may_have_the_figures(start_server: StartServer, program: type[Server]):
    server = await start_server(program, METRICS_TOKEN=TOKEN)

    async def ask(authorization: str | None) -> Page:
        headers = {} if authorization is None else {"Authorization": authorization}
        return await get(server.address, "/metrics", **headers)

    for wrong in (None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN):
        page = await ask(wrong)
        assert (page.status, page.headers["WWW-Authenticate"]) == (401, "Bearer"), wrong
        assert "duet_" not in page.text
    page = await ask(BEARER["Authorization"])
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in page.headers["Cache-Control"]


@PROGRAMS
async def test_the_figures_of_a_call(start_server: StartServer, program: type[Server], room: str):
    server = await start_server(program, METRICS_TOKEN=TOKEN, REVISION="v1")
    before = await figures(server)
    assert before["duet_joins_total", "seated"] == before["duet_resumes_total", "seated"] == 0
    assert before["duet_build_info", "v1,0"] == 1

    ada, bo = await two([server] * 2, room)
    for number in range(64):
        await ada.send("ice", candidate={"candidate": str(number)})
        await bo.expect("ice")
    await ada.send("report", event="connected", ms=640)
    await bo.send("report", event="connected", ms=2500, relayed=True)
    await bo.send("report", event="failed")
    third = WirePeer(server.address, room)
    await third.connect()
    await third.send("join", session="third")
    await third.expect_error("room-full")
    assert await third.expect_close() == 4409
    await ada.drop()
    await bo.expect("peer-away")
    await ada.connect()
    await ada.join(session="new", token=ada.token)
    await bo.expect("peer-joined", resumed=True)
    forger = WirePeer(server.address, room)
    await forger.connect()
    await forger.send("join", session="forger", token="forged")
    await forger.expect_error("bad-token")

    await until(server, "duet_sockets", 2)
    now = await figures(server)
    expected = {
        ("duet_seats", ""): 2,
        ("duet_calls", ""): 1,
        ("duet_calls_begun_total", ""): 1,
        ("duet_draining", ""): 0,
        ("duet_joins_total", "seated"): 2,
        ("duet_joins_total", "room-full"): 1,
        ("duet_resumes_total", "seated"): 1,
        ("duet_resumes_total", "bad-token"): 1,
        ("duet_refusals_total", "room-full"): 1,
        ("duet_refusals_total", "bad-token"): 1,
        ("duet_messages_total", "ice"): 64,
        ("duet_messages_total", "join"): 5,
        ("duet_messages_total", "report"): 3,
        # One in sixteen.
        ("duet_relay_seconds_count", ""): 4,
        ("duet_media_connect_seconds_sum", "direct"): 0.64,
        ("duet_media_connect_seconds_sum", "relay"): 2.5,
        ("duet_media_failures_total", ""): 1,
    }
    assert {key: now.get(key) for key in expected} == expected
    assert 0 < now["duet_relay_seconds_sum", ""] < 1
    assert not {name for name, _ in now if name.startswith(("duet_redis", "duet_turn"))}

    await ada.send("leave")
    assert await ada.expect_close() == 1000
    await until(server, "duet_calls", 0)
    await bo.drop()
    await until(server, "duet_sockets", 0)
    assert (await figures(server))["duet_seats", ""] == 0


async def test_a_call_between_two_processes_counts_once(
    start_server: StartServer, redis_server: RedisServer, room: str
):
    env = {"METRICS_TOKEN": TOKEN, "REDIS_URL": redis_server.url}
    servers = [await start_server(Daphne, **env) for _ in range(2)]
    peers = await two(servers, room)
    for number in range(16):
        await peers[0].send("ice", candidate={"candidate": str(number)})
        await peers[1].expect("ice")
    await until(servers[1], "duet_relay_seconds_count", 1)
    found = [await figures(server) for server in servers]
    for name, each in {
        "duet_calls": [0, 1],
        "duet_calls_begun_total": [0, 1],
        "duet_seats": [1, 1],
        "duet_sockets": [1, 1],
        "duet_redis_up": [1, 1],
    }.items():
        assert [one[name, ""] for one in found] == each, name
    # Measured where it arrives, with the time that it came at the other process.
    assert [one["duet_relay_seconds_count", ""] for one in found] == [0, 1]
    for peer in peers:
        await peer.drop()


async def test_a_call_goes_on_as_one_when_somebody_comes_back(start_server: StartServer, room: str):
    server = await start_server(Daphne, METRICS_TOKEN=TOKEN)
    ada, bo = await two([server] * 2, room)
    for comes_back, other in ((ada, bo), (bo, ada)):
        await comes_back.drop()
        await other.expect("peer-away")
        await comes_back.connect()
        await comes_back.join(session="new", token=comes_back.token)
        await other.expect("peer-joined")
    await until(server, "duet_sockets", 2)
    found = await figures(server)
    assert (found["duet_calls", ""], found["duet_calls_begun_total", ""]) == (1, 1)
    await ada.send("leave")
    await bo.expect("peer-left")
    cy = WirePeer(server.address, room)
    await cy.connect()
    await cy.join(session="cy")
    await bo.expect("peer-joined")
    found = await figures(server)
    assert (found["duet_calls", ""], found["duet_calls_begun_total", ""]) == (1, 2)
    for peer in (bo, cy):
        await peer.drop()


async def test_redis_goes_and_comes_back(start_server: StartServer, room: str, tmp_path: Path):
    port = free_port()
    redis = RedisServer(port, tmp_path)
    async with running(redis):
        server = await start_server(Daphne, METRICS_TOKEN=TOKEN, REDIS_URL=redis.url)
        assert (await figures(server))["duet_redis_up", ""] == 1
        status, found = await state(server)
        assert (status, found["ready"]) == (200, True)
        assert found["layer"]["kind"] == "redis"
        assert found["layer"]["ms"] > 0
        ada, bo = await two([server] * 2, room)
        errors = (await figures(server))["duet_redis_errors_total", ""]
        await redis.kill()
        await until(server, "duet_redis_up", 0)
        await server.printed("Redis is out of reach")
    await until_ready(server, 503)
    status, found = await state(server)
    assert (status, found["ready"]) == (503, False)
    assert found["layer"] == {"kind": "redis", "ok": False, "ms": None}
    third = WirePeer(server.address, room)
    await third.connect()
    await third.send("join", session="third")
    await third.expect_error("unavailable")
    assert (await figures(server))["duet_redis_errors_total", ""] > errors
    async with running(RedisServer(port, tmp_path)):
        await server.printed("Redis is back")
        await until(server, "duet_redis_up", 1)
        await until_ready(server, 200)
        for peer in (ada, bo):
            await peer.drop()


# -- Ready or not -----------------------------------------------------------------------------


@PROGRAMS
async def test_a_server_that_needs_nothing_is_ready(
    start_server: StartServer, program: type[Server]
):
    server = await start_server(program)
    layer, database = {"kind": "memory", "ok": True, "ms": 0}, {"kind": "none", "ok": True, "ms": 0}
    expected = {"ready": True, "draining": False, "layer": layer, "database": database}
    assert await state(server) == (200, expected)


async def test_a_database_that_is_used_is_asked(start_server: StartServer, tmp_path: Path):
    server = await start_server(Daphne, DATABASE_URL=f"sqlite:///{tmp_path}/duet.sqlite3")
    status, found = await state(server)
    assert (status, found["database"]["kind"], found["database"]["ok"]) == (200, "sqlite", True)


async def test_a_database_that_hangs_does_not_hold_the_answer_up(start_server: StartServer):
    """Something listens there, and says nothing."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        url = f"postgres://duet:SEKRET@127.0.0.1:{port}/duet"
        server = await start_server(Daphne, DATABASE_URL=url)
        begun = asyncio.get_running_loop().time()
        status, found = await state(server)
        assert asyncio.get_running_loop().time() - begun < 5
        assert found["database"] == {"kind": "postgresql", "ok": False, "ms": None}
        # Calls do not need it.
        assert (status, found["ready"]) == (200, True)
        peer = WirePeer(server.address, "some-room")
        await peer.connect()
        await peer.join()
        await peer.drop()
        await server.kill()


# -- The end ----------------------------------------------------------------------------------


@PROGRAMS
async def test_a_server_that_goes_down_is_not_ready_and_lets_nobody_in(
    start_server: StartServer, program: type[Server], room: str
):
    """While it closes its sockets, one after the other."""
    server = await start_server(program, METRICS_TOKEN=TOKEN, DRAIN_SECONDS="600")
    peers = [WirePeer(server.address, f"{room}-{number}") for number in range(300)]
    for peer in peers:
        await peer.connect()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    server.send_signal(signal.SIGTERM)
    await until(server, "duet_draining", 1)
    status, found = await state(server)
    assert (status, found["ready"], found["draining"]) == (503, False, True)
    assert (await get(server.address, "/healthz")).status == 200
    late = WirePeer(server.address, room)
    await late.connect()
    await late.expect_error("going-down")
    assert await late.expect_close() == 4012

    async def end(peer: WirePeer) -> tuple[float, int]:
        code = await peer.closed()
        return loop.time() - begun, code

    ends = await asyncio.gather(*map(end, peers))
    assert {code for _, code in ends} == ({4012} if program is Daphne else {1012})
    # A hundred a second: not all at once, and not for as long as they may take.
    times = sorted(time for time, _ in ends)
    assert 2 < times[-1] - times[0] < 20
    await server.wait()


# -- The log ----------------------------------------------------------------------------------


@PROGRAMS
async def test_lines_as_json(start_server: StartServer, program: type[Server], room: str):
    server = await start_server(program, LOG_FORMAT="json")
    ada, bo = await two([server] * 2, room)
    await get(server.address, "/nothing")
    await get(server.address, f"/call/{room}/")
    for peer in (ada, bo):
        await peer.send("leave")
        await peer.drop()
    server.send_signal(signal.SIGTERM)
    await server.wait()
    lines = [json.loads(line) for line in server.lines]
    first = lines[0]
    assert first["time"].endswith("+00:00")
    del first["time"]
    assert first == {"level": "INFO", "logger": "calls", "message": "Using InMemory channel layer"}
    assert room not in server.output
    steps = [line for line in lines if line["logger"] == "calls.operations.journal"]
    joined = [line for line in steps if line["message"].endswith("joined")]
    assert len({line["call"] for line in steps}) == 1
    assert len({line["connection"] for line in joined}) == len(joined) == 2
    call = joined[0]["call"]
    assert joined[0]["message"].startswith(f"call {call} ")
    access = "daphne.access" if program is Daphne else "uvicorn.access"
    pages = [line["message"] for line in lines if line["logger"] == access]
    # One home for what a call is known by.
    assert any(f"GET /call/{call}/" in page for page in pages)
    assert any("/nothing" in page for page in pages)
    assert {"django.request", "calls"} <= {line["logger"] for line in lines}
