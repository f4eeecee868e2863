"""The environment as typed values, and the sentences about values that are wrong."""

import contextlib
import math

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from config import env
from tests.support.generated import examples

NAME = "SOME_NAME"


def refusal(function, value: str, *args, **options) -> str:
    """The sentence a bad value is answered with."""
    with pytest.raises(ImproperlyConfigured) as caught:
        function({NAME: value}, NAME, *args, **options)
    sentence = str(caught.value)
    assert sentence.startswith(NAME)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


# -- text, flag, choice, words ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ""),
        ({NAME: ""}, ""),
        ({NAME: "  "}, ""),
        ({NAME: " value\n"}, "value"),
        ({NAME: "0"}, "0"),
        ({"OTHER": "value"}, ""),
    ],
)
def test_text(environment, expected):
    assert env.text(environment, NAME) == expected


@pytest.mark.parametrize("value", ["1", "true", "yes", "on", "TRUE", "Yes", " on "])
def test_flag_on(value):
    assert env.flag({NAME: value}, NAME) is True


@pytest.mark.parametrize("value", ["", "0", "false", "no", "off", "FALSE", " Off "])
def test_flag_off(value):
    assert env.flag({NAME: value}, NAME) is False


def test_flag_is_off_when_unset():
    assert env.flag({}, NAME) is False


@pytest.mark.parametrize("value", ["2", "-1", "tru", "y", "enabled", "1.0"])
def test_flag_refuses(value):
    assert repr(value) in refusal(env.flag, value)


def test_choice():
    assert env.choice({NAME: " relay "}, NAME, ("all", "relay")) == "relay"


@pytest.mark.parametrize("value", ["RELAY", "none", "all,relay"])
def test_choice_refuses(value):
    assert "all, relay" in refusal(env.choice, value, ("all", "relay"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        (" , ,", []),
        ("one", ["one"]),
        ("one,two", ["one", "two"]),
        (" one , , two,", ["one", "two"]),
    ],
)
def test_words(value, expected):
    assert env.words({NAME: value}, NAME) == expected


def test_words_are_none_when_unset():
    assert env.words({}, NAME) == []


# -- number, integer --------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "expected"), [("1", 1), (" 2.5 ", 2.5), ("1e1", 10), ("10", 10)])
def test_number(value, expected):
    assert env.number({NAME: value}, NAME, least=1, most=10) == expected


@pytest.mark.parametrize(
    "value", ["0.999", "10.001", "-5", "nan", "inf", "-inf", "ten", "1,5", "5 s", "0x5", "--1"]
)
def test_number_refuses(value):
    sentence = refusal(env.number, value, least=1, most=10)
    assert "from 1 to 10" in sentence
    assert repr(value) in sentence


@given(st.text())
@examples(200)
def test_number_is_within_its_bounds_or_refused(value):
    try:
        result = env.number({NAME: value}, NAME, least=1, most=10)
    except ImproperlyConfigured:
        return
    assert math.isfinite(result)
    assert 1 <= result <= 10


@pytest.mark.parametrize(("value", "expected"), [("3", 3), ("3.0", 3), (" 10 ", 10)])
def test_integer(value, expected):
    result = env.integer({NAME: value}, NAME, least=1, most=10)
    assert result == expected
    assert isinstance(result, int)


@pytest.mark.parametrize("value", ["2.5", "1e-3", "nan", "inf", "0", "11", "two"])
def test_integer_refuses(value):
    refusal(env.integer, value, least=1, most=10)


# -- hosts, origins ---------------------------------------------------------------------------


def test_hosts():
    value = "call.example.org, .example.com,localhost,127.0.0.1,[::1],*"
    assert env.hosts({NAME: value}, NAME) == [
        "call.example.org", ".example.com", "localhost", "127.0.0.1", "[::1]", "*",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "https://call.example.org",
        "call.example.org/",
        "call.example.org:8000",
        "good.example.org,bad.example.org:443",
        "::1",
        "[::1]:8000",
    ],
)
def test_hosts_refuses(value):
    assert repr(value.split(",")[-1]) in refusal(env.hosts, value)


