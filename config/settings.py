"""Django settings, read from the environment (see .env.example for every variable).

A bad value raises ``ImproperlyConfigured`` with a sentence; ``manage.py`` and ``config.asgi``
print it and stop.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import env, ice
from config import variables as var

BASE_DIR = Path(__file__).resolve().parent.parent

env.load_file(BASE_DIR)
ENV = os.environ

DEBUG = var.DEBUG.read(ENV)
RENDER = var.RENDER.read(ENV)

# --- Secrets and hosts -------------------------------------------------------------------

SECRET_KEY = var.SECRET_KEY.read(ENV)
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give it a long random value"
            " (python -c 'import secrets; print(secrets.token_urlsafe(50))'),"
            " or set DEBUG=1 on a development machine."
        )
    # Fixed, so that seat tokens survive the restarts of the development server.
    SECRET_KEY = "development-only"  # noqa: S105 - refused above unless DEBUG
elif not DEBUG and (len(SECRET_KEY) < 32 or len(set(SECRET_KEY)) < 8):
    raise ImproperlyConfigured(
        "SECRET_KEY is too easy to guess, and whoever guesses it can take anybody's seat: give it"
        " at least 32 random characters"
        " (python -c 'import secrets; print(secrets.token_urlsafe(50))')."
    )

RENDER_EXTERNAL_HOSTNAME = var.RENDER_EXTERNAL_HOSTNAME.read(ENV)
_named_hosts = var.ALLOWED_HOSTS.read(ENV)
ALLOWED_HOSTS = _named_hosts + ([RENDER_EXTERNAL_HOSTNAME] if RENDER_EXTERNAL_HOSTNAME else [])
if not ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is not set: name the hosts this site is reached at, separated by commas,"
        " like ALLOWED_HOSTS=call.example.org."
    )

# Origins of this site beyond the one a request was made to (calls/origins.py).
CSRF_TRUSTED_ORIGINS = var.CSRF_TRUSTED_ORIGINS.read(ENV)
if RENDER_EXTERNAL_HOSTNAME:
    CSRF_TRUSTED_ORIGINS.append(f"https://{RENDER_EXTERNAL_HOSTNAME.lower()}")

# Render's proxy ends TLS and overwrites this header; elsewhere a client could forge it.
_on_render = RENDER or bool(RENDER_EXTERNAL_HOSTNAME)
_trusts_proxy = _on_render or var.TRUST_PROXY.read(ENV)
if _trusts_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Over http there is no camera, and whoever is on the way reads the link.
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = ["^(healthz|readyz|metrics)$"]
    SECURE_HSTS_SECONDS = 31_536_000  # a year

# --- Application -------------------------------------------------------------------------

INSTALLED_APPS = [
    "calls",  # its runserver is Daphne's with a little more, so it comes before that
    "daphne",
    "django.contrib.staticfiles",
    "csp",
]

MIDDLEWARE = [
    "config.headers.SecurityHeaders",
    "django.middleware.gzip.GZipMiddleware",  # pages; files are compressed beforehand
    "calls.languages.LanguageMiddleware",  # before all that may answer with a page
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# A language needs locale/CODE/ as well (make words).
LANGUAGES = [("en", "English"), ("ru", "Русский")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 31_536_000  # seconds: a year
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database ----------------------------------------------------------------------------

try:
    DATABASES = {
        # Under ASGI every request may run in another thread, so a kept connection is a leak.
        "default": dj_database_url.parse(
            var.DATABASE_URL.read(ENV, f"sqlite:///{BASE_DIR / 'db.sqlite3'}"), conn_max_age=0
        )
    }
    if "@" in DATABASES["default"]["NAME"]:
        raise ValueError  # a '/' in the password ended the host too early
except ValueError:
    # The library's own message repeats the URL, password included.
    raise ImproperlyConfigured(
        "DATABASE_URL is not a database URL: it should look like"
        " postgres://USER:PASSWORD@HOST:5432/NAME."
    ) from None

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Several processes may write to the file, and none is to wait for a reader.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "options": "-c statement_timeout=10000",
    }
# Whoever gives a database wants something in it.
CALL_LOG = var.CALL_LOG.read(ENV, "1" if var.DATABASE_URL.read(ENV) else "0")
CALL_LOG_DAYS = var.CALL_LOG_DAYS.read(ENV)

# --- Channel layer -----------------------------------------------------------------------

WEB_CONCURRENCY = var.WEB_CONCURRENCY.read(ENV)
REDIS_URLS = var.REDIS_URL.read(ENV)
if REDIS_URLS:
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "calls.layers.RedisChannelLayer", "CONFIG": {"urls": REDIS_URLS}}
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "calls.layers.InMemoryChannelLayer"}}
    if WEB_CONCURRENCY > 1:
        raise ImproperlyConfigured(
            "WEB_CONCURRENCY is above 1, but several processes can share calls only through"
            " Redis: set REDIS_URL, or set WEB_CONCURRENCY=1 (Render sets it by itself)."
        )

# --- Calls -------------------------------------------------------------------------------

# Messages a second one socket may send, and how many at once (trickled candidates burst).
MESSAGE_RATE = var.MESSAGE_RATE.read(ENV)
MESSAGE_BURST = var.MESSAGE_BURST.read(ENV)
# Seconds: how long a dropped socket keeps its seat, how long a join may take, how often the
# page pings.
SEAT_GRACE = var.SEAT_GRACE.read(ENV)
JOIN_TIMEOUT = var.JOIN_TIMEOUT.read(ENV)
HEARTBEAT = var.HEARTBEAT.read(ENV)

ICE = ice.read(ENV)

# --- Limits ------------------------------------------------------------------------------

# Proxies of the operator's in front, each of which adds to X-Forwarded-For. Render has two:
# Cloudflare's, and its own.
_proxies = 2 if _on_render else int(_trusts_proxy)
TRUSTED_PROXIES = var.TRUSTED_PROXIES.read(ENV, str(_proxies))
LIMIT_EXEMPT = var.LIMIT_EXEMPT.read(ENV)
# Of one seat, and of newcomers to one room.
LIMIT_SEAT_JOINS = var.LIMIT_SEAT_JOINS.read(ENV)
# Of one address. A family stays far below them, and a few hundred people behind one address too.
LIMIT_SOCKETS = var.LIMIT_SOCKETS.read(ENV)
LIMIT_JOINS = var.LIMIT_JOINS.read(ENV)
LIMIT_ROOMS = var.LIMIT_ROOMS.read(ENV)
LIMIT_REFUSALS = var.LIMIT_REFUSALS.read(ENV)
LIMIT_DISMISSALS = var.LIMIT_DISMISSALS.read(ENV)
LIMIT_REQUESTS = var.LIMIT_REQUESTS.read(ENV)
# Of the log: lines of one kind.
LIMIT_LOG_LINES = var.LIMIT_LOG_LINES.read(ENV)

# --- For those who run it ----------------------------------------------------------------

METRICS_TOKEN = var.METRICS_TOKEN.read(ENV)
PORT = var.PORT.read(ENV)
DRAIN_SECONDS = var.DRAIN_SECONDS.read(ENV)
REVISION = var.REVISION.read(ENV, var.RENDER_GIT_COMMIT.read(ENV))

# --- Static files ------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "config.storage.StaticFilesStorage"}}
# What is asked for by well-known names at the root, icons and robots.txt.
WHITENOISE_ROOT = BASE_DIR / "public"
# Other sites have no business with these files.
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- Security headers --------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": ["self"],
    "microphone": ["self"],
    "display-capture": ["self"],
    "geolocation": [],
    "payment": [],
    "usb": [],
}
X_FRAME_OPTIONS = "DENY"
# A room's name is what lets people in: it must not travel in a Referer header.
SECURE_REFERRER_POLICY = "same-origin"

# --- Logging -----------------------------------------------------------------------------

LOG_FORMAT = var.LOG_FORMAT.read(ENV)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "[{levelname}] {message}", "style": "{"},
        "json": {"()": "calls.operations.json_lines.JSONFormatter"},
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": LOG_FORMAT,
        },
        "nothing": {"class": "logging.NullHandler"},
    },
    # Daphne installs a root handler of its own: without propagate=False lines come twice.
    "loggers": {
        "calls": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
        # Whoever writes what they like into ``Host`` is answered 400, without a traceback.
        "django.security.DisallowedHost": {"handlers": ["nothing"], "propagate": False},
    },
}
if LOG_FORMAT == "json":
    # All that is logged, in the place of what servers have set up for themselves by now.
    LOGGING["root"] = {"handlers": ["stdout"], "level": "INFO"}
    LOGGING["loggers"] |= {
        name: {"handlers": [], "level": "INFO", "propagate": True}
        for name in ("django", "django.server", "uvicorn", "uvicorn.access", "uvicorn.error")
    }
