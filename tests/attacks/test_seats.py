"""Nobody gets a seat by keeping the process of its holder busy."""

import signal

from tests.conftest import StartDaphne
from tests.support.peers import Peer, WirePeer
from tests.support.processes import Daphne, RedisServer


async def is_full(server: Daphne, room: str) -> None:
    stranger = WirePeer(server.address, room)
    await stranger.connect()
    await stranger.send("join", session="stranger")
    await stranger.expect_error("room-full")
    await stranger.drop()


async def relays(one: Peer, other: Peer) -> None:
    await one.send("ice", candidate={"candidate": "1"})
    await other.expect("ice", candidate={"candidate": "1"})


async def test_a_process_that_stands_still(
    start_daphne: StartDaphne, redis_server: RedisServer, room: str
) -> None:
    stalled, other = [await start_daphne(REDIS_URL=redis_server.url) for _ in range(2)]
    victim, friend = WirePeer(stalled.address, room), WirePeer(other.address, room)
    for peer in (victim, friend):
        await peer.connect()
        await peer.join()
    await victim.expect("peer-joined")
    stalled.send_signal(signal.SIGSTOP)
    for _ in range(2):
        await is_full(other, room)
    await friend.expect("peer-away", peer={"id": victim.id})
    stalled.send_signal(signal.SIGCONT)
    await friend.expect("peer-joined", resumed=True)
    await is_full(other, room)
    await relays(victim, friend)
    await relays(friend, victim)
    for peer in (victim, friend):
        await peer.drop()
