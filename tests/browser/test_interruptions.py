"""The device takes a microphone or a camera away: both people are told, and it comes back."""

import pytest
from playwright.async_api import Page, expect

from tests.support.browsers import Person
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, start_call

pytestmark = pytest.mark.shared

# Counts the requests for devices; each fails while `refused`, and sounds are zeros while `silent`.
DEVICES = """
Object.assign(window, { requests: 0, refused: false, silent: false });
const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.zeros = () => {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const source = new ConstantSourceNode(context, { offset: 0 });
  source.connect(destination);
  source.start();
  return destination.stream.getAudioTracks()[0];
};
navigator.mediaDevices.getUserMedia = async (constraints) => {
  window.requests++;
  if (window.refused) throw new DOMException("", "NotReadableError");
  const stream = await given(constraints);
  const [sound] = stream.getAudioTracks();
  if (!window.silent || !sound) return stream;
  sound.stop();
  return new MediaStream([zeros(), ...stream.getVideoTracks()]);
};
window.sender = (kind) =>
  connections.findLast((pc) => pc.connectionState !== "closed").getSenders()
    .find(({ track }) => track?.kind === kind);
"""
# What the system does to the track that is sent.
SYSTEM = """([kind, ...events]) => {
  window.old = sender(kind).track;
  for (const event of events) window.old.dispatchEvent(new Event(event));
}"""
RENEWED = "(kind) => sender(kind)?.track.id !== old.id && old.readyState === 'ended'"
GOES_SILENT = """async () => {
  window.old = sender("audio").track;
  await sender("audio").replaceTrack(zeros());
}"""
# Only with the press the devices work again.
WORKS_WITH_A_PRESS = """() => {
  const works = () => Object.assign(window, { refused: false, silent: false });
  document.querySelector("#mend").addEventListener("pointerdown", works);
}"""

KINDS = {
    "audio": ("#remote-muted", "interrupted the microphone"),
    "video": ("#remote-camera-off", "interrupted the camera"),
}


async def watch_devices(page: Page) -> None:
    await page.add_init_script(DEVICES)


async def silent_devices(page: Page) -> None:
    await page.add_init_script(DEVICES + "window.silent = true;")


async def call_with(visit: Visit, url: str) -> list[Person]:
    return await start_call(lambda at: visit(at, watch_devices), url, url)


async def renewed(person: Person, kind: str) -> None:
    """Another track is sent, and the old one is let go of."""
    await person.page.wait_for_function(RENEWED, arg=kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_system_mutes_is_told_and_taken_anew(
    visit: Visit, daphne: Daphne, kind: str
) -> None:
    sign, sentence = KINDS[kind]
    ada, bo = await call_with(visit, daphne.url + call_path())
    await ada.page.evaluate(SYSTEM, [kind, "mute"])
    await bo.shows(sign)
    await ada.says("#notice", sentence)
    assert not await ada.page.evaluate(RENEWED, kind)
    await ada.page.evaluate(SYSTEM, [kind, "unmute"])
    await renewed(ada, kind)
    await bo.hides(sign)
    await ada.hides("#notice")
    await bo.sees_and_hears()
    # The switches stand as they stood.
    for switch in ("#mute", "#camera"):
        await expect(ada.page.locator(switch)).to_have_attribute("data-off", "false")


async def test_what_is_muted_is_taken_anew_when_the_page_is_seen_again(
    visit: Visit, daphne: Daphne
) -> None:
    ada, bo = await call_with(visit, daphne.url + call_path())
    await ada.page.evaluate(SYSTEM, ["audio", "mute"])
    await bo.shows("#remote-muted")
    await ada.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await renewed(ada, "audio")
    await bo.hides("#remote-muted")
    await bo.sees_and_hears()
    # Only the microphone: nothing was the matter with the camera.
    assert await ada.page.evaluate("requests") == 2


async def test_a_microphone_that_gives_zeros_is_taken_anew(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await call_with(visit, daphne.url + call_path())
    await ada.page.evaluate(GOES_SILENT)
    await renewed(ada, "audio")
    await bo.sees_and_hears()
    # What works is left alone.
    assert await bo.page.evaluate("requests") == 1
    assert await ada.page.evaluate("requests") == 2
    for person in (ada, bo):
        await person.hides("#notice")
        await person.hides("#mend")


async def test_what_does_not_come_back_has_a_button(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await call_with(visit, daphne.url + call_path())
    await ada.page.evaluate("window.refused = true")
    # Not given back: the fake one sounds all the same, which would end the interruption.
    await ada.page.evaluate(SYSTEM, ["audio", "mute"])
    await ada.says("#mend", "switch the microphone on again")
    await bo.shows("#remote-muted")
    await ada.page.evaluate(WORKS_WITH_A_PRESS)
    await ada.page.click("#mend")
    await renewed(ada, "audio")
    await ada.hides("#mend")
    await expect(ada.page.locator("#mute")).to_be_focused()
    await bo.hides("#remote-muted")
    await bo.sees_and_hears()


async def test_a_microphone_without_any_sound_is_told(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await visit(url, silent_devices), await visit(url)
    for person in (ada, bo):
        await person.join()
    await ada.sees_and_hears()
    await ada.says("#notice", "gives no sound")
    await bo.shows("#remote-muted")
    await ada.shows("#mend")
    await ada.page.evaluate(WORKS_WITH_A_PRESS)
    await ada.page.click("#mend")
    await bo.hides("#remote-muted")
    await ada.hides("#mend")
    await bo.sees_and_hears()
