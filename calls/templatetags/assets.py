"""Template tags of the static files."""

import posixpath
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PurePath

from django import template
from django.conf import settings
from django.contrib.staticfiles.finders import find, get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString

register = template.Library()

# What a script cannot run without; an ``import()`` is not.
_IMPORT = re.compile(r"""^(?:import|export)\b[^;"'(=]*["'](\.[^"']+)["']""", re.MULTILINE)
_IMPORT_LATER = re.compile(r"""\bimport\(["'](\.[^"']+)["']\)""")


@cache
def _files(folder: PurePath, suffix: str) -> list[str]:
    """The paths of all such files below a folder of static files."""
    return sorted(
        path
        for finder in get_finders()
        for path, _storage in finder.list([])
        if PurePath(path).is_relative_to(folder) and path.endswith(suffix)
    )


@cache
def _imports(script: str, pattern: re.Pattern[str]) -> frozenset[str]:
    """The paths of the scripts that this one names."""
    source = Path(find(script)).read_text("utf-8")  # type: ignore[arg-type]
    folder = posixpath.dirname(script)
    return frozenset(
        posixpath.normpath(posixpath.join(folder, name)) for name in pattern.findall(source)
    )


@cache
def _imported(script: str) -> frozenset[str]:
    """The paths of all scripts that are there before this one runs."""
    found = _imports(script, _IMPORT)
    return found.union(*map(_imported, found))


@cache
def _reached(script: str) -> frozenset[str]:
    """The paths of all scripts that this one leads to, at once or later."""
    found = _imports(script, _IMPORT) | _imports(script, _IMPORT_LATER)
    return found.union(*map(_reached, found))


def _links(paths: Iterable[str], **attributes: str) -> SafeString:
    links = ((flatatt({**attributes, "href": static(path)}),) for path in paths)
    return format_html_join("\n  ", "<link{}>", links)


@register.simple_tag
def styles(entry: str) -> SafeString:
    """A style sheet, and after it those of the features beside it, which may overrule it.

    Where files were collected all of them are one (``config/storage.py``).
    """
    joined = entry.replace(".css", ".joined.css")
    if not settings.DEBUG and joined in getattr(staticfiles_storage, "hashed_files", ()):
        return _links([joined], rel="stylesheet")
    features = PurePath(entry).with_name("features")
    return _links([entry, *_files(features, ".css")], rel="stylesheet")


@register.simple_tag
def modules(entry: str) -> SafeString:
    """A script, and the order to load at once what it imports.

    A browser that finds imports only in what it has loaded would need a round trip for each
    link of the chain (HTML, "modulepreload"). They leave the line to the style sheet, which the
    first paint waits for (HTML, "fetchpriority"). Those that only an ``import()`` leads to are
    named in a data block, "later".
    """
    first = _imported(entry)
    later = [static(path) for path in sorted(_reached(entry) - first)]
    return format_html(
        '{}\n  {}\n  <script type="module" src="{}"></script>',
        _links(sorted(first), rel="modulepreload", fetchpriority="low"),
        json_script(later, "later") if later else "",
        static(entry),
    )


@register.inclusion_tag("icon.html")
def icon(name: str, classes: str = "", id: str = "") -> dict[str, str]:
    """A symbol of icons.svg, which says nothing to a screen reader."""
    return {"name": name, "classes": f"icon {classes}".strip(), "id": id}
