"""Relays that die or let nobody stay: where they are the only way, the call still goes on."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.conftest import StartCoturn, StartDaphne
from tests.faults.conftest import Measure
from tests.support.browsers import Person, both_move
from tests.support.datagrams import StrictRelay
from tests.support.routes import route
from tests.support.turn import BRIEF, relay_only
from tests.support.visits import Visit, start_call, whole_link

# Seconds a relay is gone for.
GONE = 8

# Milliseconds without a new picture that nobody takes for an interruption.
UNNOTICED = 1000

# From now on every phase that the page gets into is kept.
KEEP_PHASES = """() => {
  window.phases = [];
  new MutationObserver(() => window.phases.push(document.body.dataset.phase))
    .observe(document.body, { attributes: true, attributeFilter: ["data-phase"] });
}"""

# From now on the page does not hear of other ICE servers, which it asks for.
DEAFEN = """() => {
  window.unheard = 0;
  const socket = window.sockets.at(-1);
  const { onmessage } = socket;
  socket.onmessage = (event) => {
    if (JSON.parse(event.data).type === "ice-servers") window.unheard++;
    else onmessage.call(socket, event);
  };
}"""
STANDS_STILL = "(ms) => performance.now() - window.picture.last > ms"


@pytest.mark.long
async def test_the_relay_restarts(
    visit: Visit, start_daphne: StartDaphne, start_coturn: StartCoturn, measure: Measure
) -> None:
    """It knows of no allocation then: both sides need a new one."""
    coturn = await start_coturn()
    daphne = await start_daphne(**relay_only(coturn.urls[0]))
    url = daphne.url + whole_link()
    people = ada, bo = await start_call(visit, url, url)
    await coturn.kill()
    died = time.monotonic()
    for person in people:
        await person.phase("reconnecting")
    # Nothing can be awaited while nothing happens.
    await asyncio.sleep(GONE - (time.monotonic() - died))
    await coturn.start()
    started = time.monotonic()
    # A restart of ICE that the relay is just too late for is followed by another 15 seconds later.
    await asyncio.gather(*(person.sees_and_hears(timeout=40_000) for person in people))
    took = time.monotonic() - started
    assert took < 10
    await both_move(ada, bo)
    measure(f"the only relay is gone for {GONE} s", picture=took * 1000)


@pytest.mark.long
async def test_one_of_two_relays_dies(
    visit: Visit, start_daphne: StartDaphne, start_coturn: StartCoturn, measure: Measure
) -> None:
    relays = [await start_coturn() for _ in range(2)]
    daphne = await start_daphne(**relay_only(*(relay.urls[0] for relay in relays)))
    url = daphne.url + whole_link()
    people = ada, bo = await start_call(visit, url, url)
    way = await route(ada.page)
    used = next(relay for relay in relays if str(relay.port) in way.server)
    for person in people:
        await person.watch_picture()
    await used.kill()
    await asyncio.gather(*(person.sees_and_hears(frames=10) for person in people))
    gap = max([await person.longest_gap() for person in people])
    assert gap < 10_000
    await both_move(ada, bo)
    measure("one of two relays dies", picture=gap)


@pytest.fixture
async def strict_relay(start_coturn: StartCoturn) -> AsyncIterator[StrictRelay]:
    relay = StrictRelay(await start_coturn())
    await relay.start()
    yield relay
    await relay.stop()


async def unnoticed(*people: Person) -> int:
    """The call goes on as if nothing had happened: the longest gap, in milliseconds."""
    await asyncio.gather(*(person.sees_and_hears(frames=10) for person in people))
    for person in people:
        assert set(await person.page.evaluate("() => window.phases")) <= {"connected"}
    gap = max([await person.longest_gap() for person in people])
    assert gap < UNNOTICED
    return gap


@pytest.mark.long
async def test_the_credentials_for_the_relay_end(
    visit: Visit, start_daphne: StartDaphne, strict_relay: StrictRelay, measure: Measure
) -> None:
    """Nobody notices: there are others before. Without those it is the end of the pictures."""
    url = f"turn:127.0.0.1:{strict_relay.port}"
    daphne = await start_daphne(**BRIEF, **relay_only(url))
    call = daphne.url + whole_link()
    people = await start_call(visit, call, call)
    for person in people:
        await person.watch_picture()
        await person.page.evaluate(KEEP_PHASES)
    assert strict_relay.clients
    await strict_relay.ended(strict_relay.clients)
    gap = await unnoticed(*people)
    measure("the credentials for the relay end", picture=gap)

    for person in people:
        await person.page.evaluate(DEAFEN)
    await strict_relay.ended(strict_relay.clients)
    for person in people:
        await person.page.wait_for_function(STANDS_STILL, arg=3 * UNNOTICED)
        assert await person.page.evaluate("() => window.unheard") > 0
