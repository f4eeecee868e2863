"""Who somebody is: peer ids, and the signed tokens that prove them.

A seat token is what a peer shows to take its seat again. The server remembers nothing.
"""

import functools
import secrets
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

from calls.errors import BadToken

# Seconds. A welcome brings a fresh token, and a socket may live for a day (Daphne ends it
# then): its token must still be good for coming back.
MAX_AGE = 7 * 86_400
_SALT = "calls.seat"


class Claim(NamedTuple):
    """Whose seat a token is for."""

    id: str
    polite: bool


def identify(room: str, key: str | None) -> str:
    """The peer id of whoever shows ``key`` in a room: always the same, and it tells nothing.

    Without a key a random one.
    """
    if key is None:
        return secrets.token_hex(8)
    return salted_hmac("calls.key", f"{room} {key}").hexdigest()[:16]


@functools.cache
def _signer_of(key: str, fallbacks: tuple[str, ...]) -> signing.TimestampSigner:
    # Making one costs a third of a signature, and there is a signature in every join.
    return signing.TimestampSigner(key=key, salt=_SALT, fallback_keys=[*fallbacks])


def _signer() -> signing.TimestampSigner:
    return _signer_of(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


def make(room: str, claim: Claim) -> str:
    """A token for one peer's seat in one room, signed with SECRET_KEY, dated now."""
    return _signer().sign_object([room, claim.id, claim.polite])


def read(token: str, room: str) -> Claim:
    """The claim in a token. Raises ``BadToken`` when forged, expired or of another room."""
    try:
        named, id, polite = _signer().unsign_object(token, max_age=MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        raise BadToken from None
    if named != room:
        raise BadToken
    return Claim(id, polite)
