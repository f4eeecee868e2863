"""What is left of a name that somebody typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.signaling.person import name_of

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
KEYCAP = "1\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"
PERSIAN = "می\N{ZERO WIDTH NON-JOINER}خواهم"


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "Лёня",
        "Nguyễn",
        "李小龍",
        "محمد",
        "שרה",
        "O’Brien-Smith",
        "नमस्ते",
        FAMILY,
        KEYCAP,
        PERSIAN,
        "7",
    ],
)
def test_names_stay(name: str):
    assert name_of(name) == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (None, None),
        ("", None),
        (" \t\n ", None),
        ("  Ada \n Lovelace\t", "Ada Lovelace"),
        ("Ada\u2028Bo\u00a0Cy", "Ada Bo Cy"),
        ("\u202emoc.elpmaxe", "moc.elpmaxe"),
        ("\u2066Ada", "Ada"),
        ("A\u200bd\ufeffa\u00ad", "Ada"),
        ("Ada\x00\x1b[31m", "Ada[31m"),
        ("\U000e0041\U000e0064Ada", "Ada"),
        ("\N{ZERO WIDTH JOINER}", None),
        ("\u202e\u2066", None),
        ("\u0301\u0301", None),
        # Composed, as keyboards differ.
        ("e\u0301", "é"),
    ],
)
def test_what_is_not_seen_but_changes_what_is(typed: str | None, name: str | None):
    assert name_of(typed) == name


def test_a_letter_under_a_tower_of_marks():
    found = name_of("Z" + "\u0300\u0316\u0335" * 20 + "o")
    assert found is not None
    assert len(found) <= 6
    assert found[0] + found[-1] == "Zo"


@given(st.text(max_size=80))
def test_a_name_is_itself_when_it_comes_again(typed: str):
    name = name_of(typed)
    assert name_of(name) == name
    assert name is None or name.strip() == name
