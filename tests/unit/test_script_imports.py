"""The page's scripts: imports point one way, and each folder keeps to its own trade."""

import posixpath
import re
from functools import cache

import pytest

from tests.support.processes import ROOT
from tests.support.sources import without_comments

SCRIPTS = ROOT / "static" / "calls" / "js"
CODE = {
    path.relative_to(SCRIPTS).as_posix(): without_comments(path.read_text())
    for path in sorted(SCRIPTS.rglob("*.js"))
}
# What others wrote: who alone may import it. Below static/vendor/; tests/js/vendor.test.js.
VENDOR = "../../vendor/"
VENDORED_FOR = {"lean-qr/lean-qr-2.7.4.mjs": {"view/qr.js"}}

# What a folder may import; within itself, a folder may where it is named here.
MAY_IMPORT = {
    "base": set(),
    "call": {"base", "call"},
    "call/check": {"base", "call", "call/check"},
    "call/files": {"base", "call/files"},
    "view": {"base", "view"},
    # Features never import features: what two of them want is not a feature.
    "features": {"base", "view"},
    # main.js, extras.js, home.js
    "": {"", "base", "call", "call/check", "call/files", "view", "features"},
}

DOM = r"\b(?:document|HTML\w*Element|querySelector\w*|getElementById|window)\b"
STORAGE = r"\b(?:local|session)Storage\b"
DATABASE = r"\bindexedDB\b"
RTC = r"\bRTCPeerConnection\b"
DEVICES = r"\bgetUserMedia\b|\bmediaDevices\b"
NETWORK = r"\bWebSocket\b|\bfetch\b"

# Who alone may name what.
OWNERS = {
    DOM: {"view/", "features/", "main.js", "extras.js", "home.js"},
    STORAGE: {"base/memory.js"},
    DATABASE: {"base/database.js"},
    # call.js: whether the browser has it
    RTC: {"call/peer.js", "call/certificate.js", "call/call.js", "call/check/paths.js"},
    DEVICES: {"call/media.js", "call/capture.js", "view/picker.js"},
    NETWORK: {
        *("call/signaling.js", "call/health.js", "call/call.js", "call/check/server.js"),
        "view/later.js",
    },
    r"\bnavigator\b": {
        *("call/media.js", "call/capture.js", "call/files/storage.js"),
        *("view/", "features/"),
    },
}


def folder(name: str) -> str:
    return posixpath.dirname(name)


@cache
def imports() -> dict[str, set[str]]:
    graph = {}
    for name, code in CODE.items():
        found = re.findall(
            r"""^(?:import\b|export\b[^;"'=]*\bfrom\b)[^;"']*["']([^"']+)["']""", code, re.MULTILINE
        )
        # Of these, ``collectstatic`` and the graph here know only the plainest form.
        later = re.findall(r"""\bimport\("([^"]+)"\)""", code)
        assert len(later) == len(re.findall(r"\bimport\s*\(", code)), f"{name}: {later}"
        found += later
        assert all(source.startswith(("./", "../")) for source in found), f"{name}: {found}"
        paths = {posixpath.normpath(posixpath.join(folder(name), one)) for one in found}
        vendored = {path for path in paths if path.startswith(VENDOR)}
        allowed = {VENDOR + path for path, users in VENDORED_FOR.items() if name in users}
        assert vendored == allowed, f"{name}: {vendored}"
        graph[name] = paths - vendored
        assert graph[name] <= set(CODE), f"{name}: {found}"
    return graph


def everything_below(name: str, above: tuple[str, ...] = ()) -> set[str]:
    assert name not in above, f"circle: {' → '.join((*above, name))}"
    below = (everything_below(each, (*above, name)) for each in imports()[name])
    return imports()[name].union(*below)


def test_every_script_is_used_and_no_import_goes_round() -> None:
    """In a circle ``collectstatic`` could not name files by what is in them."""
    pages = {"main.js", "home.js"}
    assert set().union(*map(everything_below, pages)) == set(CODE) - pages


@pytest.mark.parametrize("name", sorted(CODE))
def test_folders_import_downwards(name: str) -> None:
    assert {folder(each) for each in imports()[name]} <= MAY_IMPORT[folder(name)]


def test_every_folder_has_scripts_and_their_imports_are_found() -> None:
    assert {folder(name) for name in CODE} == set(MAY_IMPORT)
    assert {"call/other.js", "call/presence.js", "base/events.js"} <= imports()["call/call.js"]
    assert "call/check/checker.js" in imports()["main.js"], "what is imported later"


def test_comments_import_nothing() -> None:
    """``collectstatic`` rewrites an ``import()`` in a comment too: a type's would be a circle."""
    for name, code in CODE.items():
        text = (SCRIPTS / name).read_text()
        assert len(re.findall(r"\bimport\s*\(", text)) == len(re.findall(r"\bimport\s*\(", code)), (
            name
        )


@pytest.mark.parametrize("pattern", OWNERS)
def test_what_only_some_may_touch(pattern: str) -> None:
    owners = tuple(OWNERS[pattern])
    users = {name for name, code in CODE.items() if re.search(pattern, code)}
    assert users, "the pattern finds what it looks for"
    assert {name for name in users if not name.startswith(owners)} == set()


@pytest.mark.parametrize("name", [name for name in CODE if folder(name) == "features"])
def test_a_feature_is_one_function_named_like_its_file(name: str) -> None:
    stem = posixpath.basename(name).removesuffix(".js")
    camel = re.sub(r"-(\w)", lambda match: match[1].upper(), stem)
    assert re.search(rf"^export function {camel}\(", CODE[name], re.MULTILINE)


@pytest.mark.parametrize("name", sorted(CODE))
def test_no_script_writes_markup_or_code(name: str) -> None:
    assert not re.search(
        r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|DOMParser|setHTML\w*|eval)\b"
        r"|document\.write|\bnew\s+Function\b|createContextualFragment",
        CODE[name],
    )


def test_comments_are_left_out() -> None:
    """Or the checks above would look at sentences instead of code."""
    signaling = "call/signaling.js"
    assert "Knows no DOM and no RTCPeerConnection" in (SCRIPTS / signaling).read_text()
    assert "Knows no DOM" not in CODE[signaling]
    assert 'from "./backoff.js"' in CODE[signaling]
