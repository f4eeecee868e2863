"""What tutorials build: one group for each room, an echo that is dropped. For comparison only."""

import json
import os

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="benchmark",
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
)
os.environ.pop("DJANGO_SETTINGS_MODULE", None)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import re_path  # noqa: E402


class Textbook(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        self.group = "call_" + self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept("call.v1")

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = json.loads(text_data or "")
        await self.channel_layer.group_send(
            self.group, {"type": "relay", "message": message, "sender": self.channel_name}
        )

    async def relay(self, event: dict[str, object]) -> None:
        if event["sender"] != self.channel_name:
            await self.send(text_data=json.dumps(event["message"], separators=(",", ":")))


application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([re_path(r"^ws/call/(?P<room>[^/]+)/$", Textbook.as_asgi())]),
    }
)
