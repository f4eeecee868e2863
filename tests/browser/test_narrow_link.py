"""The picture makes way for the sound (call/adaptation.js)."""

from playwright.async_api import Page

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, start_call

# From now on this browser makes most of the sound up, and says so.
DROWN = """() => {
  const pc = connections.at(-1);
  let windows = 0;
  pc.getStats = async () => {
    windows++;
    const sound = { type: "inbound-rtp", kind: "audio", mid: "0", packetsReceived: 3 * windows };
    const samples = { totalSamplesReceived: 12_000 * windows, concealedSamples: 9_000 * windows };
    return new Map([["sound", { ...sound, ...samples, packetsLost: 9 * windows }]]);
  };
}"""
CLEAR = "() => { delete connections.at(-1).getStats; }"

# Whether the camera is sent, and what is done for a voice that packets of are lost.
SENT = """() => {
  const [voice, camera] = connections.at(-1).getSenders().map((sender) => sender.getParameters());
  const { codec } = voice.encodings[0];
  return { camera: camera.encodings[0].active, codec: (codec ?? voice.codecs[0]).mimeType };
}"""
PAUSED = "Video is paused to keep the sound clear."


async def sends(page: Page, camera: bool, codec: str) -> None:
    await page.wait_for_function(
        f"([camera, codec]) => {{ const sent = ({SENT})();"
        " return sent.camera === camera && sent.codec === codec; }",
        arg=[camera, codec],
    )


async def test_the_picture_waits_while_the_sound_is_drowned(visit: Visit, daphne: Daphne) -> None:
    """Both read why; when the link is wide again it is back, without a word from anybody."""
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await sends(ada.page, True, "audio/red")
    await bo.page.evaluate(DROWN)
    await sends(ada.page, False, "audio/opus")
    for person in (ada, bo):
        await person.says("#notice", PAUSED)
    await bo.shows("#person")
    await bo.page.evaluate(CLEAR)
    for person in (ada, bo):
        await person.hides("#notice")
    await bo.sees_and_hears()
    await ada.sees_and_hears()
