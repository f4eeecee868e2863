"""The call page by itself: without devices, without permission, without anybody else's help."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from tests.support.browsers import CHROMIUM_ARGS, Person
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, launched, start_call

pytestmark = pytest.mark.shared

NO_CAMERA = """
const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (constraints) => constraints.video
  ? Promise.reject(new DOMException("none", "NotFoundError")) : original(constraints);
"""
REFUSED = """
window.refused = true;
const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (constraints) => window.refused
  ? Promise.reject(new DOMException("no", "NotAllowedError")) : original(constraints);
"""
NO_DEVICES = 'Object.defineProperty(Navigator.prototype, "mediaDevices", { value: undefined });'
INSECURE = f'{NO_DEVICES} Object.defineProperty(window, "isSecureContext", {{ value: false }});'


async def test_refused_by_the_browser_itself(daphne: Daphne, chromium_path) -> None:
    """A real refusal: this browser denies what nobody has granted."""
    url = daphne.url + call_path()
    args = [arg for arg in CHROMIUM_ARGS if "fake-ui" not in arg]
    async with launched(chromium_path, args) as browser:
        refused = await browser.new_context()
        await refused.grant_permissions([])
        ada = await Person.at(refused, url)
        await ada.says("#media-problem", "allow|permission|blocked")
        granted = await browser.new_context(permissions=["camera", "microphone"])
        bo = await Person.at(granted, url)
        for person, name in ((ada, "Ada"), (bo, "Bo")):
            await person.join(name)
        await ada.sees_and_hears()
        await bo.phase("connected")
        await bo.shows("#remote-camera-off")
        await bo.shows("#remote-muted")
        assert ada.errors == bo.errors == []


async def test_who_lifts_the_block_need_not_press_anything(daphne: Daphne, chromium_path) -> None:
    args = [arg for arg in CHROMIUM_ARGS if "fake-ui" not in arg]
    async with launched(chromium_path, args) as browser:
        context = await browser.new_context()
        await context.grant_permissions([])
        ada = await Person.at(context, daphne.url + call_path())
        await ada.says("#media-help", "to the left of the address")
        await ada.hides("#open-elsewhere")
        await expect(ada.page.locator("#still-blocked")).to_be_empty()
        await ada.page.click("#retry-media")
        await ada.says("#still-blocked", "Still blocked.")
        await expect(ada.page.locator("#retry-media")).to_be_focused()
        await context.grant_permissions(["camera", "microphone"])
        await ada.hides("#problem")
        await expect(ada.page.locator("#preview-tile")).to_have_attribute("data-video", "on")
        assert ada.errors == []


async def test_refused_then_allowed_in_the_middle_of_the_call(visit: Visit, daphne: Daphne) -> None:
    """The sentence says how to mend it, and mending needs no reload."""
    url = daphne.url + call_path()
    ada = await visit(url, before=lambda page: page.add_init_script(REFUSED))
    await ada.says("#media-problem", "neither see nor hear")
    await ada.join("Ada")
    bo = await visit(url)
    await bo.join("Bo")
    await ada.sees_and_hears()
    await bo.shows("#remote-camera-off")
    await ada.page.evaluate("() => { window.refused = false; }")
    await ada.page.click("#camera")
    await bo.sees_and_hears()
    await bo.hides("#remote-camera-off")
    await bo.hides("#remote-muted")


async def test_no_camera(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada = await visit(url, before=lambda page: page.add_init_script(NO_CAMERA))
    await ada.says("#media-problem", "camera")
    await ada.join("Ada")
    bo = await visit(url)
    await bo.join("Bo")
    await ada.sees_and_hears()
    await bo.shows("#remote-camera-off")
    await bo.hides("#remote-muted")


async def test_a_page_that_is_not_secure(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path(), before=lambda page: page.add_init_script(INSECURE))
    await ada.says("#media-problem", "https|secure")
    await ada.join("Ada")
    await ada.phase("waiting")


async def test_a_window_inside_another_app_is_told_from_a_page_without_https(
    visit: Visit, daphne: Daphne
) -> None:
    url = daphne.url + call_path()
    phone = (
        "Mozilla/5.0 (Linux; Android 15; wv) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"
    )
    ada = await visit(url, lambda page: page.add_init_script(NO_DEVICES), user_agent=phone)
    await ada.says("#media-help", "Open the link in your browser")
    link = await ada.page.get_attribute("#open-elsewhere", "href")
    assert link
    assert link.startswith(
        f"intent://{urlsplit(url).netloc}{urlsplit(url).path}#Intent;scheme=http;"
    )
    await ada.join("Ada")
    await ada.phase("waiting")


async def test_no_request_to_anyone_else_and_nothing_against_the_policy(
    visit: Visit, daphne: Daphne
) -> None:
    """From the home page through a whole call."""
    requests: list[str] = []
    complaints: list[str] = []

    async def listen(page: Page) -> None:
        def requested(request: Request) -> None:
            requests.append(request.url)

        page.on("request", requested)
        page.on("websocket", lambda socket: requests.append(socket.url))
        page.on("console", lambda line: complaints.append(line.text))

    ada = await visit(daphne.url + "/", before=listen)
    await ada.page.click("#start")
    await ada.screen("preview")
    bo = await visit(ada.page.url, before=listen)
    for person in (ada, bo):
        await person.join()
    await ada.sees_and_hears()
    await ada.page.click("#hangup")
    await bo.screen("ended")
    assert requests
    assert {urlsplit(url.removeprefix("blob:")).netloc for url in requests} == {daphne.address}
    assert complaints == []


async def test_camera_off_really_stops_the_camera(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path())
    await ada.page.wait_for_function("() => document.querySelector('#preview-video').srcObject")
    track = await ada.page.evaluate_handle(
        "document.querySelector('#preview-video').srcObject.getVideoTracks()[0]"
    )
    assert await track.evaluate("(track) => track.readyState") == "live"
    await ada.page.click("#preview-camera")
    await expect(ada.page.locator("#preview-camera")).to_have_attribute("data-off", "true")
    assert await track.evaluate("(track) => track.readyState") == "ended"


async def test_hang_up_lets_go_of_the_devices(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    tracks = await ada.page.evaluate_handle(
        "connections[0].getSenders().map((sender) => sender.track).filter((track) => track)"
    )
    await ada.page.click("#hangup")
    await bo.screen("ended")
    await ada.screen("ended")
    states = await tracks.evaluate("(tracks) => tracks.map((track) => track.readyState)")
    assert states == ["ended", "ended"]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (1280, 800), (320, 568)])
async def test_nothing_is_cut_off(visit: Visit, daphne: Daphne, width: int, height: int) -> None:
    """No sideways scrolling on any screen, and no layout shift while the page settles."""
    shifts = """
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    """
    url = daphne.url + call_path()
    size = {"viewport": {"width": width, "height": height}}
    ada = await visit(url, before=lambda page: page.add_init_script(shifts), **size)
    fits = "() => document.documentElement.scrollWidth <= innerWidth"

    async def check(screen: str) -> None:
        await ada.screen(screen)
        assert await ada.page.evaluate(fits), screen

    await check("preview")
    await ada.page.wait_for_function(
        "() => document.querySelector('#preview-video').videoWidth > 0"
    )
    assert await ada.page.evaluate("() => window.shift") < 0.001
    await ada.join("A name as long as names in forms can be, sixty characters.")
    await check("call")
    bo = await visit(url)
    await bo.join("A name as long as names in forms can be, sixty characters.")
    await ada.sees_and_hears()
    await check("call")
    # The picture takes its own shape when it comes, and the name goes with it.
    assert await ada.page.evaluate("() => window.shift") < 0.05
    await bo.page.click("#hangup")
    await check("ended")


@pytest.mark.parametrize("cut", ['<div class="tile-bar"', '<form class="join"', '<input id="name"'])
async def test_half_a_document_is_not_drawn(visit: Visit, daphne: Daphne, cut: str) -> None:
    """Its parts would move when the rest arrives."""

    async def cut_off(route: Route) -> None:
        response = await route.fetch()
        whole = await response.text()
        assert cut in whole
        await route.fulfill(response=response, body=whole[: whole.index(cut)])

    ada = await visit(daphne.url + call_path())
    await expect(ada.page.locator("#preview-tile")).to_be_visible()
    page = await ada.page.context.new_page()
    await page.route(daphne.url + "/call/**", cut_off)
    await page.goto(daphne.url + call_path())
    await expect(page.locator("#preview-tile")).to_be_attached()
    await expect(page.locator("#preview-tile")).to_be_hidden()


async def test_keyboard_only(visit: Visit, chromium: Browser, daphne: Daphne) -> None:
    """From the name field to a muted call without touching the mouse."""
    ada = await visit(daphne.url + call_path())
    await expect(ada.page.locator("#join")).to_be_enabled()
    await ada.page.focus("#name")
    await ada.page.keyboard.type("Ada, mv")
    await ada.page.keyboard.press("Enter")
    await ada.phase("waiting")
    await ada.page.keyboard.press("m")
    await expect(ada.page.locator("#mute")).to_have_attribute("data-off", "true")
    await ada.page.keyboard.press("v")
    await expect(ada.page.locator("#camera")).to_have_attribute("data-off", "true")


async def test_the_copy_button_says_what_it_did(visit: Visit, daphne: Daphne) -> None:
    """One sign at a time: to copy, then done."""
    ada = await visit(daphne.url + call_path(), permissions=["clipboard-write", "camera"])
    await ada.join("Ada")
    await ada.phase("waiting")
    icons = ada.page.locator("#copy .icon")
    await expect(icons.first).to_be_visible()
    await expect(icons.last).to_be_hidden()
    await ada.page.click("#copy")
    await ada.says("#copy", "Copied")
    await expect(icons.first).to_be_hidden()
    await expect(icons.last).to_be_visible()
