"""The files of a feature of the page: one stem, and none of them missing or forgotten."""

import re
from pathlib import Path

from tests.support.processes import ROOT
from tests.support.sources import without_comments

STATIC, TEMPLATES = ROOT / "static" / "calls", ROOT / "templates" / "calls"


def stems(folder: Path, suffix: str) -> set[str]:
    paths = list((folder / "features").iterdir())
    assert {path.suffix for path in paths} == {suffix}
    return {path.stem for path in paths}


SCRIPTS = stems(STATIC / "js", ".js")
SHEETS = stems(STATIC / "css", ".css")
PARTS = stems(TEMPLATES, ".html")


def code(script: str) -> str:
    return without_comments((STATIC / "js" / script).read_text())


def test_a_feature_that_asks_for_elements_has_a_template_and_no_other_has() -> None:
    asking = re.compile(r"view\.part\(|dialogOf\(view,")
    assert {stem for stem in SCRIPTS if asking.search(code(f"features/{stem}.js"))} == PARTS


def test_a_style_sheet_is_for_a_template() -> None:
    assert SHEETS <= PARTS


def test_the_page_starts_every_feature_once() -> None:
    """At once, or when the page is there."""
    pattern = r"for \(const feature of \[([\w, \n]+)\]\) \{\s+await pause\(\);\s+feature\("
    at_once, afterwards = [re.search(pattern, code(name)) for name in ("main.js", "extras.js")]
    assert at_once
    assert afterwards
    names = [re.sub(r"-(\w)", lambda match: match[1].upper(), stem) for stem in SCRIPTS]
    assert sorted(re.findall(r"\w+", at_once[1] + afterwards[1])) == sorted(names)


def included(template: str) -> list[str]:
    """The features whose templates it includes."""
    text = (TEMPLATES / template).read_text()
    return re.findall(r'{% include "calls/features/([^"]+)\.html"(?: with [^%]+)? %}', text)


def test_the_page_includes_every_template_once_or_another_feature_does() -> None:
    inner = {stem for part in PARTS for stem in included(f"features/{part}.html")}
    assert sorted([*included("call.html"), *inner]) == sorted(PARTS)
