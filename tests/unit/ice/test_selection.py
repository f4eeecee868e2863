"""Which of a provider's addresses browsers are given."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.ice.provider.answer import parse
from calls.ice.provider.selection import select
from calls.ice.servers import IceServer
from tests.support.turn_answers import NAMES, answer


def turn_urls(*urls: str) -> list[str]:
    _, turn = select([IceServer(list(urls), "user", "password")])
    return [url for server in turn for url in server.urls]


@pytest.mark.parametrize(
    ("name", "stun", "turn"),
    [
        *(
            (
                name,
                ["stun:stun.cloudflare.com:3478"],
                [
                    "turn:turn.cloudflare.com:3478?transport=udp",
                    "turn:turn.cloudflare.com:80?transport=tcp",
                    "turns:turn.cloudflare.com:443?transport=tcp",
                ],
            )
            for name in ("cloudflare", "cloudflare_object")
        ),
        (
            "metered",
            ["stun:stun.relay.metered.ca:80"],
            [
                "turn:global.relay.metered.ca:443",
                "turn:global.relay.metered.ca:80?transport=tcp",
                "turns:global.relay.metered.ca:443?transport=tcp",
            ],
        ),
        (
            "rest_draft",
            [],
            [
                "turn:turn.example.org:3478?transport=udp",
                "turn:turn.example.org:3478?transport=tcp",
                "turns:turn.example.org:443?transport=tcp",
            ],
        ),
        (
            "twilio",
            ["stun:global.stun.twilio.com:3478"],
            [
                "turn:global.turn.twilio.com:3478?transport=udp",
                "turn:global.turn.twilio.com:443?transport=tcp",
            ],
        ),
        (
            "xirsys",
            ["stun:fr-turn7.xirsys.com"],
            [
                "turn:fr-turn7.xirsys.com:3478?transport=udp",
                "turn:fr-turn7.xirsys.com:80?transport=tcp",
                "turns:fr-turn7.xirsys.com:443?transport=tcp",
            ],
        ),
    ],
)
def test_of_every_provider(name: str, stun: list[str], turn: list[str]):
    found_stun, (found_turn,) = select(parse(answer(name)).servers)
    assert [server.urls for server in found_stun] == ([stun] if stun else [])
    assert found_turn.urls == turn
    assert found_turn.username
    assert found_turn.credential


@pytest.mark.parametrize(
    ("urls", "chosen"),
    [
        (["turn:a:53", "turn:a:80"], ["turn:a:80"]),
        (["turn:a:80", "turn:a:443", "turn:a"], ["turn:a"]),
        (["turn:a:9000", "turn:b:9000"], ["turn:a:9000"]),
        (["turns:a", "turns:a:443"], ["turns:a:443"]),
        (["turns:a:8443?transport=tcp"], ["turns:a:8443?transport=tcp"]),
        (["turns:a?transport=tcp", "turn:a?transport=tcp", "turn:a"],
         ["turn:a", "turn:a?transport=tcp", "turns:a?transport=tcp"]),
        (["turn:[2001:db8::1]:3478"], ["turn:[2001:db8::1]:3478"]),
    ],
)  # fmt: skip
def test_the_best_of_each_kind(urls: list[str], chosen: list[str]):
    assert turn_urls(*urls) == chosen


@pytest.mark.parametrize(
    "url",
    [
        "turn:a:53",
        "turn:a:53?transport=tcp",
        "turns:a:53",
        "turn:a:0",
        "turn:a:79",
        "turn:a:1023",
        "turn:a:65536",
        "turn:a:",
        "turn:",
        "turn://a",
        "turn:a/path",
        "turn:user@a",
        "turn:2001:db8::1",
        "turn:a?transport=sctp",
        "turns:a?transport=udp",
        "TURN:a",
        "https://a",
        "",
        "turn:a\n",
    ],
)
def test_what_no_browser_can_use(url: str):
    assert turn_urls(url) == []


@pytest.mark.parametrize(
    "url", ["stun:a:53", "stun:a?transport=udp", "stuns:a:5349", "stun:", "http://a"]
)
def test_stun_that_no_browser_can_use(url: str):
    assert select([IceServer([url])]) == ([], [])


@pytest.mark.parametrize(
    ("username", "password", "kept"),
    [
        ("u", "p", True),
        ("", "p", False),
        ("u", "", False),
        ("u" * 508, "p", True),
        ("u" * 509, "p", False),
        ("é" * 255, "p", False),
    ],
)
def test_logins(username: str, password: str, kept: bool):
    _, turn = select([IceServer(["turn:a"], username, password)])
    assert bool(turn) is kept


def test_stun_is_given_without_a_login():
    stun, turn = select([IceServer(["stun:a", "turn:a"], "u", "p")])
    assert stun == [IceServer(["stun:a"])]
    assert turn == [IceServer(["turn:a"], "u", "p")]


def test_servers_with_different_logins_stay_apart():
    servers = [
        IceServer(["turn:a", "turn:a?transport=tcp"], "u", "p"),
        IceServer(["turns:b:443"], "v", "q"),
    ]
    assert select(servers) == ([], servers)


URLS = st.lists(
    st.from_regex(r"(stun|turns?):[ab](:(53|80|443|3478|5349|9000))?(\?transport=(udp|tcp))?\Z")
)


@given(st.lists(st.builds(IceServer, URLS, st.just("u"), st.sampled_from(["p", "q", ""]))))
def test_never_more_than_one_and_three(servers: list[IceServer]):
    stun, turn = select(servers)
    assert sum(len(server.urls) for server in stun) <= 1
    assert sum(len(server.urls) for server in turn) <= 3
    assert all(server.username and server.credential for server in turn)
    assert not any(re.search(r":53\b", url) for s in [*stun, *turn] for url in s.urls)
    assert {u for s in [*stun, *turn] for u in s.urls} <= {u for s in servers for u in s.urls}


def test_the_answers_are_all_here():
    assert all(select(parse(answer(name)).servers)[1] for name in NAMES)
