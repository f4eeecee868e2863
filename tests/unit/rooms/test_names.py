"""What rooms are called, in an address and in a log."""

import re

import pytest

from calls.rooms import names

ROOM = "k7mqx-2phb9-dtw4e"


@pytest.mark.parametrize("name", ["abc", "r" * 64, "---", "0-9"])
def test_a_name_that_is_a_room(name: str):
    assert names.is_valid(name)


@pytest.mark.parametrize("name", ["", "ab", "r" * 65, "Room", "room_1", "room\n", "комната"])
def test_a_name_that_is_no_room(name: str):
    assert not names.is_valid(name)


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
