"""What browsers, launchers and crawlers ask for without a person: icons, manifest, robots.txt."""

import json
import struct
from typing import Any
from urllib.robotparser import RobotFileParser

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.test import Client

from config.static import StaticFiles
from tests.app.test_pages import CALL, STATIC, document
from tests.support.pictures import png_size

WELL_KNOWN = ["/favicon.ico", "/apple-touch-icon.png", "/robots.txt", "/manifest.webmanifest"]
RUSSIAN = {"accept-language": "ru"}


async def ask(path: str) -> httpx.Response:
    transport = httpx.ASGITransport(StaticFiles(get_asgi_application()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.get(path)


async def file(path: str) -> tuple[str, bytes]:
    """Its type, and what is in it."""
    response = await ask(path)
    assert response.status_code == 200
    return response.headers["Content-Type"], response.content


def manifest(client: Client, headers: dict[str, str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/manifest.webmanifest", headers=headers).json()
    return found


# -- Icons ------------------------------------------------------------------------------------


@pytest.mark.parametrize("debug", [True, False])
async def test_they_are_there(production, debug: bool):
    """In development, too."""
    production.DEBUG = debug
    for path in WELL_KNOWN:
        assert (await file(path))[1]
    assert (await ask("/public/robots.txt")).status_code == 404


@pytest.mark.usefixtures("production")
async def test_favicon():
    """One picture of 32 pixels, complete."""
    kind, icon = await file("/favicon.ico")
    assert kind == "image/x-icon"
    assert struct.unpack("<HHH", icon[:6]) == (0, 1, 1)
    width, height, colours, _, planes, bits, length, offset = struct.unpack("<BBBBHHII", icon[6:22])
    assert (width, height, colours, planes, bits) == (32, 32, 0, 1, 32)
    assert (offset, offset + length) == (22, len(icon))
    assert png_size(icon[offset:]) == (32, 32)


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("path", ["/", CALL])
async def test_the_home_screens_icon(client: Client, path: str):
    (link,) = document(client.get(path)).find("link", rel="apple-touch-icon")
    kind, icon = await file(link["href"])
    assert kind == "image/png"
    assert png_size(icon) == (180, 180)
    # Colour type 2, without transparency: what is transparent becomes black there.
    assert icon[25] == 2


@pytest.mark.parametrize("path", ["/", CALL, "/nothing"])
def test_bars_take_the_pages_colour(client: Client, production, path: str):
    colours = {
        meta["media"]: meta["content"]
        for meta in document(client.get(path)).find("meta", name="theme-color")
    }
    assert colours == {
        "(prefers-color-scheme: light)": "#f3f6f4",
        "(prefers-color-scheme: dark)": "#0f1714",
    }
    sheet = (STATIC / "calls" / "css" / "base.css").read_text()
    assert all(f"--bg: {colour};" in sheet for colour in colours.values())


# -- Manifest ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", CALL])
def test_pages_name_the_manifest(client: Client, path: str):
    """With the cookie, which may have a language in it."""
    (link,) = document(client.get(path)).find("link", rel="manifest")
    assert (link["href"], link["crossorigin"]) == ("/manifest.webmanifest", "use-credentials")


@pytest.mark.usefixtures("production")
def test_manifest(client: Client):
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    found = json.loads(response.content)
    assert (found["name"], found["short_name"]) == ("Duet", "Duet")
    assert (found["id"], found["start_url"], found["scope"]) == ("/", "/", "/")
    assert found["display"] == "standalone"
    (meta,) = document(client.get("/")).find("meta", media="(prefers-color-scheme: light)")
    assert found["theme_color"] == found["background_color"] == meta["content"]
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))


def test_the_manifest_speaks_the_readers_language(client: Client):
    english, russian = manifest(client), manifest(client, RUSSIAN)
    assert (english["lang"], russian["lang"]) == ("en", "ru")
    assert english["description"].startswith("Video calls for two.")
    assert russian["description"].startswith("Видеозвонки для\xa0двоих.")
    client.get("/language/ru/")
    assert manifest(client) == russian


def test_the_manifests_icons(client: Client):
    """As many as launchers ask for, each as large as it says."""
    icons = manifest(client)["icons"]
    assert {(icon["sizes"], icon["purpose"]) for icon in icons} == {
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    }  # fmt: skip
    for icon in icons:
        width, height = png_size((STATIC / icon["src"].removeprefix("/static/")).read_bytes())
        assert icon["sizes"] == f"{width}x{height}"
        assert icon["type"] == "image/png"


# -- robots.txt -------------------------------------------------------------------------------


@pytest.mark.usefixtures("production")
async def test_robots():
    """Search engines keep out of calls; what shows a link in a message may look at one."""
    kind, text = await file("/robots.txt")
    assert kind.startswith("text/plain")
    rules = RobotFileParser()
    rules.parse(text.decode().splitlines())
    for robot in ("Googlebot", "YandexBot", "Bingbot"):
        assert rules.can_fetch(robot, "/")
        assert not rules.can_fetch(robot, CALL)
        assert not rules.can_fetch(robot, "/new/")
    for reader in ("Twitterbot", "facebookexternalhit", "LinkedInBot", "TelegramBot"):
        assert rules.can_fetch(reader, CALL)
        assert not rules.can_fetch(reader, "/new/")
