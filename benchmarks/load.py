"""The load: pairs that renegotiate as fast as they are served, beside peers that sit idle.

A round is what a renegotiation needs: an offer of 4 KB, ten candidates, an answer of 4 KB, ten
candidates; 22 relayed messages. Each pair starts the next when it has received the last.

Prints a list of steps, one for each number of idle peers. ``make bench`` starts the servers
and runs this on another core than theirs.
"""

import argparse
import asyncio
import contextlib
import gc
import itertools
import json
import os
import statistics
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CANDIDATES = 10
SDP = "v=0\\r\\n" + "a=" * 2045
CANDIDATE = (
    '{"candidate":"candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr'
    ' 10.0.0.17 rport 46154 generation 0 ufrag EsAw","sdpMid":"0","sdpMLineIndex":0}'
)


class Dialect(ABC):
    """How one kind of server is spoken to."""

    introduces = False
    """Whether the first of a room is told when the second is there."""

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

    def met(self, payload: memoryview) -> bool:
        """Whether a received frame introduces the other."""
        return bytes(payload[:21]) == b'{"type":"peer-joined"'


class Duet(Dialect):
    introduces = True

    def address(self, base: str, room: str, seat: int) -> str:
        return f"{base}/ws/call/{room}/"

    def hello(self) -> bytes | None:
        return b'{"type":"join","session":"bench"}'

    def frames(self, kind: str, room: str, seat: int) -> list[bytes]:
        ice = f'{{"type":"ice","candidate":{CANDIDATE}}}'.encode()
        return [f'{{"type":"{kind}","sdp":"{SDP}"}}'.encode(), *[ice] * CANDIDATES]


class Plain(Duet):
    """The same frames without a join: what tutorials' servers relay."""

    introduces = False

    def hello(self) -> bytes | None:
        return None


class Silent(Duet):
    """Sockets that never join."""

    introduces = False

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


DIALECTS: dict[str, Callable[[], Dialect]] = {
    "duet": Duet,
    "plain": Plain,
    "silent": Silent,
    "peerjs": PeerJS,
}


