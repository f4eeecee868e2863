"""The pages in English and Russian: who gets which, and how that is remembered."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils.translation import override
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error
from django.views.i18n import JavaScriptCatalog

from calls import languages
from calls.operations.logs import hide_rooms
from tests.app.test_pages import data, document
from tests.support import words
from tests.support.processes import ROOT
from tests.support.sources import Document

CALL = "/call/k7mqx-2phb9-dtw4e/"
RUSSIAN = {"accept-language": "ru-RU,ru;q=0.9,en;q=0.8"}
ERRORS = {
    "400.html": ("That didn’t work", "Не получилось"),
    "403.html": ("Not allowed", "Доступ запрещён"),
    "404.html": ("Nothing here", "Здесь ничего нет"),
    "500.html": ("Something went wrong", "Что-то пошло не так"),
}


def language(response: Any) -> str:
    (html,) = document(response).find("html")
    return html["lang"]


# -- By the browser's wish --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("uk,ru;q=0.8,en;q=0.5", "ru"),
        ("en-GB,en;q=0.9", "en"),
        ("en,ru;q=0.9", "en"),
        ("de", "en"),
        ("", "en"),
        ("*", "en"),
        ("r" * 5000, "en"),
    ],
)
def test_the_browser_is_asked_first(client: Client, wish: str, expected: str):
    for path in ("/", CALL):
        response = client.get(path, headers={"accept-language": wish})
        assert language(response) == response["Content-Language"] == expected
        assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))
        assert not response.cookies


def test_russian(client: Client):
    home = client.get("/", headers=RUSSIAN).content.decode()
    assert "Видеозвонки для" in home
    assert "Start a call" not in home
    call = client.get(CALL, headers=RUSSIAN).content.decode()
    assert 'aria-label="Ваша камера"' in call
    assert "<title>Вход в\u00a0звонок · Duet</title>" in call
    assert 'content="Вас приглашают на\u00a0видеозвонок один на\u00a0один."' in call


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("path", ["/nothing", "/call/NO_ROOM/"])
def test_not_found_in_russian(client: Client, path: str):
    response = client.get(path, headers=RUSSIAN)
    assert (response.status_code, language(response)) == (404, "ru")
    assert "Здесь ничего нет" in response.content.decode()


@pytest.mark.usefixtures("production")
def test_another_host_in_russian(client: Client):
    response = client.get("/", headers={**RUSSIAN, "host": "evil.example"})
    assert (response.status_code, language(response)) == (400, "ru")


# -- By choice --------------------------------------------------------------------------------


def test_a_link_leads_to_the_same_page_in_the_other_language(client: Client):
    for path in ("/", CALL):
        (link,) = document(client.get(path)).find("a", hreflang="ru")
        assert (link["lang"], link["rel"]) == ("ru", "nofollow")
        response = client.get(link["href"])
        assert (response.status_code, response["Location"]) == (302, path)
        page = client.get(path)
        assert language(page) == "ru"
        (back,) = document(page).find("a", hreflang="en")
        assert "English" in page.content.decode()
        client.get(back["href"])
        assert language(client.get(path)) == "en"


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("host", "secure"), [("call.example.org", True), ("localhost:8000", False)]
)
def test_the_cookie(client: Client, host: str, secure: bool):
    response = client.get("/language/ru/", headers={"host": host})
    assert list(response.cookies) == ["language"]
    cookie = response.cookies["language"]
    assert cookie.value == "ru"
    assert cookie["max-age"] == 365 * 24 * 3600
    assert (cookie["path"], cookie["samesite"]) == ("/", "Lax")
    assert (bool(cookie["secure"]), bool(cookie["httponly"])) == (secure, True)
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


def test_a_choice_is_stronger_than_the_browsers_wish(client: Client):
    client.get("/language/en/")
    assert language(client.get("/", headers=RUSSIAN)) == "en"


@pytest.mark.parametrize("value", ["xx", "", "ru\x00", "../ru", "r" * 4000])
def test_a_cookie_that_we_did_not_set(client: Client, value: str):
    client.cookies["language"] = value
    assert language(client.get("/", headers=RUSSIAN)) == "ru"


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "///evil.example",
        "javascript:alert(1)", "http:evil.example", "https://testserver@evil.example/",
        "\x00/", "",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_site(client: Client, next: str):
    for headers in ({}, {"referer": "https://evil.example/page"}):
        response = client.get(f"/language/ru/?next={quote(next)}", headers=headers)
        assert response["Location"] == "/"


def test_where_no_page_is_named_the_referer_is_it(client: Client):
    response = client.get("/language/ru/", headers={"referer": "http://testserver/nothing"})
    assert response["Location"] == "http://testserver/nothing"
    response = client.get(
        "/language/ru/?next=/new/", headers={"referer": f"http://testserver{CALL}"}
    )
    assert response["Location"] == "/new/"


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("code", ["xx", "de", "EN", "ru-RU"])
def test_languages_that_nobody_speaks_here(client: Client, code: str):
    response = client.get(f"/language/{code}/")
    assert response.status_code == 404
    assert not response.cookies


@pytest.mark.usefixtures("production")
def test_a_language_is_only_read(client: Client):
    assert client.post("/language/ru/").status_code in (403, 405)


def test_the_link_tells_no_log_a_room(client: Client):
    (link,) = document(client.get(CALL)).find("a", hreflang="ru")
    assert "k7mqx" in link["href"]
    assert "k7mqx-2phb9" not in hide_rooms(link["href"])


# -- Words for the scripts --------------------------------------------------------------------


def test_scripts_get_their_words(client: Client):
    """Exactly those they ask for; English ones they have."""
    assert data(document(client.get(CALL)), "words") == {}
    told = data(document(client.get(CALL, headers=RUSSIAN)), "words")
    assert set(told) == {
        text if isinstance(text, str) else text[0] for text in words.texts("djangojs")
    }
    assert told["Call ended"] == "Звонок завершён"


def test_words_travel_as_letters(client: Client):
    """Escaped, they would weigh three times as much."""
    page = client.get(CALL, headers=RUSSIAN).content.decode()
    assert '"Звонок завершён"' in page


@pytest.mark.parametrize("debug", [True, False])
def test_words_of_a_running_server(settings, monkeypatch: pytest.MonkeyPatch, debug: bool):
    """Read once; in development again for every page, as templates are."""
    read = []
    found = JavaScriptCatalog.get_catalog

    def get_catalog(view: JavaScriptCatalog) -> Any:
        read.append(view)
        return found(view)

    monkeypatch.setattr(JavaScriptCatalog, "get_catalog", get_catalog)
    languages._read_catalog.cache_clear()
    settings.DEBUG = debug
    with override("ru"):
        assert languages.words_for_scripts() == languages.words_for_scripts()
    assert len(read) == (2 if debug else 1)


def test_plurals_have_one_form_a_category(settings, tmp_path: Path):
    """In the order of Intl.PluralRules: base/text.js counts on it."""
    found: dict[words.Text, list[str]] = {("{n} day", "{n} days"): ["a.js"]}
    catalog = words.read("ru", "djangojs")
    po = words.merged(catalog, found)
    for index, form in enumerate(["{n} день", "{n} дня", "{n} дней", "{n} дня"]):
        po = po.replace(f'msgstr[{index}] ""', f'msgstr[{index}] "{form}"')
    target = tmp_path / "ru" / "LC_MESSAGES"
    target.mkdir(parents=True)
    (target / "djangojs.po").write_text(po)
    settings.LOCALE_PATHS = [tmp_path]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "LOCALE", tmp_path)
        compiled = words.compiled(words.read("ru", "djangojs"))
    (target / "djangojs.mo").write_bytes(compiled)
    assert languages._read_catalog.__wrapped__("ru") == {
        "{n} day": ["{n} день", "{n} дня", "{n} дней", "{n} дня"]
    }


# -- Error pages ------------------------------------------------------------------------------


@pytest.fixture
def nothing_collected(settings, tmp_path: Path):
    """Production whose operator forgot collectstatic: no hashed name is known."""
    settings.DEBUG = False
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {"staticfiles": {"BACKEND": "config.storage.StaticFilesStorage"}}


@pytest.mark.usefixtures("nothing_collected")
def test_other_pages_do_need_the_manifest():
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        staticfiles_storage.url("calls/css/base.css")


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize("code", ["en", "ru"])
@pytest.mark.parametrize("template", ERRORS)
def test_error_pages_need_neither_manifest_nor_request(template: str, code: str):
    with override(code):
        html = render_to_string(template).replace("\xa0", " ")
    title = ERRORS[template][code == "ru"]
    assert f"<title>{title} · Duet</title>" in html
    assert f"<h1>{title}</h1>" in html
    page = Document(html)
    assert page.find("html", lang=code)
    assert page.find("a", hreflang={"en": "ru", "ru": "en"}[code])
    assert page.find("a", href="/")
    assert page.inline_code == []


@pytest.mark.usefixtures("nothing_collected")
def test_error_pages_are_those_that_django_shows():
    request = RequestFactory().get("/nothing")
    for view in (bad_request, permission_denied, page_not_found):
        response = view(request, Exception("Nothing to see"))
        assert 'class="brand"' in response.content.decode()
        assert "/nothing" not in response.content.decode()
    assert 'class="brand"' in server_error(request).content.decode()


def test_files_that_error_pages_name_exist():
    """They are named without ``{% static %}``, so nothing else would notice."""
    page = Document(render_to_string("500.html"))
    named = [link["href"] for link in page.find("link")]
    assert named
    for address in named:
        assert (ROOT / address.removeprefix("/")).is_file(), address


def test_json_in_the_page_is_json(client: Client):
    """A sentence with markup in it could not end the block."""
    page = client.get(CALL, headers=RUSSIAN).content.decode()
    block = page.partition('<script id="words" type="application/json">')[2]
    assert json.loads(block.partition("</script>")[0])
