"""Whose request it is: what a client writes into a header changes nothing."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from calls.limits.address import client, network, read
from calls.limits.visitor import who


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("192.0.2.7:50123", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:50123", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:80", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("unknown", None),
        ("_hidden", None),
        ("192.0.2.7.example.org", None),
        ("192.0.2", None),
        ("[2001:db8::7", "2001:db8::7"),
        ("/run/duet.sock", None),
        ("192.0.2.7, 198.51.100.1", None),
        ("1" * 5000, None),
    ],
)
def test_an_address_as_it_is_written(text: str, address: str | None):
    assert read(text) == (None if address is None else ip_address(address))


PROXY, EDGE = "10.21.157.68", "198.51.100.40"


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        # Nobody in front: the header is whatever the client likes.
        ("203.0.113.5", [], 0, "203.0.113.5"),
        ("203.0.113.5", ["192.0.2.66"], 0, "203.0.113.5"),
        # One proxy.
        (PROXY, ["203.0.113.5"], 1, "203.0.113.5"),
        (PROXY, ["192.0.2.66, 203.0.113.5"], 1, "203.0.113.5"),
        (PROXY, ["192.0.2.66", "203.0.113.5"], 1, "203.0.113.5"),
        (PROXY, ["192.0.2.66,,, ,203.0.113.5"], 1, "203.0.113.5"),
        (PROXY, [", ".join(["192.0.2.66"] * 1000), "203.0.113.5"], 1, "203.0.113.5"),
        # Render: Cloudflare, then its own.
        (PROXY, [f"203.0.113.5, {EDGE}"], 2, "203.0.113.5"),
        (PROXY, [f"192.0.2.66, 203.0.113.5, {EDGE}"], 2, "203.0.113.5"),
        (PROXY, [f"192.0.2.66, 192.0.2.67, 203.0.113.5,{EDGE}"], 2, "203.0.113.5"),
        (PROXY, [f"2001:db8::7, {EDGE}"], 2, "2001:db8::7"),
        # Past the proxies: who asks is who has connected.
        ("203.0.113.5", [], 1, "203.0.113.5"),
        ("203.0.113.5", ["192.0.2.66"], 2, "203.0.113.5"),
        # What cannot be read is nobody's.
        (PROXY, ["192.0.2.66, unknown"], 1, None),
        (None, [], 0, None),
        ("/run/duet.sock", [], 0, None),
        (None, ["203.0.113.5"], 1, "203.0.113.5"),
    ],
)
def test_counted_from_the_right(
    peer: str | None, forwarded: list[str], proxies: int, expected: str | None
):
    found = client(peer, forwarded, proxies)
    assert found == (None if expected is None else ip_address(expected))


@pytest.mark.parametrize("before", ["", "192.0.2.66", "192.0.2.66, 192.0.2.67", "?", ", ,", "::"])
@pytest.mark.parametrize("proxies", [1, 2, 3])
def test_nothing_that_a_client_writes_before_changes_it(before: str, proxies: int):
    own = ["203.0.113.5", *(f"198.51.100.{n}" for n in range(proxies - 1))]
    header = ", ".join([before, *own] if before else own)
    assert client(PROXY, [header], proxies) == ip_address("203.0.113.5")


def test_whom_one_limit_is_for():
    assert network(ip_address("192.0.2.7")) == ip_network("192.0.2.7/32")
    assert network(ip_address("2001:db8:1:2:3:4:5:6")) == ip_network("2001:db8:1:2::/64")


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"host", b"call.example.org")]
    headers += [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"client": peer and [peer, 50123], "headers": headers}


def test_who_is_the_same_for_one_network_and_tells_no_address(settings):
    settings.TRUSTED_PROXIES, settings.LIMIT_EXEMPT = 1, []
    one = who(scope(PROXY, "192.0.2.66", "2001:db8:1:2::7"))
    assert one is not None
    assert one == who(scope(PROXY, "2001:db8:1:2:ffff::8"))
    assert one != who(scope(PROXY, "2001:db8:1:3::7"))
    assert "2001" not in one
    settings.SECRET_KEY = "another-secret-key-of-the-same-server"
    assert one != who(scope(PROXY, "2001:db8:1:2::7"))


def test_there_is_no_limit_for_who_is_exempt_or_unknown(settings):
    settings.TRUSTED_PROXIES = 0
    settings.LIMIT_EXEMPT = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]
    for peer in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8:ffff::1", None, "/run/duet.sock"):
        assert who(scope(peer)) is None
    for peer in ("192.0.3.7", "2001:db9::1"):
        assert who(scope(peer)) is not None


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", PROXY, "172.17.0.1", "192.168.1.7", "::1", "fd00::1"]
)
def test_a_proxy_that_is_not_counted_is_no_client(peer: str):
    """Everybody would seem to come from there, and one would use up what is for all."""
    assert who(scope(peer, "203.0.113.5")) is None
