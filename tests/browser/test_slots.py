"""Four lines of media, so that a screen can come and go without a negotiation."""

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, start_call

# Put a drawn picture into a line, or take it out again; what it cost in negotiations.
SEND = """async ([line, on]) => {
  const pc = connections.at(-1);
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const context = canvas.getContext("2d");
  let n = 0;
  setInterval(() => {
    context.fillStyle = `hsl(${(n += 7) % 360} 80% 50%)`;
    context.fillRect(0, 0, 320, 180);
  }, 50);
  window.negotiations = 0;
  pc.addEventListener("signalingstatechange", () => window.negotiations++);
  const track = on ? canvas.captureStream(20).getVideoTracks()[0] : null;
  await pc.getTransceivers()[line].sender.replaceTrack(track);
}"""
# Resolves when frames of a line have come.
ARRIVES = """async (mid) => {
  const decoded = async () => {
    let found = 0;
    (await connections.at(-1).getStats()).forEach((report) => {
      if (report.type === "inbound-rtp" && report.mid === mid) found = report.framesDecoded;
    });
    return found;
  };
  const before = await decoded();
  while ((await decoded()) < before + 5) await new Promise((resolve) => setTimeout(resolve, 50));
  return true;
}"""


async def test_a_screen_needs_no_negotiation_and_is_not_the_camera(
    visit: Visit, daphne: Daphne
) -> None:
    """Both ways: from the side that offered, and from the one that answered."""
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    for sender, receiver in ((ada, bo), (bo, ada)):
        width = await receiver.page.evaluate("document.querySelector('#remote-video').videoWidth")
        await sender.page.evaluate(SEND, [2, True])
        assert await receiver.page.evaluate(ARRIVES, "2")
        # The person is still what is seen; a screen is shown when the channel says so.
        await receiver.sees_and_hears()
        tracks = await receiver.page.evaluate(
            "document.querySelector('#remote-video').srcObject.getTracks().map(({ kind }) => kind)"
        )
        assert sorted(tracks) == ["audio", "video"]
        assert width == await receiver.page.evaluate(
            "document.querySelector('#remote-video').videoWidth"
        )
        await sender.page.evaluate(SEND, [2, False])
        assert await sender.page.evaluate("window.negotiations") == 0
        assert await receiver.page.evaluate(ARRIVES, "1")
