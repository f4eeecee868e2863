"""The ASGI application: ``daphne config.asgi:application``."""

import logging
import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
try:
    django.setup()
except ImproperlyConfigured as error:
    sys.exit(f"Configuration error: {error}")

# Only now, with the settings in place, can these be imported.
from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.checks import run_checks

from calls.origins import OwnOriginOnly
from calls.routing import websockets
from calls.servers import daphne, uvicorn
from calls.signaling import collector

daphne.complete()
uvicorn.complete()

application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": OwnOriginOnly(websockets)}
)

# This module is imported once in every process that serves, and in no other.
logger = logging.getLogger("calls")
logger.info("Using %s channel layer", "Redis" if settings.REDIS_URLS else "InMemory")
for message in run_checks(tags=["calls"]):
    logger.log(message.level, "%s %s %s", message.id, message.msg, message.hint)

collector.set_aside()
