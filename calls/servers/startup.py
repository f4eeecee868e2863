"""What happens once in every process that serves, before it does."""

import asyncio
import logging
import sys
import threading

from django.conf import settings
from django.core.checks import CheckMessage, run_checks

from calls import redis_client, worker
from calls.ice.provider import supply
from calls.operations.logs import tidy_all
from calls.servers import daphne, uvicorn
from calls.signaling import collector

logger = logging.getLogger("calls")


def begin() -> None:
    """Complete the ASGI server, say what is used, and end the process if a check forbids it."""
    floods = tidy_all()
    daphne.complete(floods)
    uvicorn.complete()
    say_layer()
    check()
    if settings.REDIS_URLS:
        # Beside the start: Redis may be slow to answer, or come later than we do.
        threading.Thread(target=ask_redis, name="ask-redis", daemon=True).start()
    supply.begin(settings.ICE)
    collector.set_aside()
    worker.begin()


def say_layer() -> None:
    """The line by which an operator sees whether Redis is used."""
    logger.info("Using %s channel layer", "Redis" if settings.REDIS_URLS else "InMemory")


def check() -> None:
    """Run the system checks: errors end the process, ours are logged."""
    errors = [message for message in run_checks() if message.is_serious()]
    if errors:
        sys.exit("\n".join(f"System check failed: {_sentence(message)}" for message in errors))
    for message in run_checks(tags=["calls"], include_deployment_checks=True):
        logger.log(message.level, "%s", _sentence(message))


def ask_redis() -> None:
    """Say once that Redis does not answer, before somebody's join has to find out."""
    try:
        asyncio.run(_ping_all())
    except redis_client.UNAVAILABLE as error:
        logger.warning(
            "Redis cannot be reached (%s): nobody can join a call until it can",
            type(error).__name__,
        )


async def _ping_all() -> None:
    await asyncio.gather(*(redis_client.ping(url) for url in settings.REDIS_URLS))


def _sentence(message: CheckMessage) -> str:
    return f"{message.id} {message.msg} {message.hint or ''}".rstrip()
