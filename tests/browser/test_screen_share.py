"""A screen beside the camera: shown sharp and heard, without a negotiation, in both browsers."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_firefox import joined
from tests.support.browsers import SPY, Person
from tests.support.firefox import firefox
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

# A screen with a number on it that changes, and a tone of its own. Negotiations are counted.
SCREEN = """
window.negotiations = 0;
window.screenShown = 0;
addEventListener("DOMContentLoaded", () => {
  const video = document.querySelector("#remote-screen");
  const count = () => {
    window.screenShown++;
    video?.requestVideoFrameCallback(count);
  };
  video?.requestVideoFrameCallback(count);
});
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) {
    super(...args);
    this.addEventListener("negotiationneeded", () => window.negotiations++);
  }
};
navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1600, height: 900 });
  const context = canvas.getContext("2d");
  let n = 0;
  setInterval(() => {
    context.fillStyle = "white";
    context.fillRect(0, 0, 1600, 900);
    context.fillStyle = "black";
    context.font = "200px monospace";
    context.fillText(String(n++), 100, 500);
  }, 100);
  const stream = canvas.captureStream(10);
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const sound = audio.createMediaStreamDestination();
  tone.connect(sound);
  tone.start();
  stream.addTrack(sound.stream.getAudioTracks()[0]);
  window.screenStream = stream;
  return stream;
};
"""

# How large the shown screen is, how many frames of it were presented, and how loud its sound was.
SEEN = """async () => {
  const video = document.querySelector("#remote-screen");
  const [pc] = window.connections.slice(-1);
  const [, , , sound] = pc.getTransceivers();
  let energy = 0;
  (await pc.getStats(sound.receiver.track)).forEach((report) => {
    if (report.type === "inbound-rtp") energy = report.totalAudioEnergy ?? 0;
  });
  return { width: video.videoWidth, frames: window.screenShown, energy, muted: video.muted };
}"""


async def with_screen(page: Page) -> None:
    await page.add_init_script(SCREEN)


async def start_with_screens(visit: Visit, daphne: Daphne) -> tuple[Person, Person]:
    url = daphne.url + call_path()
    ada, bo = await visit(url, with_screen), await visit(url, with_screen)
    await ada.join("Ada")
    await bo.join("Bo")
    for person in (ada, bo):
        await person.sees_and_hears()
    return ada, bo


async def sees_the_screen(person: Person) -> dict[str, Any]:
    """As large as it is, moving, and heard, with the other's picture beside it."""
    before = await person.page.evaluate(SEEN)
    await person.page.wait_for_function(
        f"""async (before) => {{
          const now = await ({SEEN})();
          return now.width === 1600 && now.frames > before.frames + 10
            && now.energy > before.energy && !now.muted;
        }}""",
        arg=before,
    )
    await person.sees_and_hears()
    seen: dict[str, Any] = await person.page.evaluate(SEEN)
    return seen


async def test_a_screen_is_shown_beside_the_camera(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await start_with_screens(visit, daphne)
    negotiations = "() => window.negotiations"
    before = [await person.page.evaluate(negotiations) for person in (ada, bo)]
    await expect(bo.page.locator("#remote-screen")).to_be_hidden()

    await ada.page.click("#screen-share")
    await ada.says("#sharing", "You are sharing your screen")
    await ada.says("#screen-share", "Stop sharing")
    await bo.shows("#remote-screen")
    await sees_the_screen(bo)
    picture = await bo.page.locator("#remote-video").bounding_box()
    screen = await bo.page.locator("#remote-screen").bounding_box()
    assert picture
    assert screen
    assert picture["width"] < screen["width"] / 3
    await ada.sees_and_hears()

    await ada.page.click("#sharing-stop")
    await bo.hides("#remote-screen")
    await ada.hides("#sharing")
    await expect(ada.page.locator("#screen-share")).to_be_focused()
    await bo.sees_and_hears()

    # Again, by its key; and it ends with the browser's own button.
    await ada.page.keyboard.press("s")
    await sees_the_screen(bo)
    await ada.page.evaluate("""() => {
      const [track] = window.screenStream.getVideoTracks();
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }""")
    await bo.hides("#remote-screen")
    assert [await person.page.evaluate(negotiations) for person in (ada, bo)] == before


async def test_between_firefox_and_chromium(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    async with firefox(tmp_path) as fox:
        preload = f"() => {{ {SPY} {SCREEN} }}"
        await fox.command("script.addPreloadScript", functionDeclaration=preload)
        url = daphne.url + call_path()
        await joined(fox, url)
        bo = await visit(url, with_screen)
        await bo.join("Bo")
        await bo.sees_and_hears()
        await fox.wait_for("document.querySelector('#screen-share').checkVisibility()")
        before = await fox.evaluate("negotiations")
        await fox.evaluate("document.querySelector('#screen-share').click()")
        await sees_the_screen(bo)
        await bo.page.click("#screen-share")
        await fox.wait_for(
            f"({SEEN})().then((now) => now.width === 1600 && now.frames > 10 && now.energy > 0)"
        )
        await fox.evaluate("document.querySelector('#sharing-stop').click()")
        await bo.hides("#remote-screen")
        await bo.page.click("#sharing-stop")
        await fox.wait_for("!document.querySelector('#remote-screen').checkVisibility()")
        assert await fox.evaluate("negotiations") == before
        await bo.sees_and_hears()


async def test_both_share_a_screen_and_one_has_no_camera(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await start_with_screens(visit, daphne)
    await ada.page.click("#camera")
    await bo.says("#remote-camera-off", "Camera off")
    await ada.page.click("#screen-share")
    await bo.page.click("#screen-share")
    await sees_the_screen(ada)
    await bo.page.wait_for_function(
        f"async () => {{ const {{ width, frames }} = await ({SEEN})();"
        " return width === 1600 && frames > 10; }"
    )


async def test_a_screen_outlives_a_reload_of_the_other(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await start_with_screens(visit, daphne)
    await ada.page.click("#screen-share")
    await sees_the_screen(bo)
    await bo.page.reload()
    await bo.shows("#remote-screen")
    await sees_the_screen(bo)


async def test_nobody_new_is_shown_what_was_meant_for_another(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await start_with_screens(visit, daphne)
    await ada.page.click("#screen-share")
    await bo.shows("#remote-screen")
    await bo.page.close()
    await ada.phase("waiting")
    await ada.hides("#sharing")
    await ada.hides("#screen-share")
    live = "() => window.screenStream.getTracks().some((track) => track.readyState === 'live')"
    assert not await ada.page.evaluate(live)


@pytest.mark.parametrize("width", [390, 1280])
async def test_where_a_browser_shows_no_screens_there_is_no_button(
    visit: Visit, daphne: Daphne, width: int
) -> None:
    async def without(page: Page) -> None:
        await page.add_init_script("delete MediaDevices.prototype.getDisplayMedia;")

    url = daphne.url + call_path()
    options: dict[str, Any] = {"viewport": {"width": width, "height": 800}}
    ada = await visit(url, without, **options)
    bo = await visit(url, without)
    await ada.join("Ada")
    await bo.join("Bo")
    await ada.phase("connected")
    await ada.shows("#hangup")
    await ada.hides("#screen-share")
