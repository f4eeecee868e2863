"""Asks a provider over HTTP. Imported only where there is one: httpx takes memory."""

import asyncio
import logging
from http import HTTPStatus

import httpx

from calls.ice.provider.failure import Failure
from calls.ice.provider.request import Request

# Seconds for all of it.
TIMEOUT = 5.0
MOST_BYTES = 65_536

REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}

# These write addresses to the log, and one of them may have a token in its query.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


async def fetch(request: Request) -> bytes:
    """The body of the provider's answer. Raises ``Failure``.

    Redirections are not followed: they would take the token to another host.
    """
    try:
        async with asyncio.timeout(TIMEOUT), httpx.AsyncClient(timeout=TIMEOUT) as client:
            return await _fetch(client, request)
    except (TimeoutError, httpx.TimeoutException):
        raise Failure(f"no answer within {TIMEOUT:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Failure(f"no connection ({type(error).__name__})") from None


async def _fetch(client: httpx.AsyncClient, request: Request) -> bytes:
    # Uncompressed, so that what is read is as small as it looks.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"} | request.headers
    async with client.stream(
        request.method, request.url, headers=headers, content=request.body or None
    ) as response:
        if not response.is_success:
            refused = response.status_code in REFUSALS
            raise Failure(f"status {response.status_code}", refused=refused)
        return await _read(response)


async def _read(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Failure(f"more than {MOST_BYTES} bytes")
    return body
