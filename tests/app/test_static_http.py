"""Static files as HTTP has them (RFC 9110): methods, conditions, ranges, and headers."""

from collections.abc import AsyncIterator

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.test import Client

from config.static import StaticFiles
from tests.support.processes import ROOT

ROBOTS = (ROOT / "public" / "robots.txt").read_bytes()


@pytest.fixture
async def site(production) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(StaticFiles(get_asgi_application()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


async def test_head_has_the_headers_of_get(site: httpx.AsyncClient):
    whole, head = await site.get("/robots.txt"), await site.head("/robots.txt")
    assert (whole.status_code, whole.content) == (200, ROBOTS)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers
    assert int(head.headers["content-length"]) == len(ROBOTS)


async def test_who_has_it_is_not_sent_it(site: httpx.AsyncClient):
    etag = (await site.get("/robots.txt")).headers["etag"]
    again = await site.get("/robots.txt", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = await site.get("/robots.txt", headers={"if-none-match": '"other"'})
    assert (other.status_code, other.content) == (200, ROBOTS)


async def test_a_range(site: httpx.AsyncClient):
    part = await site.get("/robots.txt", headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, ROBOTS[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(ROBOTS)}"
    none = await site.get("/robots.txt", headers={"range": f"bytes={len(ROBOTS)}-"})
    assert (none.status_code, none.content) == (416, b"")


async def test_nothing_can_be_sent_to_it(site: httpx.AsyncClient):
    answer = await site.post("/robots.txt", content=b"x")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


async def test_the_security_headers_are_those_of_a_page(site: httpx.AsyncClient, client: Client):
    names = ("x-content-type-options", "referrer-policy", "cross-origin-opener-policy")
    page = client.get("/")
    for path in ("/robots.txt", "/favicon.ico"):
        file = await site.get(path)
        assert [file.headers[name] for name in names] == [page[name] for name in names]


@pytest.mark.parametrize(
    "path", ["/%2e%2e/manage.py", "/../manage.py", "/robots.txt/", "/robots.txt%00"]
)
async def test_nothing_else_is_reached(site: httpx.AsyncClient, path: str):
    assert (await site.get(path)).status_code == 404
