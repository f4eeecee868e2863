"""The example in docs/protocol.md is what its construction gives."""

import re

from tests.support.link_proof import LinkProof
from tests.support.processes import ROOT


def test_the_example() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    (example,) = re.findall(r"^secret +(\S+)\nfields +(.+)\nmac +(\S+)$", text, re.MULTILINE)
    secret, fields, mac = example
    kind, room, session, inside = fields.split(", ")
    assert kind == "join"
    assert LinkProof(secret, room).of_join(session, inside) == mac
