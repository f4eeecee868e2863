"""The ICE servers a client is given. No I/O: callers pass the time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import UNSET, Struct, UnsetType

from calls.ice import shared_secret


class IceServer(Struct, frozen=True, omit_defaults=True):
    """RTCIceServer (webrtc-pc, section 4.2.2)."""

    urls: list[str]
    username: str = ""
    credential: str = ""


class IceConfiguration(Struct, frozen=True, rename="camel"):
    """The part of RTCConfiguration (webrtc-pc, section 4.2.1) that the server decides.

    ``ttl``: whole seconds until the credentials in it expire, unset where none do.
    """

    ice_servers: list[IceServer]
    ice_transport_policy: str
    ttl: int | UnsetType = UNSET


@dataclass(frozen=True)
class Provider:
    """An HTTP API that hands out TURN credentials, and what opens it."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Provided:
    """What such an API gave; ``expires`` in Unix time, seconds."""

    stun: Sequence[IceServer]
    turn: Sequence[IceServer]
    expires: float


@dataclass(frozen=True)
class IceSettings:
    """What the operator configured; ``turn_ttl`` in seconds.

    At most one of: ``turn_secret``, ``turn_username`` with ``turn_password`` (both with
    ``turn_urls``), ``provider``.
    """

    stun_urls: Sequence[str] = ()
    turn_urls: Sequence[str] = ()
    turn_secret: str = field(default="", repr=False)
    turn_username: str = ""
    turn_password: str = field(default="", repr=False)
    provider: Provider | None = None
    turn_ttl: int = 7200
    policy: str = "all"

    @property
    def has_turn(self) -> bool:
        """Whether there is a relay, if all goes well."""
        return bool(self.turn_urls) or self.provider is not None


def stun_only(config: IceSettings) -> IceConfiguration:
    """What needs neither a peer nor a provider."""
    return IceConfiguration(_stun(config), config.policy)


def ice_servers(
    config: IceSettings, peer_id: str, now: float, provided: Provided | None = None
) -> IceConfiguration:
    """The ICE servers for ``peer_id`` at ``now`` (Unix time in seconds).

    ``provided`` is what the provider gave, None while it gives nothing: then there is no relay.
    """
    stun = _stun(config)
    if provided is not None:
        servers = [*(stun or provided.stun), *provided.turn]
        return IceConfiguration(servers, config.policy, int(provided.expires - now))
    if not config.turn_urls:
        return stun_only(config)
    ttl = config.turn_ttl if config.turn_secret else UNSET
    return IceConfiguration([*stun, _own_turn(config, peer_id, now)], config.policy, ttl)


def _stun(config: IceSettings) -> list[IceServer]:
    return [IceServer(list(config.stun_urls))] if config.stun_urls else []


def _own_turn(config: IceSettings, peer_id: str, now: float) -> IceServer:
    """The operator's own TURN server, with this peer's credentials or everybody's."""
    login = (config.turn_username, config.turn_password)
    if config.turn_secret:
        login = shared_secret.credentials(config.turn_secret, peer_id, now + config.turn_ttl)
    return IceServer(list(config.turn_urls), *login)
