"""The template tags of the static files."""

import json
from pathlib import Path
from typing import Any

import pytest

from calls.templatetags import assets
from tests.support.sources import Document

SCRIPTS = {
    "main.js": """
import { a } from "./a.js";
import "./base/b.js";
const open = () => import("./late.js");
""",
    "a.js": """
import {
  c,
} from "./base/c.js";
// import "./commented.js";
export const named = "./named.js";
export function says() {
  return "./said.js";
}
""",
    "base/b.js": 'export * from "./c.js";',
    "base/c.js": "export const c = 1;",
    "late.js": """
import "./only-late.js";
import { a } from "./a.js";
import { d } from "../others/d-1.0.mjs";
""",
    "only-late.js": "",
    "../others/d-1.0.mjs": "export const d = 1;",
}


@pytest.fixture
def page(tmp_path: Path, settings: Any) -> Document:
    for name, script in SCRIPTS.items():
        path = tmp_path / "some" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script)
    settings.STATICFILES_DIRS = [tmp_path]
    return Document(assets.modules("some/main.js"))


def test_what_a_script_imports_at_once_is_preloaded(page: Document) -> None:
    preloaded = [link["href"] for link in page.find("link", rel="modulepreload")]
    assert preloaded == [f"/static/some/{name}.js" for name in ("a", "base/b", "base/c")]
    assert page.find("script", type="module") == [{"type": "module", "src": "/static/some/main.js"}]


def test_the_style_sheet_comes_before_what_is_preloaded(page: Document) -> None:
    """Browsers fetch modules as urgently as what the first paint waits for, unless told."""
    for link in page.find("link", rel="modulepreload"):
        assert link["fetchpriority"] == "low"


def test_what_it_imports_later_is_only_named(page: Document) -> None:
    (named,) = [text for attributes, text in page.scripts if attributes.get("id") == "later"]
    assert json.loads(named) == [
        "/static/others/d-1.0.mjs", "/static/some/late.js", "/static/some/only-late.js",
    ]  # fmt: skip
