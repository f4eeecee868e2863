"""What the fault suite needs: networks to break, and a place to write down what it cost."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.proxy import Proxy

StartProxy = Callable[..., Awaitable[Proxy]]
Measure = Callable[..., None]

RESULTS = Path(__file__).parents[2] / "test-results" / "reliability.json"


@pytest.fixture
async def start_proxy() -> AsyncIterator[StartProxy]:
    """Starts proxies to the given ports."""
    proxies: list[Proxy] = []

    async def start(*targets: int) -> Proxy:
        proxy = Proxy(*targets)
        await proxy.start()
        proxies.append(proxy)
        return proxy

    yield start
    for proxy in proxies:
        await proxy.stop()


@pytest.fixture(scope="session")
def measurements() -> AsyncIterator[dict[str, dict[str, int]]]:  # type: ignore[misc]
    found: dict[str, dict[str, int]] = {}
    yield found
    if found:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=2))


@pytest.fixture
def measure(measurements: dict[str, dict[str, int]]) -> Measure:
    """Write down milliseconds under what happened; docs/reliability.md is made from it.

    Of several runs the worst counts.
    """

    def write_down(what: str, **milliseconds: float) -> None:
        worst = measurements.setdefault(what, {})
        for name, value in milliseconds.items():
            worst[name] = max(worst.get(name, 0), round(value))

    return write_down
