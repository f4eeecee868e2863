"""Somebody who sits between two people (between.js), and how a server leads them to it."""

from pathlib import Path

SCRIPT = Path(__file__).with_name("between.js").read_text()

# The lie: those who join the same call are each in a call of their own, with somebody else in it.
PARTED = "two calls"


def parted(path: str, number: int) -> str:
    """Where somebody is who wanted to be in that call; whoever sits between is in both."""
    return f"{path.rstrip('/')}-{number}/"
