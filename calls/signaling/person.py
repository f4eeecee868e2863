"""What a person may be called."""

import unicodedata

# Between the parts of an emoji, and between letters of some scripts (Unicode, section 23.2).
JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
# On one letter; Vietnamese needs two, and some scripts one more.
MOST_MARKS = 4


def name_of(typed: str | None) -> str | None:
    """The name without what is not seen but changes what is: direction, lines, towers of marks.

    Blanks are single ones, and none at the ends. None if nothing is left that could be read.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", typed or ""):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if character.isspace():
            kept.append(" ")
        elif character in JOINERS or (category not in ("Cc", "Cf") and marks <= MOST_MARKS):
            kept.append(character)
    name = " ".join("".join(kept).split())
    return name if any(unicodedata.category(one)[0] in "LNPS" for one in name) else None
