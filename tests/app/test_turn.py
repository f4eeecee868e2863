"""TURN in every form: what a join is given, that a relay takes it, and what a provider may cost."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aioice.stun import TransactionFailed

from calls.ice.provider import supply
from calls.ice.servers import IceSettings, Provider
from tests.app.conftest import Connect
from tests.conftest import StartDaphne
from tests.support.peers import WirePeer, new_room
from tests.support.processes import ROOT, Daphne, running
from tests.support.turn import Coturn
from tests.support.turn_answers import NAMES, answer
from tests.support.turn_provider import (
    Behaviour,
    TurnProvider,
    hangs,
    hangs_up,
    says,
    turn_provider,
)

STUN = "stun:stun.example.org:3478"
SECRET = ["use-auth-secret", "static-auth-secret=north"]
FIXED = ["lt-cred-mech", "user=duet:south"]
COMPLAINT = "No TURN credentials"


def documented_relay() -> list[str]:
    """The configuration that docs/operations.md has, without what is this machine's."""
    text = (ROOT / "docs" / "operations.md").read_text()
    found = re.search(r"`/etc/turnserver.conf`:\n\n```\n(.*?)```", text, re.DOTALL)
    assert found is not None
    own = re.compile(r"(listening-port|tls-listening-port|realm|cert|pkey)=")
    return [line for line in found[1].splitlines() if not own.match(line)]


def turn_of(message: dict[str, Any]) -> dict[str, Any]:
    """The one server with a login."""
    (found,) = [server for server in message["iceServers"] if "username" in server]
    return dict(found)


# -- A relay takes them -----------------------------------------------------------------------


@pytest.fixture
async def coturn(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Coturn]:
    """With the options that the test is parametrized with."""
    async with running(Coturn(tmp_path, request.param)) as server:
        yield server


async def welcome_of(connect: Connect) -> dict[str, Any]:
    """What whoever comes second in a room is given: TURN, with somebody to call."""
    room = new_room()
    await (await connect(room)).join()
    return await (await connect(room)).join()


async def takes(coturn: Coturn, turn: dict[str, Any]) -> None:
    """The relay allocates on every way to it, and only for this login."""
    assert turn["urls"] == coturn.urls
    for url in turn["urls"]:
        host, _ = await coturn.allocate(url, turn["username"], turn["credential"])
        assert host == "127.0.0.1"
        with pytest.raises(TransactionFailed):
            await coturn.allocate(url, turn["username"], "wrong")


@pytest.mark.parametrize("coturn", [SECRET], indirect=True)
async def test_a_relay_with_the_same_secret(coturn: Coturn, connect: Connect, settings):
    settings.ICE = IceSettings(turn_urls=coturn.urls, turn_secret="north")
    welcome = await welcome_of(connect)
    await takes(coturn, turn_of(welcome))
    assert welcome["ttl"] == 7200


@pytest.mark.parametrize("coturn", [FIXED], indirect=True)
async def test_a_relay_with_a_login_for_everybody(coturn: Coturn, connect: Connect, settings):
    settings.ICE = IceSettings(turn_urls=coturn.urls, turn_username="duet", turn_password="south")
    welcome = await welcome_of(connect)
    await takes(coturn, turn_of(welcome))
    assert "ttl" not in welcome


@pytest.mark.parametrize("coturn", [documented_relay()], indirect=True)
async def test_the_documented_relay(coturn: Coturn, connect: Connect, settings):
    settings.ICE = IceSettings(turn_urls=coturn.urls, turn_secret="THE_SECRET")
    await takes(coturn, turn_of(await welcome_of(connect)))


# -- A provider -------------------------------------------------------------------------------


@pytest.fixture
async def provider() -> AsyncIterator[TurnProvider]:
    async with turn_provider(hangs) as found:
        yield found


@pytest.fixture
async def provided(provider: TurnProvider, settings) -> AsyncIterator[None]:
    """This process asks the provider, once the test says so by ``supply.begin``."""
    # As long as the answers that say it.
    settings.ICE = IceSettings(
        stun_urls=[STUN], provider=Provider(provider.url, "SEKRET"), turn_ttl=86_400
    )
    yield
    await asyncio.to_thread(supply.end)


