"""The small window above other programs, and controls that step aside."""

import pytest
from playwright.async_api import Page, expect

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, start_call

pytestmark = pytest.mark.shared

INSIDE = "documentPictureInPicture.window.document"


async def test_the_small_window_shows_the_other_and_has_the_buttons(
    visit: Visit, daphne: Daphne
) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    page = ada.page
    await page.click("#picture-in-picture")
    await page.wait_for_function(f"() => {INSIDE}.querySelector('video').videoWidth > 0")
    frames = f"() => {INSIDE}.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"
    before = await page.evaluate(frames)
    await page.wait_for_function(f"(before) => ({frames})() > before + 5", arg=before)

    press = f"(what) => {INSIDE}.querySelector(`[data-press=${{what}}]`).click()"
    await page.evaluate(press, "audio")
    await expect(bo.page.locator("#remote-muted")).to_be_visible()
    label = f"() => {INSIDE}.querySelector('[data-press=audio]').getAttribute('aria-label')"
    assert await page.evaluate(label) == await page.get_attribute("#mute", "aria-label")
    await page.evaluate(press, "video")
    await expect(bo.page.locator("#remote-camera-off")).to_be_visible()
    await page.evaluate(press, "hang-up")
    await ada.screen("ended")
    await page.wait_for_function("() => documentPictureInPicture.window === null")
    await bo.screen("ended")


async def test_a_browser_without_such_windows_has_its_own(visit: Visit, daphne: Daphne) -> None:
    async def plain(page: Page) -> None:
        await page.add_init_script("delete window.documentPictureInPicture;")

    url = daphne.url + call_path()
    ada, bo = await visit(url, plain), await visit(url)
    await ada.join("Ada")
    await bo.join("Bo")
    await ada.sees_and_hears()
    await ada.shows("#picture-in-picture")
    own = "() => document.pictureInPictureElement?.id ?? null"
    await ada.page.keyboard.press("p")
    await ada.page.wait_for_function(f"() => ({own})() === 'remote-video'")
    await ada.sees_and_hears()
    await bo.page.click("#hangup")
    await ada.screen("ended")
    await ada.page.wait_for_function(f"() => ({own})() === null")


async def test_controls_step_aside_until_somebody_moves(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, _ = await start_call(visit, url, url)
    bar, body = ada.page.locator(".bar"), ada.page.locator("body")
    await ada.page.mouse.move(300, 300)
    await expect(body).to_have_attribute("data-idle", "true", timeout=20_000)
    await expect(bar).to_have_css("opacity", "0")
    await ada.page.mouse.move(310, 310)
    await expect(bar).to_have_css("opacity", "1")
    await expect(body).to_have_attribute("data-idle", "true", timeout=20_000)
    # The keyboard reaches them all the same, and has them stay.
    await ada.page.keyboard.press("Tab")
    await expect(body).to_have_attribute("data-idle", "false")
    await expect(bar).to_have_css("opacity", "1")
