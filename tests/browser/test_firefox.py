"""A call between two kinds of browsers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.browser.test_devices import HEARS, LONGEST_SILENCE, WATCH_SOUND
from tests.browser.test_self_view import PLACE
from tests.browser.test_small_window import INSIDE
from tests.support.browsers import MEDIA, SPY, Person
from tests.support.firefox import Firefox, firefox
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path


async def joined(browser: Firefox, url: str) -> None:
    await browser.goto(url)
    await browser.wait_for("!document.querySelector('#join').disabled")
    await browser.evaluate("document.querySelector('#join').click()")
    await browser.wait_for("document.body.dataset.screen === 'call'")


async def test_firefox_and_chromium_call_each_other(
    visit: Visit, daphne: Daphne, tmp_path: Path
) -> None:
    """Whoever comes first makes the first offer: both ways round."""
    async with firefox(tmp_path) as fox:
        await fox.command("script.addPreloadScript", functionDeclaration=f"() => {{ {SPY} }}")
        for first in ("firefox", "chromium"):
            url = daphne.url + call_path()
            if first == "firefox":
                await joined(fox, url)
            bo = await visit(url)
            await bo.join("Bo")
            if first == "chromium":
                await bo.phase("waiting")
                await joined(fox, url)
            await bo.sees_and_hears()
            await fox.wait_for("document.body.dataset.phase === 'connected'")
            before = await fox.evaluate(f"({MEDIA})()")
            frames = before["frames"] + 5
            await fox.wait_for(f"({MEDIA})().then((now) => now.frames > {frames})")
            await fox.wait_for(f"({MEDIA})().then((now) => now.energy > 0)")

            await bo.page.click("#mute")
            await fox.wait_for("document.querySelector('#remote-muted').checkVisibility()")
            await fox.evaluate("document.querySelector('#camera').click()")
            await bo.shows("#remote-camera-off")
            await fox.evaluate("document.querySelector('#camera').click()")
            await bo.hides("#remote-camera-off")
            await bo.renegotiates()
            await bo.sees_and_hears()

            await fox.evaluate("document.querySelector('#hangup').click()")
            await bo.screen("ended")


# Firefox has one fake device of each kind: here they are two, and negotiations are counted.
TWO_OF_EACH = """
const ids = new WeakMap();
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.enumerateDevices = async () =>
  ["video", "audio"].flatMap((kind) => [1, 2].map((n) => (
    { kind: `${kind}input`, deviceId: `${kind}-${n}`, label: `${kind} ${n}`, groupId: `${n}` })));
navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await ask({ audio: !!constraints.audio, video: !!constraints.video });
  for (const track of stream.getTracks()) {
    const { exact, ideal } = constraints[track.kind].deviceId ?? {};
    ids.set(track, exact ?? ideal ?? `${track.kind}-1`);
  }
  return stream;
};
const told = MediaStreamTrack.prototype.getSettings;
MediaStreamTrack.prototype.getSettings = function () {
  return { ...told.call(this), deviceId: ids.get(this) };
};
window.negotiations = 0;
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) {
    super(...args);
    this.addEventListener("negotiationneeded", () => window.negotiations++);
  }
};
window.sent = (kind) =>
  connections.findLast((pc) => pc.connectionState !== "closed").getSenders()
    .find(({ track }) => track?.kind === kind).track;
