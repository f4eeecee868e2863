"""Response headers that Django has no setting for."""

from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware


class SecurityHeaders(SecurityMiddleware):
    """Django's, and that pages of other sites may not load what is served here (Fetch, 3.7)."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Adds them to every response."""
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return super().process_response(request, response)
