"""What rooms are called: in an address, as people type it, and in a log."""

import re
import secrets
import unicodedata
from urllib.parse import unquote

from django.utils.crypto import salted_hmac

PATTERN = "[a-z0-9-]{3,64}"

# Without i, l, o, 0 and 1: names are read aloud and typed.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 3, 5

_valid = re.compile(PATTERN).fullmatch
_in_link = re.compile(r"/call/([^/?#\s]+)").search
# A word could be one by chance, but words have no digits.
_without_dashes = re.compile(rf"(?=\D*\d)[{ALPHABET}]{{{GROUPS * GROUP_LENGTH}}}").fullmatch


def is_valid(name: str) -> bool:
    """Whether there can be a room of this name; rooms need no creation."""
    return _valid(name) is not None


def new_name() -> str:
    """A fresh room name like ``k7mqx-2phb9-dtw4e``: 15 of 31 characters, 74 random bits."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_LENGTH)))


def _grouped(characters: str) -> str:
    return "-".join(
        characters[start : start + GROUP_LENGTH]
        for start in range(0, len(characters), GROUP_LENGTH)
    )


def tidy(text: str) -> str | None:
    """The name that this is but for capitals, blanks and dashes of other kinds; a name is itself.

    None for what cannot be a name.
    """
    plain = "".join(map(_plain, unicodedata.normalize("NFKC", text))).lower().strip()
    name = re.sub(r"\s*(-+)\s*|\s+", lambda found: found[1] or "-", plain)
    return name if is_valid(name) else None


def _plain(character: str) -> str:
    if character == "\N{MINUS SIGN}":
        return "-"
    # The Unicode Standard, section 4.5: dashes, and what cannot be seen.
    return {"Pd": "-", "Cf": ""}.get(unicodedata.category(character), character)


def read(text: str) -> str | None:
    """The name that somebody typed as they heard it, or pasted with the whole link.

    Dashes need not be typed in a name that was made here. None for what cannot be a name.
    """
    link = _in_link(text)
    if link:
        return tidy(unquote(link[1]))
    name = tidy(text)
    return _grouped(name) if name and _without_dashes(name) else name


def label(name: str) -> str:
    """What log lines call a room: whoever knows a name can join, so never the name."""
    return salted_hmac("calls.log", name).hexdigest()[:8]
