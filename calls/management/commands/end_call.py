"""``manage.py end_call ROOM``: the operator ends a call."""

from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls import redis_client
from calls.errors import BadRoom
from calls.redis_client import UNAVAILABLE
from calls.rooms import names
from calls.signaling import events


class Command(BaseCommand):
    """Closes both sockets of a room with 4410; the room can be used again at once."""

    help = "End the call in a room: both people are told that the operator ended it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("room", help="the name at the end of the call's link")

    def handle(self, *args: Any, **options: Any) -> None:
        room = options["room"]
        if not names.is_valid(room):
            raise CommandError(BadRoom.message)
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
            await get_channel_layer().group_send(
                events.group(room), events.encode(events.CallEnded())
            )
        finally:
            await redis_client.close()
