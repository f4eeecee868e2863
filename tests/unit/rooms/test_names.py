"""What rooms are called, in an address and in a log."""

import re
import time

import pytest

from calls.rooms import names

ROOM = "k7mqx-2phb9-dtw4e"


@pytest.mark.parametrize("name", ["abc", "r" * 64, "---", "0-9"])
def test_a_name_that_is_a_room(name: str):
    assert names.is_valid(name)


@pytest.mark.parametrize("name", ["", "ab", "r" * 65, "Room", "room_1", "room\n", "комната"])
def test_a_name_that_is_no_room(name: str):
    assert not names.is_valid(name)


@pytest.mark.parametrize("name", ["abc", ROOM, "---", "a--b", "-a-", "sundaybreakfast", "r" * 64])
def test_a_name_is_read_as_itself(name: str):
    assert names.tidy(name) == names.read(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "K7MQX-2PHB9-DTW4E",
        "K7mqx 2phb9 dtw4e",
        "  k7mqx-2phb9-dtw4e\n",
        "k7mqx - 2phb9  -dtw4e",
        "k7mqx\u00a02phb9\u2003dtw4e",
        "k7mqx–2phb9—dtw4e",
        "k7mqx\u20112phb9\u2212dtw4e",
        "k7mqx\u2010\u00ad2phb9\uff0ddtw4e",
        "\u200ek7mqx-2phb9-\u200bdtw4e\ufeff",
        "ｋ７ｍｑｘ-2phb9-dtw4e",
    ],
)
def test_capitals_blanks_and_dashes_are_forgiven(text: str):
    assert names.tidy(text) == names.read(text) == ROOM


@pytest.mark.parametrize(
    "text",
    [
        "https://call.example.org/call/k7mqx-2phb9-dtw4e/",
        "https://call.example.org/call/k7mqx-2phb9-dtw4e",
        "http://[::1]:8000/call/k7mqx-2phb9-dtw4e/?from=mail#top",
        "  call.example.org/call/K7MQX-2PHB9-DTW4E/ ",
        "/call/K7MQX%202PHB9%E2%80%93DTW4E/nothing",
        "Join me: https://call.example.org/call/k7mqx-2phb9-dtw4e/ (now)",
    ],
)
def test_a_whole_link_is_read(text: str):
    assert names.read(text) == ROOM


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("K7MQX2PHB9DTW4E", ROOM),
        ("k7mqx2phb9dtw4", "k7mqx2phb9dtw4"),
        ("k7mqx2phb9dtw4e2", "k7mqx2phb9dtw4e2"),
        ("k7mqx2phb9dtw4o", "k7mqx2phb9dtw4o"),
        ("Sunday breakfast", "sunday-breakfast"),
        ("/call/k7mqx2phb9dtw4e/", "k7mqx2phb9dtw4e"),
    ],
)
def test_dashes_need_not_be_typed_in_a_name_made_here(text: str, name: str):
    assert names.read(text) == name
    assert names.tidy("k7mqx2phb9dtw4e") == "k7mqx2phb9dtw4e"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "ab", "r" * 65, "room_1", "room.1", "комната", "a/b/c", "\x00abc",
        "https://call.example.org/", "https://call.example.org/call/", "/call/комната/",
        "/call/ab/", "/call/%00abc/", "https://other.example/abc-defg-hij",
    ],
)  # fmt: skip
def test_what_cannot_be_a_name_is_none(text: str):
    assert names.read(text) is None


@pytest.mark.parametrize("piece", [" ", "-", " -", "\u200b", "a ", "/call/"])
def test_long_texts_are_read_at_once(piece: str):
    """Anybody may send one: a pattern that tries again from every blank would take minutes."""
    started = time.process_time()
    names.read(piece * (100_000 // len(piece)))
    assert time.process_time() - started < 5


def test_names_made_here_are_valid_and_hard_to_guess():
    made = {names.new_name() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[a-z0-9-]{3,64}", name) for name in made)
    used = set("".join(made)) - {"-"}
    assert used == set(names.ALPHABET)
    assert not used & set("ilo01")
    assert len(names.ALPHABET) ** 15 >= 2**60


def test_a_label_tells_rooms_apart_but_not_their_names(settings):
    labels = {names.label(f"{ROOM}{n}") for n in range(100)}
    assert len(labels) == 100
    assert all(len(label) == 8 for label in labels)
    assert names.label(ROOM) == names.label(ROOM)
    # Nor can they be found by trying names, without the key.
    before = names.label(ROOM)
    settings.SECRET_KEY = "another key"
    assert names.label(ROOM) != before
