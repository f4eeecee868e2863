"""WebSocket addresses."""

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import re_path

from calls.signaling.consumer import CallConsumer

websockets = URLRouter(
    [
        # Names the protocol does not allow come in too: the consumer can tell them why.
        re_path(r"^ws/call/(?P<room>[^/]+)/$", CallConsumer.as_asgi()),
        re_path(r"", WebsocketDenier.as_asgi()),
    ]
)
