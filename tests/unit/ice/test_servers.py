"""ICE servers and TURN credentials."""

from typing import Any

import msgspec
import pytest

from calls.ice import servers
from calls.ice.servers import IceSettings


def ice_servers(config: IceSettings, peer_id: str, now: float) -> dict[str, Any]:
    """As a client gets them."""
    found: dict[str, Any] = msgspec.to_builtins(servers.ice_servers(config, peer_id, now))
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