def test_origins():
    value = "https://Call.Example.org, HTTP://localhost:8000,https://[::1]:8443"
    assert env.origins({NAME: value}, NAME) == [
        "https://call.example.org", "http://localhost:8000", "https://[::1]:8443",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "call.example.org",
        "//call.example.org",
        "https://",
        "https:///path",
        "https://call.example.org/",
        "https://call.example.org/path",
        "https://call.example.org?query",
        "https://call.example.org#fragment",
        "https://user@call.example.org",
        "https://*.example.org",
        "https://call.example.org:port",
        "https://call.example.org:99999",
        "wss://call.example.org",
        "https://[::1",
        "null",
        "*",
    ],
)
def test_origins_refuses(value):
    assert repr(value) in refusal(env.origins, value)


@pytest.mark.parametrize(
    "value", ["https://call.example.org:443", "http://localhost:80", "https://call.example.org:"]
)
def test_origins_refuses_what_no_browser_sends(value):
    """Browsers leave a scheme's own port out (RFC 6454, section 6.1): this never matches."""
    refusal(env.origins, value)


@given(st.text(alphabet="htps:/.a[]@#?*,1 "))
@examples(300)
def test_origins_survives_anything(value):
    with contextlib.suppress(ImproperlyConfigured):
        env.origins({NAME: value}, NAME)


# -- ice_urls ---------------------------------------------------------------------------------

STUN = ("stun", "stuns")
TURN = ("turn", "turns")


@pytest.mark.parametrize(
    ("schemes", "value"),
    [
        (STUN, "stun:stun.example.org"),
        (STUN, "stun:stun.example.org:3478"),
        (STUN, "stuns:192.0.2.1:5349"),
        (STUN, "stun:[2001:db8::1]:3478"),
        (TURN, "turn:turn.example.org"),
        (TURN, "turn:turn.example.org:3478?transport=udp"),
        (TURN, "turns:turn.example.org:443?transport=tcp"),
    ],
)
def test_ice_url(schemes, value):
    assert env.ice_urls({NAME: value}, NAME, schemes) == [value]


def test_several_ice_urls():
    assert env.ice_urls({NAME: "turn:a, turns:b:443,"}, NAME, TURN) == ["turn:a", "turns:b:443"]
    assert env.ice_urls({}, NAME, TURN) == []


@pytest.mark.parametrize(
    ("schemes", "value"),
    [
        (STUN, "stun.example.org"),
        (STUN, "stun.example.org:3478"),
        (STUN, "turn:turn.example.org"),
        (STUN, "stun://stun.example.org"),
        (STUN, "stun:"),
        (STUN, "stun:host:port"),
        (STUN, "stun:2001:db8::1"),
        (STUN, "stun:host?transport=udp"),
        (STUN, "stun:ho st"),
        (TURN, "stun:stun.example.org"),
        (TURN, "turn:host?transport=sctp"),
        (TURN, "turn:host?x=1"),
        (TURN, "turn:user@host"),
        (TURN, "https://turn.example.org"),
    ],
)
def test_ice_urls_refuses(schemes, value):
    """What ``new RTCPeerConnection`` would throw at, in every browser."""
    assert repr(value) in refusal(env.ice_urls, value, schemes)


# -- redis_urls -------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "   "])
def test_no_redis_url(value):
    assert env.redis_urls({NAME: value}, NAME) == []
    assert env.redis_urls({}, NAME) == []


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://localhost:6379",
        "redis://localhost:6379/",
        "redis://localhost:6379/3",
        "redis://:password@localhost:6379/0",
        "redis://red-abc123:6379",
        "rediss://default:password@name-12345.upstash.io:6379",
        "rediss://default:p%40ss%2Fw%23rd@host:6379",
        "rediss://default:p@ss@host:6379",
        "rediss://host:6379?ssl_cert_reqs=none",
        "rediss://default:password@host:6379/1",
        "redis://host?socket_timeout=10&max_connections=5",
        "redis://[::1]:6379/0",
        "redis://default:a,b@host",
        "redis://under_score:6379",
    ],
)
def test_redis_url(url):
    assert env.redis_urls({NAME: f" {url} "}, NAME) == [url]


