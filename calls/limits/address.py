"""Whose request it is, by address. Pure."""

import functools
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@functools.lru_cache(maxsize=1024)
def read(text: str) -> Address | None:
    """An address as proxies write it, with a port or without (RFC 7239, section 6)."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client(peer: str | None, forwarded: Sequence[str], proxies: int) -> Address | None:
    """Who asks, where so many proxies of the operator's stand between.

    Each of them adds whom it was asked by to the end of ``X-Forwarded-For``, and the last one is
    ``peer``: counted from there, what a client has written itself is never reached. None: unknown.
    """
    chain = [entry for line in forwarded for entry in line.split(",")] if proxies else []
    if len(chain) < proxies:
        chain = []  # it did not come through all of them
    found = chain[-proxies] if chain else peer
    return None if found is None else read(found)


def network(address: Address) -> Network:
    """Whom one limit is for: an IPv6 client may use every address of its /64 (RFC 6177)."""
    return ip_network((address, 32 if address.version == 4 else 64), strict=False)
