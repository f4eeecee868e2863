"""Imports point one way, and what is pure stays pure (docs/architecture.md)."""

import ast
import posixpath
import re
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.processes import ROOT
from tests.support.sources import without_comments

SCRIPTS = ROOT / "static" / "calls" / "js"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for package in ("calls", "config")
    for path in sorted((ROOT / package).rglob("*.py"))
}
Graph = dict[str, set[str]]


# -- Python -----------------------------------------------------------------------------------


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


# -- JavaScript -------------------------------------------------------------------------------


CODE = {
    path.relative_to(SCRIPTS).as_posix(): without_comments(path.read_text())
    for path in sorted(SCRIPTS.rglob("*.js"))
}


@cache
def script_imports() -> Graph:
    graph = {}
    for name, code in CODE.items():
        found = re.findall(
            r"""^(?:import\b|export\b[^;"'=]*\bfrom\b)[^;"']*["']([^"']+)["']""", code, re.MULTILINE
        )
        assert "import(" not in code.replace(" ", ""), f"{name}: dynamic import"
        assert all(source.startswith(("./", "../")) for source in found), f"{name}: {found}"
        graph[name] = {
            posixpath.normpath(posixpath.join(posixpath.dirname(name), source)) for source in found
        }
        assert graph[name] <= set(CODE), f"{name}: {found}"
    return graph


def depth(graph: Graph, name: str, above: tuple[str, ...] = ()) -> int:
    assert name not in above, f"cycle: {' → '.join((*above, name))}"
    return 1 + max((depth(graph, below, (*above, name)) for below in graph[name]), default=0)


def test_the_scripts_were_found():
    assert {"main.js", "call.js", "peer.js", "view.js"} <= set(CODE)
    assert {"call.js", "view.js", "media.js", "signaling.js"} <= script_imports()["main.js"]


def test_script_imports_are_shallow_and_have_no_cycle():
    """Or ``collectstatic`` cannot rewrite them (config/storage.py)."""
    for name in CODE:
        assert depth(script_imports(), name) <= 4, name


def test_every_script_is_used():
    assert everything_below(script_imports(), "main.js") == set(CODE) - {"main.js"}


def test_comments_import_nothing():
    """``collectstatic`` rewrites an ``import()`` in a comment too: a type's would be a cycle."""
    for path in SCRIPTS.rglob("*.js"):
        assert not re.search(r"\bimport\s*\(", path.read_text()), path.name


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("backoff.js", set()),
        ("protocol.js", set()),
        ("media.js", set()),
        ("base/text.js", set()),
        ("view/sentences.js", {"base/text.js"}),
        ("view.js", {"view/sentences.js"}),
        ("signaling.js", {"backoff.js", "protocol.js"}),
        ("peer.js", {"backoff.js"}),
        ("call.js", {"peer.js", "protocol.js"}),
    ],
)
def test_script_imports_point_one_way(module: str, allowed: set[str]):
    assert script_imports()[module] <= allowed


DOM = r"\b(?:document|HTML\w*Element|querySelector\w*|getElementById|localStorage)\b"


@pytest.mark.parametrize("name", sorted(set(CODE) - {"view.js", "main.js"}))
def test_only_the_view_and_main_touch_the_document(name: str):
    assert not re.search(DOM, CODE[name])
    assert not re.search(r"\bwindow\b", CODE[name])


def test_the_view_touches_the_document():
    """The pattern above finds what it looks for."""
    assert re.search(DOM, CODE["view.js"])
    assert re.search(DOM, CODE["main.js"])


@pytest.mark.parametrize("name", sorted(CODE))
def test_no_script_writes_markup_or_code(name: str):
    assert not re.search(
        r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|DOMParser|setHTML\w*|eval)\b"
        r"|document\.write|\bnew\s+Function\b|createContextualFragment",
        CODE[name],
    )


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("signaling.js", r"\bRTC\w*|\bMediaStream\b|\bnavigator\b"),
        ("peer.js", r"\bWebSocket\b|\bfetch\b|\bnavigator\b"),
        ("call.js", r"\bWebSocket\b|\bRTCPeerConnection\b|\bnavigator\b|\bgetUserMedia\b"),
        ("media.js", r"\bWebSocket\b|\bRTC\w*"),
        ("view.js", r"\bWebSocket\b|\bRTC\w*|\bgetUserMedia\b|\bfetch\b"),
        ("protocol.js", r"\bWebSocket\b|\bRTCPeerConnection\b"),
    ],
)
def test_each_script_keeps_to_its_own_trade(name: str, foreign: str):
    known = {"peer.js": "RTCPeerConnection", "signaling.js": "WebSocket"}
    assert known.get(name, "") in CODE[name]
    assert not re.search(foreign, CODE[name])


def test_comments_are_left_out():
    """Or the checks above would look at sentences instead of code."""
    assert "Knows no DOM and no RTCPeerConnection" in (SCRIPTS / "signaling.js").read_text()
    assert "Knows no DOM" not in CODE["signaling.js"]
    assert 'from "./backoff.js"' in CODE["signaling.js"]
