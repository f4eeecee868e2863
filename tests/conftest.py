"""What all tests share: real servers, a real browser."""

import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from calls import redis_client
from tests.support.peers import new_room
from tests.support.processes import Daphne, RedisServer, Server, Uvicorn, free_port, running
from tests.support.turn import FOR_CALLS, Coturn

pytest_plugins = ["tests.support.visits"]

StartDaphne = Callable[..., Awaitable[Daphne]]
StartServer = Callable[..., Awaitable[Server]]
StartCoturn = Callable[[], Awaitable[Coturn]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runs", type=int, default=1, help="of every test that takes a `run`")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Networks are made of the machine's own, by root: only who names their folder gets them."""
    return collection_path == Path(__file__).parent / "networks" or None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What a browser does once it may not do every time: such tests take a ``run``."""
    if "run" in metafunc.fixturenames:
        metafunc.parametrize("run", range(metafunc.config.getoption("runs")))


@pytest.fixture(scope="session", autouse=True)
async def close_redis_connections() -> AsyncIterator[None]:
    """Those this process opened itself, when it used the layers and rooms directly."""
    yield
    await redis_client.close()


@pytest.fixture
def room() -> str:
    """A room of the test's own."""
    return new_room()


@pytest.fixture
def calls_log() -> Iterator[list[str]]:
    """The lines of the logger ``calls``, which does not propagate."""
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler = Lines()
    logger = logging.getLogger("calls")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


@pytest.fixture(scope="session")
async def redis_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    async with running(RedisServer(free_port(), tmp_path_factory.mktemp("redis"))) as server:
        yield server


@pytest.fixture
async def start_server() -> AsyncIterator[StartServer]:
    """Starts servers of any kind, with environment variables as keyword arguments."""
    async with AsyncExitStack() as stack:

        async def start(program: type[Server], **env: str) -> Server:
            return await stack.enter_async_context(running(program(free_port(), env)))

        yield start


@pytest.fixture
def start_daphne(start_server: StartServer) -> StartDaphne:
    """Starts daphne processes."""

    async def start(**env: str) -> Daphne:
        server = await start_server(Daphne, **env)
        assert isinstance(server, Daphne)
        return server

    return start


@pytest.fixture
async def start_coturn(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StartCoturn]:
    """Starts relays for calls on this machine, which know the secret of ``relay_only``."""
    async with AsyncExitStack() as stack:

        async def start() -> Coturn:
            relay = Coturn(tmp_path_factory.mktemp("coturn"), FOR_CALLS)
            return await stack.enter_async_context(running(relay))

        yield start


@pytest.fixture(scope="session")
async def daphne() -> AsyncIterator[Daphne]:
    """One process with the in-memory layer, for tests that leave no trace in it."""
    async with running(Daphne(free_port(), {})) as server:
        yield server


@pytest.fixture(scope="session")
async def uvicorn() -> AsyncIterator[Uvicorn]:
    """The same under the other server."""
    async with running(Uvicorn(free_port(), {})) as server:
        yield server


@pytest.fixture(params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the two that docs/performance.md offers."""
    found: Server = request.getfixturevalue(request.param)
    return found


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
