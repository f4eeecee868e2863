"""What messengers show of a link that somebody sends: the Open Graph protocol (ogp.me)."""

from typing import Any
from urllib.parse import urljoin

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import get_language

from calls.origins import own_origin

register = template.Library()

# The protocol wants a territory with every language.
LOCALES = {"en": "en_US", "ru": "ru_RU"}


@register.inclusion_tag("opengraph.html", takes_context=True)
def opengraph(context: dict[str, Any], title: str, description: str) -> dict[str, Any]:
    """The page's tags, in its language.

    Without ``og:url``, as that of a call has its name in it, and who reads the tags has come by it.
    """
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "title": title,
        "description": description,
        "locale": LOCALES[language],
        "others": [locale for code, locale in LOCALES.items() if code != language],
        # Whoever reads the tags has no address to complete another by.
        "picture": urljoin(
            own_origin(context["request"].get_host()), static("calls/invitation.png")
        ),
    }
