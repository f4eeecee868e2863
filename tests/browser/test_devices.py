"""Choosing camera, microphone and speaker (features/devices.js)."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browsers import Person, chromium_args
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, launched, start_call, visits

THREE_OF_EACH = chromium_args("device-count=3,fps=10")

# Counts negotiations, keeps what is sent, sinks and contexts of sound; devices can be unplugged.
WATCH = """
Object.assign(window, { negotiations: 0, contexts: [], sinks: [], unplugged: [], badSink: null });
const Spied = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Spied {
  constructor(...args) {
    super(...args);
    this.addEventListener("negotiationneeded", () => window.negotiations++);
  }
};
window.AudioContext = class extends AudioContext {
  constructor(...args) { super(...args); window.contexts.push(this); }
};
window.sender = (kind) =>
  connections.findLast((pc) => pc.connectionState !== "closed")?.getSenders()
    .find(({ track }) => track?.kind === kind);
window.deviceSent = (kind) => sender(kind)?.track.getSettings().deviceId;
const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
navigator.mediaDevices.enumerateDevices = async () =>
  (await list()).filter(({ label }) => !window.unplugged.includes(label));
const move = HTMLMediaElement.prototype.setSinkId;
HTMLMediaElement.prototype.setSinkId = function (id) {
  window.sinks.push([this.id, id]);
  return id && id === window.badSink ? Promise.reject(new DOMException("", "NotFoundError"))
    : move.call(this, id);
};
"""
# The longest time without a packet of the other's sound.
WATCH_SOUND = """() => {
  const sound = { last: performance.now(), longest: 0, packets: 0 };
  window.sound = sound;
  setInterval(async () => {
    let packets = 0;
    (await connections.at(-1).getStats()).forEach((one) => {
      if (one.type === "inbound-rtp" && one.mid === "0") packets = one.packetsReceived;
    });
    if (packets === sound.packets) return;
    const now = performance.now();
    if (sound.packets) sound.longest = Math.max(sound.longest, now - sound.last);
    Object.assign(sound, { last: now, packets });
  }, 50);
}"""
# How much is heard in a second and a half of sound, in which a fake microphone beeps.
HEARS = """async () => {
  const inbound = async () => {
    const stats = [...(await connections.at(-1).getStats()).values()];
    return stats.find(({ type, mid }) => type === "inbound-rtp" && mid === "0");
  };
  const before = await inbound();
  for (let n = 0; n < 400; n++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = await inbound();
    if (now.totalSamplesDuration >= before.totalSamplesDuration + 1.5) {
      return now.totalAudioEnergy - before.totalAudioEnergy;
    }
  }
  throw new Error(`no sound: ${JSON.stringify([before, await inbound()])}`);
}"""
LONGEST_SILENCE = "() => Math.max(sound.longest, performance.now() - sound.last)"
UNPLUGGED = """(labels) => {
  window.unplugged = labels;
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
}"""
OPTIONS = """(kind) => [...document.querySelector(`#devices-${kind}`).options]
  .map(({ value, text }) => [value, text])"""
SENDS = "([kind, id]) => deviceSent(kind) === id && sender(kind).track.readyState === 'live'"
KINDS = {"camera": "video", "microphone": "audio"}
# Chromium's second fake camera sees depths, which no encoder takes; microphones are two.
ANOTHER = {"camera": 3, "microphone": 2}
# Its fake default microphone stands for none of them.
NOW_USING = {"camera": "Now using fake_device_0.", "microphone": ""}


@pytest.fixture(scope="module")
async def many_devices(chromium_path: Path) -> AsyncIterator[Browser]:
    """Three cameras, microphones and speakers."""
    async with launched(chromium_path, THREE_OF_EACH) as browser:
        yield browser


@pytest.fixture
async def visit(many_devices: Browser) -> AsyncIterator[Visit]:
    """Opens an address as a new person with several devices."""
    async with visits(many_devices) as visit:
        yield partial(visit, before=watched)


async def watched(page: Page) -> None:
    await page.add_init_script(WATCH)


async def in_call(visit: Visit, url: str) -> list[Person]:
    people = await start_call(visit, url, url)
    for person in people:
        await person.page.evaluate("window.negotiations = 0")
    return people


async def in_call_with(script: str, visit: Visit, daphne: Daphne) -> tuple[Person, Person]:
    """Two people, the first of them with a script of the test's in the page."""

    async def scripted(page: Page) -> None:
        await watched(page)
        await page.add_init_script(script)

    url = daphne.url + call_path()
    ada, bo = await visit(url, before=scripted), await visit(url)
    await ada.join("Ada")
    await bo.join("Bo")
    await bo.sees_and_hears()
    return ada, bo


