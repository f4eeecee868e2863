"""What happens to a person's page: reloads, duplicates, lost networks, sleep, crashes."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.conftest import StartDaphne
from tests.faults.conftest import Measure, StartProxy
from tests.faults.test_signaling import still_fine
from tests.support.browsers import CHROMIUM_ARGS, SPY, Person, both_move
from tests.support.processes import Daphne
from tests.support.proxy import Proxy
from tests.support.visits import Visit, launched, start_call, whole_link


class OwnBrowser:
    """A browser of one person's own, whose processes can be stopped and killed."""

    def __init__(self, browser: Browser, person: Person, pid: int) -> None:
        self.browser = browser
        self.person = person
        self.pid = pid

    def signal(self, number: signal.Signals) -> None:
        for pid in family(self.pid):
            os.kill(pid, number)


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def runs(pid: int, program: bytes = b"chromium") -> bool:
    """Whether a process runs a program of this name."""
    return program in Path(f"/proc/{pid}/cmdline").read_bytes()


Open = Callable[[str], Awaitable[OwnBrowser]]


@pytest.fixture
async def open_own_browser(chromium_path: Path) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_browser(url: str) -> OwnBrowser:
            before = set(family(os.getpid()))
            browser = await stack.enter_async_context(launched(chromium_path, CHROMIUM_ARGS))
            root = next(pid for pid in family(os.getpid()) if pid not in before and runs(pid))
            person = await Person.at(await browser.new_context(), url)
            return OwnBrowser(browser, person, root)

        yield open_browser


async def test_a_reload(visit: Visit, daphne: Daphne, measure: Measure) -> None:
    """Back on the same seat; never said to have left."""
    url = daphne.url + whole_link()
    ada, bo = await start_call(visit, url, url)
    first = (await ada.welcomes())[0]
    await bo.watch_picture()
    started = time.monotonic()
    reload = asyncio.create_task(ada.page.reload())
    await bo.says("#notice", "reconnecting")
    await reload
    again = await ada.welcomed(1)
    assert again["id"] == first["id"]
    assert again["resumed"]
    await bo.phase("connected")
    await bo.sees_and_hears()
    await bo.hides("#notice")
    took = time.monotonic() - started
    await still_fine(ada, bo)
    await ada.says("#remote-name", "Bo")
    measure("a page reload", signaling=again["at"], picture=await bo.longest_gap(),
            call=took * 1000)  # fmt: skip


async def test_a_duplicated_tab(visit: Visit, daphne: Daphne, measure: Measure) -> None:
    url = daphne.url + whole_link()
    ada, bo = await start_call(visit, url, url)
    first = (await ada.welcomes())[0]
    await ada.page.context.add_init_script(SPY)
    started = time.monotonic()
    async with ada.page.expect_popup() as popup:
        # A window opened by a script gets a copy of the session storage, as a duplicate does.
        await ada.page.evaluate("() => { window.open(location.href); }")
    second = Person(await popup.value)
    await ada.screen("elsewhere")
    await second.sees_and_hears()
    took = time.monotonic() - started
    assert (await second.welcomes())[0]["id"] == first["id"]
    await bo.sees_and_hears()
    await ada.page.bring_to_front()
    await ada.page.click("#use-here")
    await second.screen("elsewhere")
    await ada.sees_and_hears()
    await bo.sees_and_hears()
    measure("a duplicated tab takes over", call=took * 1000)


