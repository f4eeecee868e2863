"""What every test of a network needs: the rig, people in it, and a place for what was measured."""

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Playwright, async_playwright

from tests.networks.people import Caller, in_chromium, in_firefox
from tests.networks.report import RESULTS, Results
from tests.networks.rig import Home, Rig

Arrive = Callable[..., Awaitable[Caller]]
Measure = Callable[..., None]


def pytest_configure() -> None:
    if os.geteuid():
        raise pytest.UsageError("Only root can make networks: sudo make networks.")


@pytest.fixture(scope="session")
async def whole_rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("rig"))
    try:
        await rig.start()
        yield rig
    finally:
        await rig.stop()


@pytest.fixture
def rig(whole_rig: Rig) -> Rig:
    """With the best of networks."""
    whole_rig.reset()
    return whole_rig


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest.fixture
async def arrive(
    rig: Rig, playwright: Playwright, chromium_path: Path, tmp_path: Path
) -> AsyncIterator[Arrive]:
    """Somebody comes home and starts a browser. It is a new one: it knows no earlier network.

    It runs ``script`` before the page's own; Chromium has these ``options``.
    """
    async with AsyncExitStack() as stack:

        async def start(
            home: Home, browser: str = "Chromium", script: str = "", options: Sequence[str] = ()
        ) -> Caller:
            if browser == "Firefox":
                profile = tmp_path / "firefox"
                return await stack.enter_async_context(in_firefox(home, profile, script))
            return await stack.enter_async_context(
                in_chromium(home, playwright.chromium, chromium_path, script, [*options])
            )

        yield start


@pytest.fixture(scope="session")
def results() -> Iterator[Results]:
    """Written down at the end. Tables that were not measured stay as they were."""
    found: Results = {}
    yield found
    old: Results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(old | found, indent=2))


@pytest.fixture
def measure(results: Results) -> Measure:
    """Add a run to a row of a table in docs/networks.md."""

    def write_down(table: str, row: str, **values: float | str) -> None:
        columns = results.setdefault(table, {}).setdefault(row, {})
        for name, value in values.items():
            columns.setdefault(name, []).append(value)

    return write_down
