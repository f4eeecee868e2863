"""Start-up: what the environment makes of the settings, and what stops a server."""

import os
import runpy
import secrets
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.variables import ALL, Variable
from tests.app.test_pages import BEHIND_A_PROXY
from tests.support.commands import DAPHNE, MANAGE, PRODUCTION, Server, copy_checkout, get, run
from tests.support.peers import WirePeer, new_room
from tests.support.processes import OWN_VARIABLES, ROOT, free_port, running

DEVELOPMENT = {"DEBUG": "1"}
KEY = PRODUCTION["SECRET_KEY"]
IN_MEMORY = "[INFO] Using InMemory channel layer"
IN_REDIS = "[INFO] Using Redis channel layer"


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch):
    """Reads config/settings.py anew, with nothing but the given variables."""

    def read(env: dict[str, str]) -> dict[str, Any]:
        for name in OWN_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "config" / "settings.py"))

    return read


# -- Defaults ---------------------------------------------------------------------------------


def test_development_needs_one_variable(settings_of):
    found = settings_of(DEVELOPMENT)
    assert found["DEBUG"] is True
    assert found["SECRET_KEY"]
    assert found["CHANNEL_LAYERS"]["default"]["BACKEND"] == "calls.layers.InMemoryChannelLayer"
    assert found["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert (found["SEAT_GRACE"], found["JOIN_TIMEOUT"], found["HEARTBEAT"]) == (30, 10, 20)


def test_production_needs_two_variables(settings_of):
    found = settings_of(PRODUCTION)
    assert found["DEBUG"] is False
    assert found["SECRET_KEY"] == PRODUCTION["SECRET_KEY"]
    assert found["ALLOWED_HOSTS"] == ["call.example.org"]
    assert found["CSRF_TRUSTED_ORIGINS"] == []
    # Whoever could set it would choose between http and https for us.
    assert "SECURE_PROXY_SSL_HEADER" not in found
    assert not BEHIND_A_PROXY.keys() & found.keys()


def test_a_connection_is_not_kept_between_requests(settings_of):
    """Under ASGI each request may run in another thread, where nobody would close it."""
    for url in ("postgres://u:p@localhost/duet", "sqlite:////tmp/duet.sqlite3"):
        assert settings_of(PRODUCTION | {"DATABASE_URL": url})["DATABASES"]["default"][
            "CONN_MAX_AGE"
        ] == 0  # fmt: skip


def test_redis(settings_of):
    urls = "rediss://default:p@one:6379,redis://two:6379/1"
    found = settings_of(PRODUCTION | {"REDIS_URL": urls, "WEB_CONCURRENCY": "4"})
    assert found["REDIS_URLS"] == urls.split(",")
    assert found["CHANNEL_LAYERS"]["default"] == {
        "BACKEND": "calls.layers.RedisChannelLayer",
        "CONFIG": {"urls": urls.split(",")},
    }


def test_render(settings_of):
    """What Render itself sets is enough, with the key that render.yaml generates."""
    found = settings_of(
        {
            "SECRET_KEY": PRODUCTION["SECRET_KEY"],
            "RENDER": "true",
            "RENDER_EXTERNAL_HOSTNAME": "duet-Ab1c.onrender.com",
            "WEB_CONCURRENCY": "1",
            "REDIS_URL": "",
        }
    )
    assert found["ALLOWED_HOSTS"] == ["duet-Ab1c.onrender.com"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://duet-ab1c.onrender.com"]
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert found["REDIS_URLS"] == []


def test_render_with_a_domain_of_ones_own(settings_of):
    found = settings_of(PRODUCTION | {"RENDER_EXTERNAL_HOSTNAME": "duet.onrender.com"})
    assert found["ALLOWED_HOSTS"] == ["call.example.org", "duet.onrender.com"]


def test_another_proxy_can_be_trusted(settings_of):
    found = settings_of(PRODUCTION | {"TRUST_PROXY": "1"})
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert {name: found[name] for name in BEHIND_A_PROXY} == BEHIND_A_PROXY


@pytest.mark.parametrize(
    ("env", "proxies"),
    [
        ({}, 0),
        ({"TRUST_PROXY": "1"}, 1),
        ({"RENDER": "true"}, 2),
        ({"RENDER_EXTERNAL_HOSTNAME": "duet.onrender.com"}, 2),
        ({"RENDER": "true", "TRUSTED_PROXIES": "3"}, 3),
        ({"TRUST_PROXY": "1", "TRUSTED_PROXIES": "0"}, 0),
    ],
)
def test_how_many_proxies_are_in_front(settings_of, env: dict[str, str], proxies: int):
    assert settings_of(PRODUCTION | env)["TRUSTED_PROXIES"] == proxies


def test_limits(settings_of):
    found = settings_of(PRODUCTION)
    assert found["LIMIT_JOINS"] == (120, 60)
    assert found["LIMIT_ROOMS"] == (300, 3600)
    assert any(ip_address("10.0.0.1") in network for network in found["LIMIT_EXEMPT"])
    own = {"LIMIT_JOINS": "2/s", "LIMIT_EXEMPT": "192.0.2.7, 2001:db8::/32"}
    found = settings_of(PRODUCTION | own)
    assert found["LIMIT_JOINS"] == (2, 1)
    assert found["LIMIT_EXEMPT"] == [ip_network("192.0.2.7"), ip_network("2001:db8::/32")]
    assert settings_of(PRODUCTION | {"LIMIT_EXEMPT": "none"})["LIMIT_EXEMPT"] == []


def test_ice_servers(settings_of):
    found = settings_of(
        PRODUCTION
        | {
            "STUN_URLS": "stun:one.example.org, stun:two.example.org",
            "TURN_URLS": "turn:turn.example.org",
            "TURN_SECRET": "north",
            "TURN_TTL": "600",
            "ICE_TRANSPORT_POLICY": "relay",
        }
    )["ICE"]
    assert found.stun_urls == ["stun:one.example.org", "stun:two.example.org"]
    assert found.turn_urls == ["turn:turn.example.org"]
    assert (found.turn_secret, found.turn_ttl, found.policy) == ("north", 600, "relay")


# -- What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "  "}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": "changeme"}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": "development-only"}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": "abcabcab" * 10}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": secrets.token_urlsafe(50)[:31]}, "SECRET_KEY"),
        ({"SECRET_KEY": KEY}, "ALLOWED_HOSTS"),
        ({"SECRET_KEY": KEY, "ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS"),
        (PRODUCTION | {"WEB_CONCURRENCY": "2"}, "WEB_CONCURRENCY"),
        (DEVELOPMENT | {"WEB_CONCURRENCY": "2"}, "WEB_CONCURRENCY"),
        (PRODUCTION | {"TURN_URLS": "turn:turn.example.org"}, "TURN_SECRET"),
        (PRODUCTION | {"ICE_TRANSPORT_POLICY": "relay"}, "TURN_URLS"),
        *((PRODUCTION | {one.name: bad}, one.name) for one in ALL for bad in one.kind.bad),
    ],
)
def test_a_bad_value_is_named(settings_of, env: dict[str, str], named: str):
    with pytest.raises(ImproperlyConfigured) as caught:
        settings_of(env)
    assert named in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "url",
    [
        "SEKRET",
        "://u:SEKRET@host/db",
        "nosuch://u:SEKRET@host/db",
        "postgres://u:SEKRET@host:port/db",
        "postgres://u:SEKRET@host:99999/db",
        "postgres://u:SEKRET#1@host/db",
        "postgres://u:SEKRET/1@host/db",
        "postgres://u:SEKRET?1@host/db",
        "postgres://u:[SEKRET@host/db",
        "postgres://u:SEK\tRET]@host/db",
        "'postgres://u:SEKRET@host/db'",
        "psql postgres://u:SEKRET@host/db",
    ],
)
def test_a_bad_database_url_is_not_repeated(settings_of, url: str):
    with pytest.raises(ImproperlyConfigured) as caught:
        settings_of(PRODUCTION | {"DATABASE_URL": url})
    assert str(caught.value).startswith("DATABASE_URL")
    assert "SEK" not in str(caught.value)
    # Nor by a traceback, which would show the library's own message.
    assert caught.value.__suppress_context__


