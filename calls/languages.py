"""Which language a page speaks: the one chosen by hand, else the browser's.

The choice is remembered in a cookie. There is none unless somebody chooses.
"""

from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation.trans_real import DjangoTranslation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

from calls.origins import own_origin

# What a script's gettext() finds: a sentence, or the forms of a plural.
Catalog = dict[str, str | list[str]]


class LanguageMiddleware(LocaleMiddleware):
    """Django's, which reads a cookie but does not tell caches so."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return super().process_response(request, response)


@require_safe
@never_cache
def choose_language(request: HttpRequest, code: str) -> HttpResponseRedirect:
    """Remember a language and go back to the page.

    A GET, because that needs no CSRF token and so no cookie for everybody: another site that
    leads people here changes the language they read, nothing else.
    """
    if code not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponseRedirect(_way_back(request))
    response["X-Robots-Tag"] = "noindex"
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=own_origin(request.get_host()).startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return response


def _way_back(request: HttpRequest) -> str:
    """The page the link was on, if it is one of this site."""
    # Error pages do not repeat their address, so their links have no `next`.
    for address in (request.GET.get("next"), request.headers.get("Referer")):
        if address and url_has_allowed_host_and_scheme(address, {request.get_host()}):
            return address
    return reverse("home")


def words_for_scripts() -> Catalog:
    """What the page's scripts say, in the language of the page: empty for English."""
    # A running development server shows what `make words` has just compiled.
    read = _read_catalog.__wrapped__ if settings.DEBUG else _read_catalog
    return read(get_language() or settings.LANGUAGE_CODE)


@cache
def _read_catalog(language: str) -> Catalog:
    # Django's own view would serve this with the plural rule as source code, for eval.
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(
        language, "djangojs", [str(path) for path in settings.LOCALE_PATHS]
    )
    return view.get_catalog()
