"""What the client made with aiortc sends, and what it makes of what comes."""

import array
import asyncio
import fractions
import math
import time
import zlib
from collections.abc import Awaitable, Callable

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

# Of 32,767: the beep of a fake microphone is far above, the noise of a codec far below.
LOUD = 500


class Paced(MediaStreamTrack):
    """A track whose frames come in time."""

    rate: int
    """Units of its clock in a second."""
    step: int
    """Units from frame to frame."""

    def __init__(self) -> None:
        super().__init__()
        self._begin = time.monotonic()
        self.frames = 0

    async def next(self) -> int:
        """Wait for the time of the next frame, and return it."""
        if self.readyState != "live":
            raise MediaStreamError
        at = self.frames * self.step
        self.frames += 1
        await asyncio.sleep(self._begin + at / self.rate - time.monotonic())
        return at

    def stamp(self, frame: AudioFrame | VideoFrame, at: int) -> None:
        frame.pts = at
        frame.time_base = fractions.Fraction(1, self.rate)


class Voice(Paced):
    """500 Hz."""

    kind = "audio"
    rate = 48_000
    step = 960
    wave = array.array(
        "h", [int(8_000 * math.sin(math.tau * n / 96)) for n in range(960)]
    ).tobytes()

    async def recv(self) -> AudioFrame:
        at = await self.next()
        frame = AudioFrame(format="s16", layout="mono", samples=self.step)
        frame.planes[0].update(self.wave)
        frame.sample_rate = self.rate
        self.stamp(frame, at)
        return frame


class Camera(Paced):
    """A ramp of grey that moves to the left."""

    kind = "video"
    rate = 90_000
    step = 6_000
    width, height = 320, 240
    ramp = bytes(n % 256 for n in range(256 + width))

    async def recv(self) -> VideoFrame:
        at = await self.next()
        frame = VideoFrame(self.width, self.height, "yuv420p")
        shift = self.frames * 10 % 256
        frame.planes[0].update(self.ramp[shift : shift + self.width] * self.height)
        for plane in frame.planes[1:]:
            plane.update(b"\x80" * plane.buffer_size)
        self.stamp(frame, at)
        return frame


class Received:
    """What came of the other's microphone and camera."""

    def __init__(self, tell: Callable[[], Awaitable[None]]) -> None:
        """``tell`` is called for every frame."""
        self._tell = tell
        self.moves = 0
        """Pictures that were not like the one before."""
        self.sounds = 0
        """Fifties of a second that were not silent."""
        self.picture = 0
        """A checksum of the last picture."""

    async def watch(self, track: MediaStreamTrack) -> None:
        """Until the track ends."""
        try:
            while True:
                self._take(await track.recv())
                await self._tell()
        except MediaStreamError:
            pass

    def _take(self, frame: object) -> None:
        if isinstance(frame, AudioFrame):
            samples = array.array("h", bytes(frame.planes[0]))
            self.sounds += max(samples) > LOUD
        elif isinstance(frame, VideoFrame):
            picture = zlib.crc32(bytes(frame.planes[0]))
            self.moves += picture != self.picture
            self.picture = picture
