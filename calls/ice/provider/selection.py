"""Which of a provider's addresses browsers are given. Pure.

One of each kind: STUN, and TURN over UDP, TCP and TLS. Each TURN address costs an allocation on
every interface, and Firefox warns at five addresses. A browser refuses the whole list for one
address that is malformed or a TURN server without a login, so these are left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from calls.ice.servers import IceServer

# The best port first, of all others the one that came first. Firewalls that let only web traffic
# out know 443 for TLS, and 80 without it.
PORTS = {"stun": (3478,), "udp": (3478, 443), "tcp": (80, 443, 3478), "tls": (443, 5349)}

KINDS = {
    ("stun", ""): "stun",
    ("turn", ""): "udp",
    ("turn", "udp"): "udp",
    ("turn", "tcp"): "tcp",
    ("turns", ""): "tls",
    ("turns", "tcp"): "tls",
}

# Below 1024 libwebrtc connects to these only (TurnPort::AllowedTurnPort); it would also try 53,
# which browsers block for being DNS's, and which then holds up the gathering.
LOW_PORTS = {80, 443}

# RFC 8489, section 14.3: a longer user name fails.
MOST_USERNAME_BYTES = 508

# RFC 7064 and RFC 7065.
_URL = re.compile(
    r"(stun|turns?):(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?"
)


@dataclass(frozen=True)
class Address:
    """A usable address with its login; ``kind`` is one of ``PORTS``."""

    url: str
    kind: str
    port: int
    username: str
    credential: str


def select(servers: Sequence[IceServer]) -> tuple[list[IceServer], list[IceServer]]:
    """The STUN servers and the TURN servers to use: one address at most, and three."""
    found = [address for server in servers for address in _addresses(server)]
    best = {kind: _best(found, kind) for kind in PORTS}
    stun = [IceServer([each.url]) for kind, each in best.items() if each and kind == "stun"]
    return stun, _by_login([each for kind, each in best.items() if each and kind != "stun"])


def _addresses(server: IceServer) -> list[Address]:
    found = (_address(url, server) for url in server.urls)
    return [address for address in found if address is not None]


def _address(url: str, server: IceServer) -> Address | None:
    match = _URL.fullmatch(url)
    if match is None:
        return None
    scheme, written_port, transport = match.groups(default="")
    kind = KINDS.get((scheme, transport))
    port = int(written_port or (5349 if scheme == "turns" else 3478))
    if kind is None or not (port in LOW_PORTS or 1024 <= port <= 65_535):
        return None
    if kind != "stun" and not _is_login(server):
        return None
    return Address(url, kind, port, server.username, server.credential)


def _is_login(server: IceServer) -> bool:
    fits = len(server.username.encode()) <= MOST_USERNAME_BYTES
    return bool(server.username and server.credential and fits)


def _best(addresses: Sequence[Address], kind: str) -> Address | None:
    ports = PORTS[kind]
    candidates = [address for address in addresses if address.kind == kind]
    rank = {port: position for position, port in enumerate(ports)}
    return min(candidates, key=lambda each: rank.get(each.port, len(ports)), default=None)


def _by_login(addresses: Sequence[Address]) -> list[IceServer]:
    """Addresses with the same login as one server."""
    urls: dict[tuple[str, str], list[str]] = {}
    for each in addresses:
        urls.setdefault((each.username, each.credential), []).append(each.url)
    return [IceServer(list_, *login) for login, list_ in urls.items()]