# -- Commands that stop -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        [*DAPHNE, "config.asgi:application"],
        [*MANAGE, "check"],
        [*MANAGE, "runserver", "--noreload"],
        [*MANAGE, "runserver"],
    ],
    ids=["daphne", "check", "runserver-noreload", "runserver"],
)
@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"SECRET_KEY": KEY}, "ALLOWED_HOSTS is not set"),
        (PRODUCTION | {"REDIS_URL": "redis://default:SEKRET/1@host:6379"}, "REDIS_URL has"),
        (PRODUCTION | {"DATABASE_URL": "postgres://u:SEKRET@host:x/db"}, "DATABASE_URL is not"),
        (PRODUCTION | {"DATABASE_URL": "postgres://u:1/SEKRET@host/db"}, "DATABASE_URL is not"),
    ],
)
def test_a_command_stops_with_one_sentence(command: list[str], env: dict[str, str], named: str):
    result = run(command, env)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"Configuration error: {named}")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    assert "SEKRET" not in result.stderr


def test_importing_the_settings_shows_no_password():
    """Tools that know nothing of our sentence print a traceback: that must be as silent."""
    command = [*MANAGE[:1], "-c", "import config.settings"]
    for env in (
        {"REDIS_URL": "redis://default:SEKRET/1@host:6379"},
        {"DATABASE_URL": "postgres://u:SEKRET@host:x/db"},
    ):
        result = run(command, PRODUCTION | env)
        assert result.returncode == 1
        assert "ImproperlyConfigured" in result.stderr
        assert "SEKRET" not in result.stderr


