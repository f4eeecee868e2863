"""Whatever comes over a socket: ``make fuzz`` looks for ten minutes (docs/security.md).

What the decoder does not accept it refuses by an error of the protocol. What is relayed is strict
JSON (RFC 8259) of the sender that the server knows, and no larger than a frame may be.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import atheris

with atheris.instrument_imports(include=["calls"]):
    from calls import protocol
    from calls.errors import CallError

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
SENDER = "the-sender"
TYPES = [kind.__struct_config__.tag for kind in get_args(protocol.ClientMessage)]
CONSTANTS = ["null", "true", "false", "NaN", "-0", "1e999", "01", ""]
NAMES = [
    *("session", "peerSession", "token", "name", "key", "order", "offer", "sdp", "candidate"),
    *("sdpMid", "sdpMLineIndex", "usernameFragment", "restart", "event", "ms", "relayed"),
    *("stars", "from", "type"),
]


def examples() -> list[bytes]:
    """The messages in the document."""
    text = DOCUMENT.read_text()
    blocks = text.split("```json\n")[1:]
    return [line.encode() for block in blocks for line in block.partition("```")[0].splitlines()]


# How often what was reached, or it would be about nothing: told each so many inputs.
reached: Counter[str] = Counter()
REPORTED = 500_000


def strictly(frame: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(frame, parse_constant=refuse)


def value(dice: Any, depth: int = 2) -> str:
    """JSON of some kind, or nearly."""
    match dice.ConsumeIntInRange(0, 9 if depth else 6):
        case 0:
            return str(dice.PickValueInList(CONSTANTS))
        case 1:
            return str(dice.ConsumeInt(9))
        case 2:
            return repr(dice.ConsumeFloat())
        case 3:
            return f'"{dice.ConsumeUnicode(dice.ConsumeIntInRange(0, 80))}"'
        case 4:
            return json.dumps(dice.ConsumeUnicode(dice.ConsumeIntInRange(0, 400)))
        case 5:
            return json.dumps("x" * dice.PickValueInList([1, 64, 65, 4096, 4097, 70_000]))
        case 6:
            return f'"\\u{dice.ConsumeIntInRange(0, 65_535):04x}"'
        case 7:
            return f"[{value(dice, depth - 1)}]"
        case _:
            return fields(dice, depth - 1)


def fields(dice: Any, depth: int = 2) -> str:
    """An object with the protocol's own names, some of them twice."""
    names = [dice.PickValueInList(NAMES) for _ in range(dice.ConsumeIntInRange(0, 5))]
    return "{" + ", ".join(f'"{name}": {value(dice, depth)}' for name in names) + "}"


def near_message(data: bytes) -> str:
    """A message of a type that there is, with fields of any kind."""
    dice = atheris.FuzzedDataProvider(data)
    kind = dice.PickValueInList(TYPES)
    return f'{{"type": "{kind}", {fields(dice)[1:-1]}}}'


def one_input(data: bytes) -> None:
    """What a client may send, and what becomes of it."""
    reached["tried"] += 1
    if reached["tried"] % REPORTED == 0:
        sys.stderr.write(f"{dict(reached)}\n")
    try:
        if data[:1] == b"{" or len(data) % 2:
            text = data.decode("utf-8", "surrogatepass")
        else:
            text = near_message(data[1:])
        message = protocol.decode(text)
        reached["accepted"] += 1
        if isinstance(message, get_args(protocol.ForThePeer)):
            frame = protocol.encode(protocol.relayed(message, SENDER))
            assert len(frame.encode()) <= protocol.MAX_FRAME_BYTES
            assert strictly(frame)["from"] == SENDER
            reached["relayed"] += 1
    except (CallError, UnicodeDecodeError):
        return


def main() -> None:
    """``python -m tests.fuzz.decoder FOLDER [options of libFuzzer]``: the folder is its corpus."""
    corpus = Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    for n, example in enumerate(examples()):
        (corpus / f"example-{n}").write_bytes(example)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
