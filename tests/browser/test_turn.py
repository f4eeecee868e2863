"""Calls through a relay; and browsers take what providers give, after the server's selection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser

from calls.ice.provider.answer import parse
from calls.ice.provider.selection import select
from calls.ice.servers import IceSettings, Provided, ice_servers
from tests.browser.test_firefox import joined
from tests.conftest import StartCoturn, StartDaphne
from tests.support.browsers import CHROMIUM_ARGS, FLOWS, PATIENCE, SPY, Person
from tests.support.datagrams import UdpProxy
from tests.support.firefox import firefox
from tests.support.processes import Daphne
from tests.support.proxy import Proxy
from tests.support.routes import ROUTE, Route, route
from tests.support.turn import BRIEF, Coturn, relay_only, trust
from tests.support.turn_answers import NAMES, answer
from tests.support.visits import Visit, call_path, launched, start_call, visits

# Milliseconds each way between a person and the relay.
DELAY = 20

# -- What providers give ----------------------------------------------------------------------

# A malformed address, or a relay without a login, is an exception for the whole list.
TAKES = """(configurations) => {
  for (const configuration of configurations) new RTCPeerConnection(configuration).close();
  return configurations.length;
}"""


def configurations() -> list[Any]:
    """What a welcome has for each provider's answer."""
    found = (Provided(*select(parse(answer(name)).servers), expires=1.0) for name in NAMES)
    return [msgspec.to_builtins(ice_servers(IceSettings(), "peer", 0.0, each)) for each in found]


async def test_chromium_takes_every_provider_s_servers(chromium: Browser) -> None:
    page = await chromium.new_page()
    assert await page.evaluate(TAKES, configurations()) == len(NAMES)
    await page.close()


async def test_firefox_takes_every_provider_s_servers(tmp_path: Path) -> None:
    async with firefox(tmp_path) as fox:
        json = msgspec.json.encode(configurations()).decode()
        assert await fox.evaluate(f"({TAKES})({json})") == len(NAMES)


# -- Calls ------------------------------------------------------------------------------------


# What the port of a network leads to, as operators write it.
ADDRESSES = {
    "udp": "turn:127.0.0.1:{}",
    "tcp": "turn:127.0.0.1:{}?transport=tcp",
    "tls": "turns:localhost:{}?transport=tcp",
}


def network(coturn: Coturn, protocol: str) -> UdpProxy | Proxy:
    """One that leads to the relay, and takes its time."""
    if protocol == "udp":
        return UdpProxy(coturn.port, delay=DELAY)
    proxy = Proxy(coturn.tls_port if protocol == "tls" else coturn.port)
    proxy.delay = DELAY / 1000
    return proxy


@asynccontextmanager
async def at_a_distance(coturn: Coturn, protocol: str) -> AsyncIterator[str]:
    """The address of the relay at the other end of a network."""
    way = network(coturn, protocol)
    await way.start()
    try:
        yield ADDRESSES[protocol].format(way.port)
    finally:
        await way.stop()


@asynccontextmanager
async def trusting(coturn: Coturn, chromium_path: Path) -> AsyncIterator[Browser]:
    """A browser that takes the relay's certificate, which it has signed itself."""
    args = [*CHROMIUM_ARGS, trust(coturn.certificate)]
    async with launched(chromium_path, args) as browser:
        yield browser


async def both_said(daphne: Daphne) -> None:
    """Both pages have told the server that they are connected through a relay."""
    first = await daphne.printed("through a relay")
    await daphne.printed("through a relay", since=daphne.lines.index(first) + 1)


# bit/s that the camera may use at most: through a relay half of what it may else.
CAMERA = """connections.at(-1).getSenders().find(({ track }) => track?.kind === "video")
  .getParameters().encodings[0].maxBitrate"""


async def call_through(relay: str, visit: Visit, start_daphne: StartDaphne) -> list[Route]:
    """The ways that media takes in a call of two people who see and hear each other."""
    daphne = await start_daphne(**relay_only(relay))
    url = daphne.url + call_path()
    people = await start_call(visit, url, url)
    await both_said(daphne)
    for person in people:
        await person.page.wait_for_function(f"() => {CAMERA} <= 750_000")
    return [await route(person.page) for person in people]


def is_through(protocol: str, ways: list[Route]) -> None:
    assert [way.relay for way in ways] == [protocol] * 2
    # To the relay and to the other, and back.
    assert min(way.rtt for way in ways) >= 4 * DELAY


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
async def test_a_call_through_a_relay(
    protocol: str, visit: Visit, start_daphne: StartDaphne, start_coturn: StartCoturn
) -> None:
    async with at_a_distance(await start_coturn(), protocol) as relay:
        is_through(protocol, await call_through(relay, visit, start_daphne))


async def test_a_call_through_a_relay_over_tls(
    chromium_path: Path, start_daphne: StartDaphne, start_coturn: StartCoturn
) -> None:
    coturn = await start_coturn()
    async with (
        at_a_distance(coturn, "tls") as relay,
        trusting(coturn, chromium_path) as browser,
        visits(browser) as visit,
    ):
        is_through("tls", await call_through(relay, visit, start_daphne))


async def test_firefox_and_chromium_through_a_relay(
    visit: Visit, start_daphne: StartDaphne, start_coturn: StartCoturn, tmp_path: Path
) -> None:
    coturn = await start_coturn()
    async with at_a_distance(coturn, "udp") as relay, firefox(tmp_path) as fox:
        daphne = await start_daphne(**relay_only(relay))
        url = daphne.url + call_path()
        await fox.command("script.addPreloadScript", functionDeclaration=f"() => {{ {SPY} }}")
        await joined(fox, url)
        bo = await visit(url)
        await bo.join("Bo")
        await bo.sees_and_hears()
        await fox.evaluate(f"({FLOWS})([5, {PATIENCE}])")
        ways = [await route(bo.page), Route(**await fox.evaluate(f"({ROUTE})()"))]
        assert [way.relay for way in ways] == ["udp", "udp"]
        await both_said(daphne)


# -- New credentials --------------------------------------------------------------------------

# The login that the connection has for the relay, and what an ICE restart makes anew.
LOGIN = """() => connections.at(-1).getConfiguration().iceServers
  .map(({ username }) => username).find(Boolean)"""
UFRAG = "() => connections.at(-1).localDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]"


async def renewed(person: Person) -> None:
    """The connection has another login."""
    login = await person.page.evaluate(LOGIN)
    assert login
    changed = f"(old) => ({LOGIN})() !== old"
    await person.page.wait_for_function(changed, arg=login, timeout=30_000)


@pytest.mark.parametrize("policy", ["relay", "all"])
@pytest.mark.long
async def test_ice_restarts_for_new_credentials_only_on_a_path_that_needs_them(
    policy: str, visit: Visit, start_daphne: StartDaphne, start_coturn: StartCoturn
) -> None:
    """A path through a relay ends with its credentials; no other has anything to lose."""
    coturn = await start_coturn()
    environment = BRIEF | relay_only(coturn.urls[0]) | {"ICE_TRANSPORT_POLICY": policy}
    daphne = await start_daphne(**environment)
    url = daphne.url + call_path()
    people = await start_call(visit, url, url)
    before = [await person.page.evaluate(UFRAG) for person in people]
    for _ in range(2):  # with the second, what the first has begun is over
        await asyncio.gather(*(renewed(person) for person in people))
    for person, old in zip(people, before, strict=True):
        restarted = await person.page.evaluate(UFRAG) != old
        assert restarted == (policy == "relay")
        await person.sees_and_hears()