async def options(person: Person, kind: str) -> list[list[str]]:
    """Value and text of what can be chosen, once the dialog has been filled."""
    await expect(person.page.locator(f"#devices-{kind}")).to_be_visible()
    found: list[list[str]] = await person.page.evaluate(OPTIONS, kind)
    return found


async def opened(person: Person) -> None:
    opener = person.page.locator("#devices-before, #devices-during").locator("visible=true")
    await opener.click()
    await expect(person.page.locator("#devices-microphone")).to_be_visible()


async def choose(person: Person, kind: str, place: int) -> tuple[str, str]:
    """Choose one by its place, with the default as the first: its id and label."""
    value, label = (await options(person, kind))[place]
    await person.page.select_option(f"#devices-{kind}", value)
    return value, label


async def sends(person: Person, kind: str, id: str) -> None:
    await person.page.wait_for_function(SENDS, arg=[KINDS[kind], id])


# -- Cameras and microphones ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["camera", pytest.param("microphone", marks=pytest.mark.long)])
async def test_another_one_in_the_call(visit: Visit, daphne: Daphne, kind: str) -> None:
    """Without a negotiation, and hardly noticed by the other; a reload keeps it."""
    ada, bo = await in_call(visit, daphne.url + call_path())
    await opened(ada)
    assert len(await options(ada, kind)) >= 3
    await bo.watch_picture()
    await bo.page.evaluate(WATCH_SOUND)
    for place in (ANOTHER[kind], 1):
        old = await ada.page.evaluate_handle(f"sender('{KINDS[kind]}').track")
        id, _ = await choose(ada, kind, place)
        await sends(ada, kind, id)
        assert await old.evaluate("({ readyState }) => readyState") == "ended"
        await bo.sees_and_hears(frames=20)
    assert await bo.longest_gap() < 1000
    assert await bo.page.evaluate(LONGEST_SILENCE) < 1000
    for person in (ada, bo):
        assert await person.page.evaluate("negotiations") == 0
    assert await bo.pictures() >= 8

    await ada.page.reload()
    await bo.sees_and_hears()
    await sends(ada, kind, id)
    await opened(ada)
    await expect(ada.page.locator(f"#devices-{kind}")).to_have_value(id)


