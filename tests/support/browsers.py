"""A person at the call page: a real browser with fake devices."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from playwright.async_api import BrowserContext, FilePayload, Page, expect

FAKE_DEVICES = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
]


def chromium_args(devices: str = "fps=10") -> list[str]:
    """With fake devices like this: half of the usual pictures leave the machine time for more."""
    return [
        *(
            f"{arg}={devices}" if arg.endswith("-device-for-media-stream") else arg
            for arg in FAKE_DEVICES
        ),
        # Both browsers are on this machine: no need of mDNS names, which need a network.
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--allow-loopback-in-peer-connection",
    ]


CHROMIUM_ARGS = chromium_args()

# Milliseconds a step may take on a busy machine with two cores.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)

# Runs in every page before its own scripts: keeps the RTCPeerConnections for the tests.
SPY = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) { super(...args); window.connections.push(this); }
};
// All fake microphones beep alike: to an echo canceller one is the other's echo, and it goes.
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  navigator.mediaDevices.getUserMedia = (constraints) =>
    ask({ ...constraints, audio: constraints.audio && { ...constraints.audio, ...plain } });
}
// Pictures of the other that were shown, which is more than that they were decoded.
window.shown = 0;
addEventListener("DOMContentLoaded", () => {
  const video = document.querySelector("#remote-video");
  const count = () => {
    window.shown++;
    video.requestVideoFrameCallback(count);
  };
  video?.requestVideoFrameCallback(count);
});
window.sockets = [];
// Every welcome, with the time it came at (milliseconds of this page).
window.welcomes = [];
window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    window.sockets.push(this);
    this.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "welcome") window.welcomes.push({ at: performance.now(), ...message });
    });
  }
};
"""

MEDIA = """async () => {
  const pc = window.connections.findLast((pc) => pc.connectionState !== "closed");
  if (!pc) return null;
  const found = { state: pc.connectionState, frames: window.shown, decoded: 0, energy: 0 };
  (await pc.getStats()).forEach((report) => {
    if (report.type !== "inbound-rtp") return;
    // Of several lines of a kind only those that are shown and heard have something.
    if (report.kind === "video") found.decoded += report.framesDecoded ?? 0;
    if (report.kind === "audio") found.energy += report.totalAudioEnergy ?? 0;
  });
  return found;
}"""

# Watches the remote picture: the longest time without a newly shown frame since the call.
WATCH_PICTURE = """() => {
  const video = document.querySelector("#remote-video");
  const watch = { last: performance.now(), longest: 0 };
  window.picture = watch;
  const shown = () => {
    if (window.picture !== watch) return;
    const now = performance.now();
    watch.longest = Math.max(watch.longest, now - watch.last);
    watch.last = now;
    video.requestVideoFrameCallback(shown);
  };
  video.requestVideoFrameCallback(shown);
}"""
LONGEST_GAP = """() => {
  const { last, longest } = window.picture;
  return Math.round(Math.max(longest, performance.now() - last));
}"""

# How many different pictures ten looks at the remote video find within 2.5 seconds: between two
# of them a camera films two or three.
PICTURES = """async () => {
  const video = document.querySelector("#remote-video");
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = new Set();
  for (let n = 0; n < 10; n++) {
    context.drawImage(video, 0, 0, 64, 36);
    seen.add(context.getImageData(0, 0, 64, 36).data.join());
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return seen.size;
}"""

# Resolves when `frames` more frames have been shown, and something that is not silence.
FLOWS = (
    """async ([frames, timeout]) => {
  const media = """
    + MEDIA
    + """;
  const start = await media();
  const deadline = performance.now() + timeout;
  while (performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = await media();
    if (now && now.state === "connected" && now.frames >= (start?.frames ?? 0) + frames
        && now.energy > (start?.energy ?? 0)) return now;
  }
  throw new Error("no media: " + JSON.stringify([start, await media()]));
}"""
)


