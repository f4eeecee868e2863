"""ICE servers and TURN credentials."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from calls.ice import servers
from calls.ice.servers import IceServer, IceSettings, Provided, Provider


def ice_servers(
    config: IceSettings, peer_id: str, now: float, provided: Provided | None = None
) -> dict[str, Any]:
    """As a client gets them."""
    found: dict[str, Any] = msgspec.to_builtins(servers.ice_servers(config, peer_id, now, provided))
    return found


STUN = "stun:stun.example.org"
TURN = ["turn:turn.example.org:3478", "turns:turn.example.org:443?transport=tcp"]


def test_nothing_configured():
    assert ice_servers(IceSettings(), "peer", 0) == {"iceServers": [], "iceTransportPolicy": "all"}


def test_stun_needs_no_credentials():
    config = IceSettings(stun_urls=[STUN])
    assert ice_servers(config, "peer", 0)["iceServers"] == [{"urls": [STUN]}]


@pytest.mark.parametrize(
    ("secret", "peer", "username", "credential"),
    # printf USERNAME | openssl dgst -sha1 -hmac SECRET -binary | base64
    [
        ("north", "abc123", "1732352400:abc123", "1d7+vvUdeUusibTf5Y2E7subAcM="),
        ("sécret", "ключ", "1732352400:ключ", "K3FFoFgytH84yzPQLxypyAkZlOA="),
    ],
)
def test_turn_credentials(secret, peer, username, credential):
    config = IceSettings(turn_urls=TURN, turn_secret=secret, turn_ttl=86_400)
    assert ice_servers(config, peer, now=1_732_266_000.9)["iceServers"] == [
        {"urls": TURN, "username": username, "credential": credential}
    ]


def test_turn_credentials_last_as_long_as_configured():
    config = IceSettings(turn_urls=TURN, turn_secret="x", turn_ttl=60)
    assert ice_servers(config, "peer", 1000)["iceServers"][0]["username"] == "1060:peer"


def test_stun_and_turn_and_policy():
    config = IceSettings(stun_urls=(STUN,), turn_urls=TURN, turn_secret="x", policy="relay")
    found = ice_servers(config, "peer", 0)
    assert [server["urls"] for server in found["iceServers"]] == [[STUN], TURN]
    assert found["iceTransportPolicy"] == "relay"


def test_the_secret_is_not_given_away():
    config = IceSettings(turn_urls=TURN, turn_secret="static-auth-secret")
    assert "static-auth-secret" not in str(ice_servers(config, "peer", 0))


def test_every_peer_has_credentials_of_its_own():
    config = IceSettings(turn_urls=TURN, turn_secret="x")
    one, two = (ice_servers(config, peer, 0)["iceServers"][0] for peer in ("one", "two"))
    assert one["credential"] != two["credential"]


# -- How long it lasts ------------------------------------------------------------------------

PROVIDED = Provided(
    stun=[IceServer(["stun:provider.example.org"])],
    turn=[IceServer(["turn:provider.example.org"], "u", "p")],
    expires=4600.9,
)
BY_PROVIDER = IceSettings(provider=Provider("https://turn.example.org/", "t"), policy="relay")


@pytest.mark.parametrize(
    ("config", "provided", "ttl"),
    [
        (IceSettings(), None, None),
        (IceSettings(stun_urls=[STUN]), None, None),
        (IceSettings(turn_urls=TURN, turn_username="u", turn_password="p"), None, None),
        (IceSettings(turn_urls=TURN, turn_secret="x", turn_ttl=600), None, 600),
        (BY_PROVIDER, PROVIDED, 3600),
        (BY_PROVIDER, None, None),
    ],
)
def test_ttl_where_something_ends(config: IceSettings, provided: Provided | None, ttl: int | None):
    found = ice_servers(config, "peer", 1000, provided)
    assert found.get("ttl") == ttl
    assert ("ttl" in found) is (ttl is not None)


def test_one_login_for_everybody():
    config = IceSettings(turn_urls=TURN, turn_username="u", turn_password="p")
    for peer in ("one", "two"):
        assert ice_servers(config, peer, 0)["iceServers"] == [
            {"urls": TURN, "username": "u", "credential": "p"}
        ]


def test_what_a_provider_gives():
    assert ice_servers(BY_PROVIDER, "peer", 0, PROVIDED)["iceServers"] == [
        {"urls": ["stun:provider.example.org"]},
        {"urls": ["turn:provider.example.org"], "username": "u", "credential": "p"},
    ]


def test_stun_of_ones_own_takes_the_place_of_the_provider_s():
    config = replace(BY_PROVIDER, stun_urls=[STUN])
    urls = [server["urls"] for server in ice_servers(config, "p", 0, PROVIDED)["iceServers"]]
    assert urls == [[STUN], ["turn:provider.example.org"]]


def test_a_provider_that_gives_nothing_leaves_stun():
    config = replace(BY_PROVIDER, stun_urls=[STUN])
    assert ice_servers(config, "peer", 0)["iceServers"] == [{"urls": [STUN]}]
