"""The pages over HTTP: what they say, who may embed them, and that they call nobody else."""

import json
import re
from pathlib import Path
from posixpath import normpath
from typing import Any
from urllib.parse import urljoin

import pytest
from django.template.loader import render_to_string
from django.test import AsyncClient, Client
from django.urls import reverse

from tests.app.conftest import Connect
from tests.support.processes import ROOT
from tests.support.sources import Document, absolute_urls, is_data, without_comments

ROOM = "k7mqx-2phb9-dtw4e"
CALL = f"/call/{ROOM}/"
STATIC = ROOT / "static"
# tests/app/test_settings.py says when.
BEHIND_A_PROXY: dict[str, Any] = {
    "SECURE_SSL_REDIRECT": True,
    "SECURE_REDIRECT_EXEMPT": ["^(healthz|readyz|metrics)$"],
    "SECURE_HSTS_SECONDS": 31_536_000,
}


def document(response: Any) -> Document:
    return Document(response.content.decode())


def data(page: Document, id: str) -> Any:
    """What a data block of the page holds."""
    (text,) = [
        text for attributes, text in page.scripts if is_data(attributes) and attributes["id"] == id
    ]
    return json.loads(text)


# -- Home, new --------------------------------------------------------------------------------


def test_home(client: Client):
    response = client.get("/")
    assert response.status_code == 200
    assert "<h1>Video calls for" in response.content.decode()
    (start,) = document(response).find("a", id="start")
    assert start["href"] == "/new/"


def test_new_goes_to_a_call_of_its_own(client: Client):
    response = client.get("/new/")
    assert response.status_code == 302
    assert re.fullmatch(r"/call/[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}/", response["Location"])
    assert "no-store" in response["Cache-Control"]
    assert client.get(response["Location"]).status_code == 200
    assert client.get("/new/")["Location"] != response["Location"]


# -- The call page ----------------------------------------------------------------------------


def test_call(client: Client, settings):
    settings.SEAT_GRACE = 12.5
    response = client.get(CALL)
    assert response.status_code == 200
    page = document(response)
    config = data(page, "call-config")
    expected = {"room": ROOM, "socketPath": f"/ws/call/{ROOM}/", "grace": 12.5}
    assert config == {**config, **expected}
    (script,) = [attributes for attributes, _ in page.scripts if not is_data(attributes)]
    assert script == {"type": "module", "src": "/static/calls/js/main.js"}


async def test_the_socket_has_the_address_the_page_names(
    async_client: AsyncClient, connect: Connect
):
    page = document(await async_client.get(CALL))
    peer = await connect(path=data(page, "call-config")["socketPath"])
    assert (await peer.join())["peer"] is None


def test_a_call_is_not_kept_or_found(client: Client):
    """Its address is the key to it: not in caches, not in search engines, not in referrers."""
    response = client.get(CALL)
    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert document(response).find("meta", name="robots", content="noindex")
    assert response["Referrer-Policy"] == "same-origin"


def test_every_script_is_preloaded_or_comes_later(client: Client):
    """One round trip brings all that a call needs, and nothing that waits until it is opened."""
    page = document(client.get(CALL))
    preloaded = {link["href"] for link in page.find("link", rel="modulepreload")}
    js = STATIC / "calls" / "js"
    scripts = {f"/static/{path.relative_to(STATIC).as_posix()}" for path in js.rglob("*.js")}
    scripts.remove("/static/calls/js/home.js")  # the home page's
    opened = {
        *(path.relative_to(js).as_posix() for path in (js / "call" / "check").iterdir()),
        *(path.relative_to(js).as_posix() for path in (js / "call" / "files").iterdir()),
        *("view/figures.js", "view/findings.js", "view/report.js"),
        *("call/chat.js", "view/messages.js"),
        *("call/devices.js", "view/picker.js", "view/level.js", "view/tone.js"),
    }
    extras = ["announcements", "chime", "files", "full-screen", "help"]
    extras += ["idle-controls", "muted-voice", "permission", "picture-in-picture", "push-to-talk"]
    extras += ["quality", "rating", "screen-share", "self-view", "timer", "wake-lock"]
    extras += ["knock", "privacy", "comparing"]
    measured = [
        "comparing",
        "comparison",
        "fingerprints",
        "capture",
        "figures",
        "quality-meter",
        "quality",
        "told",
    ]
    words = ["announcements", "arrivals", "corners", "files", "full-screen", "permission"]
    words += ["quality", "sharing", "voice", "privacy"]
    opened |= {"extras.js", *(f"features/{name}.js" for name in extras)}
    opened |= {f"call/{name}.js" for name in measured} | {f"view/{name}.js" for name in words}
    opened |= {"view/qr.js", "../../vendor/lean-qr/lean-qr-2.7.4.mjs"}
    later = {normpath(f"/static/calls/js/{name}") for name in opened}
    assert sorted(data(page, "later")) == sorted(later)
    assert preloaded == scripts - later - {"/static/calls/js/main.js"}


