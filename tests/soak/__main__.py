"""An hour of calls that come and go, in a quarter of an hour: ``make soak``.

Random faults, and a trickle of attacks. Afterwards a server holds what it held before: ends with a
failure if it does not. ``python -m tests.soak MINUTES SEED``.
"""

import asyncio
import contextlib
import os
import random
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from websockets.exceptions import WebSocketException

from tests.attacks.attackers import ATTACKS
from tests.attacks.hostile import memory
from tests.support.peers import Closed, WirePeer, new_room
from tests.support.processes import Daphne, Process, RedisServer, Server, free_port, running
from tests.support.proxy import Proxy
from tests.support.watched import holds, watched

# Four times as fast as by default.
TIMES = {"SEAT_GRACE": "7.5", "JOIN_TIMEOUT": "2.5", "HEARTBEAT": "5"}
CALLERS = 24
# Seconds: of the same load before what is held is looked at first, so that all is loaded; after
# which everything that waits for something has to be over; of an attack, and until the next.
WARM_UP, QUIET = 60.0, 20.0
ATTACK, BETWEEN = 4.0, 12.0
# More than before: MiB that Python's allocator keeps (its arenas are never quite empty), and what
# may just be beginning or ending.
MEMORY, TASKS, DESCRIPTORS = 16, 2, 2
# Of the log, on average: each call has some lines for each of its people.
LOG_LINES_A_CALL, LOG_BYTES_A_LINE = 40, 200


def daphne(**env: str) -> Server:
    return watched(Daphne(free_port(), TIMES | env))


async def held_by(server: Server) -> dict[str, int]:
    """What is to be as before."""
    held = await holds(server)
    del held["garbage"]  # that is gone
    return held | {
        "descriptors": len(os.listdir(f"/proc/{server.child.pid}/fd")),
        "MiB": memory(server) // 2**20,
    }


class Caller:
    """Calls, again and again, and whatever happens in it is fine."""

    def __init__(self, servers: Sequence[str], seed: int) -> None:
        self.servers = servers
        self.random = random.Random(seed)
        self.calls = 0

    async def run(self, end: float) -> None:
        while time.monotonic() < end:
            with contextlib.suppress(
                Closed, WebSocketException, AssertionError, TimeoutError, OSError, EOFError
            ):
                await self._call()
            self.calls += 1

    async def _call(self) -> None:
        room = new_room()
        peers = [WirePeer(self.random.choice(self.servers), room) for _ in range(2)]
        try:
            for peer in peers:
                peer.patience = 8
                await peer.connect()
                await peer.join(session=secrets.token_hex(4))
            await peers[0].expect("peer-joined")
            for _ in range(self.random.randint(1, 12)):
                await self._step(peers)
        finally:
            for peer in peers:
                if self.random.random() < 0.5:
                    with contextlib.suppress(Exception):
                        await peer.send("leave")
                with contextlib.suppress(Exception):
                    await peer.drop(self.random.choice([1000, 1001, 1006]))

    async def _step(self, peers: list[WirePeer]) -> None:
        one, other = self.random.sample(peers, 2)
        what = self.random.choice(["ice", "ice", "offer", "back", "third", "garbage", "wait"])
        if what == "ice":
            for n in range(self.random.randint(1, 20)):
                await one.send("ice", candidate={"candidate": str(n)})
                await other.expect("ice")
        elif what == "offer":
            await one.send("offer", sdp="v=0\r\n" * self.random.randint(1, 900))
            await other.expect("offer")
        elif what == "back":
            await self._come_back(one, other)
        elif what == "third":
            await self._knock(one)
        elif what == "garbage":
            await one.send_frame(self.random.choice(["", "[]", "{", '{"type": 1}', "x" * 5000]))
            await one.expect("error")
        else:
            await asyncio.sleep(self.random.uniform(0, 3))

    async def _come_back(self, one: WirePeer, other: WirePeer) -> None:
        token, id = one.token, one.id
        await one.drop(1006)
        await other.expect("peer-away", peer={"id": id})
        if self.random.random() < 0.3:
            await asyncio.sleep(self.random.uniform(0, 9))
        await one.connect()
        await one.join(session=secrets.token_hex(4), token=token)
        await other.expect("peer-joined")

    async def _knock(self, inside: WirePeer) -> None:
        stranger = WirePeer(inside.server, inside.room)
        await stranger.connect()
        await stranger.send("join", session="stranger")
        await stranger.expect_error("room-full")
        await stranger.drop()


