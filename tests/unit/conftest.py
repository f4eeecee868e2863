"""What Redis needs: a second server, and an end to this process's connections."""

from collections.abc import AsyncIterator

import pytest

from calls import redis_client
from tests.support.processes import RedisServer, free_port, running


@pytest.fixture(scope="session")
async def second_redis_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[RedisServer]:
    async with running(RedisServer(free_port(), tmp_path_factory.mktemp("redis"))) as server:
        yield server


@pytest.fixture
async def redis_connections() -> AsyncIterator[None]:
    """Connections for commands are kept as long as the event loop: close a test's own."""
    yield
    await redis_client.close()