def test_the_styles_of_features_come_last(client: Client):
    """They may overrule what all share; in another order they would be overruled."""
    linked = [
        link["href"].removeprefix("/static/calls/css/")
        for link in document(client.get(CALL)).find("link", rel="stylesheet")
    ]
    features = sorted(path.name for path in (STATIC / "calls/css/features").iterdir())
    assert "stage.css" in features
    assert linked == ["base.css", "call.css", *(f"features/{name}" for name in features)]


@pytest.mark.parametrize("room", ["abc", "r" * 64, "---", "0-9"])
def test_room_names(client: Client, room: str):
    assert client.get(f"/call/{room}/").status_code == 200


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    "room",
    ["", "ab", "r" * 65, "A", "a_b", "a.b", "комната", "a b.", "%00abc", "../etc"],
)
def test_names_that_are_no_rooms(client: Client, room: str):
    assert client.get(f"/call/{room}/").status_code == 404


@pytest.mark.parametrize("room", ["abc", ROOM])
def test_a_missing_slash_is_added(client: Client, room: str):
    response = client.get(f"/call/{room}")
    assert response.status_code == 301
    assert response["Location"] == f"/call/{room}/"


# -- Health check, errors ---------------------------------------------------------------------


@pytest.mark.usefixtures("production")
def test_healthz(client: Client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert response["Content-Type"].startswith("text/plain")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.usefixtures("production")
def test_health_needs_neither_redis_nor_database(client: Client, settings):
    """pytest-django forbids the database here; Redis is not there."""
    settings.REDIS_URLS = ["redis://127.0.0.1:1"]
    for path in ("/healthz", "/", CALL, "/new/"):
        assert client.get(path).status_code in (200, 302)


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    "path", ["/nothing", "/call/", "/call/NO_ROOM/", "/healthz/x", "/admin/x/"]
)
def test_not_found(client: Client, path: str):
    response = client.get(path)
    assert response.status_code == 404
    text = response.content.decode()
    assert "Nothing here" in text
    assert path not in text
    assert document(response).find("a", href="/")


@pytest.mark.usefixtures("production")
def test_another_host_is_refused(client: Client):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("path", ["/", "/new/", CALL, "/healthz"])
def test_pages_are_only_read(client: Client, path: str):
    assert client.head(path).status_code in (200, 302)
    assert client.post(path).status_code in (403, 405)
    assert client.delete(path).status_code == 405


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("template", ["400.html", "403.html", "404.html", "500.html"])
def test_error_pages_need_nothing(template: str):
    """They are rendered when something is wrong already."""
    page = Document(render_to_string(template))
    assert page.find("a", href="/")
    assert page.inline_code == []


