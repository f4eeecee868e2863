"""Less data for whoever wants it (features/low-data.js)."""

from typing import Any

from playwright.async_api import Page, expect

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

# What limits the camera when a path is found, before anything is sent by it, or when there is a
# camera, if that is later; and how often the two have negotiated.
SPY = """
window.limits = [];
window.negotiations = 0;
const note = (camera) => {
  if (camera.track) window.limits.push(camera.getParameters().encodings[0].maxBitrate);
};
const { replaceTrack } = RTCRtpSender.prototype;
RTCRtpSender.prototype.replaceTrack = async function (track) {
  await replaceTrack.call(this, track);
  if (track?.kind === "video") note(this);
};
const Spied = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Spied {
  constructor(...args) {
    super(...args);
    this.addEventListener("iceconnectionstatechange", () => {
      if (this.iceConnectionState !== "connected") return;
      note(this.getSenders()[1]);
    });
    this.addEventListener("signalingstatechange", () => window.negotiations++);
  }
};
"""

SENT = """async () => {
  const pc = connections.at(-1);
  const [voice, camera] = pc.getSenders().map((sender) => sender.getParameters());
  const [{ maxBitrate, scaleResolutionDownBy, maxFramerate }] = camera.encodings;
  const stats = [...(await pc.getStats()).values()];
  const sent = stats.find(({ type, mid }) => type === "outbound-rtp" && mid === "1");
  const { mimeType } = voice.encodings[0].codec ?? voice.codecs[0];
  return [maxBitrate, scaleResolutionDownBy, maxFramerate, mimeType, sent?.frameWidth > 640];
}"""
ALL = [1_500_000, 1, None, "audio/red", True]
LESS = [300_000, 2, 15, "audio/opus", False]

SAVES_DATA = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } });"


async def spied(page: Page) -> None:
    await page.add_init_script(SPY)


async def sends(page: Page, expected: list[Any]) -> None:
    await page.wait_for_function(
        f"async (all) => JSON.stringify(await ({SENT})()) === JSON.stringify(all)", arg=expected
    )


async def first_limit(page: Page) -> Any:
    return await page.evaluate("limits.at(-1)")


async def test_one_switch_saves_in_both_directions(visit: Visit, daphne: Daphne) -> None:
    """At once and without a negotiation, over a reload, and until it is switched off."""
    url = daphne.url + call_path()
    ada, bo = await visit(url, spied), await visit(url, spied)
    for person, name in ((ada, "Ada"), (bo, "Bo")):
        await person.join(name)
    for person in (ada, bo):
        await person.sees_and_hears()
        await sends(person.page, ALL)
        await person.page.click("#quality-sign")
        await person.page.evaluate("window.negotiations = 0")

    await ada.page.locator("#low-data").press("Space")
    for person in (ada, bo):
        await sends(person.page, LESS)
        assert await person.page.evaluate("window.negotiations") == 0
        await person.sees_and_hears()
    await expect(ada.page.locator("#low-data")).to_be_checked()
    await expect(ada.page.locator("#low-data-theirs")).to_be_hidden()
    await expect(bo.page.locator("#low-data")).not_to_be_checked()
    await bo.says("#low-data-theirs", "Ada is saving data.")
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.locator("#quality-panel")).to_be_hidden()

    await ada.page.reload()
    for person in (ada, bo):
        await person.sees_and_hears()
        assert await first_limit(person.page) == 300_000
        await sends(person.page, LESS)

    await ada.page.click("#quality-sign")
    await ada.page.uncheck("#low-data")
    for person in (ada, bo):
        await sends(person.page, ALL)
    await bo.hides("#low-data-theirs")


async def test_the_next_call_begins_with_the_switch_as_it_was(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path())
    await expect(ada.page.locator("#preview-low-data")).not_to_be_checked()
    await ada.page.check("text=Use less data >> visible=true")
    url = daphne.url + call_path()
    await ada.page.goto(url)
    await expect(ada.page.locator("#preview-low-data")).to_be_checked()
    bo = await visit(url, spied)
    await bo.join("Bo")
    await ada.join("Ada")
    for person in (ada, bo):
        await person.sees_and_hears()
        await sends(person.page, LESS)


async def test_a_browser_that_saves_data_saves_it_here_until_told_otherwise(
    visit: Visit, daphne: Daphne
) -> None:
    ada = await visit(
        daphne.url + call_path(), before=lambda page: page.add_init_script(SAVES_DATA)
    )
    switch = ada.page.locator("#preview-low-data")
    await expect(switch).to_be_checked()
    await ada.page.reload()
    await expect(switch).to_be_checked()
    await switch.uncheck()
    await ada.page.reload()
    await expect(ada.page.locator("#join")).to_be_enabled()
    await expect(switch).not_to_be_checked()
