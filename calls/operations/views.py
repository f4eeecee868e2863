"""What machines ask this server about itself."""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from calls.operations import health, metrics

# Prometheus' text format.
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answers 200 while this process serves.

    Neither Redis nor the database is asked: calls go on without them, and restarting this
    process would not bring them back.
    """
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
async def readyz(request: HttpRequest) -> JsonResponse:
    """Whether to send people here: 200 if calls can begin at this process, 503 if not.

    ``{"ready", "draining", "layer": {"kind", "ok", "ms"}, "database": {"kind", "ok", "ms"}}``;
    ``ms`` is how long the answer took, null without one. Calls do not need the database, which is
    of kind "none" without a call log.
    """
    state = await health.checks.state()
    return JsonResponse(state, status=200 if state["ready"] else 503)


@require_safe
@never_cache
def prometheus(request: HttpRequest) -> HttpResponse:
    """The figures of this process, for whoever has ``METRICS_TOKEN``; 404 without one."""
    if not settings.METRICS_TOKEN:
        raise Http404
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode()
    if not secrets.compare_digest(given, wanted):
        response = HttpResponse("METRICS_TOKEN is not this one.\n", "text/plain", 401)
        response["WWW-Authenticate"] = "Bearer"
        return response
    return HttpResponse(metrics.exposition(), EXPOSITION)
