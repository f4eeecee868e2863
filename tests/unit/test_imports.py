"""Imports point one way, and what is pure stays pure (docs/architecture.md)."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.processes import ROOT

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("calls", "config")
    for path in sorted((ROOT / package).rglob("*.py"))
}
ROOTS = {"calls", "config"}
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


def everything_below(graph: Graph, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


# Nothing that waits, asks the clock or knows a framework: what these say depends on what they
# are given, and on nothing else.
PURE = [
    "calls.errors", "calls.protocol", "calls.rooms.seats", "calls.limits.bucket",
    "calls.limits.address", "calls.limits.pace", "calls.signaling.person",
    "calls.ice.servers", "calls.ice.shared_secret", "calls.ice.provider.request",
    "calls.ice.provider.answer", "calls.ice.provider.selection", "calls.ice.provider.stock",
    "calls.signaling.place",
]  # fmt: skip
IMPURE = {
    "asyncio", "channels", "channels_redis", "datetime", "django", "io", "os", "pathlib", "random",
    "redis", "secrets", "socket", "subprocess", "threading", "time",
}  # fmt: skip

# From the top; a module may import what is on its own floor or below.
FLOORS = [
    ["config.asgi"],
    ["calls.routing", "calls.servers", "calls.management"],
    ["calls.signaling", "calls.urls", "calls.apps"],
    ["calls.templatetags"],
    ["calls.operations", "calls.views", "calls.languages", "calls.checks"],
    [
        "calls.rooms",
        "calls.layers",
        "calls.limits",
        "calls.protocol",
        "config.settings",
        "config.ice",
    ],
    [
        "calls.errors",
        "calls.drain",
        "calls.ice",
        "calls.migrations",
        "calls.models",
        "calls.origins",
        "calls.redis_client",
        "calls.worker",
    ],
    ["config.variables"],
    ["config.env", "config.headers", "config.static", "config.storage", "config.urls"],
]

# Who never imports whom, however much lower.
NEVER = [
    (["calls.rooms", "calls.layers", "calls.limits", "calls.ice"],
     ["calls.signaling", "calls.operations", "calls.servers"]),
    (["calls.layers"], ["calls.rooms"]),
    (["calls.rooms"], ["calls.layers"]),
    (["calls"], ["config"]),
    (
        ["config.env", "config.variables", "config.headers", "config.static", "config.storage",
         "config.urls"],
        ["calls"],
    ),
]  # fmt: skip

# What only these import.
ONLY = [
    ("calls.servers", ["config.asgi", "calls.management.commands.serve"]),
    ("calls.operations.journal", ["calls.signaling"]),
    ("calls.operations.logs", ["calls.servers"]),
    ("calls.models", ["calls.admin", "calls.operations.call_log", "calls.operations.charts"]),
]


def belongs(module: str, *folders: str) -> bool:
    """Whether a module is one of these, or in one of these folders."""
    return any(module == folder or module.startswith(f"{folder}.") for folder in folders)


def inside(*folders: str) -> list[str]:
    found = [module for module in MODULES if belongs(module, *folders)]
    assert found, folders
    return found


def floor(module: str) -> int:
    (found,) = (n for n, folders in enumerate(FLOORS) if belongs(module, *folders))
    return found


def test_the_modules_were_found():
    consumer = "calls.signaling.consumer"
    assert {"calls.protocol", consumer, "config.settings", "config.asgi"} <= set(MODULES)
    assert "calls.errors" in own_imports()["calls.protocol"]
    assert "calls.rooms.names" in own_imports()[consumer]
    assert "calls.layers.memory" in own_imports()["calls.layers"]
    assert "asyncio" in everything_imported(consumer)
    assert "msgspec" in everything_imported("calls.protocol")


def everything_imported(module: str) -> set[str]:
    """The packages that a module and all of ours below it import."""
    modules = {module} | everything_below(own_imports(), module)
    return {name.partition(".")[0] for each in modules for name in imported_names(each)}


@pytest.mark.parametrize("module", inside(*PURE))
def test_what_is_pure_stays_pure(module: str):
    assert not everything_imported(module) & IMPURE


@pytest.mark.parametrize("module", [name for name in MODULES if name not in ROOTS])
def test_imports_point_down(module: str):
    for name in own_imports()[module] - ROOTS:
        assert floor(name) >= floor(module), f"{module} imports {name}"


@pytest.mark.parametrize(("who", "whom"), NEVER)
def test_never(who: list[str], whom: list[str]):
    for module in inside(*who):
        found = {name for name in own_imports()[module] if belongs(name, *whom)}
        assert not found, f"{module} imports {found}"


@pytest.mark.parametrize(("whom", "who"), ONLY)
def test_only(whom: str, who: list[str]):
    for module, imports in own_imports().items():
        if not belongs(module, whom, *who):
            assert not {name for name in imports if belongs(name, whom)}, module


def test_the_configuration_knows_nothing_of_the_calls_but_what_it_fills_in():
    known = {"config.ice": {"calls.ice.servers", "calls.ice.provider.request"}}
    for module in set(inside("config")) - {"config.asgi"}:
        calls = {name for name in own_imports()[module] if belongs(name, "calls")}
        assert calls == known.get(module, set())


def test_python_imports_have_no_circle():
    for module in MODULES:
        assert module not in everything_below(own_imports(), module)


def test_only_one_module_knows_how_to_connect_to_redis():
    """Exceptions and types may be known elsewhere."""
    for module, path in MODULES.items():
        if module != "calls.redis_client":
            assert not re.search(r"from_url|ConnectionPool\b", path.read_text()), module
