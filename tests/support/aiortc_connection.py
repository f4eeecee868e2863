"""An RTCPeerConnection of aiortc, and what it cannot do, worked round."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from tests.support.aiortc_media import Camera, Received, Voice
from tests.support.peers import Message


def configuration(message: Message) -> RTCConfiguration:
    """From a ``welcome`` or ``ice-servers``."""
    return RTCConfiguration(
        iceServers=[RTCIceServer(**server) for server in message["iceServers"]],
        iceTransportPolicy=RTCIceTransportPolicy(message["iceTransportPolicy"]),
        bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
    )


def line_of(sdp: str, prefix: str) -> str:
    """The first line of a description that begins like this."""
    return next(line for line in sdp.splitlines() if line.startswith(prefix))


def candidates(sdp: str) -> list[dict[str, Any]]:
    """As if each had come in a message ``ice``."""
    found: list[dict[str, Any]] = []
    for index, media in enumerate(re.split(r"^m=", sdp, flags=re.MULTILINE)[1:]):
        lines = re.findall(r"^a=(candidate:.*?)\r?$", media, flags=re.MULTILINE)
        found += [{"candidate": line, "sdpMLineIndex": index} for line in lines]
    return found


class Connection:
    """An RTCPeerConnection with the peer's one session."""

    def __init__(self, ice: Message, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self.pc = RTCPeerConnection(configuration(ice))
        self._describing = asyncio.Lock()
        self._spawn = spawn
        self._answered: tuple[str, str] = ("", "")
        self.pc.addTrack(Voice())
        self.pc.addTrack(Camera())
        self.channel = self.pc.createDataChannel("call", negotiated=True, id=0)

    def watch(self, received: Received) -> None:
        """The first line of each kind is the microphone's or the camera's."""
        kinds: set[str] = set()

        def on_track(track: MediaStreamTrack) -> None:
            if track.kind not in kinds:
                kinds.add(track.kind)
                self._spawn(received.watch(track))

        self.pc.on("track", on_track)

    @property
    def offering(self) -> bool:
        """Whether an offer has no answer yet."""
        return bool(self.pc.signalingState == "have-local-offer")

    async def offer(self) -> str:
        """A new offer, or the pending one again, with all candidates in it."""
        # While aiortc gathers, the offer is pending already, and not there yet.
        async with self._describing:
            if not self.offering:
                await self.pc.setLocalDescription(await self.pc.createOffer())
            return str(self.pc.localDescription.sdp)

    def restarts(self, sdp: str) -> bool:
        """Whether an offer asks for new paths, which aiortc cannot find."""
        known = self.pc.remoteDescription
        return bool(known) and line_of(known.sdp, "a=ice-ufrag") != line_of(sdp, "a=ice-ufrag")

    async def answer(self, sdp: str) -> str:
        """A copy of the last offer gets the same answer."""
        origin = line_of(sdp, "o=")
        if self._answered[0] != origin:
            await self._take("offer", sdp)
            await self.pc.setLocalDescription(await self.pc.createAnswer())
            self._answered = (origin, self.pc.localDescription.sdp)
        self._add_those_in(sdp)
        return self._answered[1]

    async def accept(self, sdp: str) -> None:
        if self.offering:
            await self._take("answer", sdp)
        self._add_those_in(sdp)

    async def _take(self, type: str, sdp: str) -> None:
        """aiortc forgets candidates of bundled lines, and waits for names: they come after it."""
        bare = re.sub(r"^a=(candidate:.*|end-of-candidates)\r?\n", "", sdp, flags=re.MULTILINE)
        await self.pc.setRemoteDescription(RTCSessionDescription(bare, type))

    def _add_those_in(self, sdp: str) -> None:
        for candidate in candidates(sdp):
            self.add(candidate)

    def add(self, candidate: dict[str, Any] | None) -> None:
        """The end of candidates and names of the local network are ignored."""
        text = (candidate or {}).get("candidate", "").removeprefix("candidate:")
        if candidate is None or not text or text.split()[4].endswith(".local"):
            return
        found = candidate_from_sdp(text)
        found.sdpMid = candidate.get("sdpMid")
        found.sdpMLineIndex = candidate.get("sdpMLineIndex")
        self._spawn(self.pc.addIceCandidate(found))

    @property
    def failed(self) -> bool:
        return bool(self.pc.connectionState == "failed")

    async def close(self) -> None:
        await self.pc.close()
