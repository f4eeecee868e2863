"""Servers that restart, die or lose their Redis: the call goes on."""

import asyncio
import signal
import time

import pytest

from tests.conftest import StartDaphne, StartServer
from tests.faults.conftest import Measure, StartProxy
from tests.faults.test_signaling import still_fine
from tests.support.browsers import both_move
from tests.support.peers import WirePeer, in_a_call, new_room
from tests.support.processes import (
    Daphne,
    RedisServer,
    Server,
    Uvicorn,
    Workers,
    free_port,
    running,
)
from tests.support.visits import Visit, start_call, whole_link


@pytest.mark.parametrize(
    ("layer", "number"),
    [
        ("in-memory", signal.SIGKILL),
        ("Redis", signal.SIGTERM),
        pytest.param("in-memory", signal.SIGTERM, marks=pytest.mark.long),
        pytest.param("Redis", signal.SIGKILL, marks=pytest.mark.long),
    ],
)
async def test_the_server_restarts(
    visit: Visit, redis_server: RedisServer, measure: Measure, number: signal.Signals, layer: str
) -> None:
    port = free_port()
    env = {"REDIS_URL": redis_server.url if layer == "Redis" else ""}
    url = f"http://127.0.0.1:{port}{whole_link()}"
    async with running(Daphne(port, env)) as daphne:
        ada, bo = await start_call(visit, url, url)
        ids = [(await person.welcomes())[0]["id"] for person in (ada, bo)]
        for person in (ada, bo):
            await person.watch_picture()
        daphne.send_signal(number)
        code = await daphne.wait()
    assert code == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    async with running(Daphne(port, env)):
        started = time.monotonic()
        again = [await person.welcomed(2) for person in (ada, bo)]
        back = time.monotonic() - started
        assert back < 2
        assert [welcome["id"] for welcome in again] == ids
        assert {welcome["polite"] for welcome in again} == {True, False}
        await still_fine(ada, bo)
        gaps = [await person.longest_gap() for person in (ada, bo)]
        measure(f"{number.name} to the server, {layer}, then a restart",
                signaling=back * 1000, picture=max(gaps))  # fmt: skip


async def test_renegotiation_needs_no_server(visit: Visit, start_daphne: StartDaphne) -> None:
    """Offers, answers and candidates travel from browser to browser while they can."""
    daphne = await start_daphne()
    url = daphne.url + whole_link()
    ada, bo = await start_call(visit, url, url)
    await daphne.kill()
    for person in (ada, bo):
        await person.says("#notice", "call goes on")
    for person in (ada, bo):
        await person.renegotiates()
        await asyncio.gather(ada.sees_and_hears(), bo.sees_and_hears())
    await both_move(ada, bo)


async def test_a_worker_dies(
    visit: Visit, daphnes: list[Daphne], start_daphne: StartDaphne, redis_server: RedisServer,
    start_proxy: StartProxy, measure: Measure,
) -> None:  # fmt: skip
    """With Redis, the peer lands on another worker, also where nobody noticed the death."""
    doomed = await start_daphne(REDIS_URL=redis_server.url)
    proxy = await start_proxy(doomed.port, daphnes[0].port)
    path = whole_link()
    ada, bo = await start_call(visit, proxy.url + path, daphnes[1].url + path)
    first = (await ada.welcomes())[0]
    await ada.watch_picture()
    started = time.monotonic()
    await doomed.kill()
    again = await ada.welcomed(2)
    back = time.monotonic() - started
    assert back < 2
    assert again["id"] == first["id"]
    await still_fine(ada, bo)
    measure("SIGKILL to one worker of several", signaling=back * 1000,
            picture=await ada.longest_gap())  # fmt: skip


async def test_workers_are_replaced_one_by_one(
    visit: Visit, redis_server: RedisServer, measure: Measure
) -> None:
    """A new version, without an end of anybody's call: both sockets are closed and come back."""
    workers = Workers(2, "daphne", {"REDIS_URL": redis_server.url})
    async with running(workers):
        url = workers.url + whole_link()
        ada, bo = await start_call(visit, url, url)
        ids = [(await person.welcomes())[0]["id"] for person in (ada, bo)]
        for person in (ada, bo):
            await person.watch_picture()
        workers.send_signal(signal.SIGHUP)
        await workers.printed("All workers are new", timeout=60)
        again = [await person.welcomed(2) for person in (ada, bo)]
        assert [welcome["id"] for welcome in again] == ids
        await still_fine(ada, bo)
        gaps = [await person.longest_gap() for person in (ada, bo)]
        measure("SIGHUP: two workers are replaced one by one", picture=max(gaps))


