"""Puts what `make networks` measured into a document, a table between each pair of marks."""

import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.documents import machine, put
from tests.support.processes import ROOT

RESULTS = ROOT / "test-results" / "networks.json"

Values = list[float | str]
# By table, row and column: one value a run.
Results = dict[str, dict[str, dict[str, Values]]]


@dataclass(frozen=True)
class Column:
    title: str
    form: str = "{:,.0f} ms"
    of_runs: Callable[[list[float]], float] = max
    """What is shown of several: the worst, unless it says otherwise."""


@dataclass(frozen=True)
class Table:
    tests: str
    """What pytest is told to measure it."""
    rows: str
    columns: dict[str, Column]

    def drawn(self, measured: dict[str, dict[str, Values]]) -> str:
        head = [self.rows, *(column.title for column in self.columns.values()), "runs"]
        lines = [_line(head), "|---" * len(head) + "|"]
        for row, found in measured.items():
            runs = max(len(values) for values in found.values())
            cells = [_cell(column, found.get(name, [])) for name, column in self.columns.items()]
            lines.append(_line([row, *cells, str(runs)]))
        return "\n".join([f"`python -m pytest {self.tests}`", "", *lines])


def _cell(column: Column, values: Values) -> str:
    numbers = [value for value in values if not isinstance(value, str)]
    if numbers:
        return column.form.format(column.of_runs(numbers))
    return " or ".join(sorted({str(value) for value in values}))


PER_CENT, A_SECOND = "{:.1f} %", "{:.0f}"
median = statistics.median

TABLES = {
    "nat": Table(
        "tests/networks/test_nat.py",
        "home A, home B",
        {
            "way": Column("way of the media"),
            "shown_a": Column("first picture at A"),
            "shown_b": Column("at B"),
        },
    ),
    "changes": Table(
        "tests/networks/test_changes.py --runs 5",
        "what happens to home A",
        {
            "back": Column("both see and hear again after"),
            "gap_a": Column("longest time without a new picture at A"),
            "gap_b": Column("at B"),
        },
    ),
    "first": Table(
        "tests/networks/test_first.py --runs 10",
        "round trip to the server, between the browsers",
        {
            "shown_b": Column("first picture at B", of_runs=median),
            "shown_a": Column("at A", of_runs=median),
            "without": Column("at B without an offer in the join", of_runs=median),
        },
    ),
    "clean": Table(
        "tests/networks/test_clean.py",
        "a call of",
        {
            "made_up": Column("sound made up at B", PER_CENT),
            "pictures": Column("pictures a second", A_SECOND, min),
        },
    ),
    "again": Table(
        "tests/networks/test_again.py --runs 3",
        "A's uplink; the rate of the connection before",
        {
            "widest": Column("widest picture at B in the first 2 s", "{:.0f} pixels", min),
            "made_up": Column("sound made up at B in the first 5 s", PER_CENT),
        },
    ),
    "sound": Table(
        "tests/networks/test_sound.py --runs 3",
        "A's uplink",
        {
            "first": Column("sound made up at B in the first 10 s", PER_CENT, median),
            "then": Column("in the next 30 s", PER_CENT, median),
            "pictures": Column("pictures a second then", A_SECOND, min),
            "back": Column("picture back, the link whole again"),
            "first_without": Column("without: first 10 s", PER_CENT, min),
            "then_without": Column("next 30 s", PER_CENT, min),
        },
    ),
    "files": Table(
        "tests/networks/test_files.py --runs 3",
        "A's uplink, through which a file goes",
        {
            "wait": Column("there and back", of_runs=median),
            "made_up": Column("sound made up at B", PER_CENT, median),
            "pictures": Column("pictures a second", A_SECOND, min),
            "moved": Column("of the file", "{:,.0f} kbit/s", min),
            "wait_without": Column("as fast as it goes: there and back", of_runs=min),
            "moved_without": Column("of the file", "{:,.0f} kbit/s"),
        },
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
