"""What a provider is asked, which depends on its host. Pure."""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from calls.ice.servers import Provider

CLOUDFLARE = "rtc.live.cloudflare.com"
METERED = ".metered.live"
TWILIO = "api.twilio.com"
XIRSYS = "global.xirsys.net"

# Hosts that want HTTP's Basic authentication (RFC 7617): their tokens are USER:PASSWORD.
BASIC = {TWILIO, XIRSYS}

# The longest validity they grant, in seconds; asked for more they answer with an error.
MOST_TTL = {CLOUDFLARE: 172_800, TWILIO: 86_400}


@dataclass(frozen=True)
class Request:
    """``ttl``: the seconds of validity asked for, or expected where one cannot ask."""

    method: str
    url: str = field(repr=False)
    ttl: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""


def host_of(url: str) -> str:
    """What may be said of an address in a log: never its query."""
    return urlsplit(url).hostname or ""


def cloudflare(key_id: str) -> str:
    """The address for a TURN key of Cloudflare's, which answers with a list of servers."""
    return f"https://{CLOUDFLARE}/v1/turn/keys/{key_id}/credentials/generate-ice-servers"


def request(provider: Provider, ttl: int) -> Request:
    """The request for credentials that last ``ttl`` seconds, or as long as is granted."""
    host, token = host_of(provider.url), provider.token
    ttl = min(ttl, MOST_TTL.get(host, ttl))
    if host.endswith(METERED):
        return Request("GET", _with(provider.url, "apiKey", token), ttl)
    if "service=turn" in urlsplit(provider.url).query:
        # draft-uberti-behave-turn-rest-00, section 2.1
        return Request("GET", _with(provider.url, "key", token), ttl)
    if host == TWILIO:
        form = urlencode({"Ttl": ttl}).encode()
        headers = _basic(token) | {"Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", provider.url, ttl, headers, form)
    if host == XIRSYS:
        return _json("PUT", provider.url, ttl, _basic(token), {"format": "urls", "expire": ttl})
    return _json("POST", provider.url, ttl, {"Authorization": f"Bearer {token}"}, {"ttl": ttl})


def _json(
    method: str, url: str, ttl: int, headers: dict[str, str], body: dict[str, object]
) -> Request:
    headers = headers | {"Content-Type": "application/json"}
    return Request(method, url, ttl, headers, json.dumps(body).encode())


def _basic(token: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}


def _with(url: str, name: str, value: str) -> str:
    """The same address with one more parameter in its query."""
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), (name, value)])
    return urlunsplit(parts._replace(query=query))
