"""Everything a person can see or hear exists in every language, and whole."""

import gettext
import io
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings

from calls.errors import CallError
from tests.support import words
from tests.support.processes import ROOT
from tests.support.sources import without_comments

ENDINGS = ROOT / "static" / "calls" / "js" / "view" / "endings.js"
EVERY = [(language, domain) for language in words.LANGUAGES for domain in words.DOMAINS]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


# -- The translations -------------------------------------------------------------------------


def test_languages():
    """English needs no catalog, every other language of the settings has one."""
    assert {code for code, _ in settings.LANGUAGES} == {"en", *words.LANGUAGES}


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_every_text_is_translated(language: str, domain: str):
    """If not: `make words`, then write what is missing into the .po file."""
    assert words.complaints(words.read(language, domain), words.texts(domain)) == []


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_catalogs_are_as_make_words_leaves_them(language: str, domain: str):
    path = words.po_path(language, domain)
    assert path.read_text() == words.merged(words.read(language, domain), words.texts(domain))


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_what_is_served_is_what_was_written(language: str, domain: str):
    """The compiled catalogs are in the repository: a server needs no tools for them."""
    catalog = words.read(language, domain)
    compiled = words.po_path(language, domain).with_suffix(".mo").read_bytes()
    assert compiled == words.compiled(catalog)
    assert gettext.GNUTranslations(io.BytesIO(compiled)).gettext("Call ended") != "Call ended"


def translated(catalog: Catalog, text: Any) -> str:
    message = catalog.get(text)
    assert message is not None
    return str(message.string)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_text_is_the_same_in_pages_and_scripts(language: str):
    pages, scripts = (words.read(language, domain) for domain in words.DOMAINS)
    both = {message.id for message in pages if message.id} & {message.id for message in scripts}
    assert "Call ended" in both
    for text in both:
        assert translated(pages, text) == translated(scripts, text), text


def test_names_of_switches_contain_what_they_show():
    """So that "press microphone" finds them (WCAG 2.5.3)."""
    catalog = words.read("ru", "djangojs")
    for label, name in (
        ("Mute", "Mute the microphone"),
        ("Unmute", "Unmute the microphone"),
        ("No mic", "No mic. Press to try again."),
        ("Stop video", "Stop video from the camera"),
        ("Start video", "Start video from the camera"),
        ("No camera", "No camera. Press to try again."),
    ):
        assert translated(catalog, name).startswith(translated(catalog, label))


def catalog(messages: str) -> Catalog:
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {words.PLURAL_FORMS["ru"]}\\n"\n\n'
    )
    return read_po(io.BytesIO((header + messages).encode()), locale="ru")


GOOD = """
msgid "Call"
msgstr "Звонок"

msgid "{name} waits"
msgstr "{name} ждёт"

msgid "%(name)s calls"
msgstr "Звонит %(name)s"

msgid "{count} call"
msgid_plural "{count} calls"
msgstr[0] "{count} звонок"
msgstr[1] "{count} звонка"
msgstr[2] "{count} звонков"
msgstr[3] "{count} звонка"
"""
TEXTS: list[words.Text] = [
    "Call", "{name} waits", "%(name)s calls", ("{count} call", "{count} calls"),
]  # fmt: skip


def test_a_good_catalog():
    assert words.complaints(catalog(GOOD), TEXTS) == []


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ('msgid "Call"', 'msgid "Calls"', ["missing: Call", "obsolete: Calls"]),
        ('msgid "Call"\nmsgstr "Звонок"', '#~ msgid "Call"\n#~ msgstr "З"', ["missing: Call"]),
        ('"Звонок"', '""', ["empty: Call"]),
        ('msgid "Call"', '#, fuzzy\nmsgid "Call"', ["fuzzy: Call"]),
        ("{name} ждёт", "ждёт", ["other holes: {name} waits"]),
        ("{name} ждёт", "{имя} ждёт", ["other holes: {name} waits"]),
        ("{name} ждёт", "{name} {count} ждёт", ["other holes: {name} waits"]),
        ("Звонит %(name)s", "Звонит %(nam)s", ["other holes: %(name)s calls"]),
        ('msgstr[2] "{count} звонков"', 'msgstr[2] ""', ["empty: "]),
        ('msgstr[2] "{count} звонков"', 'msgstr[2] "звонков"', ["other holes: "]),
        ('msgstr[3] "{count} звонка"', "", ["empty: "]),
        ('"Звонок"', '"Звонок..."', ["typewriter punctuation: Call"]),
        ('"Звонок"', '"<b>Звонок</b>"', ["typewriter punctuation: Call"]),
    ],
)
def test_a_bad_catalog_would_be_noticed(good: str, bad: str, complaint: list[str]):
    assert good in GOOD
    found = words.complaints(catalog(GOOD.replace(good, bad, 1)), TEXTS)
    for each in complaint:
        assert any(one.startswith(each) for one in found), found


