"""How likely somebody between the two is not found out by the code that both read aloud.

The construction of docs/protocol.md, with a code of eight bits, so that chance can be seen at work.
"""

import hashlib
import random
from collections.abc import Callable

import pytest

ATTACKS = 100_000
CODES = 256

A, B = bytes(31) + b"a", bytes(31) + b"b"
EVE = bytes(31) + b"e"


def digest(use: str, *parts: bytes) -> bytes:
    return hashlib.sha256(b"duet-sas-1/" + use.encode() + b"".join(parts)).digest()


def code(one: bytes, other: bytes, nonce_one: bytes, nonce_other: bytes) -> int:
    pairs = sorted([(one, nonce_one), (other, nonce_other)])
    (low, nonce_low), (high, nonce_high) = pairs
    number = int.from_bytes(digest("code", low, high, nonce_low, nonce_high)[:8], "big")
    return number % CODES


class Person:
    """One side of an exchange, as honest as the page."""

    def __init__(self, own: bytes, other: bytes, draw: random.Random) -> None:
        self.own, self.other = own, other
        self._nonce = draw.randbytes(32)

    def commitment(self) -> bytes:
        return digest("commit", self.own, self.other, self._nonce)

    def nonce(self, commitment: bytes | None) -> bytes:
        """Told to whoever is bound to a number."""
        self._bound = commitment
        return self._nonce

    def code(self, nonce: bytes) -> int:
        if self._bound is not None:
            assert self._bound == digest("commit", self.other, self.own, nonce)
        return code(self.own, self.other, self._nonce, nonce)


def with_commitment(draw: random.Random) -> bool:
    """Eve finishes with one, and then has to be bound before the other tells their number."""
    a, b = Person(A, EVE, draw), Person(B, EVE, draw)
    mine = draw.randbytes(32)
    a.nonce(digest("commit", EVE, A, mine))
    found = a.code(mine)
    # All that she can do with B is to try another number of hers, unseen by what it comes to.
    mine = draw.randbytes(32)
    b.nonce(digest("commit", EVE, B, mine))
    return b.code(mine) == found


def without_commitment(draw: random.Random) -> bool:
    """The control: she hears B's number first, and looks for one that suits."""
    a, b = Person(A, EVE, draw), Person(B, EVE, draw)
    mine = draw.randbytes(32)
    a.nonce(None)
    found = a.code(mine)
    theirs = b.nonce(None)
    for _ in range(16 * CODES):
        mine = draw.randbytes(32)
        if code(B, EVE, theirs, mine) == found:
            return b.code(mine) == found
    return False


@pytest.mark.parametrize(
    ("attack", "attacks", "least", "most"),
    [
        # Six standard deviations around one in 256.
        (with_commitment, ATTACKS, 1 / CODES - 0.0012, 1 / CODES + 0.0012),
        (without_commitment, ATTACKS // 100, 0.999, 1),
    ],
)
def test_somebody_between_has_one_guess(
    attack: Callable[[random.Random], bool], attacks: int, least: float, most: float
) -> None:
    draw = random.Random(11)
    hits = sum(attack(draw) for _ in range(attacks))
    assert least <= hits / attacks <= most
