"""Somebody who asks for something, and what all at their address may ask for together."""

import functools
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from calls.limits.address import Address, client, network
from calls.limits.pace import Pace, Wish
from calls.limits.shared import get_ledger


def who(scope: Any) -> str | None:
    """What limits know the client of this ASGI scope by; None: there is no limit for it.

    Tells nobody the address.
    """
    peer = (scope.get("client") or [None])[0]
    forwarded = [
        value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
    ]
    found = client(peer, forwarded, settings.TRUSTED_PROXIES)
    if found is None or any(found in exempt for exempt in settings.LIMIT_EXEMPT):
        return None
    return _label(found, settings.SECRET_KEY)


@functools.lru_cache(maxsize=1024)
def _label(address: Address, secret: str) -> str:
    return salted_hmac("calls.address", network(address).compressed, secret).hexdigest()[:24]


class Visitor:
    """Whoever is at one address: what one does costs of what all may. Raises ``TooOften``."""

    __slots__ = ("address",)

    def __init__(self, address: str | None) -> None:
        """``address``: as ``who`` says."""
        self.address = address

    async def joins(self) -> None:
        """One command; nobody joins who has been refused or dismissed too often."""
        await self._spend(
            Wish("joins", Pace.of(*settings.LIMIT_JOINS)),
            Wish("refusals", Pace.of(*settings.LIMIT_REFUSALS), counts=False),
            Wish("dismissals", Pace.of(*settings.LIMIT_DISMISSALS), counts=False),
        )

    async def opens_room(self) -> None:
        """Joins where nobody is."""
        await self._spend(Wish("rooms", Pace.of(*settings.LIMIT_ROOMS)))

    async def is_refused(self) -> None:
        """Wanted what it may not have."""
        await self._spend(Wish("refusals", Pace.of(*settings.LIMIT_REFUSALS)))

    async def is_dismissed(self) -> None:
        """Rang at somebody's door who did not open."""
        await self._spend(Wish("dismissals", Pace.of(*settings.LIMIT_DISMISSALS)))

    async def _spend(self, *wishes: Wish) -> None:
        if self.address is not None:
            await get_ledger().spend(self.address, *wishes)
