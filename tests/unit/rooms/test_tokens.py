"""Seat tokens: whoever holds one may take the seat again, nobody else."""

import time

import pytest
from django.core import signing
from django.test.utils import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from calls import protocol
from calls.errors import BadToken, CloseCode
from calls.rooms import tokens
from calls.rooms.tokens import Claim
from tests.support.generated import examples

ROOM = "k7mqx-2phb9-dtw4e"
CLAIM = Claim("0123456789abcdef", True)


@pytest.mark.parametrize("claim", [CLAIM, Claim("x", False)])
def test_a_token_is_read_as_it_was_made(claim):
    found = tokens.read(tokens.make(ROOM, claim), ROOM)
    assert found == claim
    assert isinstance(found.polite, bool)


def test_a_token_fits_into_a_join():
    token = tokens.make("r" * 64, CLAIM)
    message = protocol.decode(f'{{"type": "join", "session": "s", "token": "{token}"}}')
    assert isinstance(message, protocol.Join)
    assert message.token == token


@pytest.mark.parametrize("room", ["", "k7mqx-2phb9-dtw4", "K7MQX-2PHB9-DTW4E", "other-room"])
def test_another_room(room):
    with pytest.raises(BadToken):
        tokens.read(tokens.make(ROOM, CLAIM), room)


def test_expiry():
    now = time.time()
    with freeze_time(now):
        token = tokens.make(ROOM, CLAIM)
    with freeze_time(now + tokens.MAX_AGE - 1):
        assert tokens.read(token, ROOM) == CLAIM
    with freeze_time(now + tokens.MAX_AGE + 1), pytest.raises(BadToken):
        tokens.read(token, ROOM)


def test_another_secret_key(settings):
    token = tokens.make(ROOM, CLAIM)
    settings.SECRET_KEY = "another key"
    with pytest.raises(BadToken):
        tokens.read(token, ROOM)


def test_the_key_before_still_counts(settings):
    """So that a key can be changed without ending calls (SECRET_KEY_FALLBACKS)."""
    token = tokens.make(ROOM, CLAIM)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    assert tokens.read(token, ROOM) == CLAIM


def test_what_was_signed_for_something_else():
    with pytest.raises(BadToken):
        tokens.read(signing.dumps([ROOM, *CLAIM], salt="sessions"), ROOM)


@pytest.mark.parametrize("payload", [[ROOM], [ROOM, "id", True, "more"], {}, None, "text", 1])
def test_what_was_signed_in_another_shape(payload):
    """A later version's token, read by an older server during a deployment."""
    with pytest.raises(BadToken):
        tokens.read(signing.dumps(payload, salt=tokens._SALT), ROOM)


@pytest.mark.parametrize(
    "token", ["", ":", "::", "a:b:c", "x" * 512, "é:é:é", "\x00", ".a:b:c", "a" + ":" * 100]
)
def test_nonsense(token):
    with pytest.raises(BadToken) as caught:
        tokens.read(token, ROOM)
    assert caught.value.close is CloseCode.BAD_TOKEN
    assert int(CloseCode.BAD_TOKEN) == 4403


def test_each_changed_character_matters():
    token = tokens.make(ROOM, CLAIM)
    for position, character in enumerate(token):
        changed = token[:position] + ("A" if character != "A" else "B") + token[position + 1 :]
        with pytest.raises(BadToken):
            tokens.read(changed, ROOM)


@given(st.text())
@examples(200)
def test_any_text_is_refused(text):
    with pytest.raises(BadToken):
        tokens.read(text, ROOM)


def test_a_token_outlives_the_socket_it_came_over():
    """Daphne ends a socket after a day; its token is as old then, and has to bring it back."""
    assert tokens.MAX_AGE >= 2 * 86_400