@pytest.mark.parametrize("name", NAMES)
async def test_what_a_provider_gives_is_what_clients_get(
    provided: None, provider: TurnProvider, connect: Connect, settings, name: str
):
    provider.behaviour = says(answer(name), 201)
    supply.begin(settings.ICE)
    await (await connect()).join()
    peer = await connect()
    welcome = await peer.join()
    await peer.send("ice-servers")
    fresh = await peer.expect("ice-servers")
    for message in (welcome, fresh):
        stun, turn = message["iceServers"]
        assert stun == {"urls": [STUN]}
        assert 2 <= len(turn["urls"]) <= 3
        assert 86_000 < message["ttl"] <= 86_400
    # However many join.
    assert turn_of(await welcome_of(connect)) == turn_of(fresh)
    assert len(provider.asked) == 1


@pytest.mark.parametrize("coturn", [FIXED], indirect=True)
async def test_a_relay_that_a_provider_names(
    provided: None, provider: TurnProvider, coturn: Coturn, connect: Connect, settings
):
    uris = str(coturn.urls).replace("'", '"')
    body = f'{{"uris": {uris}, "username": "duet", "password": "south"}}'
    provider.behaviour = says(body.encode())
    supply.begin(settings.ICE)
    await takes(coturn, turn_of(await welcome_of(connect)))


# -- A provider that fails --------------------------------------------------------------------


@pytest.fixture
async def start_asking(provider: TurnProvider, start_daphne: StartDaphne) -> Any:
    """Starts a server whose token is in the address it asks at, where it leaks most easily."""

    async def start(behaviour: Behaviour) -> Daphne:
        provider.behaviour = behaviour
        url = f"{provider.url}?service=turn"
        return await start_daphne(TURN_API_URL=url, TURN_API_TOKEN="SEKRET", STUN_URLS=STUN)

    return start


async def join(server: Daphne) -> dict[str, Any]:
    """Somebody joins a call, and leaves when the welcome is there."""
    room = new_room()
    other, peer = WirePeer(server.address, room), WirePeer(server.address, room)
    try:
        for each in (other, peer):
            await each.connect()
        await other.join()
        return await peer.join()
    finally:
        for each in (other, peer):
            await each.drop()


async def test_a_provider_that_hangs_costs_little(start_asking, provider: TurnProvider):
    server = await start_asking(hangs)
    began = time.monotonic()
    welcomes = await asyncio.gather(*(join(server) for _ in range(5)))
    # Two seconds at most, and the machine's own slowness.
    assert time.monotonic() - began < 4.5
    for welcome in welcomes:
        assert [each["urls"] for each in welcome["iceServers"]] == [[STUN]]
        assert "ttl" not in welcome
    await server.printed(COMPLAINT)
    await provider.was_asked(2)
    await join(server)
    assert len([line for line in server.lines if COMPLAINT in line]) == 1


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (says(b"", 401), "[ERROR] No TURN credentials from 127.0.0.1 (status 401)"),
        (says(b"", 500), "[WARNING] No TURN credentials from 127.0.0.1 (status 500)"),
        (says(b"[" + b" " * 2_000_000), "(more than 65536 bytes)"),
        (says(b'{"iceServers": "SEKRET"}'), "(an answer that is not understood)"),
        (says(b'[{"urls": "turn:a"}]'), "(no TURN address that browsers can use)"),
        (hangs_up, "(no connection (RemoteProtocolError))"),
    ],
    ids=["401", "500", "2 MB", "lies", "no login", "hangs up"],
)
async def test_a_provider_that_fails_is_said_once(
    start_asking, provider: TurnProvider, behaviour: Behaviour, said: str
):
    server = await start_asking(behaviour)
    assert said in await server.printed(COMPLAINT)
    for _ in range(3):
        assert [each["urls"] for each in (await join(server))["iceServers"]] == [[STUN]]
    if "401" not in said:
        await provider.was_asked(2)
    (line,) = [line for line in server.lines if COMPLAINT in line]
    assert line.endswith("calls have no relay until there are")
    assert "SEKRET" not in server.output
    assert provider.asked[0].query["key"] == ["SEKRET"]


async def test_a_provider_that_comes_back(start_asking, provider: TurnProvider):
    server = await start_asking(hangs_up)
    assert "ttl" not in await join(server)
    await server.printed(COMPLAINT)
    provider.behaviour = says(answer("cloudflare"), 201)
    await server.printed("TURN credentials from 127.0.0.1, valid for 7200 seconds")
    welcome = await join(server)
    assert 7000 < welcome["ttl"] <= 7200
    credential = turn_of(welcome)["credential"]
    assert credential not in server.output
    assert "SEKRET" not in server.output
