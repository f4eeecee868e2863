"""Every screen and panel by axe: WCAG 2.2 A and AA and best practice, without violations."""

from itertools import product
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.test_screen_share import with_screen
from tests.support.browsers import Person
from tests.support.deployed import deployed
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

DENIED = """
navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("no", "NotAllowedError");
};
"""
UNSUPPORTED = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"

SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
LOCALES = {"en": "en-GB", "ru": "ru-RU"}
# Each language, theme and size in the everyday run; each of them with each other in the long one.
EVERYDAY = {("en", "light", "desktop"), ("ru", "dark", "phone")}


@pytest.fixture(
    params=[
        pytest.param(how, id="-".join(how), marks=[] if how in EVERYDAY else pytest.mark.long)
        for how in product(LOCALES, ("light", "dark"), SIZES)
    ]
)
def how(request: pytest.FixtureRequest) -> dict[str, Any]:
    language, theme, size = request.param
    # What moves is between two colours.
    return {
        "locale": LOCALES[language],
        "color_scheme": theme,
        "viewport": SIZES[size],
        "reduced_motion": "reduce",
    }


async def violations(page: Page) -> list[str]:
    found = await Axe().run(page, options={"runOnly": RULES})
    return [
        f"{one['id']}: {node['html'][:120]}: {node['failureSummary'][:200]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


async def is_accessible(person: Person, state: str) -> None:
    assert await violations(person.page) == [], state


async def in_dialog(person: Person, opener: str, dialog: str) -> None:
    await person.page.click(opener)
    await person.shows(f"#{dialog}")
    await is_accessible(person, dialog)
    await person.page.click(f"#{dialog}-close")
    await person.hides(f"#{dialog}")


async def test_before_the_call(visit: Visit, daphne: Daphne, how: dict[str, Any]) -> None:
    await is_accessible(await visit(daphne.url + "/", **how), "home")
    # With DEBUG that page is Django's own.
    async with deployed() as server:
        await is_accessible(await visit(server.url + "/nothing-here/", **how), "not found")
    url = daphne.url + call_path()
    ada = await visit(url, **how)
    await expect(ada.page.locator("#preview-tile")).to_have_attribute("data-video", "on")
    await ada.shows("#door")
    await is_accessible(ada, "preview")
    await in_dialog(ada, "#devices-before", "devices")
    await in_dialog(ada, "#check-before", "check")
    await ada.page.click("#preview-camera")
    await is_accessible(ada, "camera off")

    async def script(code: str) -> Person:
        return await visit(url, lambda page: page.add_init_script(code), **how)

    denied = await script(DENIED)
    await expect(denied.page.locator("#media-help")).not_to_be_empty()
    await is_accessible(denied, "denied")
    unsupported = await script(UNSUPPORTED)
    await unsupported.screen("unsupported")
    await is_accessible(unsupported, "unsupported")


async def test_in_the_call(visit: Visit, daphne: Daphne, how: dict[str, Any]) -> None:
    url = daphne.url + call_path()
    ada, bo = await visit(url, with_screen, **how), await visit(url, with_screen, **how)
    await ada.join("Ada")
    await ada.shows("#invitation")
    await is_accessible(ada, "waiting")
    await ada.page.keyboard.press("Escape")
    await ada.shows("#idle")
    await is_accessible(ada, "waiting, without the invitation")

    await bo.join("Bo")
    for person in (ada, bo):
        await person.sees_and_hears()
    await is_accessible(ada, "connected")
    await ada.page.click("#chat-open")
    await ada.page.fill("#chat-text", "See https://example.org")
    await ada.page.keyboard.press("Enter")
    await is_accessible(ada, "chat")
    await expect(bo.page.locator("[data-unread]")).to_be_visible()
    await is_accessible(bo, "an unread message")
    await bo.offers_files("one.jpg", "two.jpg")
    accept = ada.page.locator("[data-action=accept]")
    await expect(accept.nth(1)).to_be_enabled()
    await accept.nth(0).click()
    await expect(ada.page.locator("[data-state=done]")).to_be_visible()
    await is_accessible(ada, "files offered and received")
    await is_accessible(bo, "files sent")
    await bo.page.keyboard.press("Escape")
    await ada.page.keyboard.press("Escape")
    await ada.page.click("#quality-sign")
    await expect(ada.page.locator("#quality-figures tr").first).to_be_visible()
    await is_accessible(ada, "quality")
    await ada.page.keyboard.press("Escape")
    await ada.page.keyboard.press("Shift+?")
    await ada.shows("#help")
    await is_accessible(ada, "help")
    await ada.page.click("#help-close")
    await in_dialog(ada, "#devices-during", "devices")
    await ada.page.click("#privacy-sign")
    await expect(ada.page.locator("#comparing-digits")).not_to_be_empty()
    await is_accessible(ada, "a code to compare")
    await ada.page.click("#comparing-different")
    await is_accessible(ada, "the codes are different")
    await ada.page.click("#privacy-close")

    await bo.page.evaluate("() => document.querySelector('#screen-share').click()")
    await ada.shows("#remote-screen")
    await is_accessible(ada, "a screen")
    await is_accessible(bo, "sharing a screen")
    await bo.page.click("#mute")
    await bo.page.click("#camera")
    await ada.shows("#remote-camera-off")
    await is_accessible(ada, "muted, without a camera")
    await is_accessible(bo, "everything off")


async def test_after_the_call(visit: Visit, daphne: Daphne, how: dict[str, Any]) -> None:
    url = daphne.url + call_path()
    ada, bo = await visit(url, **how), await visit(url, **how)
    await ada.join("Ada")
    await bo.join("Bo")
    await ada.sees_and_hears()
    third = await visit(url, **how)
    await third.join("Cy")
    await third.screen("full")
    await is_accessible(third, "full")
    await ada.page.click("#hangup")
    for person in (ada, bo):
        await person.screen("ended")
        await is_accessible(person, "ended")
    await third.shows("#enter")
    await is_accessible(third, "room again")
