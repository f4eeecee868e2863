"""The ICE servers a client is given. No I/O: callers pass the time."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct

from calls.ice import shared_secret


class IceServer(Struct, frozen=True, omit_defaults=True):
    """RTCIceServer (webrtc-pc, section 4.2.2)."""

    urls: list[str]
    username: str = ""
    credential: str = ""


class IceConfiguration(Struct, frozen=True, rename="camel"):
    """The part of RTCConfiguration (webrtc-pc, section 4.2.1) that the server decides."""

    ice_servers: list[IceServer]
    ice_transport_policy: str


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
    servers = []
    if config.stun_urls:
        servers.append(IceServer(list(config.stun_urls)))
    if config.turn_urls:
        servers.append(
            IceServer(
                list(config.turn_urls),
                *shared_secret.credentials(config.turn_secret, peer_id, now + config.turn_ttl),
            )
        )
    return IceConfiguration(servers, config.policy)