"""
CHOOSE = """(([kind, id]) => {
  const list = document.querySelector(`#devices-${kind}`);
  list.value = id;
  list.dispatchEvent(new Event("change", { bubbles: true }));
})"""


@asynccontextmanager
async def in_call(
    visit: Visit, daphne: Daphne, tmp_path: Path
) -> AsyncIterator[tuple[Firefox, Person]]:
    """A person with Firefox and two devices of each kind, and Bo with Chromium."""
    async with firefox(tmp_path) as fox:
        preload = f"() => {{ {SPY} {TWO_OF_EACH} }}"
        await fox.command("script.addPreloadScript", functionDeclaration=preload)
        url = daphne.url + call_path()
        await joined(fox, url)
        bo = await visit(url)
        await bo.join("Bo")
        await bo.sees_and_hears()
        await shows(fox, "#self-move")  # what the page does not wait for is there
        await fox.evaluate("window.negotiations = 0")
        yield fox, bo


async def click(fox: Firefox, selector: str) -> None:
    await fox.evaluate(f"document.querySelector('{selector}').click()")


async def shows(fox: Firefox, selector: str) -> None:
    await fox.wait_for(f"document.querySelector('{selector}').checkVisibility()")


async def says(fox: Firefox, selector: str, text: str) -> None:
    await fox.wait_for(f"document.querySelector('{selector}').textContent.includes('{text}')")


async def test_devices_are_changed_in_the_call(
    visit: Visit, daphne: Daphne, tmp_path: Path
) -> None:
    async with in_call(visit, daphne, tmp_path) as (fox, bo):
        await click(fox, "#devices-during")
        await shows(fox, "#devices-microphone")
        await bo.watch_picture()
        await bo.page.evaluate(WATCH_SOUND)
        for list, kind in (("camera", "video"), ("microphone", "audio")):
            for n in (2, 1):
                id = f"{kind}-{n}"
                await fox.evaluate(f"{CHOOSE}(['{list}', '{id}'])")
                await fox.wait_for(f"sent('{kind}').getSettings().deviceId === '{id}'")
                await bo.sees_and_hears(frames=20)
        assert await bo.longest_gap() < 1000
        assert await bo.page.evaluate(LONGEST_SILENCE) < 1000
        assert await fox.evaluate("negotiations") == 0
        assert await bo.page.evaluate(HEARS) > 1e-3


async def test_keys_the_own_picture_and_other_windows(
    visit: Visit, daphne: Daphne, tmp_path: Path
) -> None:
    """Not full screen, which headless Firefox denies, nor speech while muted: it hears nothing
    without a sound card.
    """
    space, escape = " ", "\ue00c"
    async with in_call(visit, daphne, tmp_path) as (fox, bo):
        await fox.press("m")
        await bo.shows("#remote-muted")
        await fox.press(space, "keyDown")
        await bo.hides("#remote-muted")
        await fox.press(space, "keyUp")
        await bo.shows("#remote-muted")
        await fox.press("m")
        await bo.hides("#remote-muted")

        await click(fox, "#self-move")
        await fox.wait_for(f"({PLACE})()[0] === 'bottom-left'")
        await click(fox, "#self-swap")
        await fox.wait_for(f"({PLACE})()[1] > 0.95")
        await click(fox, "#self-swap")
        await fox.wait_for(f"({PLACE})()[1] < 0.4")
        await click(fox, "#self-hide")
        await shows(fox, "#self-show")
        await bo.sees_and_hears()

        await fox.press("p")
        await fox.wait_for(f"{INSIDE}.querySelector('video').videoWidth > 0")
        for shown in (bo.shows, bo.hides):
            await fox.evaluate(f"{INSIDE}.querySelector('[data-press=video]').click()")
            await shown("#remote-camera-off")
        await fox.press("p")
        await fox.wait_for("documentPictureInPicture.window === null")
        await fox.press("?")
        await shows(fox, "#help")
        await fox.press(escape)
        await fox.wait_for("!document.querySelector('#help').checkVisibility()")
        assert await fox.evaluate("negotiations") == 0


async def test_what_the_system_takes_comes_back(
    visit: Visit, daphne: Daphne, tmp_path: Path
) -> None:
    signs = {"audio": "#remote-muted", "video": "#remote-camera-off"}
    async with in_call(visit, daphne, tmp_path) as (fox, bo):
        for kind, sign in signs.items():
            await fox.evaluate(f"(window.old = sent('{kind}')).dispatchEvent(new Event('mute'))")
            await bo.shows(sign)
            await fox.evaluate("old.dispatchEvent(new Event('unmute'))")
            await bo.hides(sign)
            await fox.wait_for(f"sent('{kind}') !== old && old.readyState === 'ended'")
            await bo.sees_and_hears()
        assert await fox.evaluate("negotiations") == 0


@pytest.mark.long
async def test_coming_and_going(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    """A reload, a hang-up by mistake, a rating, a third person, and a tab that is closed."""
    async with in_call(visit, daphne, tmp_path) as (fox, bo):
        await fox.reload()
        await bo.sees_and_hears()
        await fox.wait_for("document.body.dataset.phase === 'connected'")
        third = await visit(bo.page.url)
        await third.join()
        await third.screen("full")
        await third.page.close()
        lines = len(daphne.lines)
        await bo.page.click("#hangup")
        await fox.wait_for("document.body.dataset.screen === 'ended'")
        await says(fox, "#ended-lasted", "The call lasted")
        await click(fox, '#rating [value="4"]')
        await daphne.printed("visitor: rated 4 of 5", since=lines)
        await bo.page.click("#again")
        await bo.phase("waiting")
        await says(fox, "#ended-back", "Bo is back in the call.")
        await click(fox, "#again")
        await bo.sees_and_hears()
        await fox.wait_for("document.body.dataset.phase === 'connected'")
        await bo.page.close()
        await says(fox, "#notice", "Bo closed the page.")
        await shows(fox, "#invitation")
