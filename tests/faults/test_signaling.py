"""Sockets that drop, hang or lose messages: the call goes on and signaling comes back."""

import asyncio
import json
import time

import pytest
from playwright.async_api import WebSocketRoute

from tests.conftest import StartDaphne
from tests.faults.conftest import Measure, StartProxy
from tests.support.browsers import Person, both_move
from tests.support.peers import WirePeer, new_room
from tests.support.processes import Daphne, free_port, running
from tests.support.visits import Visit, start_call, whole_link


async def still_fine(*people: Person) -> None:
    """Media flows, mute reaches the other side, and a renegotiation succeeds."""
    one, other = people
    await one.sees_and_hears()
    await other.sees_and_hears()
    await one.page.click("#mute")
    await other.shows("#remote-muted")
    await one.page.click("#mute")
    await other.hides("#remote-muted")
    await one.renegotiates()
    await one.sees_and_hears()
    await other.sees_and_hears()


async def test_a_dropped_socket(
    visit: Visit, daphne: Daphne, start_proxy: StartProxy, measure: Measure
) -> None:
    proxy = await start_proxy(daphne.port)
    path = whole_link()
    ada, bo = await start_call(visit, proxy.url + path, daphne.url + path)
    first = (await ada.welcomes())[0]
    for person in (ada, bo):
        await person.watch_picture()

    started = time.monotonic()
    proxy.cut()
    again = await ada.welcomed(2)
    back = time.monotonic() - started

    assert again["id"] == first["id"]
    assert again["resumed"]
    assert again["peer"]["id"] == (await bo.welcomes())[0]["id"]
    assert back < 2
    await still_fine(ada, bo)
    gaps = [await person.longest_gap() for person in (ada, bo)]
    measure("one WebSocket drops", signaling=back * 1000, picture=max(gaps))


async def test_a_network_that_is_away_for_a_while(
    visit: Visit, daphne: Daphne, start_proxy: StartProxy, measure: Measure
) -> None:
    """Only a small notice while it is away; back within two seconds of the network."""
    proxy = await start_proxy(daphne.port)
    path = whole_link()
    ada, bo = await start_call(visit, proxy.url + path, daphne.url + path)
    await ada.watch_picture()
    proxy.go_offline()
    await ada.says("#notice", "call goes on")
    await proxy.attempts(8)
    await ada.phase("connected")
    proxy.go_online()
    started = time.monotonic()
    await ada.welcomed(2)
    back = time.monotonic() - started
    assert back < 2
    await ada.hides("#notice")
    await still_fine(ada, bo)
    measure("no network to the server for seconds", signaling=back * 1000,
            picture=await ada.longest_gap())  # fmt: skip


@pytest.mark.long
async def test_a_half_open_socket(
    visit: Visit, start_daphne: StartDaphne, start_proxy: StartProxy, measure: Measure
) -> None:
    """Nothing is closed, nothing arrives: the heartbeat notices."""
    daphne = await start_daphne(HEARTBEAT="1")
    proxy = await start_proxy(daphne.port)
    path = whole_link()
    ada, bo = await start_call(visit, proxy.url + path, daphne.url + path)
    first = (await ada.welcomes())[0]
    await ada.watch_picture()
    proxy.freeze()
    started = time.monotonic()
    again = await ada.welcomed(2)
    back = time.monotonic() - started
    assert again["id"] == first["id"]
    await still_fine(ada, bo)
    measure("a half-open socket (heartbeat of 1 s)", signaling=back * 1000,
            picture=await ada.longest_gap())  # fmt: skip


async def test_the_server_notices_a_half_open_socket(start_proxy: StartProxy) -> None:
    """By WebSocket pings, which a browser answers however slow the timers of its tab are."""
    options = ("--ping-interval", "1", "--ping-timeout", "2")
    async with running(Daphne(free_port(), {}, options)) as daphne:
        proxy = await start_proxy(daphne.port)
        room = new_room()
        one = WirePeer(daphne.address, room)
        two = WirePeer(f"127.0.0.1:{proxy.port}", room)
        for peer in (one, two):
            await peer.connect()
            await peer.join()
        await one.expect("peer-joined")
        proxy.freeze()
        await one.expect("peer-away", peer={"id": two.id})
        for peer in (one, two):
            await peer.drop()


async def test_a_slow_network(visit: Visit, daphne: Daphne, start_proxy: StartProxy) -> None:
    """Half a second each way: everything takes longer and works."""
    proxy = await start_proxy(daphne.port)
    path = whole_link()
    ada = await visit(proxy.url + path)
    proxy.delay = 0.5
    await ada.join("Ada")
    bo = await visit(daphne.url + path)
    await bo.join("Bo")
    await still_fine(ada, bo)


@pytest.mark.long
async def test_lost_messages(visit: Visit, daphne: Daphne) -> None:
    """The first message of every kind is lost, in both directions; the call comes up."""
    url = daphne.url + whole_link()
    lost: list[str] = []

    def lossy(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        seen: set[tuple[str, str]] = set()

        def passes(direction: str, text: str | bytes) -> bool:
            kind = json.loads(text)["type"]
            if kind not in ("offer", "answer", "ice") or (direction, kind) in seen:
                return True
            seen.add((direction, kind))
            lost.append(f"{direction} {kind}")
            return False

        route.on_message(lambda text: server.send(text) if passes("up", text) else None)
        server.on_message(lambda text: route.send(text) if passes("down", text) else None)

    people = []
    for name in ("Ada", "Bo"):
        person = await visit(url, before=lambda page: page.route_web_socket("**/ws/**", lossy))
        await person.join(name)
        people.append(person)
    ada, bo = people
    await ada.sees_and_hears(timeout=60_000)
    await bo.sees_and_hears(timeout=60_000)
    assert {"up offer", "up answer", "up ice", "down offer"} <= set(lost)
    # Repairing from both sides has not made two of everything.
    for person in people:
        kinds = await person.page.evaluate(
            """() => connections.at(-1).getTransceivers()
                .filter(({ direction }) => direction !== "stopped")
                .map(({ receiver }) => receiver.track.kind)"""
        )
        assert kinds == ["audio", "video", "video", "audio"]
    await still_fine(ada, bo)


@pytest.mark.long
async def test_glare(visit: Visit, daphne: Daphne, measure: Measure, run: int) -> None:
    """Both sides renegotiate at the same moment, several times: both succeed."""
    url = daphne.url + whole_link()
    ada, bo = await start_call(visit, url, url)
    for person in (ada, bo):
        await person.watch_picture()
    for _ in range(5):
        await asyncio.gather(ada.renegotiates(), bo.renegotiates())
        await asyncio.gather(ada.sees_and_hears(), bo.sees_and_hears())
        await both_move(ada, bo)
    await still_fine(ada, bo)
    gaps = [await person.longest_gap() for person in (ada, bo)]
    measure("glare", picture=max(gaps))
