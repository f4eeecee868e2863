"""What providers are asked, as their documentation has it."""

import pytest

from calls.ice.provider.request import cloudflare, host_of, request
from calls.ice.servers import Provider

BASIC = {"Authorization": "Basic QUMxOnNlY3JldA=="}  # printf AC1:secret | base64
TWILIO = "https://api.twilio.com/2010-04-01/Accounts/AC1/Tokens.json"


@pytest.mark.parametrize(
    ("url", "token", "method", "asked", "headers", "body"),
    [
        (
            "https://rtc.live.cloudflare.com/v1/turn/keys/K/credentials/generate-ice-servers", "t",
            "POST", "", {"Authorization": "Bearer t"}, b'{"ttl": 3600}',
        ),
        (
            "https://duet.metered.live/api/v1/turn/credentials?region=europe", "t&=",
            "GET", "&apiKey=t%26%3D", {}, b"",
        ),
        (TWILIO, "AC1:secret", "POST", "", BASIC, b"Ttl=3600"),
        (
            "https://global.xirsys.net/_turn/duet", "AC1:secret",
            "PUT", "", BASIC, b'{"format": "urls", "expire": 3600}',
        ),
        (
            "https://turn.example.org/?service=turn&username=duet", "t",
            "GET", "&key=t", {}, b"",
        ),
        (
            "https://turn.example.org/credentials", "t",
            "POST", "", {"Authorization": "Bearer t"}, b'{"ttl": 3600}',
        ),
        (
            "https://metered.live.example.org/", "t",
            "POST", "", {"Authorization": "Bearer t"}, b'{"ttl": 3600}',
        ),
    ],
)  # fmt: skip
def test_request(
    url: str, token: str, method: str, asked: str, headers: dict[str, str], body: bytes
):
    found = request(Provider(url, token), 3600)
    assert (found.method, found.url, found.body, found.ttl) == (method, url + asked, body, 3600)
    found.headers.pop("Content-Type", None)
    assert found.headers == headers


@pytest.mark.parametrize(
    ("url", "granted"),
    [
        (cloudflare("K"), 172_800),
        (TWILIO, 86_400),
        ("https://turn.example.org/credentials", 604_800),
    ],
)
def test_no_more_is_asked_for_than_is_granted(url: str, granted: int):
    found = request(Provider(url, "AC1:secret"), 604_800)
    assert found.ttl == granted
    assert str(granted).encode() in found.body
    assert request(Provider(url, "AC1:secret"), 600).ttl == 600


@pytest.mark.parametrize("url", ["https://duet.metered.live/", "https://turn.example.org/", TWILIO])
def test_no_token_shows_where_a_request_is_printed(url: str):
    provider = Provider(url, "AC1:SEKRET")
    assert "SEKRET" not in repr(provider) + repr(request(provider, 600)) + host_of(url)