async def attack(servers: Sequence[Server], end: float, dice: random.Random) -> None:
    """One after the other, for a while each."""
    ports = [str(server.port) for server in servers]
    names = list(ATTACKS)
    while time.monotonic() + ATTACK < end:
        command = ["nice", sys.executable, "-m", "tests.attacks.attackers", dice.choice(names)]
        async with running(Process([*command, str(ATTACK), *ports], {})) as attacker:
            await attacker.wait(30)
        await asyncio.sleep(BETWEEN)


async def disturb(proxies: Sequence[Proxy], end: float, dice: random.Random) -> None:
    """Faults of the network: everybody is cut off, or what is open carries nothing any more."""
    while time.monotonic() < end:
        await asyncio.sleep(dice.uniform(5, 20))
        proxy = dice.choice(proxies)
        if dice.random() < 0.3:
            proxy.freeze()
        else:
            proxy.cut()


async def load(
    servers: Sequence[Server], proxies: Sequence[Proxy], seconds: float, dice: random.Random
) -> int:
    """All of it for so long, until it is quiet; how many calls there were."""
    end = time.monotonic() + seconds
    addresses = [server.address for server in servers]
    addresses += [f"127.0.0.1:{proxy.port}" for proxy in proxies]
    callers = [Caller(addresses, dice.getrandbits(32)) for _ in range(CALLERS)]
    await asyncio.gather(
        *(caller.run(end) for caller in callers),
        attack(servers, end, dice),
        disturb(proxies, end, dice),
    )
    for proxy in proxies:
        proxy.cut()
    await asyncio.sleep(QUIET)
    return sum(caller.calls for caller in callers)


def _worse(before: dict[str, int], after: dict[str, int]) -> list[str]:
    allowed = {"MiB": MEMORY, "tasks": TASKS, "descriptors": DESCRIPTORS}
    return [
        f"{name}: {before[name]} before, {after[name]} after"
        for name in before
        if after[name] > before[name] + allowed.get(name, 0)
    ]


async def soak(servers: Sequence[Server], seconds: float, seed: int) -> list[str]:
    """What a server holds more than before."""
    dice = random.Random(seed)
    proxies = [Proxy(server.port) for server in servers]
    for proxy in proxies:
        await proxy.start()
    await load(servers, proxies, WARM_UP, dice)
    before = [await held_by(server) for server in servers]
    lines = sum(len(server.lines) for server in servers)
    calls = await load(servers, proxies, seconds, dice)
    after = [await held_by(server) for server in servers]
    written = [line for server in servers for line in server.lines][lines:]
    problems = [one for pair in zip(before, after, strict=True) for one in _worse(*pair)]
    size = sum(map(len, written))
    if size > calls * LOG_LINES_A_CALL * LOG_BYTES_A_LINE:
        problems.append(f"log: {size} bytes for {calls} calls")
    if any("Traceback" in line for line in written):
        problems.append("a traceback in the log")
    for proxy in proxies:
        await proxy.stop()
    sys.stdout.write(f"{calls} calls, {len(written)} lines, {size} bytes of log\n")
    sys.stdout.write(f"before {before}\nafter  {after}\n")
    return problems


async def main(minutes: float, seed: int) -> int:
    """In memory, and with two servers and a Redis, one after the other."""
    sys.stdout.write(f"seed {seed}\n")
    half = 60 * minutes / 2 - WARM_UP - 2 * QUIET
    async with running(daphne()) as server:
        problems = await soak([server], half, seed)
    with TemporaryDirectory() as folder:
        async with running(RedisServer(free_port(), Path(folder))) as redis:
            first, second = daphne(REDIS_URL=redis.url), daphne(REDIS_URL=redis.url)
            async with running(first), running(second):
                problems += await soak([first, second], half, seed)
            keys = redis.ask("KEYS", "*")
            if keys:
                problems.append(f"{len(keys)} keys are left in Redis, {keys[0]} for one")
    sys.stdout.write("\n".join(problems or ["All as before."]) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    arguments = dict(enumerate(sys.argv))
    sys.exit(
        asyncio.run(
            main(float(arguments.get(1, 15)), int(arguments.get(2, secrets.randbelow(2**32))))
        )
    )
