"""Fixtures: browsers, one for the whole run; every person has a context of its own."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.support.browsers import CHROMIUM_ARGS, Person

Visit = Callable[..., Awaitable[Person]]

# Of a link from the home page; secret to nobody here.
KEY = "#k=AAECAwQFBgcICQoLDA0ODw"


@pytest.fixture(scope="session")
async def chromium(chromium_path: Path) -> AsyncIterator[Browser]:
    async with launched(chromium_path, CHROMIUM_ARGS) as browser:
        yield browser


@asynccontextmanager
async def launched(chromium_path: Path, args: Sequence[str]) -> AsyncIterator[Browser]:
    """A browser of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=args)
        yield browser
        await browser.close()


@pytest.fixture
async def visit(chromium: Browser) -> AsyncIterator[Visit]:
    """Opens an address as a new person; fails the test on any error in a page's script."""
    async with visits(chromium) as visit:
        yield visit


@asynccontextmanager
async def visits(browser: Browser) -> AsyncIterator[Visit]:
    """As the fixture ``visit``, in another browser."""
    people: list[Person] = []
    contexts: list[BrowserContext] = []

    async def open_page(
        url: str, before: Callable[[Page], Awaitable[None]] | None = None, **options: Any
    ) -> Person:
        context = await browser.new_context(**options)
        contexts.append(context)
        person = await Person.at(context, url, before)
        people.append(person)
        return person

    yield open_page
    for context in contexts:
        await context.close()
    assert [error for person in people for error in person.errors] == []


def call_path() -> str:
    return f"/call/test-{secrets.token_hex(6)}/"


def whole_link() -> str:
    """The same with what the other has, too, and no server."""
    return call_path() + KEY


async def start_call(visit: Visit, *urls: str) -> list[Person]:
    """Two people in one call, both seeing and hearing the other."""
    people = []
    for url, name in zip(urls, ("Ada", "Bo"), strict=True):
        person = await visit(url)
        await person.join(name)
        people.append(person)
    for person in people:
        await person.sees_and_hears()
    return people