async def test_redis_dies_and_returns(
    visit: Visit, start_daphne: StartDaphne, tmp_path, measure: Measure
) -> None:
    """Sockets stay open, new calls are refused with a sentence; then all is as before."""
    port = free_port()
    async with running(RedisServer(port, tmp_path)) as redis:
        one = await start_daphne(REDIS_URL=redis.url)
        two = await start_daphne(REDIS_URL=redis.url)
        path = whole_link()
        ada, bo = await start_call(visit, one.url + path, two.url + path)
        await ada.watch_picture()
        marks = [len(daphne.lines) for daphne in (one, two)]
    for daphne, mark in zip((one, two), marks, strict=True):
        await daphne.printed("[WARNING] Redis is out of reach", since=mark)
    late = await visit(one.url + whole_link())
    await late.join("Cy")
    await late.says("#notice, #join-status", "server")
    assert len(await ada.welcomes()) == len(await bo.welcomes()) == 1
    await ada.sees_and_hears()

    async with running(RedisServer(port, tmp_path)):
        started = time.monotonic()
        for daphne, mark in zip((one, two), marks, strict=True):
            await daphne.printed("[INFO] Redis is back", since=mark)
        back = time.monotonic() - started
        await late.phase("waiting")
        await still_fine(ada, bo)
        # Nobody had to connect again, and each process said each thing once.
        assert len(await ada.welcomes()) == len(await bo.welcomes()) == 1
        for daphne in (one, two):
            for sentence in ("Redis is out of reach", "Redis is back"):
                assert daphne.output.count(sentence) == 1
        # The seats are known again: a third is not let in.
        third = await visit(one.url + path)
        await third.join("Di")
        await third.screen("full")
        measure("Redis restarts empty", signaling=back * 1000, picture=await ada.longest_gap())


async def test_a_join_is_held_up_by_a_slow_worker(
    daphnes: list[Daphne], start_daphne: StartDaphne, redis_server: RedisServer
) -> None:
    """The page has given up and joined elsewhere: the slow join must not disturb that."""
    slow = await start_daphne(REDIS_URL=redis_server.url)
    friend, first = WirePeer(daphnes[1].address, room := new_room()), WirePeer(slow.address, room)
    await friend.connect()
    await friend.join()
    await first.connect()
    slow.send_signal(signal.SIGSTOP)
    await first.send("join", session="s", key="k" * 24, order=1)
    second = WirePeer(daphnes[0].address, room)
    await second.connect()
    await second.join("s", key="k" * 24, order=2)
    await friend.expect("peer-joined", peer={"id": second.id, "session": "s", "name": None})
    slow.send_signal(signal.SIGCONT)
    await first.expect_error("taken-over")
    for peer in (second, friend):
        await peer.expect_nothing()
    for peer in (first, second, friend):
        await peer.drop()


async def test_redis_does_not_answer_for_a_while(start_daphne: StartDaphne, tmp_path) -> None:
    """Unlike one that is gone it takes connections, and says nothing."""
    async with running(RedisServer(free_port(), tmp_path)) as redis:
        daphnes = [await start_daphne(REDIS_URL=redis.url) for _ in range(2)]
        one, two = peers = await in_a_call(*(daphne.address for daphne in daphnes))
        redis.send_signal(signal.SIGSTOP)
        await one.send("ice", candidate=None)
        await one.expect_error("peer-unreachable")
        late = WirePeer(daphnes[0].address, new_room())
        await late.connect()
        await late.send("join", session="s")
        await late.expect_error("unavailable")
        assert await late.expect_close() == 4012
        for peer in peers:
            await peer.expect_nothing()
        redis.send_signal(signal.SIGCONT)
        await daphnes[0].printed("Redis is back")
        # Each compares with the other; what was published meanwhile may still arrive.
        await one.send("offer", sdp="after")
        while (message := await two.receive())["type"] != "offer":
            assert message["type"] in ("peer-joined", "ice"), message
        assert message["sdp"] == "after"
        assert daphnes[0].output.count("Redis is out of reach") == 1
        for peer in peers:
            await peer.drop()


@pytest.mark.long
async def test_redis_closes_idle_connections(
    visit: Visit, start_daphne: StartDaphne, redis_server: RedisServer
) -> None:
    one = await start_daphne(REDIS_URL=redis_server.url)
    two = await start_daphne(REDIS_URL=redis_server.url)
    path = whole_link()
    ada, bo = await start_call(visit, one.url + path, two.url + path)
    for kind in ("normal", "pubsub"):
        redis_server.ask("CLIENT", "KILL", "TYPE", kind)
    await asyncio.gather(*(d.printed("Redis is back") for d in (one, two)))
    await still_fine(ada, bo)
    assert len(await ada.welcomes()) == len(await bo.welcomes()) == 1


@pytest.mark.parametrize("layer", ["in-memory", "Redis"])
@pytest.mark.parametrize(
    ("program", "close", "status"), [(Daphne, 4012, 0), (Uvicorn, 1012, -signal.SIGTERM)]
)
async def test_shutdown_ends_in_time_whatever_hangs(
    start_server: StartServer, program: type[Server], close: int, status: int, layer: str, tmp_path
) -> None:
    """SIGTERM with a Redis that answers nothing: clients are told to come back, within 10 s."""
    import websockets
    from websockets.typing import Origin

    async with running(RedisServer(free_port(), tmp_path)) as redis:
        env = {"REDIS_URL": redis.url} if layer == "Redis" else {}
        server = await start_server(program, **env)
        async with websockets.connect(
            server.ws + "/ws/call/some-room/", origin=Origin(server.url)
        ) as socket:
            await socket.send('{"type":"join","session":"s"}')
            await socket.recv()
            redis.send_signal(signal.SIGSTOP)
            started = time.monotonic()
            server.send_signal(signal.SIGTERM)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == close
            assert await server.wait() == status
            assert time.monotonic() - started < 10
        redis.send_signal(signal.SIGCONT)
