"""The texts of pages and scripts, and their translations: found, merged, compiled, checked.

``make words`` runs this module. Templates and Python have the domain ``django``, scripts
``djangojs``, as Django has it.
"""

import io
import re
import sys
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

from tests.support.processes import ROOT
from tests.support.sources import without_comments

LOCALE = ROOT / "locale"
DOMAINS = ("django", "djangojs")
LANGUAGES = ("ru",)

# As Django's own catalogs and Intl.PluralRules have it. Babel's tables know three forms: with
# them in the header, a count like 1.5 would have no form.
PLURAL_FORMS = {
    "ru": "nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4"
    " && (n%100<12 || n%100>14) ? 1 : n%10==0 || (n%10>=5 && n%10<=9)"
    " || (n%100>=11 && n%100<=14) ? 2 : 3);",
}

# A text, or the texts of a plural: one and many.
Text = str | tuple[str, str]
NAMES = ("gettext", "gettext_lazy", "gettext_noop", "_")
KEYWORDS = dict.fromkeys(NAMES) | {"ngettext": (1, 2)}


# -- Where texts are --------------------------------------------------------------------------


def templates(root: Path = ROOT) -> list[Path]:
    return sorted((root / "templates").rglob("*.html"))


def scripts(root: Path = ROOT) -> list[Path]:
    return sorted((root / "static").rglob("*.js"))


def modules(root: Path = ROOT) -> list[Path]:
    return sorted(path for name in ("calls", "config") for path in (root / name).rglob("*.py"))


def texts_of_template(source: str) -> list[Text]:
    # Python, as far as a tokenizer can tell, but for what stands at the left.
    code = "\n".join(line.lstrip() for line in templatize(source).splitlines())
    return list(_extracted("python", code))


def texts_of_script(source: str) -> list[Text]:
    return list(_extracted("javascript", source, jsx=False))


def texts_of_module(source: str) -> list[Text]:
    return list(_extracted("python", source))


def _extracted(method: str, source: str, **options: bool) -> Iterator[Text]:
    file = io.BytesIO(source.encode())
    for _, text, _, _ in extract(method, file, KEYWORDS, options={"encoding": "utf-8", **options}):
        yield (text[0], text[1]) if isinstance(text, tuple) else text


def texts(domain: str) -> dict[Text, list[str]]:
    """Every text of a domain, and the files it is in."""
    found: dict[Text, list[str]] = {}
    kinds = {
        "django": [(templates(), texts_of_template), (modules(), texts_of_module)],
        "djangojs": [(scripts(), texts_of_script)],
    }
    for paths, texts_of in kinds[domain]:
        for path in paths:
            for text in texts_of(path.read_text()):
                files = found.setdefault(text, [])
                name = str(path.relative_to(ROOT))
                if name not in files:
                    files.append(name)
    return found


# -- Catalogs ---------------------------------------------------------------------------------