def test_several_redis_urls():
    value = "redis://one:6379, rediss://u:a,b@two:6379/1 ,redis://three"
    assert env.redis_urls({NAME: value}, NAME) == [
        "redis://one:6379", "rediss://u:a,b@two:6379/1", "redis://three",
    ]  # fmt: skip


def test_the_bad_one_of_several_redis_urls_is_counted():
    sentence = refusal(env.redis_urls, "redis://one,redis://two:x,redis://three")
    assert "URL 2 of 3" in sentence


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("localhost:6379", "does not begin with redis://"),
        ("memcached://host", "does not begin with redis://"),
        ("unix:///run/redis.sock", "does not begin with redis://"),
        ("REDIS://host", "does not begin with redis://"),
        ('"redis://host:6379"', "quotation mark"),
        ("'redis://host:6379'", "quotation mark"),
        ("redis-cli --tls -u redis://default:SEKRET@host:6379", "redis-cli"),
        ("https://name.upstash.io", "rediss://"),
        ("http://name.upstash.io", "rediss://"),
        ("redis://default:SEKRET host:6379", "blank"),
        ("redis://default:SEKRET#1@host:6379", "%23"),
        ("redis://default:SEKRET/1@host:6379", "%2F"),
        ("redis://default:1/SEKRET@host:6379", "%2F"),
        ("redis://default:SEKRET?1@host:6379", "%3F"),
        ("redis://default:1?SEKRET@host:6379", "%3F"),
        ("redis://default:[SEKRET@host:6379", "percent-encode"),
        ("redis://default:SEKRET@host:port", "port"),
        ("redis://default:SEKRET@host:99999", "port"),
        ("redis://default:SEKRET@host:6379/name", "database number"),
        ("redis://default:SEKRET@host:6379/0/1", "database number"),
        ("redis://default:SEKRET@", "names no host"),
        ("redis://", "names no host"),
        ("redis://:6379", "names no host"),
        ("redis://default:SEKRET@ho$t", "names no host"),
        ("redis://default:SEKRET@host,", "names no host"),
        ("redis://one:6379,,redis://two:6379", "URL 1 of 2"),
        (",redis://default:SEKRET@host", "redis://"),
        (",", "redis://"),
    ],
)
def test_redis_urls_refuses(value, hint):
    sentence = refusal(env.redis_urls, value)
    assert hint in sentence
    assert "SEKRET" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        "rediss://default:SEKRET@host:6379?colour=red",
        "redis://default:SEKRET@host:6379?colour=red",
        "rediss://default:SEKRET@host:6379?ssl=true",
        "rediss://default:SEKRET@host:6379?ssl_cert_reqs=perhaps",
        "redis://default:SEKRET@host:6379?ssl_cert_reqs=none",
        "redis://default:SEKRET@host:6379/0?socket_timeout=soon",
    ],
)
def test_redis_urls_refuses_options_that_redis_py_fails_on(url):
    """Or the server starts, and every join ends in an internal error."""
    assert "SEKRET" not in refusal(env.redis_urls, url)


_PASSWORD = "SEKRET"
_JUNK = st.text(alphabet="\"'#/?@:,[]%&= \t.0aé\\", max_size=4)


@given(
    before=st.sampled_from(
        ["redis://", "rediss://", "https://", "", " ", "'", ",", "redis-cli -u redis://", "//"]
    ),
    user=st.sampled_from(["", "default", "u:", "1", "1/", "1?"]) | _JUNK,
    around=st.tuples(_JUNK, _JUNK),
    after=st.sampled_from(
        ["@host:6379", "@host:6379/0", "@", "", "@host:x", ",redis://other:1", "@[::1"]
    )
    | _JUNK,
)
@examples(1000)
def test_no_malformed_redis_url_is_repeated(before, user, around, after):
    value = f"{before}{user}:{around[0]}{_PASSWORD}{around[1]}{after}"
    try:
        env.redis_urls({NAME: value}, NAME)
        sentence = ""
    except ImproperlyConfigured as error:
        sentence = str(error)
    assert _PASSWORD not in sentence
    assert not sentence or sentence.startswith(NAME)