def test_check_finds_nothing_wrong_with_a_full_configuration():
    env = PRODUCTION | {"STUN_URLS": "stun:stun.example.org", "REDIS_URL": "redis://localhost"}
    result = run([*MANAGE, "check", "--fail-level", "WARNING"], env)
    assert (result.returncode, result.stderr) == (0, "")


def test_check_warns_of_calls_that_stay_in_one_network():
    result = run([*MANAGE, "check", "--fail-level", "WARNING"], PRODUCTION)
    assert result.returncode == 1
    assert "calls.W001" in result.stderr
    assert "STUN_URLS" in result.stderr


# -- Servers that start -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "line"), [({}, IN_MEMORY), ({"REDIS_URL": "redis://127.0.0.1:1"}, IN_REDIS)]
)
async def test_daphne_says_once_which_layer_it_uses(env: dict[str, str], line: str):
    """Redis need not even be there when the server starts."""
    port = free_port()
    command = [*DAPHNE, "-p", str(port), "config.asgi:application"]
    async with running(Server(command, port, PRODUCTION | env)) as server:
        page = await get(server.address, "/healthz", Host="call.example.org")
        assert (page.status, page.body) == (200, b"ok")
    assert [text for text in server.lines if "channel layer" in text] == [line]
    assert line in server.stdout
    assert "calls.W001" in server.output


@pytest.mark.parametrize("options", [[], ["--noreload"]], ids=["autoreload", "noreload"])
async def test_runserver_by_hand(options: list[str], tmp_path: Path):
    """In a fresh checkout, without any variable, before ``migrate``."""
    port = free_port()
    command = [*MANAGE, "runserver", *options, f"127.0.0.1:{port}"]
    checkout = copy_checkout(tmp_path)
    async with running(Server(command, port, {}, checkout)) as server:
        for path in (
            "/",
            "/call/abc-def/",
            "/static/calls/js/main.js",
            "/static/calls/css/base.css",
        ):
            assert (await get(server.address, path)).status == 200
        peer = WirePeer(server.address, new_room())
        await peer.connect()
        await peer.join()
        await peer.send("leave")
        assert await peer.expect_close() == 1000
    assert [text for text in server.lines if "channel layer" in text] == [IN_MEMORY]
    assert IN_MEMORY in server.stdout
    assert "Traceback" not in server.output
    assert not (checkout / "db.sqlite3").exists()


async def test_runserver_with_redis(redis_server):
    port = free_port()
    command = [*MANAGE, "runserver", "--noreload", f"127.0.0.1:{port}"]
    async with running(Server(command, port, {"REDIS_URL": redis_server.url})) as server:
        peer = WirePeer(server.address, new_room())
        await peer.connect()
        await peer.join()
        await peer.drop()
    assert [text for text in server.stdout if "channel layer" in text] == [IN_REDIS]


def test_env_file(tmp_path: Path):
    """A .env beside manage.py is read, and what is set already wins over it."""
    checkout = copy_checkout(tmp_path)
    (checkout / ".env").write_text(
        f"SECRET_KEY={KEY}\nALLOWED_HOSTS=file.example.org\nHEARTBEAT=7\n"
    )
    code = "from config import settings as s; print(s.SECRET_KEY, *s.ALLOWED_HOSTS, s.HEARTBEAT)"
    env = {"PYTHON_DOTENV_DISABLED": "0", "ALLOWED_HOSTS": "own.example.org"}
    result = run([*MANAGE[:1], "-c", code], env, checkout)
    assert result.stdout == f"{KEY} own.example.org 7.0\n", result.stderr


def test_env_file_decides_whether_this_is_development(tmp_path: Path):
    """With a SECRET_KEY in it, ``runserver`` does not switch DEBUG on by itself."""
    checkout = copy_checkout(tmp_path)
    (checkout / ".env").write_text(f"SECRET_KEY={KEY}\n")
    result = run([*MANAGE, "runserver"], {"PYTHON_DOTENV_DISABLED": "0"}, checkout)
    assert result.returncode == 1
    assert result.stderr.startswith("Configuration error: ALLOWED_HOSTS")


def test_no_variable_is_set_while_these_tests_run():
    """Or one of the developer's own would decide a test."""
    assert not OWN_VARIABLES & set(os.environ) - {"DEBUG"}


def test_every_variable_is_read(settings_of, monkeypatch: pytest.MonkeyPatch):
    """And by its declaration."""
    names = set()
    read = Variable.read

    def note(self: Variable[Any], *args: Any) -> Any:
        names.add(self.name)
        return read(self, *args)

    monkeypatch.setattr(Variable, "read", note)
    cloudflare = {"CLOUDFLARE_TURN_KEY_ID": "key", "CLOUDFLARE_TURN_API_TOKEN": "token"}
    other = {"TURN_API_URL": "https://turn.example.org/", "TURN_API_TOKEN": "token"}
    for form in (cloudflare, other):
        settings_of(PRODUCTION | form)
    assert names == OWN_VARIABLES
