"""Prints what has grown large (``make sizes``). It judges nothing: some things are long."""

import ast
import re
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


def javascript_blocks(source: str, header: str) -> Iterator[tuple[re.Match[str], int]]:
    """What begins with such a line, and its lines, of code that prettier has formatted.

    A block ends where the next brace stands that closes at the same depth.
    """
    lines = source.splitlines()
    for first, line in enumerate(lines):
        found = re.match(header, line)
        if not found:
            continue
        end = re.compile(rf"{' ' * (len(line) - len(line.lstrip()))}\}}(?! ?\)? \{{)")
        last = next((n for n in range(first + 1, len(lines)) if end.match(lines[n])), None)
        # Without an end it is none: a call that takes several lines begins like a method.
        if last is not None:
            yield found, last - first + 1


def javascript_functions(source: str) -> Iterator[int]:
    """As ``python_functions``, for a module of the page."""
    name = r"(?!(?:if|for|while|switch|catch)\b)#?\w+"
    method = rf" +(?:async |get |set |static )*{name}\((?:[^()]*\) \{{|\{{?)$"
    function = r" *(?:export )?(?:async )?function \w+\(.*(?:\{|\()$"
    for _, size in javascript_blocks(source, rf"{method}|{function}|.*=> \{{$"):
        yield size


def javascript_classes(source: str) -> Iterator[tuple[str, int]]:
    for found, size in javascript_blocks(source, r"(?:export )?class (\w+)"):
        yield found[1], size


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
