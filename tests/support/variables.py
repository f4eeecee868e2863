"""What the documents say of environment variables, as ``config.variables`` has it.

``make variables`` runs this module.
"""

import textwrap

from django.utils.translation import gettext, override

from config.variables import ALL, GROUPS, Variable
from tests.support.documents import put
from tests.support.processes import ROOT

EXAMPLE = ROOT / ".env.example"
# The document, in each language.
OPERATIONS = {"en": ROOT / "docs" / "operations.md"}
WIDTH = 100
HEAD = """\
Every variable of config/variables.py. Copy this file to .env and uncomment what you need; \
variables of the real environment win over this file. Details: docs/operations.md."""


def figure(value: float) -> str:
    return f"{value:,.15g}"


def allowed(variable: Variable[object]) -> str:
    """In the language that is active."""
    words = gettext(variable.kind.allowed)
    if variable.kind.bounds is None:
        return words
    least, most = map(figure, variable.kind.bounds)
    return words.format(least=least, most=most)


def default(variable: Variable[object]) -> str:
    """The same, in words: what holds without it."""
    if variable.unset:
        return gettext(variable.unset)
    return variable.default or gettext("none")


def table(language: str) -> str:
    with override(language):
        head = " | ".join(map(gettext, ("variable", "meaning", "default", "allowed")))
        rows = [f"| {head} |", "|---|---|---|---|"]
        rows += [
            f"| `{one.name}` | {gettext(one.meaning)} | {default(one)} | {allowed(one)} |"
            for one in ALL
        ]
    return "\n".join(rows)


def _comment(text: str) -> list[str]:
    return [
        line
        for paragraph in text.splitlines()
        for line in textwrap.wrap(
            paragraph, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
        )
    ]


def _explained(variable: Variable[object]) -> list[str]:
    comment, bounds = variable.comment, variable.kind.bounds
    if comment and bounds:
        comment += " From {:.15g} to {:.15g}.".format(*bounds)
    return [*_comment(comment), f"#{variable.name}={variable.example or variable.default}"]


def example() -> str:
    """The file .env.example."""
    lines = _comment(HEAD)
    for group in GROUPS.values():
        lines.append("")
        for variable in group:
            lines += _explained(variable)
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    import django
    from django.conf import settings

    settings.configure(LOCALE_PATHS=[ROOT / "locale"], USE_I18N=True)
    django.setup()
    EXAMPLE.write_text(example())
    for language, document in OPERATIONS.items():
        put(document, "variables", table(language))
