"""What one address may have of this process: its processor time and its open sockets.

Each process counts for itself, since each has its own of both.
"""

import asyncio
import math
from collections import Counter
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_noop

from calls.limits import visitor
from calls.limits.pace import Pace, TooOften, Wish
from calls.limits.shared import MemoryLedger

# Asked for by those who watch over this process, and answered without effort.
FREE_PATHS = {"/healthz"}
SENTENCE = gettext_noop("Too much was asked for from your network. Try again in a few seconds.")
# Seconds that a refusal takes, so that whoever is refused cannot ask for the next at once.
REFUSAL_TIME = 0.25
# Seconds after which one of so many sockets may have closed.
SOCKET_RETRY = 10.0


class Requests:
    """ASGI middleware: answers 429 to an address that asks for too many pages.

    Files are served before it, and cost little.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.ledger = MemoryLedger()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        who = visitor.who(scope)
        if who is not None and scope["path"] not in FREE_PATHS:
            try:
                self.ledger.spend_now(who, Wish("requests", Pace.of(*settings.LIMIT_REQUESTS)))
            except TooOften as error:
                await asyncio.sleep(REFUSAL_TIME)
                await _refuse(send, error.wait)
                return
        await self.application(scope, receive, send)


async def _refuse(send: Any, wait: float) -> None:
    """In every language at once: to find out which is wanted would cost more than the page."""
    lines = []
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            lines.append(translation.gettext(SENTENCE))
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "retry-after": str(math.ceil(wait)),
        "cache-control": "no-store",
    }
    await send(
        {
            "type": "http.response.start",
            "status": 429,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": "\n".join([*lines, ""]).encode()})


class Sockets:
    """The open WebSockets of each address."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def enter(self, who: str | None) -> bool:
        """One more, until ``leave``; false if it is one too many, which has to leave, too."""
        if who is None:
            return True
        self._open[who] += 1
        within: bool = self._open[who] <= settings.LIMIT_SOCKETS
        return within

    def leave(self, who: str | None) -> None:
        """One less."""
        if who is None:
            return
        self._open[who] -= 1
        if self._open[who] <= 0:
            del self._open[who]


sockets = Sockets()
