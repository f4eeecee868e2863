"""What all tests share: real servers, a real browser."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from calls import redis_client
from tests.support.processes import Daphne, RedisServer, free_port, running

pytest_plugins = ["tests.support.visits"]

StartDaphne = Callable[..., Awaitable[Daphne]]


@pytest.fixture(scope="session", autouse=True)
async def close_redis_connections() -> AsyncIterator[None]:
    """Those this process opened itself, when it used the layers and rooms directly."""
    yield
    await redis_client.close()


@pytest.fixture(scope="session")
async def redis_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    async with running(RedisServer(free_port(), tmp_path_factory.mktemp("redis"))) as server:
        yield server


@pytest.fixture
async def start_daphne() -> AsyncIterator[StartDaphne]:
    """Starts daphne processes, with environment variables as keyword arguments."""
    async with AsyncExitStack() as stack:

        async def start(port: int | None = None, **env: str) -> Daphne:
            return await stack.enter_async_context(running(Daphne(port or free_port(), env)))

        yield start


@pytest.fixture(scope="session")
async def daphne() -> AsyncIterator[Daphne]:
    """One process with the in-memory layer, for tests that leave no trace in it."""
    async with running(Daphne(free_port(), {})) as server:
        yield server


@pytest.fixture(scope="session")
async def daphnes(redis_server: RedisServer) -> AsyncIterator[list[Daphne]]:
    """Two processes that share a Redis."""
    env = {"REDIS_URL": redis_server.url}
    async with running(Daphne(free_port(), env)) as one, running(Daphne(free_port(), env)) as two:
        yield [one, two]


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: install it (make test does, on Debian)."
    return Path(path)
