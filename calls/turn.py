"""The ICE servers a client is given. No I/O: callers pass the time.

TURN credentials are made for one client and expire: the user name is the expiry time and the
peer id, the password its HMAC-SHA1 under a secret shared with the TURN server (the "TURN REST
API" scheme, coturn's ``use-auth-secret``).
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict


class IceServer(TypedDict, total=False):
    """RTCIceServer (webrtc-pc, section 4.2.2)."""

    urls: list[str]
    username: str
    credential: str


class IceConfiguration(TypedDict):
    """The part of RTCConfiguration that the server decides."""

    iceServers: list[IceServer]
    iceTransportPolicy: str


@dataclass(frozen=True)
class IceSettings:
    """What the operator configured; ``turn_ttl`` in seconds."""

    stun_urls: Sequence[str] = ()
    turn_urls: Sequence[str] = ()
    turn_secret: str = ""
    turn_ttl: int = 86_400
    policy: str = "all"


def ice_servers(config: IceSettings, peer_id: str, now: float) -> IceConfiguration:
    """The ICE servers for ``peer_id`` at ``now`` (Unix time in seconds)."""
    servers: list[IceServer] = []
    if config.stun_urls:
        servers.append({"urls": list(config.stun_urls)})
    if config.turn_urls:
        username = f"{int(now) + config.turn_ttl}:{peer_id}"
        digest = hmac.new(config.turn_secret.encode(), username.encode(), hashlib.sha1).digest()
        servers.append(
            {
                "urls": list(config.turn_urls),
                "username": username,
                "credential": base64.b64encode(digest).decode(),
            }
        )
    return {"iceServers": servers, "iceTransportPolicy": config.policy}
