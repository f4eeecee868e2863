"""The ASGI application: ``daphne config.asgi:application``."""

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
from django.core.asgi import get_asgi_application

from calls.limits.local import Requests
from calls.origins import OwnOriginOnly
from calls.routing import websockets
from calls.servers import startup
from calls.servers.bodies import WithoutBodies
from config.static import StaticFiles

application = ProtocolTypeRouter(
    {
        "http": WithoutBodies(StaticFiles(Requests(get_asgi_application()))),
        "websocket": OwnOriginOnly(websockets),
    }
)

# This module is imported once in every process that serves, and in no other.
startup.begin()
