"""Keys of the call, and what the page notices by itself: speech while muted, who comes and goes."""

import pytest
from playwright.async_api import Page, expect

from tests.support.browsers import Person
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, start_call

pytestmark = pytest.mark.shared

# What sounds the page plays, which wake locks it holds, and a page that can be in the background.
SPIES = """
window.played = 0;
const play = HTMLAudioElement.prototype.play;
HTMLAudioElement.prototype.play = function () {
  if (this instanceof HTMLAudioElement) window.played++;
  return play.call(this);
};
window.locks = 0;
const request = async () => {
  window.locks++;
  const lock = new EventTarget();
  lock.released = false;
  lock.release = async () => {
    window.locks--;
    lock.released = true;
  };
  return lock;
};
Object.defineProperty(navigator, "wakeLock", { value: { request } });
window.away = (hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


async def spied(page: Page) -> None:
    await page.add_init_script(SPIES)


async def has_everything(person: Person) -> None:
    """Also what the page does not wait for."""
    await person.shows("#full-screen")


async def is_muted(person: Person, *, muted: bool) -> None:
    """As the other is told."""
    await expect(person.page.locator("#remote-muted")).to_be_visible(visible=muted)


async def test_who_is_muted_is_told_to_speak_in_vain_and_talks_by_holding_space(
    visit: Visit, daphne: Daphne
) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await has_everything(ada)
    keys = ada.page.keyboard
    await keys.press("m")
    await is_muted(bo, muted=True)
    await ada.says("#notice", "You are speaking, but your microphone is off.")
    await keys.down("Space")
    await is_muted(bo, muted=False)
    await keys.up("Space")
    await is_muted(bo, muted=True)
    # On a button it presses that, and while somebody types it is a blank.
    await ada.page.focus("#mute")
    await keys.press("Space")
    await is_muted(bo, muted=False)
    await keys.press("Space")
    await is_muted(bo, muted=True)
    await keys.press("c")
    await expect(ada.page.locator("#chat-text")).to_be_focused()
    await keys.press("Space")
    await expect(ada.page.locator("#chat-text")).to_have_value(" ")
    await is_muted(bo, muted=True)


async def test_the_list_of_keys(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path(), locale="ru")
    await ada.join()
    await ada.phase("waiting")
    await has_everything(ada)
    await ada.page.keyboard.press("?")
    await ada.says("#help", "Микрофон")
    await ada.page.keyboard.press("Escape")
    await ada.hides("#help")


async def test_who_looks_elsewhere_learns_that_the_other_comes_and_goes(
    visit: Visit, daphne: Daphne
) -> None:
    """By a sound and the title; and the screen stays on as long as the call is."""
    url = daphne.url + call_path()
    ada = await visit(url, spied)
    page = ada.page
    await ada.join("Ada")
    await ada.phase("waiting")
    await page.wait_for_function("() => window.locks === 1")
    await page.evaluate("away(true)")
    bo = await visit(url)
    await bo.join("Bo")
    await expect(page).to_have_title("Bo is here")
    await page.wait_for_function("() => window.played === 1")
    await page.evaluate("away(false)")
    await expect(page).to_have_title("Call · Duet")
    await ada.sees_and_hears()
    await page.evaluate("away(true)")
    await bo.page.click("#hangup")
    await expect(page).to_have_title("Bo is gone")
    await page.wait_for_function("() => window.played === 2")
    await page.wait_for_function("() => window.locks === 0")


async def test_full_screen_and_back(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path())
    await ada.join()
    await ada.phase("waiting")
    await has_everything(ada)
    await ada.page.keyboard.press("f")
    await ada.page.wait_for_function(
        "() => document.fullscreenElement === document.documentElement"
    )
    await expect(ada.page.locator("#full-screen")).to_have_attribute("title", "Leave full screen")
    await ada.page.click("#hangup")
    await ada.page.wait_for_function("() => document.fullscreenElement === null")
