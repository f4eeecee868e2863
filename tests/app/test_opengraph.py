"""What messengers are told of a link: the Open Graph tags, and the picture they name."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client

from calls.templatetags.opengraph import LOCALES
from tests.app.test_pages import CALL, ROOM, document
from tests.support.pictures import png_size
from tests.support.processes import ROOT

ENGLISH: dict[str, str] = {}  # as most who read links: no wish at all
RUSSIAN = {"accept-language": "ru-RU,ru;q=0.9"}


def tags(response: Any) -> dict[str, str]:
    """Each property once."""
    metas = [meta for meta in document(response).find("meta") if "property" in meta]
    found = {meta["property"]: meta["content"].replace("\xa0", " ") for meta in metas}
    assert len(found) == len(metas)
    return found


@pytest.mark.parametrize(
    ("path", "headers", "title", "description"),
    [
        ("/", ENGLISH, "Video calls for two", "Start a call, send the link, talk."),
        ("/", RUSSIAN, "Видеозвонки для двоих", "Начните звонок, отправьте ссылку"),
        (CALL, ENGLISH, "You are invited to a video call", "Open the link to join."),
        (CALL, RUSSIAN, "Вас приглашают на видеозвонок", "Откройте ссылку, чтобы войти."),
    ],
)
def test_a_link_looks_like_what_it_is(
    client: Client, path: str, headers: dict[str, str], title: str, description: str
):
    response = client.get(path, headers=headers)
    found = tags(response)
    assert (found["og:title"], found["og:site_name"]) == (title, "Duet")
    assert found["og:description"].startswith(description)
    assert found["og:type"] == "website"
    locales = (found["og:locale"], found["og:locale:alternate"])
    assert locales == (("ru_RU", "en_US") if headers else ("en_US", "ru_RU"))
    assert found["og:image:alt"].startswith("Двое" if headers else "Two people")
    assert document(response).find("meta", name="twitter:card", content="summary_large_image")


def test_every_language_has_a_locale():
    assert set(LOCALES) == set(dict(django_settings.LANGUAGES))


@pytest.mark.parametrize("headers", [ENGLISH, RUSSIAN])
def test_the_tags_do_not_name_the_room(client: Client, headers: dict[str, str]):
    response = client.get(CALL, headers=headers)
    metas = document(response).find("meta")
    assert len(metas) > 10
    assert not [meta for meta in metas if ROOM in meta.get("content", "")]


@pytest.mark.parametrize(
    ("debug", "host", "origin"),
    [
        (False, "call.example.org", "https://call.example.org"),
        (False, "call.example.org:8443", "https://call.example.org:8443"),
        (False, "localhost:8000", "http://localhost:8000"),
        (True, "192.168.0.7:8000", "http://192.168.0.7:8000"),
    ],
)
@pytest.mark.parametrize("path", ["/", CALL])
def test_the_picture_has_a_whole_address(
    client: Client, production, path: str, debug: bool, host: str, origin: str
):
    """The one the page came from, whatever the proxy in front told us of it."""
    production.DEBUG, production.ALLOWED_HOSTS = debug, ["*"]
    found = tags(client.get(path, headers={"host": host}))
    assert found["og:image"] == f"{origin}/static/calls/invitation.png"


@pytest.mark.usefixtures("production")
def test_no_other_host_can_be_put_into_it(client: Client):
    for header in ("x-forwarded-host", "forwarded"):
        found = tags(client.get("/", headers={header: "host=evil.example"}))
        assert urlsplit(found["og:image"]).netloc == "testserver"
    assert client.get(CALL, headers={"host": "evil.example"}).status_code == 400


def test_the_picture(client: Client):
    found = tags(client.get(CALL))
    path = ROOT / urlsplit(found["og:image"]).path.removeprefix("/")
    picture = path.read_bytes()
    assert png_size(picture) == (1200, 630)
    assert png_size(picture) == (
        int(found["og:image:width"]), int(found["og:image:height"]),
    )  # fmt: skip
    assert found["og:image:type"] == "image/png"
    assert len(picture) < 60_000
    assert path.with_suffix(".svg").is_file(), "what it is drawn from"
