"""STUN and TURN, read from the environment: TURN in exactly one of four forms, or not at all."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from calls.ice.provider.request import BASIC, cloudflare, host_of
from calls.ice.servers import IceSettings, Provider
from config import variables as var
from config.env import Env, text

# One server's own secret; one login for everybody; any provider; Cloudflare, in short.
FORMS = (
    ("TURN_URLS", "TURN_SECRET"),
    ("TURN_URLS", "TURN_USERNAME", "TURN_PASSWORD"),
    ("TURN_API_URL", "TURN_API_TOKEN"),
    ("CLOUDFLARE_TURN_KEY_ID", "CLOUDFLARE_TURN_API_TOKEN"),
)


def read(environ: Env) -> IceSettings:
    """What the variables say. Raises ``ImproperlyConfigured``, also for a mixture of forms."""
    check_forms(environ)
    ice = IceSettings(
        stun_urls=var.STUN_URLS.read(environ),
        turn_urls=var.TURN_URLS.read(environ),
        turn_secret=var.TURN_SECRET.read(environ),
        turn_username=var.TURN_USERNAME.read(environ),
        turn_password=var.TURN_PASSWORD.read(environ),
        provider=provider(environ),
        turn_ttl=var.TURN_TTL.read(environ),
        policy=var.ICE_TRANSPORT_POLICY.read(environ),
    )
    if ice.policy == "relay" and not ice.has_turn:
        raise ImproperlyConfigured(
            "ICE_TRANSPORT_POLICY=relay needs a TURN server: set TURN_URLS and TURN_SECRET,"
            " or another form of TURN in docs/operations.md."
        )
    return ice


def check_forms(environ: Env) -> None:
    """Whether all variables of one form are set, and none of the others."""
    every = dict.fromkeys(name for form in FORMS for name in form)
    given = [name for name in every if text(environ, name)]
    if not given or any(set(given) == set(form) for form in FORMS):
        return
    are = "are" if len(given) > 1 else "is"
    begun = [form for form in FORMS if set(given) < set(form)]
    if not begun:
        raise ImproperlyConfigured(
            f"{' and '.join(given)} {are} set, which belong to different forms of TURN:"
            f" keep one of {_choices(FORMS)}."
        )
    missing = [tuple(name for name in form if name not in given) for form in begun]
    raise ImproperlyConfigured(
        f"{' and '.join(given)} {are} set without {_choices(missing)}:"
        " docs/operations.md has what belongs together."
    )


def _choices(forms: tuple[tuple[str, ...], ...] | list[tuple[str, ...]]) -> str:
    return ", or ".join(" and ".join(form) for form in forms)


def provider(environ: Env) -> Provider | None:
    """Whom to ask for credentials; the values are set or not as ``check_forms`` wants them."""
    key_id = var.CLOUDFLARE_TURN_KEY_ID.read(environ)
    if key_id:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", key_id):
            raise ImproperlyConfigured(
                "CLOUDFLARE_TURN_KEY_ID takes the id of a TURN key: letters and digits."
            )
        return Provider(cloudflare(key_id), var.CLOUDFLARE_TURN_API_TOKEN.read(environ))
    url = api_url(environ, var.TURN_API_URL)
    if not url:
        return None
    found = Provider(url, var.TURN_API_TOKEN.read(environ))
    if host_of(url) in BASIC and ":" not in found.token:
        raise ImproperlyConfigured(
            f"TURN_API_TOKEN for {host_of(url)} is the user and the password with a colon between"
            " them, USER:PASSWORD."
        )
    return found


def api_url(environ: Env, variable: var.Variable[str]) -> str:
    """An https address without a login, which has no place in it. Never repeated.

    Plain http is for this machine and its own network, where nobody reads the token.
    """
    name, url = variable.name, variable.read(environ)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", host) or not re.fullmatch(r"[!-~]+", url):
        raise ImproperlyConfigured(
            f"{name} takes an address like https://turn.example.org/credentials."
        )
    if "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"{name} has a login in it: write it as USER:PASSWORD into TURN_API_TOKEN."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_near(host)):
        raise ImproperlyConfigured(
            f"{name} must begin with https://, or everybody on the way could read the token."
        )
    return url


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host
