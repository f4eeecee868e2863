"""Imports point one way, and what is pure stays pure (docs/architecture.md)."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.processes import ROOT

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for package in ("calls", "config")
    for path in sorted((ROOT / package).rglob("*.py"))
}
Graph = dict[str, set[str]]


def imported_names(module: str) -> Iterator[str]:
    """Everything a module imports, wherever in it, as dotted names."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            assert node.module is not None
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                # `from calls import protocol` names a module, `from calls.errors import X` in one.
                yield name if name in MODULES else node.module


@cache
def own_imports() -> Graph:
    return {name: set(imported_names(name)) & set(MODULES) for name in MODULES}


def foreign_imports(module: str) -> set[str]:
    packages = {name.partition(".")[0] for name in imported_names(module)}
    return packages - {"calls", "config"} - sys.stdlib_module_names


def everything_below(graph: Graph, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_the_modules_were_found():
    assert {"calls.protocol", "calls.consumers", "config.settings", "config.asgi"} <= set(MODULES)
    assert "calls.errors" in own_imports()["calls.protocol"]
    assert "calls.rooms" in own_imports()["calls.consumers"]


@pytest.mark.parametrize(
    ("module", "own", "foreign"),
    [
        ("calls.errors", set(), set()),
        ("calls.limits", set(), set()),
        ("calls.turn", set(), set()),
        ("calls.protocol", {"calls.errors"}, {"msgspec"}),
    ],
)
def test_pure_modules(module: str, own: set[str], foreign: set[str]):
    assert everything_below(own_imports(), module) <= own
    assert foreign_imports(module) <= foreign


@pytest.mark.parametrize("module", ["calls.errors", "calls.limits", "calls.turn", "calls.protocol"])
def test_pure_modules_do_no_input_or_output(module: str):
    names = {name.partition(".")[0] for name in imported_names(module)}
    assert not names & {"asyncio", "socket", "os", "time", "threading", "subprocess", "io"}


def test_the_calls_do_not_know_the_configuration():
    for module, imports in own_imports().items():
        if module.startswith("calls"):
            assert not {name for name in imports if name.startswith("config")}, module


def test_python_imports_have_no_cycle():
    for module in MODULES:
        assert module not in everything_below(own_imports(), module)


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("calls.layers", {"calls.consumers", "calls.sockets", "calls.rooms"}),
        ("calls.rooms", {"calls.consumers", "calls.sockets", "calls.layers"}),
        ("calls.sockets", {"calls.consumers", "calls.rooms", "calls.protocol"}),
        ("calls.views", {"calls.consumers", "calls.rooms", "calls.layers"}),
        ("calls.redis_client", {"calls.rooms", "calls.layers", "calls.consumers"}),
        ("config.env", {"config.settings", "calls.turn"}),
    ],
)
def test_imports_point_one_way(lower: str, higher: set[str]):
    assert not everything_below(own_imports(), lower) & higher


def test_only_one_module_knows_how_to_connect_to_redis():
    """Exceptions and types may be known elsewhere."""
    for module, path in MODULES.items():
        if module != "calls.redis_client":
            assert not re.search(r"from_url|ConnectionPool\b", path.read_text()), module
