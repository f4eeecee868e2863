"""What rooms are called: in an address, and in a log."""

import re
import secrets

from django.utils.crypto import salted_hmac

PATTERN = "[a-z0-9-]{3,64}"

# Without i, l, o, 0 and 1: names are read aloud and typed.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 3, 5

_valid = re.compile(PATTERN).fullmatch


def is_valid(name: str) -> bool:
    """Whether there can be a room of this name; rooms need no creation."""
    return _valid(name) is not None


def new_name() -> str:
    """A fresh room name like ``k7mqx-2phb9-dtw4e``: 15 of 31 characters, 74 random bits."""
    return "-".join(
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS)
    )


def label(name: str) -> str:
    """What log lines call a room: whoever knows a name can join, so never the name."""
    return salted_hmac("calls.log", name).hexdigest()[:8]
