"""Requests have no content here (RFC 9110, section 6.4): whoever sends some is refused at once."""

from typing import Any

# As it goes over the wire; what follows of the request is not read.
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class WithoutBodies:
    """ASGI middleware: answers 413 to what announces content, without receiving it."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not any(_announces(name, value) for name, value in scope["headers"]):
            await self.application(scope, receive, send)
            return
        headers = [(b"connection", b"close"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body"})


def _announces(name: bytes, value: bytes) -> bool:
    """Whether this header field says that there is content (RFC 9112, section 6.3)."""
    return name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 ") != b"")
