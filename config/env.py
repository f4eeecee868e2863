"""Read the process environment into typed values.

Every function takes the environment as a mapping and a variable's name, and raises
``ImproperlyConfigured`` with one sentence that names the variable and says what to write.
A value that may hold a password is never repeated in that sentence.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv
from redis.asyncio.connection import Connection, parse_url
from redis.exceptions import RedisError

Env = Mapping[str, str]

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


def load_file(directory: Path) -> None:
    """Add what a file .env in ``directory`` says to the environment, which takes precedence."""
    load_dotenv(directory / ".env")


def text(env: Env, name: str) -> str:
    """The value without surrounding blanks; an empty variable counts as unset."""
    return env.get(name, "").strip()


def flag(env: Env, name: str) -> bool:
    """A yes/no variable; off when unset."""
    value = env.get(name, "").strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(
        f"{name} must be 1 or 0 (true/false, yes/no, on/off), not {value!r}."
    )


def number(env: Env, name: str, *, least: float, most: float) -> float:
    """A finite number between ``least`` and ``most``, both included."""
    value = text(env, name)
    try:
        result = float(value)
    except ValueError:
        result = float("nan")
    if not least <= result <= most:
        raise ImproperlyConfigured(
            f"{name} must be a number from {least:g} to {most:g}, not {value!r}."
        )
    return result


def integer(env: Env, name: str, *, least: int, most: int) -> int:
    """A whole number between ``least`` and ``most``, both included."""
    result = number(env, name, least=least, most=most)
    if result != int(result):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text(env, name)!r}.")
    return int(result)


def pace(env: Env, name: str) -> tuple[int, int]:
    """A count and a unit of time (s, m or h) like 60/m: the count, and the seconds."""
    value = text(env, name)
    found = re.fullmatch(r"([1-9]\d{0,6})/([smh])", value)
    if found is None:
        raise ImproperlyConfigured(
            f"{name} must be a number and a unit of time (s, m or h) like 60/m, not {value!r}."
        )
    return int(found[1]), {"s": 1, "m": 60, "h": 3600}[found[2]]


def networks(env: Env, name: str) -> list[IPv4Network | IPv6Network]:
    """Networks in CIDR notation (RFC 4632), separated by commas; none when it says ``none``."""
    found = words(env, name)
    if found == ["none"]:
        return []
    try:
        return [ip_network(word) for word in found]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} takes addresses and networks like 192.0.2.7 or 2001:db8::/32, separated by"
            f" commas, or the word none: {error}."
        ) from None


def choice(env: Env, name: str, allowed: tuple[str, ...]) -> str:
    """One of ``allowed``."""
    value = text(env, name)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def words(env: Env, name: str) -> list[str]:
    """A comma-separated list; empty items are dropped."""
    return [item.strip() for item in text(env, name).split(",") if item.strip()]


def hosts(env: Env, name: str) -> list[str]:
    """Host names as Django's ``ALLOWED_HOSTS`` wants them: no scheme, no port, no path."""
    result = words(env, name)
    for host in result:
        bracketed = host.startswith("[") and host.endswith("]")
        if "/" in host or (":" in host and not bracketed):
            raise ImproperlyConfigured(
                f"{name} takes host names without scheme, port or path, like call.example.org,"
                f" not {host!r}."
            )
    return result


def origins(env: Env, name: str) -> list[str]:
    """Web origins (RFC 6454): scheme, host and, unless it is the default, port."""
    result = words(env, name)
    for origin in result:
        try:
            parts = urlsplit(origin)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
            valid = valid and origin.lower() == f"{parts.scheme}://{parts.netloc}".lower()
            valid = valid and "@" not in parts.netloc and "*" not in parts.netloc
            # No browser names the scheme's own port, so that origin would never match.
            default = {"http": 80, "https": 443}.get(parts.scheme)
            valid = valid and parts.port != default and not parts.netloc.endswith(":")
        except ValueError:
            valid = False
        if not valid:
            raise ImproperlyConfigured(
                f"{name} takes origins like https://call.example.org or"
                f" https://call.example.org:8443, without a path, not {origin!r}."
            )
    return [origin.lower() for origin in result]


