"""Prints what has grown large (``make sizes``). It judges nothing: some things are long."""

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.processes import ROOT

CLASS, FILE = 300, 350
FOLDERS = ["calls", "config", "static"]
SUFFIXES = {".py", ".js", ".css"}


def files() -> list[Path]:
    return [
        path
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in SUFFIXES
    ]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def python_functions(source: str) -> Iterator[int]:
    """The lines of every function, methods and inner ones included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield length(node)


def python_classes(source: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield node.name, length(node)


def javascript_functions(source: str) -> Iterator[int]:
    """As ``python_functions``, for a module of the page."""
    yield from ()


def javascript_classes(source: str) -> Iterator[tuple[str, int]]:
    yield from ()


FUNCTIONS = {".py": python_functions, ".js": javascript_functions}
CLASSES = {".py": python_classes, ".js": javascript_classes}


def report() -> Iterator[str]:
    lengths: dict[str, list[int]] = {suffix: [] for suffix in FUNCTIONS}
    for path in files():
        source, name = path.read_text(), path.relative_to(ROOT)
        lines = len(source.splitlines())
        if lines > FILE:
            yield f"{name}: {lines} lines"
        if path.suffix not in FUNCTIONS:
            continue
        lengths[path.suffix] += FUNCTIONS[path.suffix](source)
        for kind, size in CLASSES[path.suffix](source):
            if size > CLASS:
                yield f"{name}: class {kind} has {size} lines"
    for suffix, found in lengths.items():
        if len(found) > 1:
            ninth = statistics.quantiles(found, n=10)[-1]
            median = statistics.median(found)
            yield f"{len(found)} functions in {suffix}: median {median:g}, p90 {ninth:g} lines"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report())