class Person:
    """One page on one call, with the page's stable hooks as methods."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @classmethod
    async def at(
        cls,
        context: BrowserContext,
        url: str,
        before: Callable[[Page], Awaitable[None]] | None = None,
    ) -> "Person":
        """Open ``url`` in a new page, after ``before`` has prepared it."""
        page = await context.new_page()
        await page.add_init_script(SPY)
        person = cls(page)
        if before is not None:
            await before(page)
        await page.goto(url)
        return person

    async def join(self, name: str = "") -> None:
        await expect(self.page.locator("#join")).to_be_enabled()
        if name:
            await self.page.fill("#name", name)
        await self.page.click("#join")

    async def screen(self, name: str, timeout: float = PATIENCE) -> None:
        await expect(self.page.locator("body")).to_have_attribute(
            "data-screen", name, timeout=timeout
        )

    async def phase(self, name: str, timeout: float = PATIENCE) -> None:
        await self.screen("call", timeout)
        await expect(self.page.locator("body")).to_have_attribute(
            "data-phase", name, timeout=timeout
        )

    async def sees_and_hears(self, frames: int = 5, timeout: float = PATIENCE) -> dict[str, Any]:
        """Wait until this many more frames have been shown, and some more sound was decoded."""
        await self.phase("connected", timeout)
        result: dict[str, Any] = await self.page.evaluate(FLOWS, [frames, timeout])
        return result

    async def media(self) -> dict[str, Any] | None:
        result: dict[str, Any] | None = await self.page.evaluate(MEDIA)
        return result

    async def watch_picture(self) -> None:
        """From now on ``longest_gap`` tells how long the picture stood still."""
        await self.page.evaluate(WATCH_PICTURE)

    async def longest_gap(self) -> int:
        """Milliseconds."""
        return int(await self.page.evaluate(LONGEST_GAP))

    async def pictures(self) -> int:
        """How many of ten looks at the other's picture, 250 ms apart, show different ones."""
        return int(await self.page.evaluate(PICTURES))

    async def welcomes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.page.evaluate("() => window.welcomes")
        return found

    async def welcomed(self, count: int, timeout: float = PATIENCE) -> dict[str, Any]:
        """Wait for the ``count``-th welcome of this page load."""
        await self.page.wait_for_function(
            "(count) => window.welcomes.length >= count", arg=count, timeout=timeout
        )
        return (await self.welcomes())[count - 1]

    async def renegotiates(self) -> None:
        """Ask for an ICE restart and wait until both descriptions are new."""
        await self.page.evaluate(
            """async () => {
  const pc = window.connections.findLast((pc) => pc.connectionState !== "closed");
  const ufrag = (description) => description.sdp.match(/a=ice-ufrag:(.*)/)[1];
  const before = [ufrag(pc.currentLocalDescription), ufrag(pc.currentRemoteDescription)];
  pc.restartIce();
  const deadline = performance.now() + 20000;
  while (performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = [ufrag(pc.currentLocalDescription), ufrag(pc.currentRemoteDescription)];
    if (pc.signalingState === "stable" && before.every((value, i) => value !== after[i])) return;
  }
  throw new Error("no renegotiation: " + pc.signalingState);
}"""
        )

    async def offers_files(self, *names: str) -> None:
        """Small ones; who offers them sees the chat then."""
        await expect(self.page.locator("#file-attach")).to_have_attribute("aria-disabled", "false")
        files: list[FilePayload] = [
            {"name": name, "mimeType": "", "buffer": b"content"} for name in names
        ]
        await self.page.set_input_files("#file-input", files)

    async def shows(self, selector: str, timeout: float = PATIENCE) -> None:
        await expect(self.page.locator(selector)).to_be_visible(timeout=timeout)

    async def hides(self, selector: str, timeout: float = PATIENCE) -> None:
        await expect(self.page.locator(selector)).to_be_hidden(timeout=timeout)

    async def says(self, selector: str, text: str, timeout: float = PATIENCE) -> None:
        await expect(self.page.locator(selector)).to_contain_text(
            re.compile(text, re.IGNORECASE), timeout=timeout
        )


class Sees(Protocol):
    """Somebody with a picture of the other."""

    async def pictures(self) -> int: ...


async def both_move(*people: Sees) -> None:
    """Each sees the other's picture move."""
    found = await asyncio.gather(*(person.pictures() for person in people))
    assert min(found) >= 8, f"different pictures among ten: {found}"
