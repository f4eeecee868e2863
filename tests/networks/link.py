"""A link between two namespaces, in user space: delay, loss, rate and cuts without netem.

Run as a program it joins two TUN devices. It reads lines of JSON, the conditions of each way,
answers each, once it holds, with what it has counted, and ends with its input.
``Link`` starts it and speaks to it.
"""

import fcntl
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tests.networks.namespaces import Namespace, inside
from tests.support.processes import ROOT

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000
UDP, TCP = 17, 6
# Seen from the home.
WAYS = ("up", "down")
# What one look at a device takes out of it at most, so that neither direction waits long.
BATCH = 64


@dataclass(frozen=True)
class Conditions:
    """Of one direction."""

    delay: float = 0
    """Milliseconds."""
    jitter: float = 0
    """Milliseconds, more or less than the delay. Packets stay in order."""
    loss: float = 0
    """Per cent of the packets."""
    burst: float = 1
    """How many packets are lost in a row, on the average."""
    rate: float = 0
    """Kilobits a second; 0 is unlimited."""
    queue: float = 300
    """Milliseconds a packet may wait for its turn; one that would wait longer is dropped."""
    cut: bool = False


@dataclass
class Counters:
    packets: int = 0
    bytes: int = 0
    udp: int = 0
    tcp: int = 0
    lost: int = 0
    overflowed: int = 0
    cut: int = 0


class Way:
    """One direction: packets are put in, and are due later or never. Times are in seconds."""

    def __init__(self, chance: random.Random) -> None:
        self.conditions = Conditions()
        self.counters = Counters()
        self._chance = chance
        self._queue: deque[tuple[float, bytes]] = deque()
        self._free = 0.0
        self._last = 0.0
        self._losing = False

    def put(self, packet: bytes, now: float) -> None:
        if self.conditions.cut:
            self.counters.cut += 1
        elif self._loses():
            self.counters.lost += 1
        elif (sent := self._sent(len(packet), now)) is None:
            self.counters.overflowed += 1
        else:
            self._last = max(self._last, sent + self._travels())
            self._queue.append((self._last, packet))
            self._count(packet)

    def due(self, now: float) -> Iterator[bytes]:
        while self._queue and self._queue[0][0] <= now:
            yield self._queue.popleft()[1]

    def next(self) -> float | None:
        """When the next packet is due."""
        return self._queue[0][0] if self._queue else None

    def _loses(self) -> bool:
        share, burst = self.conditions.loss / 100, self.conditions.burst
        if not share:
            return False
        # Two states, of which one loses everything (Gilbert): the share is kept in the long run.
        if self._losing and burst > 1:
            self._losing = self._chance.random() >= 1 / burst
        elif burst > 1:
            self._losing = self._chance.random() < share / burst / (1 - share)
        else:
            self._losing = self._chance.random() < share
        return self._losing

    def _sent(self, size: int, now: float) -> float | None:
        """When the last bit of a packet has left, or None if the queue is full."""
        if not self.conditions.rate:
            return now
        start = max(now, self._free)
        if (start - now) * 1000 > self.conditions.queue:
            return None
        self._free = start + size * 8 / (self.conditions.rate * 1000)
        return self._free

    def _travels(self) -> float:
        jitter = self._chance.uniform(-1, 1) * self.conditions.jitter
        return max(0, self.conditions.delay + jitter) / 1000

    def _count(self, packet: bytes) -> None:
        """What is shorter than a header of IPv4, or not IPv4, is of neither protocol."""
        self.counters.packets += 1
        self.counters.bytes += len(packet)
        if len(packet) >= 20 and packet[0] >> 4 == 4:
            self.counters.udp += packet[9] == UDP
            self.counters.tcp += packet[9] == TCP


class Link:
    """The handle: a link that is up, with the devices ``wan`` at home and ``name`` in public."""

    def __init__(self, home: Namespace, public: Namespace, name: str) -> None:
        command = [sys.executable, "-m", "tests.networks.link", home.name, "wan", public.name, name]
        self.child = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        # Its first answer is late enough for the devices to be there.
        self.set()

    def set(self, *ways: str, **conditions: Any) -> dict[str, Counters]:
        """Have these conditions "up", "down" or both ways, and none of those before.

        They hold on return.
        """
        stdin, stdout = self.child.stdin, self.child.stdout
        assert stdin
        assert stdout
        wanted = dict.fromkeys(ways or WAYS, asdict(Conditions(**conditions)))
        stdin.write(json.dumps(wanted) + "\n")
        stdin.flush()
        answer = stdout.readline()
        assert answer, "the link's program ended"
        return {way: Counters(**counters) for way, counters in json.loads(answer).items()}

    def stop(self) -> None:
        self.child.kill()
        self.child.communicate()


def open_tun(namespace: str, device: str) -> int:
    with inside(namespace):
        file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        request = struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(file, TUNSETIFF, request)
    return file


class Program:
    """Carries packets between two devices until its standard input ends."""

    def __init__(self, home: int, public: int) -> None:
        chance = random.Random()
        up, down = Way(chance), Way(chance)
        self.ways = dict(zip(WAYS, (up, down), strict=True))
        self.enters = {home: up, public: down}
        self.leaves = {home: down, public: up}
        self.poll = select.epoll()
        for file in (home, public, sys.stdin.fileno()):
            self.poll.register(file, select.EPOLLIN)

    def run(self) -> None:
        while True:
            for file, _ in self.poll.poll(self._patience()):
                if file in self.enters:
                    self._take(file)
                elif not self._obey(sys.stdin.readline()):
                    return
            self._hand_on()

    def _patience(self) -> float | None:
        times = [due for way in self.ways.values() if (due := way.next()) is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _take(self, file: int) -> None:
        for _ in range(BATCH):
            try:
                packet = os.read(file, 4096)
            except BlockingIOError:
                return
            self.enters[file].put(packet, time.monotonic())

    def _hand_on(self) -> None:
        now = time.monotonic()
        for file, way in self.leaves.items():
            for packet in way.due(now):
                try:
                    os.write(file, packet)
                except OSError:
                    # The device is not up yet, or has no room: a network may lose packets.
                    way.counters.lost += 1

    def _obey(self, line: str) -> bool:
        if not line:
            return False
        for name, conditions in json.loads(line).items():
            self.ways[name].conditions = Conditions(**conditions)
        counted = {name: asdict(way.counters) for name, way in self.ways.items()}
        sys.stdout.write(json.dumps(counted) + "\n")
        sys.stdout.flush()
        return True


def main() -> None:
    home, home_device, public, public_device = sys.argv[1:]
    # Ctrl-C is meant for the tests, which end this by closing its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Before the browsers: what they keep waiting would be delay that nobody asked for.
    os.nice(-5)
    Program(open_tun(home, home_device), open_tun(public, public_device)).run()


if __name__ == "__main__":
    main()