class Client(WSListener):  # type: ignore[misc]
    """One peer."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.received = 0
        self.sent = 0
        self.transport: WSTransport | None = None
        self.is_ready = asyncio.get_running_loop().create_future()
        self.has_met = asyncio.get_running_loop().create_future()
        self.on_batch: Callable[[], None] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        hello = self.dialect.hello()
        if hello is not None:
            transport.send(WSMsgType.TEXT, hello)
        elif isinstance(self.dialect, Plain | Silent):
            self.is_ready.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        payload = frame.get_payload_as_memoryview()
        if not self.is_ready.done():
            if self.dialect.ready(payload):
                self.is_ready.set_result(None)
        elif not self.has_met.done() and self.dialect.met(payload):
            self.has_met.set_result(None)
        elif self.dialect.counts(payload):
            self.received += 1
            if self.received % (1 + CANDIDATES) == 0 and self.on_batch is not None:
                self.on_batch()

    def send(self, frames: list[bytes]) -> None:
        assert self.transport is not None
        self.sent += len(frames)
        for frame in frames:
            self.transport.send(WSMsgType.TEXT, frame)

    def drop(self) -> None:
        if self.transport is not None:
            self.transport.disconnect()


Pair = tuple[Client, Client]


class Rounds:
    """One pair, going round and round."""

    def __init__(self, dialect: Dialect, room: str, one: Client, two: Client) -> None:
        self.one, self.two = one, two
        self.offer = dialect.frames("offer", room, 0)
        self.answer = dialect.frames("answer", room, 1)
        self.times: list[float] = []
        self.running = True
        self.finished = asyncio.Event()
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
        else:
            self.finished.set()

    @property
    def received(self) -> int:
        return self.one.received + self.two.received

    @property
    def sent(self) -> int:
        return self.one.sent + self.two.sent


class Load:
    """Everybody who is connected to the servers at ``urls``; the two of a room take turns."""

    def __init__(self, dialect: Dialect, urls: list[str]) -> None:
        self.dialect = dialect
        self.urls = urls
        self.idle: list[Pair] = []
        self.numbers = itertools.count()

    def new_room(self) -> str:
        return f"room-{next(self.numbers)}"

    async def join(self, room: str, seat: int) -> Client:
        base = self.urls[seat % len(self.urls)]
        headers = {"Origin": f"http://{urlsplit(base).netloc}"}
        if isinstance(self.dialect, Duet):
            headers["Sec-WebSocket-Protocol"] = "call.v1"
        _, client = await ws_connect(
            lambda: Client(self.dialect),
            self.dialect.address(base, room, seat),
            extra_headers=headers,
            websocket_handshake_timeout=60,
        )
        assert isinstance(client, Client)
        async with asyncio.timeout(60):
            await client.is_ready
        return client

    async def join_pairs(self, count: int) -> list[tuple[str, Pair]]:
        gate = asyncio.Semaphore(20)

        async def pair() -> tuple[str, Pair]:
            room = self.new_room()
            async with gate:
                one, two = await self.join(room, 0), await self.join(room, 1)
                if self.dialect.introduces:
                    async with asyncio.timeout(60):
                        await one.has_met
                return room, (one, two)

        return list(await asyncio.gather(*(pair() for _ in range(count))))

    async def add_idle(self, present: int) -> None:
        """Idle peers up to this number, in rooms of two."""
        pairs = await self.join_pairs(present // 2 - len(self.idle))
        self.idle += [pair for _, pair in pairs]

    async def relay(
        self, count: int, warm_up: float, seconds: float, churn: float
    ) -> dict[str, float]:
        """``count`` pairs renegotiate, while ``churn`` others a second come and go."""
        pairs = await self.join_pairs(count)
        rounds = [Rounds(self.dialect, room, *pair) for room, pair in pairs]
        others = asyncio.create_task(self.come_and_go(churn)) if churn else None
        await asyncio.sleep(warm_up)
        for each in rounds:
            each.times.clear()
        before = sum(each.received for each in rounds)
        started = time.perf_counter()
        await asyncio.sleep(seconds)
        took = time.perf_counter() - started
        relayed = sum(each.received for each in rounds) - before
        times = [t for each in rounds for t in each.times]
        for each in rounds:
            each.running = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.gather(*(each.finished.wait() for each in rounds))
        if others is not None:
            others.cancel()
        for each in rounds:
            each.one.drop()
            each.two.drop()
        return {
            "messages_per_second": relayed / took,
            "round_p50_ms": statistics.median(times) * 1000 if times else float("nan"),
            "lost": sum(each.sent - each.received for each in rounds),
        }

    async def come_and_go(self, churn: float) -> None:
        while True:
            ((_, pair),) = await self.join_pairs(1)
            await asyncio.sleep(2 / churn)
            for client in pair:
                client.drop()

    async def measure_joins(self, count: int) -> dict[str, float]:
        """So many join, each the first of its room: twenty at a time, then one at a time."""
        gate = asyncio.Semaphore(20)
        clients: list[Client] = []

        async def one() -> float:
            async with gate:
                started = time.perf_counter()
                clients.append(await self.join(self.new_room(), 0))
                return time.perf_counter() - started

        started = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(count)))
        rate = count / (time.perf_counter() - started)
        times = [await one() for _ in range(count // 4)]
        for client in clients:
            client.drop()
        return {"joins_per_second": rate, "join_p50_ms": statistics.median(times) * 1000}


def resident_kib(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


async def main(options: argparse.Namespace) -> list[dict[str, float]]:
    # The more clients, the longer the collector would hold up what is measured.
    gc.disable()
    load = Load(DIALECTS[options.dialect](), options.url)
    steps = []
    for present in options.present:
        await load.add_idle(present)
        await asyncio.sleep(options.settle)
        step: dict[str, float] = {"present": present}
        if options.pid:
            step["memory_kib"] = resident_kib(options.pid)
        if options.pairs:
            step |= await load.relay(options.pairs, options.warm_up, options.seconds, options.churn)
        if options.joins:
            step |= await load.measure_joins(options.joins)
        steps.append(step)
    for pair in load.idle:
        for client in pair:
            client.drop()
    return steps


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", action="append", required=True)
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="duet")
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--present", type=int, nargs="+", default=[0])
    parser.add_argument("--joins", type=int, default=0)
    parser.add_argument("--churn", type=float, default=0)
    parser.add_argument("--pid", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--warm-up", type=float, default=1)
    parser.add_argument("--settle", type=float, default=0)
    print(json.dumps(asyncio.run(main(parser.parse_args()))))
