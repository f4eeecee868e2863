"""What providers answer."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.ice.provider.answer import NotUnderstood, parse
from calls.ice.servers import IceServer
from tests.support.generated import examples
from tests.support.turn_answers import NAMES, answer

TURN = IceServer(["turn:a"], "u", "c")


@pytest.mark.parametrize(
    ("name", "servers", "urls", "ttl"),
    [
        ("cloudflare", 2, 8, None),
        ("cloudflare_object", 1, 6, None),
        ("metered", 5, 5, None),
        ("rest_draft", 1, 3, 86_400),
        ("twilio", 4, 4, 86_400),
        ("xirsys", 1, 7, None),
    ],
)
def test_every_shape(name: str, servers: int, urls: int, ttl: float | None):
    found = parse(answer(name))
    assert len(found.servers) == servers
    assert sum(len(server.urls) for server in found.servers) == urls
    assert found.ttl == ttl
    last = found.servers[-1]
    assert last.username
    assert last.credential


def test_no_shape_is_forgotten():
    assert NAMES == [
        "cloudflare", "cloudflare_object", "metered", "rest_draft", "twilio", "xirsys",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        [{"urls": "turn:a", "username": "u", "credential": "c"}],
        [{"url": "turn:a", "username": "u", "credential": "c", "credentialType": "password"}],
        {"iceServers": {"urls": ["turn:a"], "username": "u", "credential": "c"}},
        {"uris": ["turn:a"], "username": "u", "password": "c"},
        {"v": {"iceServers": [{"urls": ["turn:a"], "username": "u", "credential": "c"}]}},
    ],
)
def test_the_same_server_in_other_words(body: object):
    assert parse(json.dumps(body).encode()).servers == [TURN]


def test_what_a_server_lacks_is_empty():
    assert parse(b'[{}, {"urls": null, "username": null}]').servers == [IceServer([])] * 2


@pytest.mark.parametrize(("ttl", "seconds"), [("60", 60), ('"600"', 600), ("1e5", 1e5)])
def test_ttl(ttl: str, seconds: float):
    assert parse(b'{"uris": [], "ttl": %s}' % ttl.encode()).ttl == seconds


@pytest.mark.parametrize(
    "ttl", ["0", "59.9", "-86400", '"soon"', '"nan"', '"inf"', '""', "true", "[]"]
)
def test_a_ttl_that_is_none(ttl: str):
    with pytest.raises(NotUnderstood):
        parse(b'{"uris": [], "ttl": %s}' % ttl.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Bad gateway</title>",
        b"null",
        b'"turn:a"',
        b"{}",
        b'{"error": "Invalid API key"}',
        b'{"s": "error", "v": "unauthorized"}',
        b'{"v": {}}',
        b'{"iceServers": "turn:a"}',
        b'{"iceServers": [{"urls": [1]}]}',
        b'[{"urls": "turn:a", "credential": {"accessToken": "x"}}]',
        b"[" * 60_000,
        b'{"v": ' * 10_000,
        b'["\xff"]',
    ],
)
def test_anything_else(body: bytes):
    with pytest.raises(NotUnderstood):
        parse(body)


@given(st.sampled_from([answer(name) for name in NAMES]), st.data())
@examples(200)
def test_answers_with_something_wrong_in_them(body: bytes, data: st.DataObject):
    at = data.draw(st.integers(0, len(body) - 1))
    broken = body[:at] + data.draw(st.binary(max_size=3)) + body[at + 1 :]
    with contextlib.suppress(NotUnderstood):
        parse(broken)