def po_path(language: str, domain: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    with po_path(language, domain).open("rb") as file:
        return read_po(file, locale=language, domain=domain)


class _Undated(Catalog):
    """Babel's own headers have dates and versions, which would change with every run."""

    mime_headers = property(
        lambda self: [
            ("Language", str(self.locale)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", PLURAL_FORMS[str(self.locale)]),
        ]
    )


def _undated(catalog: Catalog) -> Catalog:
    undated = _Undated(locale=catalog.locale)
    for message in catalog:
        if message.id:
            undated[message.id] = message
    return undated


def compiled(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, _undated(catalog))
    return file.getvalue()


def merged(catalog: Catalog, found: dict[Text, list[str]]) -> str:
    """A catalog with exactly these texts: translations are kept, what nobody says is gone."""
    fresh = Catalog()
    for text, files in found.items():
        fresh.add(text, locations=[(name, 0) for name in files])
    catalog.update(fresh, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    file = io.BytesIO()
    write_po(file, catalog, omit_header=True, include_lineno=False, sort_by_file=True, width=0)
    headers = "".join(f'"{name}: {value}\\n"\n' for name, value in _undated(catalog).mime_headers)
    note = "# Written by `make words`, but for the translations.\n"
    return f'{note}msgid ""\nmsgstr ""\n{headers}\n{file.getvalue().decode()}'


# -- What is wrong with a translation ---------------------------------------------------------


def holes(text: str) -> set[str]:
    """``{name}`` in scripts, ``%(name)s`` in templates."""
    return set(re.findall(r"\{\w*\}|%\(\w*\)s|&\w+;", text))


def complaints(catalog: Catalog, found: Iterable[Text]) -> list[str]:
    """Everything that keeps a catalog from saying all these texts well."""
    wanted = set(found)
    there = {_text(message) for message in catalog if message.id}
    return [
        *(f"missing: {text}" for text in sorted(wanted - there, key=str)),
        *(f"obsolete: {text}" for text in sorted(there - wanted, key=str)),
        *(f"obsolete: {message.id}" for message in catalog.obsolete.values()),
        *(
            f"{what}: {message.id}"
            for message in catalog
            if message.id
            for what in _mistakes(message, catalog.num_plurals)
        ),
    ]


def _text(message: Message) -> Text:
    """What is translated: a text, or its two English forms."""
    if isinstance(message.id, str):
        return message.id
    one, many = message.id
    return one, many


def _forms(message: Message) -> list[str]:
    """What it is translated as, "" where it is not."""
    found = [message.string] if isinstance(message.string, str | None) else message.string
    return [form or "" for form in found]


def _mistakes(message: Message, plurals: int) -> Iterator[str]:
    text = _text(message)
    plural = not isinstance(text, str)
    forms = _forms(message)
    if message.fuzzy:
        yield "fuzzy"
    if not all(forms):
        yield "empty"
    if plural and len(forms) != plurals:
        yield f"{len(forms)} forms in place of {plurals}"
    expected = holes(text if isinstance(text, str) else text[1])
    if any(form and holes(form) != expected for form in forms):
        yield "other holes"
    if any(re.search(r"""["'<>]|\.\.\.| - """, form) for form in forms):
        yield "typewriter punctuation"


# -- What is not translated -------------------------------------------------------------------


SPOKEN_ATTRIBUTES = {
    "title", "alt", "placeholder", "label",
    "aria-label", "aria-description", "aria-roledescription", "aria-placeholder", "aria-valuetext",
}  # fmt: skip
SPOKEN_META = {"description", "title", "site_name", "image:alt"}


def untranslated(template: str) -> list[str]:
    """Text in a template that people would see or hear in English only."""
    parser = _Visible()
    parser.feed(_without_tags(template))
    parser.close()
    return [text for text in parser.found if re.search(r"[^\W\d_]", text.replace("Duet", ""))]


def _without_tags(template: str) -> str:
    """What a template says in so many words: without variables, tags and what they translate."""
    kept, translating, skipping = [], False, False
    for token in Lexer(template).tokenize():
        name = token.contents.partition(" ")[0]
        if token.token_type is TokenType.BLOCK:
            translating = name in ("blocktranslate", "blocktrans") or (
                translating and name not in ("endblocktranslate", "endblocktrans")
            )
            skipping = name == "comment" or (skipping and name != "endcomment")
        elif token.token_type is TokenType.TEXT and not translating and not skipping:
            kept.append(token.contents)
    return "".join(kept)


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._key = False

    def handle_endtag(self, tag: str) -> None:
        self._key = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._key = tag == "kbd"
        values = {name: value or "" for name, value in attrs}
        for name, value in values.items():
            if name in SPOKEN_ATTRIBUTES:
                self.found.append(value)
        meta = values.get("name") or values.get("property") or ""
        if tag == "meta" and meta.rpartition("og:")[2].rpartition("twitter:")[2] in SPOKEN_META:
            self.found.append(values.get("content", ""))

    def handle_data(self, data: str) -> None:
        # {% block body %} holds attributes: text to a parser that knows no blocks.
        # What is printed on a key is so on every keyboard.
        if self._key and re.fullmatch(r"[A-Z]|Esc", data):
            return
        if not re.fullmatch(r'(?:\s+[\w-]+="[^"]*")+\s*', data):
            self.found.append(data)


def unspoken(script: str) -> list[str]:
    """Literals of a script that look like sentences, but are not in gettext()."""
    code = without_comments(script)
    literal = r'"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`'
    told = rf"(?:\bn?gettext\(\s*(?:{literal})(?:,\s*(?:{literal}))?|\bError\(\s*(?:{literal}))"
    rest = re.sub(told, "", code)
    return [text for text in re.findall(literal, rest) if re.match(r".[A-Z][a-z’]* [\w$]", text)]


def made_up(script: str) -> list[str]:
    """Calls of gettext() whose text only the running script knows: extraction cannot see it."""
    code = without_comments(script)
    return re.findall(r'(?<!function )\bn?gettext\(\s*(?=[^\s"])[^\n;]*', code)


def main() -> None:
    for language in LANGUAGES:
        for domain in DOMAINS:
            path = po_path(language, domain)
            path.write_text(merged(read(language, domain), texts(domain)))
            catalog = read(language, domain)
            path.with_suffix(".mo").write_bytes(compiled(catalog))
            for complaint in complaints(catalog, texts(domain)):
                sys.stderr.write(f"{path.relative_to(ROOT)}: {complaint}\n")


if __name__ == "__main__":
    main()
