"""How static files are served: before Django, which takes a thread or two for each.

A page is many small files. WhiteNoise knows them, their compressed forms and their headers, but
it is called by WSGI or by Django only.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

from config.headers import SecurityHeaders

ASGIApplication = Callable[[Any, Any, Any], Awaitable[None]]


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """ASGI: the files of the ``WHITENOISE_`` settings by HTTP; all else is the application's."""

    def __init__(self, application: ASGIApplication) -> None:
        super().__init__()
        self.application = application
        every = SecurityHeaders(lambda _: HttpResponse())
        headers = every.process_response(HttpRequest(), HttpResponse()).headers
        self.every_header = _encoded((k, v) for k, v in headers.items() if k != "Content-Type")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        found = self.find_file(path) if self.autorefresh else self.files.get(path)
        if found is None:
            await self.application(scope, receive, send)
            return
        response = found.get_response(scope["method"], _environ(scope["headers"]))
        headers = _encoded(response.headers) + self.every_header
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        # At once: what is read is small, and most often in the system's cache.
        body = b""
        if response.file is not None:
            with response.file as file:
                body = file.read()
        await send({"type": "http.response.body", "body": body})


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers]


def _environ(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """As WSGI has them."""
    return {
        f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}": value.decode("latin-1")
        for name, value in headers
    }
