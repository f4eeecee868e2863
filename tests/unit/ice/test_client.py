"""Asking a provider over HTTP, and what it may cost."""

import logging
from dataclasses import replace

import pytest

from calls.ice.provider import client
from calls.ice.provider.failure import Failure
from calls.ice.provider.request import Request, request
from calls.ice.servers import Provider
from tests.support.processes import free_port
from tests.support.turn_answers import answer
from tests.support.turn_provider import (
    Behaviour,
    hangs,
    hangs_up,
    is_no_server,
    says,
    trickles,
    turn_provider,
)

BODY = answer("cloudflare")


def asking(url: str) -> Request:
    return request(Provider(url, "SEKRET"), 600)


async def failure(asked: Request) -> Failure:
    with pytest.raises(Failure) as caught:
        await client.fetch(asked)
    assert "SEKRET" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("status", [200, 201])
async def test_an_answer(status: int):
    async with turn_provider(says(BODY, status)) as provider:
        assert await client.fetch(asking(provider.url)) == BODY
    (asked,) = provider.asked
    assert (asked.method, asked.body) == ("POST", b'{"ttl": 600}')
    assert asked.headers["authorization"] == "Bearer SEKRET"
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("url", "method", "query", "body"),
    [
        ("https://duet.metered.live/", "GET", {"apiKey": ["AC1:SEKRET"]}, b""),
        ("https://api.twilio.com/", "POST", {}, b"Ttl=600"),
        ("https://global.xirsys.net/", "PUT", {}, b'{"format": "urls", "expire": 600}'),
    ],
)
async def test_what_each_provider_wants_is_what_goes_out(
    url: str, method: str, query: dict[str, list[str]], body: bytes
):
    wanted = request(Provider(url, "AC1:SEKRET"), 600)
    async with turn_provider(says(BODY)) as provider:
        here = wanted.url.replace(url, provider.url)
        assert await client.fetch(replace(wanted, url=here)) == BODY
    (asked,) = provider.asked
    assert (asked.method, asked.query, asked.body) == (method, query, body)
    assert ("basic" in asked.headers.get("authorization", "").lower()) is (method != "GET")


@pytest.mark.parametrize(
    ("status", "refused"),
    [(401, True), (403, True), (404, True), (400, False), (429, False), (500, False), (302, False)],
)
async def test_a_status_that_is_no_success(status: int, refused: bool):
    async with turn_provider(says(BODY, status, Location="http://127.0.0.1/")) as provider:
        found = await failure(asking(provider.url))
    assert (found.reason, found.refused) == (f"status {status}", refused)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hangs_up, "no connection"),
        (is_no_server, "no connection"),
        (says(b"x" * 2_000_000), "more than 65536 bytes"),
        (says(b"x" * 65_537), "more than 65536 bytes"),
    ],
)
async def test_what_is_no_answer(behaviour: Behaviour, reason: str):
    async with turn_provider(behaviour) as provider:
        assert (await failure(asking(provider.url))).reason.startswith(reason)


@pytest.mark.parametrize("behaviour", [hangs, trickles])
async def test_an_answer_that_does_not_end(behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch):
    # Long enough for a busy machine to have asked.
    monkeypatch.setattr(client, "TIMEOUT", 3)
    async with turn_provider(behaviour) as provider:
        assert (await failure(asking(provider.url))).reason.startswith("no answer within")
        # On a busy machine it may only hear now of who has gone already.
        await provider.was_asked()


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "nobody.invalid"])
async def test_nobody_there(host: str):
    found = await failure(asking(f"http://{host}:{free_port()}/"))
    assert found.reason.startswith("no connection")


async def test_an_answer_as_large_as_may_be():
    async with turn_provider(says(b" " * 65_536)) as provider:
        assert len(await client.fetch(asking(provider.url))) == 65_536


async def test_no_address_is_logged(caplog: pytest.LogCaptureFixture):
    """Some have the token in their query; httpx logs every request."""
    with caplog.at_level(logging.DEBUG):
        async with turn_provider(says(BODY)) as provider:
            await client.fetch(asking(f"{provider.url}?service=turn"))
    assert provider.asked[0].query["key"] == ["SEKRET"]
    assert "SEKRET" not in caplog.text
