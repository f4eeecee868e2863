"""What a reader has to know stands in the documents."""

import re
from pathlib import Path
from typing import get_args

import pytest

from calls import protocol
from calls.errors import CallError, CloseCode
from config.ice import FORMS
from tests.networks import documented
from tests.support.processes import ROOT, Uvicorn

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def text(name: str) -> str:
    return (ROOT / name).read_text()


def codes(base: type[CallError] = CallError) -> set[str]:
    found = {base.code} if hasattr(base, "code") else set()
    return found.union(*(codes(each) for each in base.__subclasses__()))


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_error_code(code: str):
    assert f"`{code}`" in text("docs/protocol.md")


@pytest.mark.parametrize("code", list(CloseCode))
def test_every_close_code(code: CloseCode):
    assert re.search(rf"\b{code.value}\b", text("docs/protocol.md"))


def test_every_message_type():
    kinds = {*get_args(protocol.ClientMessage), *get_args(protocol.ServerMessage)}
    tags = {kind.__struct_config__.tag for kind in kinds}
    assert {"join", "welcome", "offer", "error"} <= tags
    for tag in tags:
        assert re.search(rf"\b{tag}\b", text("docs/protocol.md")), tag


def test_every_form_of_turn():
    """Each has a row that names all of its variables, and no other has these."""
    lines = text("docs/operations.md").splitlines()
    for form in FORMS:
        cell = "| " + ", ".join(f"`{name}`" for name in form) + " |"
        assert len([line for line in lines if line.endswith(cell)]) == 1, form


def test_examples_of_turn_have_a_way_for_networks_that_let_only_the_web_out():
    """Who copies one can be called from there."""
    examples = [
        line
        for path in (*DOCUMENTS, ROOT / ".env.example", ROOT / "render.yaml")
        for line in path.read_text().splitlines()
        if re.match(r"\W*TURN_URLS=turn", line)
    ]
    assert len(examples) >= 2
    assert all("turns:turn.example.org:443?transport=tcp" in line for line in examples)
    assert "\ntls-listening-port=443\n" in text("docs/operations.md")
    every = re.findall(
        r"turns:[\w.]+:(\d+)", "".join(map(text, ("docs/operations.md", ".env.example")))
    )
    assert set(every) == {"443"}


def test_every_check():
    for id in re.findall(r'id="(calls\.\w+)"', text("calls/checks.py")):
        assert id in text("docs/operations.md")


def test_make_targets():
    """Those that a document tells people to run exist."""
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    for document in DOCUMENTS:
        # A command in backquotes or at the start of a line of code.
        told = re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(), re.MULTILINE)
        assert set(told) <= targets, document


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path):
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text()):
        if not link.startswith(("http://", "https://", "mailto:")):
            assert (document.parent / link).exists(), link


def test_both_languages_name_the_same_variables_and_lines():
    english, russian = text("docs/redis.md"), text("docs/redis.ru.md")
    for pattern in (r"\b[A-Z]+_[A-Z_]+\b", r"\[INFO\] Using \w+ channel layer"):
        assert set(re.findall(pattern, english)) == set(re.findall(pattern, russian))


def test_the_command_for_uvicorn_is_the_one_that_is_tested():
    assert " ".join(Uvicorn.command_line[3:]) in text("docs/performance.md")
    assert "uvicorn --host 0.0.0.0" in text("docs/performance.md")


def test_the_configuration_that_networks_are_made_with():
    """`make networks` reads it from the documents: it has to find all of it."""
    etc = Path("/rig")
    nginx, coturn = documented.nginx(etc), documented.coturn(etc)
    assert nginx.count("{") == nginx.count("}") > 0
    assert "/rig/live/call.test/privkey.pem" in nginx
    assert "/rig/live/turn.test/privkey.pem" in coturn
    assert ".org" not in nginx + coturn
    assert documented.coturn_option("static-auth-secret") == "THE_SECRET"
    for variable in ("STUN_URLS", "TURN_URLS"):
        assert re.match(r"(stun|turn):turn\.test:3478", documented.example(variable))
