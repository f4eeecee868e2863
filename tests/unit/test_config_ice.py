"""TURN in one of its forms: what the environment makes of it, and what is refused."""

import itertools

import pytest
from django.core.exceptions import ImproperlyConfigured

from calls.ice.servers import Provider
from config import ice

SECRET = {"TURN_URLS": "turn:turn.example.org", "TURN_SECRET": "SEKRET"}
FIXED = {"TURN_URLS": "turn:turn.example.org", "TURN_USERNAME": "u", "TURN_PASSWORD": "SEKRET"}
API = {"TURN_API_URL": "https://turn.example.org/credentials", "TURN_API_TOKEN": "SEKRET"}
CLOUDFLARE = {"CLOUDFLARE_TURN_KEY_ID": "0a1b", "CLOUDFLARE_TURN_API_TOKEN": "SEKRET"}
FORMS = [SECRET, FIXED, API, CLOUDFLARE]


def refusal(env: dict[str, str]) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        ice.read(env)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "SEKRET" not in sentence
    return sentence


# -- One form ---------------------------------------------------------------------------------


def test_none():
    found = ice.read({})
    assert (found.has_turn, found.provider, found.turn_ttl) == (False, None, 7200)


def test_a_secret():
    found = ice.read(SECRET)
    assert (found.turn_urls, found.turn_secret) == (["turn:turn.example.org"], "SEKRET")
    assert found.has_turn


def test_a_login_for_everybody():
    found = ice.read(FIXED)
    assert (found.turn_username, found.turn_password) == ("u", "SEKRET")
    assert found.has_turn


def test_a_provider():
    found = ice.read(API | {"TURN_TTL": "600"})
    assert found.provider == Provider("https://turn.example.org/credentials", "SEKRET")
    assert (found.has_turn, found.turn_ttl) == (True, 600)


def test_cloudflare_in_short():
    found = ice.read(CLOUDFLARE)
    assert found.provider == Provider(
        "https://rtc.live.cloudflare.com/v1/turn/keys/0a1b/credentials/generate-ice-servers",
        "SEKRET",
    )


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_enough_for_relays_only(form: dict[str, str]):
    assert ice.read(form | {"ICE_TRANSPORT_POLICY": "relay"}).policy == "relay"


@pytest.mark.parametrize("form", FORMS)
def test_empty_variables_of_the_other_forms_do_not_matter(form: dict[str, str]):
    """As Render sets those that were left empty in the Blueprint."""
    every = {name: " " for other in FORMS for name in other}
    assert ice.read(every | form) == ice.read(form)


@pytest.mark.parametrize("form", FORMS)
def test_secrets_do_not_show_where_settings_are_printed(form: dict[str, str]):
    assert "SEKRET" not in repr(ice.read(form))


# -- Halves and mixtures ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("TURN_URLS", "is set without TURN_SECRET, or TURN_USERNAME and TURN_PASSWORD:"),
        ("TURN_SECRET", "is set without TURN_URLS:"),
        ("TURN_USERNAME", "is set without TURN_URLS and TURN_PASSWORD:"),
        ("TURN_URLS TURN_PASSWORD", "are set without TURN_USERNAME:"),
        ("TURN_API_URL", "is set without TURN_API_TOKEN:"),
        ("TURN_API_TOKEN", "is set without TURN_API_URL:"),
        ("CLOUDFLARE_TURN_KEY_ID", "is set without CLOUDFLARE_TURN_API_TOKEN:"),
        ("CLOUDFLARE_TURN_API_TOKEN", "is set without CLOUDFLARE_TURN_KEY_ID:"),
        ("TURN_SECRET TURN_USERNAME", "are set, which belong to different forms"),
        ("TURN_URLS TURN_SECRET TURN_USERNAME TURN_PASSWORD", "different forms"),
        ("TURN_URLS TURN_API_URL TURN_API_TOKEN", "different forms"),
        ("TURN_URLS TURN_SECRET TURN_API_TOKEN", "different forms"),
        ("TURN_API_URL CLOUDFLARE_TURN_API_TOKEN", "different forms"),
    ],
)
def test_half_a_form_and_a_mixture(given: str, sentence: str):
    values = SECRET | FIXED | API | CLOUDFLARE
    assert sentence in refusal({name: values[name] for name in given.split()})


def test_whatever_is_not_one_form_is_refused():
    """All of the 256 sets of variables."""
    values = SECRET | FIXED | API | CLOUDFLARE
    allowed = [set(), *(set(form) for form in FORMS)]
    refused = 0
    for chosen in itertools.product((False, True), repeat=len(values)):
        env = dict(itertools.compress(values.items(), chosen))
        if set(env) in allowed:
            ice.read(env)
        else:
            sentence = refusal(env)
            assert all(name in sentence for name in env)
            refused += 1
    assert refused == 256 - len(allowed)


# -- Values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://duet.metered.live/api/v1/turn/credentials?region=europe",
        "https://turn.example.org:8443/credentials",
        "http://127.0.0.1:8000/",
        "http://10.1.2.3/",
        "http://[::1]:8000/",
        "http://turn-api:8000/",
    ],
)
def test_addresses_of_providers(url: str):
    assert ice.read(API | {"TURN_API_URL": url}).provider == Provider(url, "SEKRET")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("turn.example.org", "takes an address"),
        ("https://", "takes an address"),
        ("https://[::1", "takes an address"),
        ("https://turn.example.org:port/", "takes an address"),
        ("https://turn.example.org/SEKRET SEKRET", "takes an address"),
        ("https://tùrn.example.org/", "takes an address"),
        ("https://AC1:SEKRET@api.twilio.com/", "USER:PASSWORD into TURN_API_TOKEN"),
        ("https://SEKRET@turn.example.org/", "USER:PASSWORD into TURN_API_TOKEN"),
        ("http://turn.example.org/?key=SEKRET", "must begin with https://"),
        ("http://192.0.0.8.example.org/", "must begin with https://"),
        ("http://8.8.8.8/", "must begin with https://"),
        ("ftp://turn.example.org/", "must begin with https://"),
    ],
)
def test_addresses_that_are_none(url: str, said: str):
    sentence = refusal(API | {"TURN_API_URL": url})
    assert sentence.startswith("TURN_API_URL")
    assert said in sentence


@pytest.mark.parametrize("token", ["SEKRET SEKRET", "SEKRET\nX-Header: 1", "SEKRÈT", "SEKRET\x7f"])
def test_tokens_that_no_header_can_carry(token: str):
    assert refusal(API | {"TURN_API_TOKEN": token}).startswith("TURN_API_TOKEN has")
    both = CLOUDFLARE | {"CLOUDFLARE_TURN_API_TOKEN": token}
    assert refusal(both).startswith("CLOUDFLARE_TURN_API_TOKEN has")


@pytest.mark.parametrize("host", ["api.twilio.com", "global.xirsys.net"])
def test_a_token_of_two_parts(host: str):
    env = API | {"TURN_API_URL": f"https://{host}/x"}
    assert "USER:PASSWORD" in refusal(env)
    assert ice.read(env | {"TURN_API_TOKEN": "AC1:SEKRET"}).provider is not None


@pytest.mark.parametrize("key_id", ["../x", "a/b", "a b", "SEKRET?"])
def test_a_key_id_that_is_none(key_id: str):
    sentence = refusal(CLOUDFLARE | {"CLOUDFLARE_TURN_KEY_ID": key_id})
    assert sentence.startswith("CLOUDFLARE_TURN_KEY_ID")


def test_a_policy_that_no_server_fits():
    assert "TURN_URLS" in refusal({"ICE_TRANSPORT_POLICY": "relay"})
