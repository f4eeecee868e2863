"""What one address, one seat and one room may ask for, and that others notice nothing."""

import secrets
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from typing import Any

import pytest
from channels.testing import HttpCommunicator

from calls.limits import local
from calls.limits.pace import Pace
from tests.app.conftest import Connect, Pair, memory_rooms
from tests.support.peers import AppPeer, new_room

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def _no_address_is_exempt(settings) -> None:
    settings.TRUSTED_PROXIES, settings.LIMIT_EXEMPT = 1, []


@pytest.fixture
def here() -> str:
    """An address of this test's own (RFC 2544 reserves its network for tests)."""
    return f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


@pytest.fixture
def elsewhere() -> str:
    return f"198.19.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


async def is_limited(peer: AppPeer, *, within: float) -> None:
    error = await peer.expect_error("rate-limited")
    assert 0 < error["retryAfter"] <= within
    assert await peer.expect_close() == 4012


async def test_joins_of_one_address(connect: Connect, settings, here: str, elsewhere: str):
    settings.LIMIT_JOINS = (3, 60)
    for _ in range(3):
        peer = await connect(new_room(), forwarded=here)
        await peer.join()
        await peer.send("leave")
    refused = await connect(forwarded=f"192.0.2.1, {here}")
    await refused.send("join", session="s")
    await is_limited(refused, within=20)
    other = await connect(forwarded=elsewhere)
    assert (await other.join())["peer"] is None


async def test_an_ipv6_client_has_one_limit_for_all_its_addresses(
    connect: Connect, settings, here: str
):
    settings.LIMIT_JOINS = (1, 60)
    net = f"2001:db8:{secrets.randbelow(65_536):x}:7"
    await (await connect(new_room(), forwarded=f"{net}::1")).join()
    refused = await connect(new_room(), forwarded=f"{net}:ffff::2")
    await refused.send("join", session="s")
    await is_limited(refused, within=60)


async def test_new_rooms_of_one_address(connect: Connect, settings, here: str, elsewhere: str):
    settings.LIMIT_ROOMS = (2, 3600)
    rooms = [new_room(), new_room()]
    for room in rooms:
        await (await connect(room, forwarded=here)).join()
    refused = await connect(forwarded=here)
    await refused.send("join", session="s")
    await is_limited(refused, within=1800)
    # Nothing is kept of it, and whoever comes next is alone.
    assert (await (await connect(forwarded=elsewhere)).join())["peer"] is None
    # Where somebody is, there is no new room.
    assert (await (await connect(rooms[0], forwarded=here)).join())["peer"] is not None


async def test_to_come_back_opens_no_room(connect: Connect, settings, here: str):
    settings.LIMIT_ROOMS = (1, 3600)
    peer = await connect(forwarded=here)
    await peer.join()
    for _ in range(3):
        again = await connect(forwarded=here)
        assert (await again.join(token=peer.token))["resumed"]


async def test_refusals_of_one_address(connect: Connect, pair: Pair, settings, here: str):
    settings.LIMIT_REFUSALS = (2, 60)
    for _ in range(2):
        knocks = await connect(forwarded=here)
        await knocks.send("join", session="s")
        await knocks.expect_error("room-full")
    for room in (None, new_room()):
        refused = await connect(*([room] if room else []), forwarded=here)
        await refused.send("join", session="s")
        await is_limited(refused, within=30)
    for peer in pair:
        await peer.expect_nothing()


async def test_who_is_dismissed_again_and_again_does_not_ring_any_more(
    connect: Connect, settings, here: str, elsewhere: str
):
    settings.LIMIT_DISMISSALS = (2, 3600)
    inside = await connect(forwarded=elsewhere)
    await inside.join()
    for _ in range(2):
        rings = await connect(forwarded=here)
        await rings.join()
        await inside.expect("peer-joined")
        await inside.send("dismiss", id=rings.id)
        await rings.expect_error("dismissed")
        await inside.expect("peer-left", reason="dismissed")
    refused = await connect(forwarded=here)
    await refused.send("join", session="s")
    await is_limited(refused, within=1800)
    await inside.expect_nothing()
    await (await connect(forwarded=elsewhere)).join()


