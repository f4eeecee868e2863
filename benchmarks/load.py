"""The load: pairs that renegotiate as fast as they are served, beside peers that sit idle.

A round is what a renegotiation needs: an offer of 4 KB, ten candidates, an answer of 4 KB, ten
candidates; 22 relayed messages. Each pair starts the next when it has received the last.
Prints one JSON object. Run it by ``python -m benchmarks.run``, which starts the servers.
"""

import argparse
import asyncio
import json
import statistics
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CANDIDATES = 10
SDP = "v=0\\r\\n" + "a=" * 2045
CANDIDATE = (
    '{"candidate":"candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr'
    ' 10.0.0.17 rport 46154 generation 0 ufrag EsAw","sdpMid":"0","sdpMLineIndex":0}'
)


class Dialect(ABC):
    """How one kind of server is spoken to."""

    @abstractmethod
    def address(self, base: str, room: str, seat: int) -> str:
        """Where the peer in ``seat`` (0 or 1) of ``room`` connects."""

    @abstractmethod
    def hello(self) -> bytes | None:
        """What a peer says first."""

    @abstractmethod
    def frames(self, kind: str, room: str, seat: int) -> list[bytes]:
        """A description of this kind and its candidates, from the peer in ``seat``."""

    def counts(self, payload: memoryview) -> bool:
        """Whether a received frame is a relayed message."""
        head = bytes(payload[:16])
        return b'"offer"' in head or b'"answer"' in head or b'"ice"' in head

    def ready(self, payload: memoryview) -> bool:
        """Whether a received frame says that the peer is in."""
        return bytes(payload[:17]) == b'{"type":"welcome"'


class Duet(Dialect):
    def address(self, base: str, room: str, seat: int) -> str:
        return f"{base}/ws/call/{room}/"

    def hello(self) -> bytes | None:
        return b'{"type":"join","session":"bench"}'

    def frames(self, kind: str, room: str, seat: int) -> list[bytes]:
        ice = f'{{"type":"ice","candidate":{CANDIDATE}}}'.encode()
        return [f'{{"type":"{kind}","sdp":"{SDP}"}}'.encode(), *[ice] * CANDIDATES]


class Plain(Duet):
    """The same frames without a join: what tutorials' servers relay."""

    def hello(self) -> bytes | None:
        return None


class PeerJS(Dialect):
    """https://github.com/peers/peerjs-server: messages name their destination."""

    def address(self, base: str, room: str, seat: int) -> str:
        return f"{base}/peerjs?key=peerjs&id={room}-{seat}&token={room}-{seat}"

    def hello(self) -> bytes | None:
        return None

    def frames(self, kind: str, room: str, seat: int) -> list[bytes]:
        to = f"{room}-{1 - seat}"
        sdp = f'{{"type":"{kind.upper()}","dst":"{to}","payload":{{"sdp":"{SDP}"}}}}'
        ice = f'{{"type":"CANDIDATE","dst":"{to}","payload":{{"candidate":{CANDIDATE}}}}}'
        return [sdp.encode(), *[ice.encode()] * CANDIDATES]

    def counts(self, payload: memoryview) -> bool:
        head = bytes(payload[:20])
        return b'"OFFER"' in head or b'"ANSWER"' in head or b'"CANDIDATE"' in head

    def ready(self, payload: memoryview) -> bool:
        return bytes(payload[:14]) == b'{"type":"OPEN"'


DIALECTS: dict[str, Callable[[], Dialect]] = {"duet": Duet, "plain": Plain, "peerjs": PeerJS}


class Client(WSListener):  # type: ignore[misc]
    """One peer."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.received = 0
        self.transport: WSTransport | None = None
        self.is_ready = asyncio.get_running_loop().create_future()
        self.on_batch: Callable[[], None] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        hello = self.dialect.hello()
        if hello is not None:
            transport.send(WSMsgType.TEXT, hello)
        elif isinstance(self.dialect, Plain):
            self.is_ready.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        payload = frame.get_payload_as_memoryview()
        if not self.is_ready.done():
            if self.dialect.ready(payload):
                self.is_ready.set_result(None)
        elif self.dialect.counts(payload):
            self.received += 1
            if self.received % (1 + CANDIDATES) == 0 and self.on_batch is not None:
                self.on_batch()

    def send(self, frames: list[bytes]) -> None:
        assert self.transport is not None
        for frame in frames:
            self.transport.send(WSMsgType.TEXT, frame)


async def join(dialect: Dialect, base: str, room: str, seat: int) -> Client:
    origin = base.replace("ws://", "http://")
    headers = {"Origin": origin}
    if isinstance(dialect, Duet):
        headers["Sec-WebSocket-Protocol"] = "call.v1"
    _, client = await ws_connect(
        lambda: Client(dialect),
        dialect.address(base, room, seat),
        extra_headers=headers,
        websocket_handshake_timeout=60,
    )
    assert isinstance(client, Client)
    async with asyncio.timeout(60):
        await client.is_ready
    return client


async def join_many(dialect: Dialect, base: str, rooms: list[str]) -> list[tuple[Client, Client]]:
    gate = asyncio.Semaphore(20)

    async def pair(room: str) -> tuple[Client, Client]:
        async with gate:
            return (await join(dialect, base, room, 0), await join(dialect, base, room, 1))

    return list(await asyncio.gather(*(pair(room) for room in rooms)))


class Rounds:
    """One pair, going round and round."""

    def __init__(self, dialect: Dialect, room: str, one: Client, two: Client) -> None:
        self.one, self.two = one, two
        self.offer = dialect.frames("offer", room, 0)
        self.answer = dialect.frames("answer", room, 1)
        self.times: list[float] = []
        self.running = True
        two.on_batch = lambda: two.send(self.answer)
        one.on_batch = self.done
        self.start()

    def start(self) -> None:
        self.started = time.perf_counter()
        self.one.send(self.offer)

    def done(self) -> None:
        self.times.append(time.perf_counter() - self.started)
        if self.running:
            self.start()


async def main(options: argparse.Namespace) -> dict[str, float]:
    dialect = DIALECTS[options.dialect]()
    started = time.perf_counter()
    idle = await join_many(dialect, options.url, [f"idle-{n}" for n in range(options.idle // 2)])
    joining = time.perf_counter() - started
    rooms = [f"busy-{n}" for n in range(options.pairs)]
    pairs = await join_many(dialect, options.url, rooms)
    rounds = [Rounds(dialect, room, *pair) for room, pair in zip(rooms, pairs, strict=True)]
    await asyncio.sleep(options.warm_up)
    for each in rounds:
        each.times.clear()
    before = sum(one.received + two.received for one, two in pairs)
    started = time.perf_counter()
    await asyncio.sleep(options.seconds)
    took = time.perf_counter() - started
    relayed = sum(one.received + two.received for one, two in pairs) - before
    for each in rounds:
        each.running = False
    times = [t for each in rounds for t in each.times]
    assert times, "no round was finished"
    result = {
        "messages_per_second": relayed / took,
        "round_p50_ms": statistics.median(times) * 1000,
        "idle": float(len(idle) * 2),
        "joins_per_second": len(idle) * 2 / joining if idle else 0.0,
    }
    for pair in [*pairs, *idle]:
        for client in pair:
            if client.transport is not None:
                client.transport.disconnect()
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="duet")
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--warm-up", type=float, default=1)
    print(json.dumps(asyncio.run(main(parser.parse_args()))))
