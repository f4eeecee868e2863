"""The pages: home, a call, and what browsers ask besides: no database needed."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from calls.rooms import names

# Width in pixels, and the purpose: a "maskable" icon's edges may be cut off.
ICONS = [
    ("calls/icon-192.png", 192, "any"),
    ("calls/icon-512.png", 512, "any"),
    ("calls/icon-maskable-512.png", 512, "maskable"),
]


@require_safe
@cache_control(no_cache=True)
def home(request: HttpRequest) -> HttpResponse:
    """What this is, the button that starts a call, and a field for the name of one, ``code``.

    The field is sent by GET, which needs no CSRF token and so no cookie; logs hide it.
    """
    code = request.GET.get("code")
    if code is None:
        return render(request, "calls/home.html")
    room = names.read(code)
    response = (
        redirect("call", room=room)
        if room
        else render(request, "calls/home.html", {"refused": True, "code": code}, status=400)
    )
    add_never_cache_headers(response)
    return response


@require_safe
@never_cache
def new_call(request: HttpRequest) -> HttpResponseRedirect:
    """Go to a call nobody else knows of. Rooms need no creation, so a GET changes nothing."""
    return redirect("call", room=names.new_name())


@require_safe
@cache_control(no_store=True)
def call(request: HttpRequest, room: str) -> HttpResponse:
    """The call page of one room."""
    config = {
        "room": room,
        "socketPath": f"/ws/call/{room}/",
        "healthPath": reverse("healthz"),
        "grace": settings.SEAT_GRACE,
    }
    response = render(request, "calls/call.html", {"room": room, "config": config})
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@never_cache
def misspelled_call(request: HttpRequest, room: str) -> HttpResponseRedirect:
    """Go on to the call that an address with capitals or blanks means."""
    query = request.META["QUERY_STRING"]
    return redirect(reverse("call", args=[room]) + (f"?{query}" if query else ""))


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest (W3C): what a device needs to know to keep Duet among its apps."""
    colour = "#f3f6f4"  # the page's own in base.css; a manifest has one for light and dark
    content = {
        "id": "/",
        "name": "Duet",
        "short_name": "Duet",
        "description": gettext("Video calls for two. No account, nothing to install."),
        "lang": get_language(),
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": colour,
        "theme_color": colour,
        "icons": [
            {"src": static(path), "sizes": f"{size}x{size}", "type": "image/png", "purpose": use}
            for path, size, use in ICONS
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")