class Network:
    """A person's whole network: the way to the server and the way of the media."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy

    async def prepare(self, page: Page) -> None:
        """Before the page is opened, as it makes a connection in the preview.

        Chromium can only lose packets of connections made while it emulates something.
        """
        self.session = await page.context.new_cdp_session(page)
        await self.session.send("Network.enable")
        await self._lose(0)

    async def go_offline(self) -> None:
        self.proxy.go_offline()
        await self._lose(100)

    async def go_online(self) -> None:
        self.proxy.go_online()
        await self._lose(0)

    async def _lose(self, percent: int) -> None:
        await self.session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 1,
                "downloadThroughput": -1,
                "uploadThroughput": -1,
                "packetLoss": percent,
            },
        )


LONG = [pytest.param(seconds, marks=pytest.mark.long) for seconds in (12, 20, 60)]


@pytest.mark.parametrize("seconds", [5, *LONG])
async def test_no_network_at_all(
    visit: Visit, daphne: Daphne, start_proxy: StartProxy, measure: Measure, seconds: int, run: int
) -> None:
    """Neither media nor signaling for so long: all is back soon after the network."""
    proxy = await start_proxy(daphne.port)
    path = whole_link()
    bo = await visit(daphne.url + path)
    await bo.join("Bo")
    network = Network(proxy)
    ada = await visit(proxy.url + path, network.prepare)
    await ada.join("Ada")
    await ada.sees_and_hears()
    first = (await ada.welcomes())[0]
    await network.go_offline()
    lost = time.monotonic()
    await bo.phase("reconnecting", timeout=30_000)
    await bo.says("#notice", "lost the connection")
    # Nothing can be awaited while nothing happens.
    await asyncio.sleep(seconds - (time.monotonic() - lost))
    count = len(await ada.welcomes())
    await network.go_online()
    started = time.monotonic()
    again = await ada.welcomed(count + 1)
    signaling = time.monotonic() - started
    await asyncio.gather(ada.sees_and_hears(timeout=40_000), bo.sees_and_hears(timeout=40_000))
    took = time.monotonic() - started
    assert signaling < 2
    assert again["id"] == first["id"]
    await both_move(ada, bo)
    await still_fine(ada, bo)
    measure(f"no network at all for {seconds} s", signaling=signaling * 1000,
            picture=took * 1000)  # fmt: skip


@pytest.mark.long
async def test_the_computer_sleeps(
    visit: Visit, daphne: Daphne, open_own_browser: Open, measure: Measure, run: int
) -> None:
    url = daphne.url + whole_link()
    bo = await visit(url)
    await bo.join("Bo")
    own = await open_own_browser(url)
    ada = own.person
    await ada.join("Ada")
    await ada.sees_and_hears()
    await bo.sees_and_hears()
    first = (await ada.welcomes())[0]
    own.signal(signal.SIGSTOP)
    await bo.phase("reconnecting", timeout=30_000)
    await asyncio.sleep(10)
    own.signal(signal.SIGCONT)
    started = time.monotonic()
    await asyncio.gather(ada.sees_and_hears(timeout=40_000), bo.sees_and_hears(timeout=40_000))
    took = time.monotonic() - started
    assert (await ada.welcomes())[-1]["id"] == first["id"]
    await both_move(ada, bo)
    await still_fine(ada, bo)
    measure("the computer sleeps and wakes", picture=took * 1000)


@pytest.mark.long
async def test_a_browser_crashes(
    visit: Visit, start_daphne: StartDaphne, open_own_browser: Open, measure: Measure
) -> None:
    """The seat is held for the grace time, then free; the other is told so at each step."""
    daphne = await start_daphne(SEAT_GRACE="15")
    url = daphne.url + whole_link()
    bo = await visit(url)
    await bo.join("Bo")
    own = await open_own_browser(url)
    await own.person.join("Ada")
    await bo.sees_and_hears()
    started = time.monotonic()
    own.signal(signal.SIGKILL)
    await bo.says("#notice", "lost the connection")
    noticed = time.monotonic() - started
    third = await visit(url)
    await third.join("Cy")
    await third.screen("full")
    await third.page.click("#enter", timeout=40_000)
    await third.sees_and_hears()
    freed = time.monotonic() - started
    assert freed > 15
    await bo.says("#remote-name", "Cy")
    measure("a browser crashes (grace of 15 s)", noticed=noticed * 1000, seat_free=freed * 1000)
