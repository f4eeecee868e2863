"""Many calls at once over Redis: nothing lost, nothing twice, everything in order."""

import asyncio
import time

from tests.faults.conftest import Measure
from tests.support.peers import WirePeer, new_room
from tests.support.processes import Daphne

CALLS = 500
CANDIDATES = 10


def candidate(number: int) -> dict[str, object]:
    return {"candidate": f"candidate:{number} 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}


async def receive_relayed(peer: WirePeer, count: int) -> list[dict[str, object]]:
    """The next ``count`` relayed messages; news of the room may come between."""
    found: list[dict[str, object]] = []
    while len(found) < count:
        message = await peer.receive()
        if message["type"] in ("offer", "answer", "ice"):
            found.append(message)
        else:
            assert message["type"] == "peer-joined", message
    return found


async def negotiate(first: WirePeer, second: WirePeer) -> None:
    """One call's set-up between two joined peers, with every message checked."""
    sdp = "v=0\r\n" + "a" * 4000

    async def offer() -> None:
        await first.send("offer", sdp=sdp)
        for number in range(CANDIDATES):
            await first.send("ice", candidate=candidate(number))
        answers = await receive_relayed(first, 1 + CANDIDATES)
        check(answers, "answer", second)

    async def answer() -> None:
        offers = await receive_relayed(second, 1 + CANDIDATES)
        check(offers, "offer", first)
        await second.send("answer", sdp=sdp)
        for number in range(CANDIDATES):
            await second.send("ice", candidate=candidate(number))

    def check(messages: list[dict[str, object]], kind: str, sender: WirePeer) -> None:
        assert messages[0] == {"type": kind, "from": sender.id, "sdp": sdp}
        assert messages[1:] == [
            {"type": "ice", "from": sender.id, "candidate": candidate(number)}
            for number in range(CANDIDATES)
        ]

    await asyncio.gather(offer(), answer())
    # Nothing arrives twice, or late.
    for peer in (first, second):
        await peer.expect_nothing()


async def test_500_calls_at_the_same_instant(daphnes: list[Daphne], measure: Measure) -> None:
    """Each call has one peer on either process."""
    pairs = []
    for _ in range(CALLS):
        room = new_room()
        pairs.append([WirePeer(daphne.address, room) for daphne in daphnes])
    # Opening the sockets is not what is tested: do not overrun the listening queue.
    gate = asyncio.Semaphore(50)

    async def connect(peer: WirePeer) -> None:
        async with gate:
            await peer.connect()

    await asyncio.gather(*(connect(peer) for pair in pairs for peer in pair))

    async def call(first: WirePeer, second: WirePeer) -> None:
        await asyncio.gather(first.join(), second.join())
        assert {first.welcome["polite"], second.welcome["polite"]} == {True, False}
        # Whoever joined first hears of the other; only then can both be reached.
        earlier = first if first.welcome["peer"] is None else second
        await earlier.expect("peer-joined")
        await negotiate(first, second)

    started = time.monotonic()
    await asyncio.gather(*(call(*pair) for pair in pairs))
    took = time.monotonic() - started
    await asyncio.gather(*(peer.drop() for pair in pairs for peer in pair))
    measure("500 calls set up at once, two processes", all=took * 1000)