def test_a_merge_keeps_translations_and_forgets_what_nobody_says():
    text = words.merged(catalog(GOOD), {"Call": ["a.html"], "New": ["a.html", "b.html"]})
    assert 'msgid "Call"\nmsgstr "Звонок"' in text
    assert '#: a.html b.html\nmsgid "New"\nmsgstr ""' in text
    assert "waits" not in text


# -- Where the texts are ----------------------------------------------------------------------


def test_texts_were_found():
    assert "Video calls for two" in words.texts("django")
    assert "{name} is reconnecting…" in words.texts("djangojs")


def test_extraction():
    assert words.texts_of_template(
        """{% load i18n %}
            <p title="{% translate "One" %}">{% blocktranslate with name=person.name %}Two,
        {{ name }}{% endblocktranslate %}</p>
        {% blocktranslate count n=calls|length trimmed %}
          {{ n }} call
        {% plural %}
          {{ n }} calls
        {% endblocktranslate %}<br>{% translate 'It’s three' as three %}"""
    ) == ["One", "Two,\n        %(name)s", ("%(n)s call", "%(n)s calls"), "It’s three"]
    assert words.texts_of_script(
        """const a = gettext("One"); // gettext("not this")
        b(gettext("Two, {name}", { name: gettext("Three") }), /"/.test(x), `${y}`);
        ngettext(
          "{count} call",
          "{count} calls",
          n,
        );"""
    ) == ["One", "Two, {name}", ("{count} call", "{count} calls")]


@pytest.mark.parametrize("path", words.scripts(), ids=relative)
def test_every_call_of_gettext_is_seen(path: Path):
    """Babel's idea of JavaScript against a plain search."""
    script = path.read_text()
    assert words.made_up(script) == []
    searched = re.findall(r'\bn?gettext\(\s*("(?:\\.|[^"\\])*")', without_comments(script))
    assert len(searched) == len(words.texts_of_script(script))


def test_a_text_made_up_by_a_script_would_be_noticed():
    assert words.made_up('gettext("Whole"); gettext(\n "Whole, {x}", { x })') == []
    assert len(words.made_up("gettext(text); ngettext(`${a}`, b, 1); gettext('One');")) == 3


# -- What is not translated -------------------------------------------------------------------


@pytest.mark.parametrize("path", words.templates(), ids=relative)
def test_no_template_speaks_english_only(path: Path):
    assert words.untranslated(path.read_text()) == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<title>{% block title %}Call ended · Duet{% endblock %}</title>", ["Call ended · Duet"]),
        ("<kbd>Esc</kbd> <kbd>Space</kbd> <b>M</b>", ["Space", "M"]),
        ("{% block description %}For two{% endblock %}", ["For two"]),
        ('<p>{% translate "Hello" %} you</p>', [" you"]),
        ('<img alt="A cat">', ["A cat"]),
        ('<input placeholder="Name">', ["Name"]),
        ('<button aria-label="Close"></button>', ["Close"]),
        ('<p title="Close {{ name }}"></p>', ["Close "]),
        ('<meta name="description" content="Calls">', ["Calls"]),
        ('<meta property="og:title" content="Calls">', ["Calls"]),
        ('<meta name="twitter:description" content="Calls">', ["Calls"]),
        ("{% if x %}Yes{% else %}{{ no }}{% endif %}", ["Yes"]),
        ("<noscript><p>Sorry</p></noscript>", ["Sorry"]),
    ],
)
def test_a_text_in_english_only_would_be_noticed(template: str, found: list[str]):
    assert words.untranslated(template) == found


def test_what_needs_no_translation():
    assert (
        words.untranslated(
            """{% comment %}Not shown{% endcomment %}{# nor this #}<title>{{ name }} · Duet</title>
        {% block body %} data-screen="preview" data-phase="x"{% endblock %}
        <p title="{% translate "Close" %}">{% blocktranslate %}Hello, {{ you }}
        {% endblocktranslate %}: 12 … </p>
        <meta name="viewport" content="width=device-width"><div aria-labelledby="title">·</div>
        <img src="cat.svg" alt="">"""
        )
        == []
    )


@pytest.mark.parametrize("path", words.scripts(), ids=relative)
def test_no_script_speaks_english_only(path: Path):
    assert words.unspoken(path.read_text()) == []


def test_a_sentence_past_gettext_would_be_noticed():
    assert words.unspoken(
        """gettext("Call ended"); ngettext("One call", "{count} calls", n); // "Not this"
        throw new Error(`No such part: ${id}`); setText(x, "Link copied"); y = `Call ${name}`;
        key === "Escape" || "no-camera" || "a b" """
    ) == ['"Link copied"', "`Call ${name}`"]


# -- Errors -----------------------------------------------------------------------------------


def codes(base: type[CallError] = CallError) -> set[str]:
    found = {base.code} if hasattr(base, "code") else set()
    return found.union(*(codes(each) for each in base.__subclasses__()))


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_error_means_something_to_a_person(code: str):
    """The server's own sentence is for developers, and English."""
    assert f'case "{code}":' in ENDINGS.read_text()
