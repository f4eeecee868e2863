"""The configuration that docs/operations.md and .env.example give, with names of the rig's."""

import re
from pathlib import Path

from tests.support.processes import ROOT

NAMES = {"call.example.org": "call.test", "turn.example.org": "turn.test"}


def nginx(etc: Path) -> str:
    """The site; its certificates are looked for below ``etc``."""
    return _adapted(_block("```nginx\n"), etc)


def coturn(etc: Path) -> str:
    return _adapted(_block("`/etc/turnserver.conf`:\n\n```\n"), etc)


def coturn_option(name: str) -> str:
    found = re.search(rf"^{name}=(.+)$", coturn(Path()), re.MULTILINE)
    assert found, name
    return found[1]


def example(variable: str) -> str:
    """The value of a variable in .env.example."""
    text = (ROOT / ".env.example").read_text()
    found = re.search(rf"^#{variable}=(.+)$", text, re.MULTILINE)
    assert found, variable
    return _adapted(found[1], Path("/etc/letsencrypt"))


def _block(beginning: str) -> str:
    """What stands between this and the end of the code block."""
    _, found, rest = (ROOT / "docs" / "operations.md").read_text().partition(beginning)
    assert found, f"docs/operations.md has no {beginning!r}"
    return rest.partition("```")[0]


def _adapted(text: str, etc: Path) -> str:
    for name, own in NAMES.items():
        text = text.replace(name, own)
    return text.replace("/etc/letsencrypt", str(etc))