# -- Headers ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("path", ["/", "/new/", CALL, "/healthz", "/nothing"])
def test_security_headers(client: Client, path: str):
    response = client.get(path)
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in response["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "media-src": "'self' blob:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    allowed = dict(item.strip().split("=") for item in response["Permissions-Policy"].split(","))
    assert {name for name, who in allowed.items() if who == "(self)"} == {
        "camera", "microphone", "display-capture",
    }  # fmt: skip
    assert set(allowed.values()) == {"(self)", "()"}
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    # Elsewhere a browser would remember for a year what a proxy of its own network said.
    assert "Strict-Transport-Security" not in response
    assert "Server" not in response
    assert not response.cookies


def test_behind_a_proxy_that_ends_tls_there_is_https_only(client: Client, production):
    """Whoever asks on http is sent on, but for those who watch over the process."""
    for name, value in BEHIND_A_PROXY.items():
        setattr(production, name, value)
    assert client.get("/healthz").status_code == 200
    response = client.get(CALL)
    assert response.status_code == 301
    assert response["Location"] == f"https://testserver{CALL}"
    response = client.get(CALL, secure=True)
    assert response.status_code == 200
    assert response["Strict-Transport-Security"] == "max-age=31536000"


def test_no_cache_shares_what_was_made_for_one(client: Client):
    assert client.get("/")["Cache-Control"] == "no-cache"


# -- Nothing inline, nothing from elsewhere ---------------------------------------------------


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("path", ["/", CALL, "/nothing"])
def test_no_inline_code(client: Client, path: str):
    assert document(client.get(path)).inline_code == []


def test_inline_code_would_be_found():
    page = Document(
        """<p style="color: red" onclick="go()"><a href=" javascript:go()"></a><br onload=go()/>
        <script>go()</script><script type="module">go()</script><script src="/a.js"></script>
        <script type="application/json">{}</script><style>p {}</style>"""
    )
    assert page.inline_code == [
        "go()", "go()", "p {}", "color: red", "onclick=go()", "href= javascript:go()",
        "onload=go()/",
    ]  # fmt: skip


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("path", ["/", CALL, "/nothing"])
def test_pages_name_no_other_host(client: Client, path: str):
    found = absolute_urls(client.get(path).content.decode())
    # Who reads the tags for messengers needs whole addresses.
    assert [url for url in found if not url.startswith("https://testserver/static/")] == []


def scripts_and_styles() -> list[Path]:
    kinds = {".js", ".mjs", ".css", ".svg"}
    return sorted(path for path in STATIC.rglob("*") if path.suffix in kinds)


@pytest.mark.parametrize("path", scripts_and_styles(), ids=lambda path: path.name)
def test_scripts_and_styles_name_no_other_host(path: Path):
    text = path.read_text()
    assert absolute_urls(without_comments(text) if path.suffix in {".js", ".mjs"} else text) == []


def test_other_hosts_would_be_found():
    found = """<a href="https://one.example/x"> url(//two.example/f.woff2) wss://[::1]:1/
        // a comment; xmlns="http://www.w3.org/2000/svg" `https://three.example/${x}`"""
    assert absolute_urls(found) == [
        "https://one.example/x", "//two.example/f.woff2", "wss://[::1]:1/",
        "https://three.example/${x}",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/", CALL])
def test_every_file_a_page_names_exists(client: Client, path: str):
    page = document(client.get(path))
    named = {
        urljoin(path, address.partition("#")[0])
        for address in [*page.attributes("href"), *page.attributes("src")]
        if not address.startswith("#")
    }
    assert any(address.startswith("/static/") for address in named)
    for address in named:
        if address.startswith("/static/"):
            assert (STATIC / address.removeprefix("/static/")).is_file(), address
        elif not (ROOT / "public" / address.removeprefix("/")).is_file():
            assert client.get(address).status_code in (200, 302), address


def test_every_icon_a_page_names_exists(client: Client):
    icons = (STATIC / "calls" / "icons.svg").read_text()
    for path in ("/", CALL):
        names = [use["href"].partition("#")[2] for use in document(client.get(path)).find("use")]
        assert names
        assert [name for name in names if f'id="{name}"' not in icons] == []


def test_addresses_have_names():
    assert reverse("call", args=[ROOM]) == CALL
    assert reverse("home") == "/"
