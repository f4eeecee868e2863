"""Applications that do a part of what Duet does with a socket, to weigh each part by itself."""

from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

from calls.origins import OwnOriginOnly
from calls.signaling.connection import Connection
from config import asgi


async def accepted(scope: Any, receive: Any, send: Any) -> None:
    """What the server itself takes for a socket."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "call.v1"})
    while (await receive())["type"] == "websocket.receive":
        pass


class Accepting(Connection):
    """A consumer that only sits there."""

    async def connect(self) -> None:
        await self.accept("call.v1")

    async def websocket_receive(self, message: Any) -> None:
        pass


# As config.asgi, with the least of consumers.
routed = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": OwnOriginOnly(
            URLRouter([re_path(r"^ws/call/(?P<room>[^/]+)/$", Accepting.as_asgi())])
        ),
    }
)
connected = asgi.application
