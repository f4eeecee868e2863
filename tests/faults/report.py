"""Puts what the fault suite measured into a document, between its two marks."""

import json
import sys
from pathlib import Path

from tests.faults.conftest import RESULTS
from tests.support.documents import machine, put

COLUMNS = {
    "signaling": "signaling again",
    "picture": "picture frozen",
    "call": "whole again",
    "noticed": "noticed",
    "seat_free": "seat free",
    "all": "all done",
}


def table(measured: dict[str, dict[str, int]]) -> str:
    lines = [
        "| what happens | " + " | ".join(COLUMNS.values()) + " |",
        "|---|" + "---:|" * len(COLUMNS),
    ]
    for what, values in measured.items():
        cells = [f"{values[name]:,} ms" if name in values else "" for name in COLUMNS]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join([f"Measured on {machine()}.", "", *lines])


def main(path: str) -> None:
    put(Path(path), "measured", table(json.loads(RESULTS.read_text())))


if __name__ == "__main__":
    main(sys.argv[1])