async def test_a_muted_microphone_stays_muted(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await in_call(visit, daphne.url + call_path())
    await ada.page.click("#mute")
    await bo.shows("#remote-muted")
    await opened(ada)
    await ada.says("#devices-heard", "muted")
    await bo.page.evaluate(HEARS)  # the last of what was on its way
    id, _ = await choose(ada, "microphone", 2)
    await sends(ada, "microphone", id)
    assert not await ada.page.evaluate("sender('audio').track.enabled")
    assert await bo.page.evaluate(HEARS) < 1e-6
    await bo.shows("#remote-muted")
    await ada.page.keyboard.press("Escape")
    await ada.page.click("#mute")
    await bo.sees_and_hears()
    assert await bo.page.evaluate(HEARS) > 1e-3


async def test_a_camera_that_is_chosen_while_off_is_the_one_that_comes_on(
    visit: Visit, daphne: Daphne
) -> None:
    """As it is with less data, which stays so."""
    ada, bo = await in_call(visit, daphne.url + call_path())
    await ada.page.click("#camera")
    await bo.shows("#remote-camera-off")
    await opened(ada)
    id, _ = await choose(ada, "camera", 3)
    await ada.page.click("#devices-close")
    await ada.page.click("#quality-sign")
    await ada.page.check("#low-data")
    await ada.page.keyboard.press("Escape")
    await ada.page.click("#camera")
    await sends(ada, "camera", id)
    await bo.hides("#remote-camera-off")
    await bo.sees_and_hears()
    limit = "sender('video').getParameters().encodings[0].maxBitrate"
    assert await ada.page.evaluate(limit) == 300_000
    await opened(ada)
    id, _ = await choose(ada, "camera", 1)
    await sends(ada, "camera", id)
    assert await ada.page.evaluate(limit) == 300_000


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_system_took_is_asked_for_as_it_was_chosen(
    visit: Visit, daphne: Daphne, kind: str
) -> None:
    ada, bo = await in_call(visit, daphne.url + call_path())
    await opened(ada)
    id, _ = await choose(ada, kind, ANOTHER[kind])
    await sends(ada, kind, id)
    old = await ada.page.evaluate_handle(f"sender('{KINDS[kind]}').track")
    for event in ("mute", "unmute"):
        await old.evaluate("(track, event) => track.dispatchEvent(new Event(event))", event)
    await ada.page.wait_for_function("(old) => old.readyState === 'ended'", arg=old)
    await sends(ada, kind, id)
    await bo.sees_and_hears()


@pytest.mark.parametrize("kind", KINDS)
async def test_one_that_is_gone_makes_way_and_comes_back(
    visit: Visit, daphne: Daphne, kind: str
) -> None:
    ada, bo = await in_call(visit, daphne.url + call_path())
    await opened(ada)
    id, label = await choose(ada, kind, ANOTHER[kind])
    await sends(ada, kind, id)
    await ada.page.click("#devices-close")
    await ada.page.evaluate(UNPLUGGED, [label])
    await expect(ada.page.locator("#notice")).to_have_text(
        f"{label} is gone. {NOW_USING[kind]}".strip()
    )
    assert await ada.page.evaluate(f"deviceSent('{KINDS[kind]}')") != id
    await bo.sees_and_hears()
    await opened(ada)
    await expect(ada.page.locator(f"#devices-{kind} option").last).to_have_text(
        f"{label} (not connected)"
    )
    await ada.page.evaluate(UNPLUGGED, [])
    await ada.says("#devices-said", f"{re.escape(label)} is back")
    await sends(ada, kind, id)
    await expect(ada.page.locator(f"#devices-{kind}")).to_have_value(id)
    await bo.sees_and_hears()


async def test_one_with_another_id_is_known_by_its_label(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path())
    await opened(ada)
    id, label = await choose(ada, "camera", 3)
    await ada.page.evaluate(
        """([label]) => localStorage.setItem("duet:devices",
             JSON.stringify({ camera: { id: "of-another-time", label } }))""",
        [label],
    )
    await ada.page.reload()
    own = "document.querySelector('#preview-video').srcObject?.getVideoTracks()[0]"
    await ada.page.wait_for_function(f"(id) => {own}?.getSettings().deviceId === id", arg=id)
    await opened(ada)
    await expect(ada.page.locator("#devices-camera")).to_have_value(id)


HAND_HELD = """
const told = MediaStreamTrack.prototype.getSettings;
MediaStreamTrack.prototype.getSettings = function () {
  const settings = told.call(this);
  return this.kind === "video" ? { ...settings, facingMode: "user" } : settings;
};
"""


async def test_a_phone_turns_its_camera_around(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await in_call_with(HAND_HELD, visit, daphne)
    negotiations = await ada.page.evaluate("() => negotiations")
    first = await ada.page.evaluate("() => deviceSent('video')")
    seen = [first]
    for turn in range(3):
        await ada.page.hover("#self")
        await ada.page.click("#self-flip")
        await ada.page.wait_for_function("(before) => deviceSent('video') !== before", arg=seen[-1])
        seen.append(await ada.page.evaluate("() => deviceSent('video')"))
        # Chromium's second fake camera stands still.
        if turn > 0:
            await bo.sees_and_hears()
    # There are three of them.
    assert len(set(seen)) == 3
    assert seen[-1] == first
    assert await ada.page.evaluate("() => negotiations") == negotiations
    await bo.page.hover("#self")
    await bo.hides("#self-flip")


# -- Speakers, levels, mirror -----------------------------------------------------------------


async def test_a_speaker(visit: Visit, daphne: Daphne) -> None:
    """Chosen before the call, tried, kept over a reload; what fails is told."""
    ada = await visit(daphne.url + call_path())
    await opened(ada)
    id, _ = await choose(ada, "speaker", 1)
    await ada.page.wait_for_function("() => sinks.length === 2")
    sinks = await ada.page.evaluate("sinks")
    assert sorted(sinks) == [["remote-screen", id], ["remote-video", id]]
    await ada.page.click("#devices-tone")
    await ada.page.wait_for_function("() => sinks.length === 3")
    assert await ada.page.evaluate("sinks[2]") == ["", id]
    await expect(ada.page.locator("#devices-said")).to_have_text("")

    await ada.page.reload()
    video = ada.page.locator("#remote-video")
    await expect(video).to_have_js_property("sinkId", id)
    await opened(ada)
    await expect(ada.page.locator("#devices-speaker")).to_have_value(id)
    other, label = (await options(ada, "speaker"))[2]
    await ada.page.evaluate("(id) => { window.badSink = id; }", other)
    await choose(ada, "speaker", 2)
    await ada.says("#devices-said", f"{re.escape(label)} gives no sound")
    await expect(video).to_have_js_property("sinkId", "")
    await expect(ada.page.locator("#devices-speaker")).to_have_value("")


async def test_a_browser_that_does_not_move_sound(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path(), before=without_sinks)
    await opened(ada)
    await ada.hides("#devices-speaker")
    await ada.hides("text=Speaker")
    await ada.shows("#devices-tone")


async def without_sinks(page: Page) -> None:
    await page.add_init_script("delete HTMLMediaElement.prototype.setSinkId;")


async def test_the_level_is_watched_as_long_as_it_is_shown(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path())
    assert await ada.page.evaluate("contexts.length") == 0
    await opened(ada)
    await ada.says("#devices-heard", "Your microphone works")
    await choose(ada, "microphone", 2)
    await ada.page.wait_for_function("() => contexts.length === 2")
    await ada.says("#devices-heard", "Your microphone works")
    await ada.page.keyboard.press("Escape")
    await ada.page.wait_for_function("() => contexts.every(({ state }) => state === 'closed')")


async def test_how_loud_the_other_is_is_remembered(visit: Visit, daphne: Daphne) -> None:
    ada, _ = await in_call(visit, daphne.url + call_path())
    video = ada.page.locator("#remote-video")
    await opened(ada)
    await ada.page.fill("#devices-volume", "0.3")
    await expect(video).to_have_js_property("volume", 0.3)
    await ada.page.reload()
    await ada.sees_and_hears()
    await expect(video).to_have_js_property("volume", 0.3)


ASKED = """
window.asked = [];
const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (constraints) => {
  window.asked.push(constraints.audio);
  return given(constraints);
};
"""


async def test_what_is_done_to_the_own_sound_is_chosen(visit: Visit, daphne: Daphne) -> None:
    """In the middle of the call, which goes on with another track and no negotiation."""
    ada, bo = await in_call_with(ASKED, visit, daphne)
    negotiations = await ada.page.evaluate("() => negotiations")
    track = await ada.page.evaluate("() => sender('audio').track.id")
    await opened(ada)
    await ada.page.click(".processing > summary")
    for box in ("noise", "echo", "gain"):
        await expect(ada.page.locator(f"#devices-{box}")).to_be_checked()
    await ada.page.uncheck("#devices-noise")
    await ada.page.wait_for_function("(track) => sender('audio').track.id !== track", arg=track)
    expected = {"echoCancellation": True, "noiseSuppression": False, "autoGainControl": True}
    asked = await ada.page.evaluate("() => asked.at(-1)")
    assert asked == {**asked, **expected}
    await bo.sees_and_hears()
    assert await ada.page.evaluate("() => negotiations") == negotiations
    await ada.page.reload()
    await bo.sees_and_hears()
    asked = await ada.page.evaluate("() => asked.at(-1)")
    assert asked == {**asked, **expected}


async def test_the_own_picture_is_a_mirror_or_none(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path())
    preview = ada.page.locator("#preview-video")
    await expect(preview).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
    await opened(ada)
    await ada.page.uncheck("#devices-mirror")
    await expect(preview).to_have_css("transform", "none")
    await ada.page.reload()
    await ada.join()
    await ada.phase("waiting")
    await expect(ada.page.locator("#local-video")).to_have_css("transform", "none")


# -- The dialog -------------------------------------------------------------------------------


async def test_escape_closes_the_dialog_alone(visit: Visit, daphne: Daphne) -> None:
    ada, _ = await in_call(visit, daphne.url + call_path())
    await ada.page.click("#quality-sign")
    await ada.page.locator("#devices-during").press("Enter")
    await expect(ada.page.locator("#devices-title")).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await ada.hides("#devices")
    await ada.shows("#quality-panel")
    await expect(ada.page.locator("#devices-during")).to_be_focused()


async def test_without_permission_there_are_no_names(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path(), before=refused)
    await ada.page.click("#devices-before")
    await ada.shows("text=Allow camera and microphone, and their names appear here.")
    for kind in (*KINDS, "speaker"):
        await ada.hides(f"#devices-{kind}")
    await ada.hides("#devices-meter")


async def refused(page: Page) -> None:
    """As it is before a browser has permission."""
    await page.add_init_script(
        """
const { mediaDevices } = navigator;
mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"));
mediaDevices.enumerateDevices = async () => ["audioinput", "videoinput"]
  .map((kind) => ({ kind, deviceId: "", groupId: "", label: "" }));
"""
    )
