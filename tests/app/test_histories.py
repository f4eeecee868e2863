"""Three people and two seats: random histories, and nobody gets what is not theirs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.generated import examples
from tests.support.peers import AppPeer, Peer, WirePeer, new_room
from tests.support.processes import Daphne, RedisServer, free_port, running

ACTIONS = ["join", "join", "join anew", "take over", "drop", "leave", "send", "send", "garbage"]
histories = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2)), min_size=5, max_size=30
)

Open = Callable[[str, int], Awaitable[Peer]]


class Person:
    """One of the three, and what is known of them: a socket, a seat, a key to it."""

    peer: Peer | None = None
    seated = False
    id: str | None = None
    token: str | None = None

    @property
    def is_held(self) -> bool:
        """The seat is theirs, with the socket there or not."""
        return self.id is not None


class Room:
    """What has to be true of the room, and is asked of it after every action."""

    def __init__(self, open_socket: Open) -> None:
        self.name = new_room()
        self.open = open_socket
        self.people = [Person() for _ in range(3)]
        self.sent = 0

    def other(self, person: Person) -> Person | None:
        """Who holds the other seat."""
        return next((one for one in self.people if one is not person and one.is_held), None)

    async def act(self, action: str, n: int) -> None:
        person = self.people[n]
        match action:
            case "join" if not person.seated:
                await self.join(n, person.token)
            case "join anew" if not person.is_held:
                await self.join(n, None)
            case "take over" if person.seated and person.peer:
                old = person.peer
                await self.join(n, person.token)
                await old.expect_error("taken-over")
                assert await old.expect_close() == 4001
                await old.drop()
            case "drop" if person.seated and person.peer:
                await person.peer.drop()
                person.peer, person.seated = None, False
                await self.tell(person, "peer-away")
            case "leave" if person.seated and person.peer:
                await person.peer.send("leave")
                assert await person.peer.expect_close() == 1000
                await person.peer.drop()
                other = self.other(person)
                person.peer, person.seated = None, False
                id, person.id = person.id, None
                if other and other.seated and other.peer:
                    await other.peer.expect("peer-left", peer={"id": id}, reason="left")
            case "send" if person.seated and person.peer:
                await self.send(person)
            case "garbage" if person.seated and person.peer:
                await person.peer.send_frame('{"type": "nothing"}')
                await person.peer.expect_error("unknown-type")

    async def join(self, n: int, token: str | None) -> None:
        person = self.people[n]
        others = [one for one in self.people if one is not person and one.is_held]
        peer = await self.open(self.name, n)
        await peer.send("join", session=f"s-{n}", token=token)
        if len(others) == 2:
            await peer.expect_error("room-full")
            assert await peer.expect_close() == 4409
            await peer.drop()
            return
        welcome = peer.welcome = await peer.expect("welcome", resumed=token is not None)
        person.peer, person.seated = peer, True
        person.id, person.token = welcome["id"], welcome["token"]
        assert (welcome["peer"] and welcome["peer"]["id"]) == (others[0].id if others else None)
        assert welcome["peer"] is None or welcome["peer"]["away"] is not others[0].seated
        await self.tell(person, "peer-joined")

    async def tell(self, person: Person, news: str) -> None:
        """The other, if there, hears of it."""
        other = self.other(person)
        if other and other.seated and other.peer:
            message = await other.peer.expect(news)
            assert message["peer"]["id"] == person.id

    async def send(self, person: Person) -> None:
        assert person.peer
        self.sent += 1
        candidate = {"candidate": str(self.sent)}
        await person.peer.send("ice", candidate=candidate)
        other = self.other(person)
        if other and other.seated and other.peer:
            await other.peer.expect("ice", candidate=candidate, **{"from": person.id})
        else:
            await person.peer.expect_error("peer-unreachable")

    async def nobody_hears_more(self) -> None:
        for person in self.people:
            if person.peer:
                await person.peer.expect_nothing()

    async def end(self) -> None:
        for person in self.people:
            if person.peer:
                await person.peer.send("leave")
                await person.peer.drop()


async def live(open_socket: Open, history: list[tuple[str, int]]) -> None:
    room = Room(open_socket)
    try:
        for action, n in history:
            await room.act(action, n)
            await room.nobody_hears_more()
            assert sum(person.seated for person in room.people) <= 2
    finally:
        await room.end()


@given(history=histories)
@examples(150)
async def test_in_one_process(application: Any, history: list[tuple[str, int]]) -> None:
    async def open_socket(room: str, _: int) -> Peer:
        peer = AppPeer(application, room)
        await peer.connect()
        return peer

    await live(open_socket, history)


UNLIMITED = {"MESSAGE_BURST": "100000", "LIMIT_SEAT_JOINS": "100000/s"}


@pytest.fixture(scope="module")
async def daphnes(redis_server: RedisServer) -> AsyncIterator[list[Daphne]]:
    env = UNLIMITED | {"REDIS_URL": redis_server.url}
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(running(Daphne(free_port(), env))) for _ in range(2)]


@given(history=histories)
@examples(60)
async def test_between_two_processes_that_share_a_redis(
    daphnes: list[Daphne], history: list[tuple[str, int]]
) -> None:
    async def open_socket(room: str, n: int) -> Peer:
        peer = WirePeer(daphnes[n % 2].address, room)
        await peer.connect()
        return peer

    await live(open_socket, history)


def test_the_histories_reach_what_they_are_about() -> None:
    """A third who is refused, two who talk, somebody who comes back."""
    seen: set[str] = set()

    @given(history=histories)
    @examples(300)
    def run(history: list[tuple[str, int]]) -> None:
        seated: set[int] = set()
        for action, n in history:
            if action == "join" and n not in seated:
                seen.add("refused" if len(seated) == 2 else "joined")
                if len(seated) < 2:
                    seated.add(n)
            elif action in ("drop", "take over", "send") and n in seated:
                seen.add(f"{action}, {len(seated)} inside")
            elif action == "leave":
                seated.discard(n)

    run()
    assert {"refused", "joined", "send, 2 inside", "drop, 2 inside", "take over, 2 inside"} <= seen
