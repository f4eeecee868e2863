"""``manage.py end_call ROOM``: the operator ends a call."""

import re
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls import redis_client
from calls.protocol import ROOM_PATTERN
from calls.redis_client import UNAVAILABLE


class Command(BaseCommand):
    """Closes both sockets of a room with 4410; the room can be used again at once."""

    help = "End the call in a room: both people are told that the operator ended it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("room", help="the name at the end of the call's link")

    def handle(self, *args: Any, **options: Any) -> None:
        room = options["room"]
        if not re.fullmatch(ROOM_PATTERN, room):
            raise CommandError("A room name has 3 to 64 characters out of a-z, 0-9 and the hyphen.")
        if not settings.REDIS_URLS:
            raise CommandError(
                "Without REDIS_URL calls live in the serving process, out of reach from here."
            )
        try:
            async_to_sync(self.end)(room)
        except UNAVAILABLE as error:
            raise CommandError(f"Redis cannot be reached ({type(error).__name__}).") from None
        self.stdout.write("Whoever was in this call has been told that it is over.")

    async def end(self, room: str) -> None:
        """Tell every process; those that hold a socket of the room close it."""
        try:
            await get_channel_layer().group_send(f"call.{room}", {"type": "call.ended"})
        finally:
            await redis_client.close()
