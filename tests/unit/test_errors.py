"""The errors a client can be told of, and the close codes."""

import json
import re

import pytest

from calls import errors, protocol
from calls.errors import CallError, CloseCode


def descendants(kind: type[CallError]) -> list[type[CallError]]:
    return [c for child in kind.__subclasses__() for c in (child, *descendants(child))]


ERRORS = [error for error in descendants(CallError) if error is not errors.ProtocolError]


def test_codes_are_unique():
    own = [error.code for error in ERRORS if "code" in vars(error)]
    assert sorted(own) == sorted(set(own))


def test_a_code_is_repeated_only_by_the_same_error_with_a_close():
    for error in ERRORS:
        if "code" not in vars(error):
            assert issubclass(error, errors.RateLimited)
            assert error.close is not None


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_says_what_it_is(error):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
    assert re.fullmatch(r"[A-Z][^\n]*\.", error.message)
    assert error.close is None or isinstance(error.close, CloseCode)
    assert json.loads(protocol.encode(protocol.Error.of(error()))) == {
        "type": "error",
        "code": error.code,
        "message": error.message,
    }


def test_close_codes_are_the_contract():
    assert {code.name: int(code) for code in CloseCode} == {
        "LEFT": 1000,
        "TOO_LARGE": 1009,
        "TAKEN_OVER": 4001,
        "GOING_DOWN": 4012,
        "PROTOCOL_ERROR": 4400,
        "BAD_TOKEN": 4403,
        "JOIN_TIMEOUT": 4408,
        "ROOM_FULL": 4409,
        "ENDED": 4410,
        "DISMISSED": 4411,
        "TOO_MANY_MESSAGES": 4429,
    }


@pytest.mark.parametrize(
    ("error", "close"),
    [
        (errors.RoomFull, 4409),
        (errors.BadToken, 4403),
        (errors.JoinTimeout, 4408),
        (errors.TakenOver, 4001),
        (errors.Dismissed, 4411),
        (errors.BadRoom, 4400),
        (errors.UnsupportedVersion, 4400),
        (errors.TooManyErrors, 4400),
        (errors.TooManyMessages, 4429),
        (errors.JoinLimited, 4012),
        (errors.FrameTooLarge, 1009),
        (errors.Unavailable, 4012),
        (errors.InternalError, 4012),
        (errors.PeerUnreachable, None),
        (errors.BadField, None),
        (errors.RateLimited, None),
    ],
)
def test_what_an_error_does_to_the_socket(error, close):
    assert error.close == close


def test_when_to_try_again():
    said = json.loads(protocol.encode(protocol.Error.of(errors.JoinLimited(1.23456))))
    assert (said["code"], said["retryAfter"]) == ("rate-limited", 1.235)


def test_one_occurrence_may_say_more():
    error = errors.BadField("Expected a string.", close=CloseCode.PROTOCOL_ERROR)
    assert (error.code, error.message, error.close) == ("bad-field", "Expected a string.", 4400)
    assert str(error) == "Expected a string."
    assert (errors.BadField().message, errors.BadField().close) == (errors.BadField.message, None)
