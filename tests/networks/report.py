"""Puts what `make networks` measured into a document, a table between each pair of marks."""

import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.documents import machine, put
from tests.support.processes import ROOT

RESULTS = ROOT / "test-results" / "networks.json"

Values = list[float | str]
# By table, row and column: one value a run.
Results = dict[str, dict[str, dict[str, Values]]]


@dataclass(frozen=True)
class Table:
    tests: str
    """What pytest is told to measure it."""
    rows: str
    columns: dict[str, str]
    typical: bool = False
    """The median of several runs is shown, else the worst."""

    def drawn(self, measured: dict[str, dict[str, Values]]) -> str:
        head = [self.rows, *self.columns.values(), "runs"]
        lines = [_line(head), "|---" * len(head) + "|"]
        for row, found in measured.items():
            runs = max(len(values) for values in found.values())
            cells = [self._cell(found.get(column, [])) for column in self.columns]
            lines.append(_line([row, *cells, str(runs)]))
        return "\n".join([f"`python -m pytest {self.tests}`", "", *lines])

    def _cell(self, values: Values) -> str:
        numbers = [value for value in values if not isinstance(value, str)]
        if numbers:
            shown = statistics.median(numbers) if self.typical else max(numbers)
            return f"{round(shown):,} ms"
        return " or ".join(sorted({str(value) for value in values}))


TABLES = {
    "nat": Table(
        "tests/networks/test_nat.py",
        "home A, home B",
        {"way": "way of the media", "shown_a": "first picture at A", "shown_b": "at B"},
    ),
    "changes": Table(
        "tests/networks/test_changes.py --runs 3",
        "what happens to home A",
        {
            "back": "both see and hear again after",
            "gap_a": "longest time without a new picture at A",
            "gap_b": "at B",
        },
    ),
    "first": Table(
        "tests/networks/test_first.py --runs 3",
        "round trip to the server, between the browsers",
        {"shown_b": "first picture at B", "shown_a": "at A"},
        typical=True,
    ),
}


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(document: str) -> None:
    results: Results = json.loads(RESULTS.read_text())
    for name, table in TABLES.items():
        if name in results:
            put(Path(document), name, table.drawn(results[name]))
    put(Path(document), "machine", f"Measured on {machine()}.")


if __name__ == "__main__":
    main(sys.argv[1])
