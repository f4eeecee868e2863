"""The ICE servers of one client: TURN, which costs its operator, only with somebody to call."""

import time

from django.conf import settings
from msgspec import structs

from calls.ice.provider import supply
from calls.ice.servers import IceConfiguration, ice_servers, stun_only
from calls.protocol import IceServers, PeerJoined
from calls.rooms import tokens
from calls.signaling.membership import Membership


async def with_turn(id: str) -> IceConfiguration:
    """All that is configured, for the peer ``id``; waits two seconds for a provider at most."""
    if not settings.ICE.has_turn:
        return without_turn()
    provided = await supply.current()
    return ice_servers(settings.ICE, id, time.time(), provided)


def without_turn() -> IceConfiguration:
    """For whoever is alone."""
    return stun_only(settings.ICE)


async def no_more_alone(message: PeerJoined, id: str) -> PeerJoined:
    """News of the other, with the TURN that ``id`` was not given before."""
    if not settings.ICE.has_turn:
        return message
    return structs.replace(message, **structs.asdict(await with_turn(id)))


async def answer(membership: Membership) -> IceServers:
    """What a client is told that asks, before its join or after it."""
    ice = without_turn()
    if await membership.has_company():
        seat = membership.seat
        ice = await with_turn(seat.id if seat else tokens.identify(membership.room, None))
    return IceServers(ice.ice_servers, ice.ice_transport_policy, ice.ttl)
