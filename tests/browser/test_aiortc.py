"""Calls of the page with a program that is no browser, written from docs/protocol.md alone.

aiortc sends no candidates of its own, cannot restart ICE, and takes no offer back.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage

from tests.networks.people import Caller, InChromium, InFirefox
from tests.support.aiortc_client import Client, stranger
from tests.support.browsers import SPY, both_move
from tests.support.firefox import Firefox, firefox
from tests.support.processes import Daphne
from tests.support.visits import call_path

pytestmark = pytest.mark.shared

SECRET = "AAECAwQFBgcICQoLDA0ODw"
PROVEN = "document.querySelector('#privacy-sign').dataset.proof === 'link'"

# Who is in the room before the other.
EITHER = ["page", pytest.param("aiortc", marks=pytest.mark.long)]


@pytest.fixture(scope="module")
async def fox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Firefox]:
    profile: Path = tmp_path_factory.mktemp("firefox")
    async with firefox(profile) as browser:
        await browser.command("script.addPreloadScript", functionDeclaration=f"() => {{ {SPY} }}")
        await browser.watch_console()
        yield browser


def note(said: ConsoleMessage, errors: list[str]) -> None:
    if said.type == "error":
        errors.append(said.text)


@pytest.fixture
async def in_chromium(chromium: Browser) -> AsyncIterator[Caller]:
    context = await chromium.new_context()
    page = await context.new_page()
    await page.add_init_script(SPY)
    caller = InChromium(page)
    page.on("console", lambda said: note(said, caller.errors))
    yield caller
    await context.close()
    assert caller.errors == []


@pytest.fixture
async def in_firefox(fox: Firefox) -> AsyncIterator[Caller]:
    async with fox.fresh_tab():
        yield InFirefox(fox)
        # Taken here: Firefox calls it an error when a page with an open socket is left.
        errors = list(fox.errors)
    assert errors == []


@pytest.fixture(params=["chromium", "firefox"])
def page(request: pytest.FixtureRequest) -> Caller:
    """Somebody with a browser, on no page yet; the console must be without errors."""
    found: Caller = request.getfixturevalue(f"in_{request.param}")
    return found


async def click(page: Caller, selector: str) -> None:
    await page.evaluate("(selector) => document.querySelector(selector).click()", selector)


async def meet(page: Caller, bo: Client, url: str, *, first: str, offer: bool = False) -> None:
    """Whoever comes second makes the offers; Bo's may be in the join."""
    await page.open(url)
    if first == "aiortc":
        await bo.join()
        await page.press()
    else:
        await page.press()
        await page.until("document.body.dataset.phase === 'waiting'")
        await bo.join(with_offer=offer)
    assert bo.welcome["polite"] == (first == "aiortc")
    await both_see_and_hear(page, bo)


async def both_see_and_hear(page: Caller, bo: Client) -> None:
    await asyncio.gather(page.sees_and_hears(), bo.sees_and_hears())
    await both_move(page, bo)


async def both_are_told(page: Caller, bo: Client) -> None:
    """The page's own convention, the data channel: what the other sends, and how it arrives."""
    await bo.is_told("state", audio=True, video=True, paused=False)
    await bo.is_told("health")
    await click(page, "#mute")
    await bo.is_told("state", audio=False)
    await click(page, "#mute")
    await bo.is_told("state", audio=True)
    bo.say("state", audio=False, video=True, paused=False)
    await page.until("document.querySelector('#remote-muted').checkVisibility()")
    bo.say("state", audio=True, video=True, paused=False)
    await page.until("!document.querySelector('#remote-muted').checkVisibility()")


async def test_it_waits_and_is_called(page: Caller, daphne: Daphne) -> None:
    """It answers the offer that came with the page's join."""
    path = call_path()
    async with stranger(daphne.address, path) as bo:
        await meet(page, bo, daphne.url + path, first="aiortc")
        await both_are_told(page, bo)
        await click(page, "#hangup")
        await bo.is_told("bye")
        await bo.until(lambda: bo.other is None)


@pytest.mark.parametrize("offer", [True, False], ids=["offer-in-join", "offer-afterwards"])
async def test_it_calls_a_page_that_waits(page: Caller, daphne: Daphne, offer: bool) -> None:
    path = call_path()
    async with stranger(daphne.address, path) as bo:
        await meet(page, bo, daphne.url + path, first="page", offer=offer)
        await both_are_told(page, bo)
        await bo.leave()
        await page.until("document.body.dataset.screen === 'ended'")


@pytest.mark.parametrize("first", EITHER)
async def test_both_have_the_whole_link(page: Caller, daphne: Daphne, first: str) -> None:
    """Each checks whatever the other describes, also after a new session of the page's."""
    path = call_path()
    async with stranger(daphne.address, path, SECRET) as bo:
        url = f"{daphne.url}{path}#k={SECRET}"
        await meet(page, bo, url, first=first, offer=first == "page")
        await page.until(PROVEN)
        await page.reload()
        await bo.is_told("going")
        await both_see_and_hear(page, bo)
        await page.until(PROVEN)
        await bo.leave()
        await page.until("document.body.dataset.screen === 'ended'")


@pytest.mark.parametrize("first", EITHER)
async def test_the_page_is_reloaded(page: Caller, daphne: Daphne, first: str) -> None:
    """A new session of the page's: both begin anew, and whoever made the offers does again."""
    path = call_path()
    async with stranger(daphne.address, path) as bo:
        await meet(page, bo, daphne.url + path, first=first)
        session, connection = bo.session, bo.connection
        await page.reload()
        await bo.is_told("going")
        await both_see_and_hear(page, bo)
        assert bo.session == session
        assert bo.connection is not connection
        await both_are_told(page, bo)


@pytest.mark.parametrize("first", EITHER)
async def test_the_page_seeks_new_paths(page: Caller, daphne: Daphne, first: str) -> None:
    """It restarts ICE, or asks for it; what cannot do that comes back with a new session."""
    path = call_path()
    async with stranger(daphne.address, path) as bo:
        await meet(page, bo, daphne.url + path, first=first)
        seat, session = bo.welcome["id"], bo.session
        await page.evaluate("() => connections.at(-1).restartIce()")
        await bo.until(lambda: bo.session != session)
        await both_see_and_hear(page, bo)
        assert bo.welcome["id"] == seat
        await both_are_told(page, bo)


@pytest.mark.parametrize("first", EITHER)
async def test_it_drops_its_socket_and_comes_back(page: Caller, daphne: Daphne, first: str) -> None:
    """With its token and session: what is agreed stays, and the media with it."""
    path = call_path()
    async with stranger(daphne.address, path) as bo:
        await meet(page, bo, daphne.url + path, first=first)
        seat, connection = bo.welcome["id"], bo.connection
        connections = await page.evaluate("() => connections.length")
        await bo.drop()
        await both_see_and_hear(page, bo)
        await bo.join()
        assert (bo.welcome["id"], bo.welcome["resumed"]) == (seat, True)
        assert bo.welcome["polite"] == (first == "aiortc")
        await both_see_and_hear(page, bo)
        assert bo.connection is connection
        assert await page.evaluate("() => connections.length") == connections
        await both_are_told(page, bo)
