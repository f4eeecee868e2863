"""Template tags of the languages."""

from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import json_script
from django.utils.safestring import SafeString

from calls.languages import words_for_scripts

register = template.Library()


class _Readable(DjangoJSONEncoder):
    """Letters as they are: escaped, Cyrillic would take three times the bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})


@register.simple_tag
def words(element_id: str) -> SafeString:
    """The scripts' words as a data block, which a Content Security Policy does not mind."""
    return json_script(words_for_scripts(), element_id, _Readable)