async def test_forged_tokens_are_refusals(connect: Connect, settings, here: str):
    settings.LIMIT_REFUSALS = (1, 60)
    peer = await connect(forwarded=here)
    await peer.send("join", session="s", token="forged")
    await peer.expect_error("bad-token")
    refused = await connect(forwarded=here)
    await refused.send("join", session="s")
    await is_limited(refused, within=60)


async def test_open_sockets_of_one_address(connect: Connect, settings, here: str, elsewhere: str):
    settings.LIMIT_SOCKETS = 2
    one, two = [await connect(forwarded=here) for _ in range(2)]
    refused = await connect(forwarded=here)
    await is_limited(refused, within=local.SOCKET_RETRY)
    await refused.drop()
    await (await connect(forwarded=elsewhere)).join()
    await one.drop()
    await (await connect(forwarded=here)).join()
    await two.drop()


async def test_sockets_that_have_closed_are_forgotten(connect: Connect, here: str):
    for _ in range(3):
        await (await connect(forwarded=here)).drop()
    assert not local.sockets._open


async def test_who_is_exempt_has_no_limit(connect: Connect, settings, here: str):
    settings.LIMIT_EXEMPT = [ip_network("198.18.0.0/15")]
    settings.LIMIT_JOINS = settings.LIMIT_ROOMS = (1, 3600)
    settings.LIMIT_SOCKETS = 1
    for _ in range(3):
        await (await connect(new_room(), forwarded=here)).join()


# -- Of one seat, and of newcomers to one room ------------------------------------------------


async def test_a_storm_of_rejoins_ends_where_the_others_page_would_suffer(
    connect: Connect, pair: Pair, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(memory_rooms(), "_pace", Pace.of(3, 60))
    storm, friend = pair
    # One join more is left to a seat that was taken as a newcomer.
    for n in range(3):
        again = await connect()
        await again.join(f"storm-{n}", token=storm.token)
        await friend.expect("peer-joined", resumed=True)
    refused = await connect()
    await refused.send("join", session="storm", token=storm.token)
    await is_limited(refused, within=60)
    await friend.expect_nothing()
    # Who is inside loses nothing by it, and comes back as ever.
    back = await connect()
    assert (await back.join("friend", token=friend.token))["peer"]["session"] == "storm-2"


async def test_newcomers_one_after_the_other(connect: Connect, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory_rooms(), "_pace", Pace.of(3, 60))
    inside = await connect()
    await inside.join()
    for _ in range(2):
        guest = await connect()
        await guest.join()
        await inside.expect("peer-joined")
        await guest.send("leave")
        await inside.expect("peer-left")
    refused = await connect()
    await refused.send("join", session="s")
    await is_limited(refused, within=60)
    await inside.expect_nothing()
    back = await connect()
    assert (await back.join(token=inside.token))["resumed"]


# -- Pages ------------------------------------------------------------------------------------


@pytest.fixture
def ask() -> Ask:
    async def page(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    limited = local.Requests(page)

    async def get(path: str, address: str) -> dict[str, Any]:
        headers = [(b"x-forwarded-for", address.encode())]
        communicator = HttpCommunicator(limited, "GET", path, headers=headers)
        answer: dict[str, Any] = await communicator.get_response(timeout=10)
        return answer

    return get


async def test_pages_of_one_address(ask: Ask, settings, here: str, elsewhere: str):
    settings.LIMIT_REQUESTS = (2, 60)
    for path in ("/", "/new/"):
        assert (await ask(path, here))["status"] == 200
    refused = await ask("/", here)
    assert refused["status"] == 429
    headers = dict(refused["headers"])
    assert 0 < int(headers[b"retry-after"]) <= 30
    assert headers[b"cache-control"] == b"no-store"
    english, russian = refused["body"].decode().splitlines()
    assert english == local.SENTENCE
    assert "сети" in russian
    assert (await ask("/", elsewhere))["status"] == 200
    # Who watches over the server does so as often as they like.
    for _ in range(3):
        assert (await ask("/healthz", here))["status"] == 200