def ice_urls(env: Env, name: str, schemes: tuple[str, ...]) -> list[str]:
    """STUN or TURN addresses (RFC 7064 and RFC 7065), which browsers refuse when malformed."""
    result = words(env, name)
    form = rf"({'|'.join(schemes)}):([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{{1,5}})?"
    if "turn" in schemes:
        form += r"(\?transport=(udp|tcp))?"
    for url in result:
        if not re.fullmatch(form, url):
            raise ImproperlyConfigured(
                f"{name} takes addresses like {schemes[0]}:{schemes[0]}.example.org:3478,"
                f" separated by commas, not {url!r}."
            )
    return result


def token(env: Env, name: str, *, least: int = 0) -> str:
    """What opens something, as HTTP can carry it (RFC 9110, section 5.5). Never repeated.

    ``least``: how many characters it has if there is one.
    """
    value = text(env, name)
    if not re.fullmatch(r"[!-~]*", value):
        raise ImproperlyConfigured(f"{name} has a blank or another character that no token has.")
    if value and len(value) < least:
        raise ImproperlyConfigured(
            f"{name} is too easy to guess: give it at least {least} random characters"
            " (python -c 'import secrets; print(secrets.token_urlsafe(24))')."
        )
    return value


def redis_urls(env: Env, name: str) -> list[str]:
    """One or several Redis URLs, separated by commas; an empty list when unset.

    ``redis://`` and ``rediss://`` (TLS), each with an optional user name, password and
    database number: ``rediss://user:password@host:6379/0``. Characters with a meaning in
    URLs must be percent-encoded in a password (RFC 3986, section 2.1).
    """
    value = text(env, name)
    if not value:
        return []
    # A comma inside a password stays part of it: only one before a scheme separates.
    urls = [url.strip() for url in re.split(r",(?=\s*[A-Za-z][A-Za-z0-9+.-]*://)", value)]
    for position, url in enumerate(urls, start=1):
        which = name if len(urls) == 1 else f"{name} (URL {position} of {len(urls)})"
        problem = _redis_url_problem(url)
        if problem:
            raise ImproperlyConfigured(f"{which} {problem}")
    return urls


def _redis_url_problem(url: str) -> str | None:
    """What is wrong with one Redis URL, as the end of a sentence without the URL's content."""
    expected = "It should look like rediss://default:PASSWORD@HOST:6379."
    if not url:
        return "is empty: a URL begins with redis:// or rediss://."
    if url[0] in "'\"":
        return f"begins with a quotation mark: write the value without quotes. {expected}"
    if url.startswith("redis-cli"):
        return f"is a redis-cli command: copy only the URL in it. {expected}"
    if url.startswith(("http://", "https://")):
        return f"is a web (REST) address: copy the one that begins with rediss://. {expected}"
    if not url.startswith(("redis://", "rediss://")):
        return f"does not begin with redis:// or rediss://. {expected}"
    if re.search(r"\s", url):
        return f"contains a blank. {expected}"
    if "#" in url:
        return "contains a '#': write it as %23 if it belongs to the password."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return (
            "has a port that is not a number: if the password contains '/', '?', '#' or '@',"
            " percent-encode them (%2F, %3F, %23, %40)."
        )
    if not host or not re.fullmatch(r"[A-Za-z0-9._:-]+", host):
        return f"names no host. {expected}"
    if not re.fullmatch(r"/?|/\d+", parts.path) or "@" in parts.query:
        return (
            "has something other than a database number after the host: if the password contains"
            " '/' or '?', percent-encode them (%2F, %3F)."
        )
    if not _takes_options(url):
        return "has an option after the '?' that redis-py does not know, or a bad value for one."
    return None


def _takes_options(url: str) -> bool:
    """Whether redis-py knows the options after the '?'. Nothing is connected."""
    try:
        options = dict(parse_url(url))
        options.pop("max_connections", None)  # the pool's own
        kind: Any = options.pop("connection_class", Connection)
        kind(**options)
    except (TypeError, ValueError, RedisError):
        return False
    return True
