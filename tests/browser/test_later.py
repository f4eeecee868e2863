"""What the page does not wait for: when it comes, and what is told when it does not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.support.firefox import firefox
from tests.support.processes import Daphne
from tests.support.proxy import Proxy
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

CHECK = "**/static/calls/js/call/check/**"
FIGURES = "**/static/calls/js/view/figures.js"
MESSAGES = "**/static/calls/js/view/messages.js"

NOT_LOADED = {
    "en": "The server did not send this part of the page."
    " Check your connection to the Internet and try again.",
    "ru": "Сервер не прислал эту часть страницы."
    " Проверьте подключение к интернету и попробуйте ещё раз.",
}
LOADING = {"en": "Loading…", "ru": "Загрузка…"}

# Which of the named scripts have been asked for, and whether any was before the page was there.
LATER = """() => {
  const named = JSON.parse(document.querySelector("#later").textContent);
  const { loadEventStart } = performance.getEntriesByType("navigation")[0];
  const asked = performance.getEntriesByType("resource")
    .map(({ name, startTime }) => ({ path: new URL(name).pathname, startTime }))
    .filter(({ path }) => named.includes(path));
  return {
    missing: named.filter((one) => !asked.some(({ path }) => path === one)),
    early: asked.filter(({ startTime }) => startTime < loadEventStart),
  };
}"""


def losing(pattern: str) -> Callable[[Page], Awaitable[object]]:
    """A network on which such requests come to nothing."""

    async def lose(route: Route) -> None:
        await route.abort()

    return lambda page: page.route(pattern, lose)


@pytest.fixture
async def proxy(daphne: Daphne) -> AsyncIterator[Proxy]:
    """A way to the server."""
    way = Proxy(daphne.port)
    await way.start()
    yield way
    await way.stop()


async def is_there(page: Page) -> None:
    """The check has come, though nobody has opened it."""
    await expect(page.locator("#check-copy[hidden]")).to_have_count(0)


async def runs(page: Page) -> None:
    """Every part of the check comes to an end; the server answers."""
    await expect(page.locator("#check-parts li").first).to_have_attribute("data-state", "ok")
    await expect(page.locator("[data-state=running]")).to_have_count(0)


async def test_it_comes_when_the_page_is_there(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path())
    await is_there(ada.page)
    assert await ada.page.evaluate(LATER) == {"missing": [], "early": []}


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_check_that_cannot_be_loaded(visit: Visit, daphne: Daphne, language: str) -> None:
    """It says so, and again; when the network is back, it works."""
    ada = await visit(daphne.url + call_path(), losing(CHECK), locale=language)
    verdict = ada.page.locator("#check-verdict")
    await ada.page.click("#check-before")
    for _ in range(2):
        await expect(verdict).to_have_text(NOT_LOADED[language])
        await ada.page.click("#check-close")
        await ada.page.click("#check-before")
    await ada.hides("#check-copy")
    await ada.page.unroute(CHECK)
    await ada.page.click("#check-again")
    await runs(ada.page)
    await ada.shows("#check-copy")


def holding(pattern: str, there: asyncio.Event) -> Callable[[Page], Awaitable[object]]:
    async def hold(route: Route) -> None:
        await there.wait()
        await route.continue_()

    return lambda page: page.route(pattern, hold)


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_check_that_takes_its_time(visit: Visit, daphne: Daphne, language: str) -> None:
    """It says so, and begins by itself."""
    there = asyncio.Event()
    ada = await visit(daphne.url + call_path(), holding(CHECK, there), locale=language)
    await ada.page.click("#check-before")
    await expect(ada.page.locator("#check-verdict")).to_have_text(LOADING[language])
    there.set()
    await runs(ada.page)


async def test_what_is_written_before_the_chat_is_there_is_sent_when_it_is(
    visit: Visit, daphne: Daphne
) -> None:
    url, there = daphne.url + call_path(), asyncio.Event()
    ada, bo = await visit(url, holding(MESSAGES, there)), await visit(url)
    for person in (ada, bo):
        await person.join()
    await ada.sees_and_hears()
    field = ada.page.locator("#chat-text")
    await ada.page.keyboard.press("c")
    await expect(field).to_be_focused()
    await ada.page.keyboard.type("Hello")
    await ada.page.keyboard.press("Enter")
    await expect(field).to_have_value("Hello")
    there.set()
    await expect(field).to_have_value("")
    await bo.page.keyboard.press("c")
    await expect(bo.page.locator("#chat-lines > [data-from=other]")).to_contain_text("Hello")


async def test_features_that_cannot_be_loaded_come_when_the_network_is_back(
    visit: Visit, daphne: Daphne
) -> None:
    """The call goes on without them meanwhile."""
    url = daphne.url + call_path()
    ada, bo = await visit(url, losing(FIGURES)), await visit(url)
    for person in (ada, bo):
        await person.join()
    await ada.sees_and_hears()
    await bo.shows("#quality-sign")
    await ada.hides("#quality-sign")
    await ada.page.unroute(FIGURES)
    await ada.shows("#quality-sign")
    await ada.shows("#full-screen")
    await ada.page.click("#quality-sign")
    await expect(ada.page.locator("#quality-path tr")).to_have_count(4)
    await ada.shows("#quality-copy")
    await ada.sees_and_hears()


async def test_firefox_tries_again(proxy: Proxy, tmp_path: Path) -> None:
    """Which it never would with a module whose import has failed."""
    proxy.refused = (b"GET /static/calls/js/call/check/",)
    async with firefox(tmp_path) as fox:
        await fox.goto(proxy.url + call_path())
        await fox.evaluate("document.querySelector('#check-before').click()")
        verdict = "document.querySelector('#check-verdict').textContent"
        await fox.wait_for(f"{verdict} === '{NOT_LOADED['en']}'")
        proxy.refused = ()
        await fox.evaluate("document.querySelector('#check-again').click()")
        await fox.wait_for("document.querySelector('#check-parts [data-state=ok]')")
