"""Every environment variable, declared once: how it is read, its default, and what is said of it.

docs/operations.md and .env.example are written from here (``make variables``), and here the tests
find what each variable has to accept and to refuse.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from config import env
from config.env import Env

T = TypeVar("T")


def _(text: str) -> str:
    """For the documents in other languages (``make words``); Django's own asks for settings."""
    return text


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What a value may be.

    ``read`` is one of ``config.env``'s. ``allowed`` says in words what it takes, with ``bounds``
    in the place of {least} and {most}. ``good`` and ``bad`` are values that it accepts and refuses.
    """

    read: Callable[[Env, str], T]
    allowed: str
    good: tuple[str, ...] = ("any",)
    bad: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Variable(Generic[T]):
    """One environment variable.

    ``default`` is written as it would be in the environment; ``unset`` says in words what holds
    without the variable, where the default does not. In .env.example ``comment`` stands above it,
    and ``example`` is its value, where the default is not. What has no comment is in the file
    beside the one before.
    """

    name: str
    kind: Kind[T]
    meaning: str
    default: str = ""
    unset: str = ""
    comment: str = ""
    example: str = ""

    def read(self, environ: Env, default: str = "") -> T:
        """Its value, with ``default`` in the place of its own.

        Raises ``ImproperlyConfigured`` with a sentence.
        """
        value = env.text(environ, self.name) or default or self.default
        return self.kind.read({self.name: value}, self.name)


# -- What a value may be ----------------------------------------------------------------------


def number(least: float, most: float) -> Kind[float]:
    """A number between ``least`` and ``most``, both included."""
    return Kind(
        partial(env.number, least=least, most=most),
        _("{least} to {most}"),
        good=(f"{least}", f"{most}"),
        bad=(f"{least - 0.01}", f"{most + 1}", "many", "nan", "inf", "30s"),
        bounds=(least, most),
    )


def integer(least: int, most: int) -> Kind[int]:
    """The same for a whole number."""
    bounds = number(least, most)
    return Kind(
        partial(env.integer, least=least, most=most),
        bounds.allowed,
        good=bounds.good,
        bad=(*bounds.bad, f"{least}.5"),
        bounds=bounds.bounds,
    )


def choice(*allowed: str) -> Kind[str]:
    """One of some words."""
    return Kind(
        partial(env.choice, allowed=allowed),
        ", ".join(f"`{one}`" for one in allowed),
        good=allowed,
        bad=("other", allowed[0].upper()),
    )


FLAG = Kind(env.flag, _("1 or 0"), good=("1", "off", "Yes"), bad=("maybe", "2"))
TEXT = Kind(env.text, _("any text"))
PACE = Kind(
    env.pace,
    _("a number and `/s`, `/m` or `/h`"),
    good=("1/s", "120/m", "9999999/h"),
    bad=("120", "0/m", "1.5/s", "-1/m", "300/d", "m"),
)
SAME_PACE = replace(PACE, allowed=_("the same"))
NETWORKS = Kind(
    env.networks,
    _("addresses and networks like `2001:db8::/32`; `none`"),
    good=("192.0.2.7, 2001:db8::/32", "none"),
    bad=("192.0.2.7/8", "monitor.example.org"),
)
HOSTS = Kind(
    env.hosts,
    _("names without scheme, port, path"),
    good=("call.example.org,.example.org",),
    bad=("https://call.example.org", "call.example.org:443"),
)
ORIGINS = Kind(
    env.origins,
    _("origins like `https://call.example.org:8443`"),
    good=("https://call.example.org:8443",),
    bad=("call.example.org", "https://call.example.org/"),
)
REDIS_URLS = Kind(
    env.redis_urls,
    _("`redis://`, `rediss://`"),
    good=("redis://localhost", "rediss://default:p@one:6379,redis://two:6379/1"),
    bad=("localhost:6379", "https://redis.example.org", "redis://host?nonsense=1"),
)
STUN = Kind(
    partial(env.ice_urls, schemes=("stun", "stuns")),
    _("URLs like `stun:HOST:3478`"),
    good=("stun:one.example.org, stuns:two.example.org:443",),
    bad=("stun.example.org", "turn:turn.example.org"),
)
TURN = Kind(
    partial(env.ice_urls, schemes=("turn", "turns")),
    _("URLs like `turn:HOST:3478`"),
    good=("turn:one.example.org, turns:two.example.org:443?transport=tcp",),
    bad=("turn.example.org", "stun:stun.example.org"),
)


def token(allowed: str = TEXT.allowed, *, least: int = 0) -> Kind[str]:
    """Printable characters without blanks, at least so many of them."""
    return Kind(
        partial(env.token, least=least),
        allowed,
        good=("k" * max(least, 1),),
        bad=("two words", "k" * (least - 1) or "\u00e9"),
    )


def text(allowed: str) -> Kind[str]:
    """Any text as far as this goes; what more there is to it is looked at where it is used."""
    return replace(TEXT, allowed=allowed)


# -- The site ---------------------------------------------------------------------------------

SECRET_KEY = Variable(
    name="SECRET_KEY",
    kind=text(_("at least 32 characters, 8 different ones")),
    meaning=_(
        "signs the seat tokens; the same in every process; a new one makes all tokens invalid"
    ),
    unset=_("none; required unless `DEBUG`"),
    comment="Signs the seat tokens. Required unless DEBUG=1. Long, random, the same in every"
    " process.",
)
ALLOWED_HOSTS = Variable(
    name="ALLOWED_HOSTS",
    kind=HOSTS,
    meaning=_(
        "host names this site is reached at, separated by commas; `.example.org` admits subdomains"
    ),
    unset=_("none; required unless `DEBUG` or on Render"),
    comment="Host names of this site, separated by commas. Required unless DEBUG=1 or on Render.",
    example="call.example.org",
)
CSRF_TRUSTED_ORIGINS = Variable(
    name="CSRF_TRUSTED_ORIGINS",
    kind=ORIGINS,
    meaning=_("further origins whose pages may open the WebSocket, separated by commas"),
    comment="Further origins whose pages may open the WebSocket, besides the site's own.",
    example="https://call.example.org:8443",
)
TRUST_PROXY = Variable(
    name="TRUST_PROXY",
    kind=FLAG,
    meaning=_("believe the proxy's `X-Forwarded-Proto`; only if it overwrites what clients send"),
    default="0",
    unset=_("0; 1 on Render"),
    comment="1 if a proxy in front sets X-Forwarded-Proto and overwrites what clients send in it.",
)
DEBUG = Variable(
    name="DEBUG",
    kind=FLAG,
    meaning=_("development mode"),
    default="0",
    unset=_("0; 1 for `runserver` without a `SECRET_KEY`"),
    comment="Development mode: 1 or 0. Never 1 on a machine that others can reach.",
)

# -- Processes and what they share ------------------------------------------------------------

REDIS_URL = Variable(
    name="REDIS_URL",
    kind=REDIS_URLS,
    meaning=_("one or several Redis URLs, separated by commas; see [redis.md](redis.md)"),
    unset=_("none: calls live in this process"),
    comment="Redis, to share calls between several processes. Unset: calls live in this one"
    " process.",
    example="rediss://default:PASSWORD@HOST:6379",
)
WEB_CONCURRENCY = Variable(
    name="WEB_CONCURRENCY",
    kind=replace(integer(1, 1024), allowed=_("{least} to {most}; above 1 only with `REDIS_URL`")),
    meaning=_(
        "how many processes serve: `manage.py serve` starts so many, and so does uvicorn by itself;"
        " to daphne it is only said"
    ),
    default="1",
    comment="How many processes serve. Above 1 the server refuses to start without REDIS_URL.",
)
DATABASE_URL = Variable(
    name="DATABASE_URL",
    kind=text(_("a database URL; drivers for SQLite and PostgreSQL are installed")),
    meaning=_("the database of the [call log](#call-log); nothing else is stored"),
    unset=_("SQLite, `db.sqlite3`"),
    comment="The database of the call log; unset means a SQLite file beside manage.py.",
    example="sqlite:///db.sqlite3",
)

# -- Calls ------------------------------------------------------------------------------------

SEAT_GRACE = Variable(
    name="SEAT_GRACE",
    kind=number(0.1, 3600),
    meaning=_("seconds that a dropped connection keeps its seat"),
    default="30",
    comment="Seconds that a dropped connection keeps its seat.",
)
JOIN_TIMEOUT = Variable(
    name="JOIN_TIMEOUT",
    kind=number(0.1, 600),
    meaning=_("seconds that a connection has to send its join, or a ping"),
    default="10",
    comment="Seconds that a connection has to send its join.",
)
HEARTBEAT = Variable(
    name="HEARTBEAT",
    kind=number(0.1, 300),
    meaning=_("seconds of silence after which a page pings"),
    default="20",
    comment="Seconds of silence after which the page pings the server.",
)
MESSAGE_RATE = Variable(
    name="MESSAGE_RATE",
    kind=number(1, 1_000_000),
    meaning=_("messages a second that one connection may send"),
    default="50",
    comment="Messages a second that one connection may send.",
)
MESSAGE_BURST = Variable(
    name="MESSAGE_BURST",
    kind=number(1, 1_000_000),
    meaning=_("messages that it may send at once"),
    default="200",
    comment="Messages that one connection may send at once.",
)

# -- Limits -----------------------------------------------------------------------------------

LIMIT_SEAT_JOINS = Variable(
    name="LIMIT_SEAT_JOINS",
    kind=PACE,
    meaning=_("joins of one seat, and of newcomers to one room; see [limits](#limits)"),
    default="30/m",
    comment="Limits, as a number and a unit of time (s, m or h): joins of one seat, and of"
    " newcomers to one room; of one address: joins, joins where nobody is, refusals, dismissals,"
    " pages.",
)
LIMIT_JOINS = Variable(
    name="LIMIT_JOINS", kind=SAME_PACE, meaning=_("joins of one address"), default="120/m"
)
LIMIT_ROOMS = Variable(
    name="LIMIT_ROOMS",
    kind=SAME_PACE,
    meaning=_("joins of one address where nobody is"),
    default="300/h",
)
LIMIT_REFUSALS = Variable(
    name="LIMIT_REFUSALS",
    kind=SAME_PACE,
    meaning=_("times that one address is told `room-full` or `bad-token`"),
    default="120/m",
)
LIMIT_DISMISSALS = Variable(
    name="LIMIT_DISMISSALS",
    kind=SAME_PACE,
    meaning=_("times that somebody at one address is not let in by whoever is inside"),
    default="10/h",
)
LIMIT_REQUESTS = Variable(
    name="LIMIT_REQUESTS",
    kind=SAME_PACE,
    meaning=_("pages of one address, from each process"),
    default="300/m",
)
LIMIT_LOG_LINES = Variable(
    name="LIMIT_LOG_LINES",
    kind=SAME_PACE,
    meaning=_("lines of one kind in the log; how many more there were is said once a minute"),
    default="1200/m",
    comment="Lines of one kind in the log.",
)
LIMIT_SOCKETS = Variable(
    name="LIMIT_SOCKETS",
    kind=integer(1, 1_000_000),
    meaning=_("open WebSockets of one address, at each process"),
    default="200",
    comment="Open WebSockets of one address, of each process.",
)
LIMIT_EXEMPT = Variable(
    name="LIMIT_EXEMPT",
    kind=NETWORKS,
    meaning=_("whom the limits of an address are not for, separated by commas"),
    # Nobody's own address: who seems to come from there has come through a proxy that is not
    # counted.
    default="127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16,"
    " 100.64.0.0/10, ::1, fc00::/7, fe80::/10",
    unset=_("all addresses that are not public"),
    comment="Addresses and networks that these do not hold for; without it, all that are not"
    " public. For nobody: none.",
    example="192.0.2.7, 2001:db8::/32",
)
TRUSTED_PROXIES = Variable(
    name="TRUSTED_PROXIES",
    kind=integer(0, 10),
    meaning=_("proxies in front of the server that add to `X-Forwarded-For`"),
    default="0",
    unset=_("0; 1 with `TRUST_PROXY`; 2 on Render"),
    comment="Proxies in front that add to X-Forwarded-For. Without it: 2 on Render, 1 with"
    " TRUST_PROXY.",
    example="1",
)

# -- For those who run it ---------------------------------------------------------------------

CALL_LOG = Variable(
    name="CALL_LOG",
    kind=FLAG,
    meaning=_("keep a row of each call that is over; see [call log](#call-log)"),
    default="0",
    unset=_("0; 1 with `DATABASE_URL`"),
    comment="Keep a row of each call that is over (manage.py migrate first). Unset: with"
    " DATABASE_URL only.",
)
CALL_LOG_DAYS = Variable(
    name="CALL_LOG_DAYS",
    kind=integer(1, 3650),
    meaning=_("days that such a row is kept"),
    default="90",
    comment="Days that such a row is kept.",
)
METRICS_TOKEN = Variable(
    name="METRICS_TOKEN",
    kind=token(_("at least 16 characters without blanks"), least=16),
    meaning=_("opens `/metrics` to whoever sends it; see [metrics](#metrics)"),
    unset=_("none: there is no `/metrics`"),
    comment="Opens /metrics to whoever sends it as a bearer token. Unset: there is no /metrics.",
)
LOG_FORMAT = Variable(
    name="LOG_FORMAT",
    kind=choice("text", "json"),
    meaning=_("how lines of the log look; see [logging](#logging)"),
    default="text",
    comment="How lines of the log look: text or json.",
)
PORT = Variable(
    name="PORT",
    kind=integer(1, 65_535),
    meaning=_("where `manage.py serve` and `make run` listen, and the lines for platforms"),
    default="8000",
    comment="Where manage.py serve listens.",
)
DRAIN_SECONDS = Variable(
    name="DRAIN_SECONDS",
    kind=number(0, 600),
    meaning=_(
        "seconds that sockets are closed in when the process is told to end, a hundred a second or"
        " faster; it ends three seconds later at most"
    ),
    default="6",
    comment="Seconds that sockets are closed in when the process is told to end.",
)
REVISION = Variable(
    name="REVISION",
    kind=text(_("a commit or a version")),
    meaning=_("what `/metrics` says of which Duet this is"),
    unset=_("none; on Render the commit"),
    comment="Which Duet this is, for /metrics: a commit or a version.",
)

# -- STUN and TURN ----------------------------------------------------------------------------

STUN_URLS = Variable(
    name="STUN_URLS",
    kind=STUN,
    meaning=_("STUN servers for the browsers, separated by commas"),
    comment="STUN servers given to the browsers, separated by commas.",
    example="stun:turn.example.org:3478",
)
TURN_URLS = Variable(
    name="TURN_URLS",
    kind=TURN,
    meaning=_(
        "TURN servers for the browsers, separated by commas; this and the next seven: one of the"
        " [forms](#turn-which-form)"
    ),
    comment="TURN, in one of four forms: all variables of one, none of the others.\n1. A server of"
    " your own that shares a secret with this one (coturn, eturnal).",
    example="turn:turn.example.org:3478,turns:turn.example.org:443?transport=tcp",
)
TURN_SECRET = Variable(
    name="TURN_SECRET",
    kind=TEXT,
    meaning=_("the TURN server's `static-auth-secret`"),
    comment="Its static-auth-secret (coturn's use-auth-secret).",
)
TURN_USERNAME = Variable(
    name="TURN_USERNAME",
    kind=TEXT,
    meaning=_("the name of a login for everybody"),
    comment="2. A server with one login for everybody: TURN_URLS as above, and",
)
TURN_PASSWORD = Variable(name="TURN_PASSWORD", kind=TEXT, meaning=_("its password"))
CLOUDFLARE_TURN_KEY_ID = Variable(
    name="CLOUDFLARE_TURN_KEY_ID",
    kind=text(_("as Cloudflare shows it")),
    meaning=_("the id of a TURN key of Cloudflare's"),
    comment="3. Cloudflare: a TURN key's id, and its API token.",
)
CLOUDFLARE_TURN_API_TOKEN = Variable(
    name="CLOUDFLARE_TURN_API_TOKEN",
    kind=token(_("as Cloudflare shows it")),
    meaning=_("its API token"),
)
TURN_API_URL = Variable(
    name="TURN_API_URL",
    kind=text(
        _("an https URL without a login in it; plain http only within a private network"),
    ),
    meaning=_("the address of a provider's API"),
    comment="4. Any other provider with an API: Metered, Twilio, Xirsys, an address of your own.",
    example="https://APP.metered.live/api/v1/turn/credentials",
)
TURN_API_TOKEN = Variable(name="TURN_API_TOKEN", kind=token(), meaning=_("what opens it"))
TURN_TTL = Variable(
    name="TURN_TTL",
    kind=replace(integer(600, 604_800), allowed=_("{least} to {most}, whole")),
    meaning=_(
        "seconds that TURN credentials are valid; from a provider no longer than it grants; not"
        " those of a login for everybody"
    ),
    default="7200",
    comment="Seconds that TURN credentials are valid. Does not matter to form 2.",
)
ICE_TRANSPORT_POLICY = Variable(
    name="ICE_TRANSPORT_POLICY",
    kind=choice("all", "relay"),
    meaning=_("`relay` makes browsers connect through TURN only"),
    default="all",
    comment="Or relay: then the browsers connect through TURN only.",
)

# -- What the platform sets -------------------------------------------------------------------

RENDER = Variable(
    name="RENDER",
    kind=FLAG,
    meaning=_("set to `true` by Render; the same effect as `TRUST_PROXY=1`"),
    default="0",
    comment="Set by Render itself: that this is Render, and the service's onrender.com host name.",
    example="true",
)
RENDER_EXTERNAL_HOSTNAME = Variable(
    name="RENDER_EXTERNAL_HOSTNAME",
    kind=text(_("a host name")),
    meaning=_(
        "set by Render; added to the allowed hosts and, with `https://`, to the trusted origins"
    ),
    example="duet.onrender.com",
)
RENDER_GIT_COMMIT = Variable(
    name="RENDER_GIT_COMMIT",
    kind=text(_("a commit")),
    meaning=_("set by Render; what `REVISION` is without a value of its own"),
)

# As they stand in the documents: the group's name, and what is in it.
GROUPS: dict[str, tuple[Variable[Any], ...]] = {
    _("The site"): (SECRET_KEY, ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS, TRUST_PROXY, DEBUG),
    _("Processes, and what they share"): (REDIS_URL, WEB_CONCURRENCY, DATABASE_URL),
    _("Calls"): (SEAT_GRACE, JOIN_TIMEOUT, HEARTBEAT, MESSAGE_RATE, MESSAGE_BURST),
    _("Limits"): (
        LIMIT_SEAT_JOINS,
        LIMIT_JOINS,
        LIMIT_ROOMS,
        LIMIT_REFUSALS,
        LIMIT_DISMISSALS,
        LIMIT_REQUESTS,
        LIMIT_LOG_LINES,
        LIMIT_SOCKETS,
        LIMIT_EXEMPT,
        TRUSTED_PROXIES,
    ),
    _("For those who run it"): (
        PORT,
        DRAIN_SECONDS,
        CALL_LOG,
        CALL_LOG_DAYS,
        METRICS_TOKEN,
        LOG_FORMAT,
        REVISION,
    ),
    _("STUN and TURN"): (
        STUN_URLS,
        TURN_URLS,
        TURN_SECRET,
        TURN_USERNAME,
        TURN_PASSWORD,
        CLOUDFLARE_TURN_KEY_ID,
        CLOUDFLARE_TURN_API_TOKEN,
        TURN_API_URL,
        TURN_API_TOKEN,
        TURN_TTL,
        ICE_TRANSPORT_POLICY,
    ),
    _("What the platform sets"): (RENDER, RENDER_EXTERNAL_HOSTNAME, RENDER_GIT_COMMIT),
}
ALL = tuple(variable for group in GROUPS.values() for variable in group)
