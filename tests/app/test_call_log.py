"""The call log, from a call over real sockets to a row in a real database."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.app.test_operations import TOKEN, figures, soon, two
from tests.conftest import StartServer
from tests.support.commands import MANAGE, run
from tests.support.peers import WirePeer
from tests.support.postgres import Postgres
from tests.support.processes import Daphne, RedisServer, Server, Uvicorn, running

Row = dict[str, Any]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Database:
    """Where the servers write; read here without Django."""

    def __init__(self, url: str) -> None:
        self.url = url
        result = run([*MANAGE, "migrate"], {"DEBUG": "1", "DATABASE_URL": url})
        assert result.returncode == 0, result.stderr

    def _connect(self) -> Any:
        if self.url.startswith("sqlite"):
            return sqlite3.connect(self.url.removeprefix("sqlite:///"))
        return psycopg.connect(self.url, autocommit=True)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            cursor = connection.execute(sql)
            found: list[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
            connection.commit()
            return found

    def rows(self) -> list[Row]:
        """All of the log, the oldest first, and in it the seconds that each call took."""
        with closing(self._connect()) as connection:
            cursor = connection.execute("SELECT * FROM calls_call ORDER BY started_at")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    async def has(self, **columns: object) -> Row:
        """The only row, once it has these values."""
        found: list[Row] = []

        async def holds() -> bool:
            found[:] = await asyncio.to_thread(self.rows)
            return len(found) == 1 and {**found[0], **columns} == found[0]

        try:
            await soon(holds)
        except TimeoutError:
            raise AssertionError(f"{found} have not {columns}") from None
        return found[0]


@pytest.fixture(scope="module")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    async with running(Postgres(tmp_path_factory.mktemp("postgres") / "data")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        yield Database(f"sqlite:///{tmp_path}/duet.sqlite3")
    else:
        found = Database(request.getfixturevalue("postgres").url)
        yield found
        found.ask("TRUNCATE calls_call")


Start = Callable[..., Awaitable[Server]]


@pytest.fixture
def start(start_server: StartServer, database: Database) -> Start:
    return lambda program, **env: start_server(program, DATABASE_URL=database.url, **env)


async def leave(*peers: WirePeer) -> None:
    for peer in peers:
        await peer.send("leave")
        await peer.closed()


@pytest.mark.parametrize("program", [Daphne, Uvicorn])
async def test_a_call(start: Start, database: Database, program: type[Server], room: str):
    server = await start(program)
    ada, bo = await two([server] * 2, room)
    await ada.send("report", event="connected", ms=640, relayed=False)
    await bo.send("report", event="connected", ms=900, relayed=True, over="tls")
    await ada.send("report", event="closed", restarts=1, loss=3.4)
    await bo.send("report", event="closed", restarts=2, loss=12)
    await leave(ada)
    await bo.expect("peer-left")
    await leave(bo)
    row = await database.has(failures=0, restarts=3)
    expected = {
        "connect_ms": 900,
        "path": "relay",
        "relay_protocol": "tls",
        "ending": "left",
        "resumes": 0,
        "worst_loss": 12,
        "rating": None,
        "browsers": "other",
    }
    assert {name: row[name] for name in expected} == expected
    assert len(row["room"]) == 8
    assert room not in str(row)
    assert row["room"] in server.output
    # Who is alone, or looks in, is in no call.
    alone = WirePeer(server.address, room)
    await alone.connect()
    await alone.join()
    await leave(alone)
    server.send_signal(signal.SIGTERM)
    await server.wait()
    assert len(database.rows()) == 1


async def test_both_halves_of_two_processes(
    start: Start, database: Database, redis_server: RedisServer, room: str
):
    servers = [await start(Daphne, REDIS_URL=redis_server.url) for _ in range(2)]
    ada, bo = await two(servers, room)
    await ada.send("report", event="connected", ms=640)
    await bo.send("report", event="connected", ms=300)
    await bo.send("report", event="failed")
    await leave(ada)
    await bo.expect("peer-left")
    await leave(bo)
    await database.has(connect_ms=640, failures=1, ending="left", path="direct")


async def test_whoever_comes_back_is_in_the_same_call(start: Start, database: Database, room: str):
    server = await start(Daphne)
    ada, bo = await two([server] * 2, room)
    await ada.send("report", event="connected", ms=640)
    for comes_back, other in ((ada, bo), (bo, ada), (ada, bo)):
        await comes_back.drop()
        await other.expect("peer-away")
        await comes_back.connect()
        await comes_back.join(session="new", token=comes_back.token)
        await other.expect("peer-joined")
    await leave(ada, bo)
    await database.has(resumes=3, ending="left", connect_ms=640)


async def test_somebody_else_is_another_call(start: Start, database: Database, room: str):
    server = await start(Daphne)
    ada, bo = await two([server] * 2, room)
    await leave(ada)
    await bo.expect("peer-left")
    cy = WirePeer(server.address, room)
    await cy.connect()
    await cy.join(session="cy")
    await bo.expect("peer-joined")
    await leave(cy, bo)

    async def holds() -> bool:
        return len(await asyncio.to_thread(database.rows)) == 2

    await soon(holds)
    one, other = database.rows()
    assert one["room"] == other["room"]
    assert one["ended_at"] <= other["started_at"]


@pytest.mark.parametrize("ending", ["timeout", "dismissed", "lost"])
async def test_other_endings(start: Start, database: Database, room: str, ending: str):
    server = await start(Daphne, SEAT_GRACE="0.2")
    ada, bo = await two([server] * 2, room)
    if ending == "dismissed":
        await ada.send("dismiss", id=bo.id)
        await bo.closed()
        await ada.expect("peer-left")
    else:
        if ending == "lost":
            await ada.drop()
        await bo.drop()
    if ending == "timeout":
        await ada.expect("peer-away")
        await ada.expect("peer-left", reason="timeout")
    await ada.drop()
    await database.has(ending=ending)


async def test_the_operator_ends_it(
    start: Start, database: Database, redis_server: RedisServer, room: str
):
    server = await start(Daphne, REDIS_URL=redis_server.url)
    ada, bo = await two([server] * 2, room)
    env = {"DEBUG": "1", "REDIS_URL": redis_server.url}
    result = await asyncio.to_thread(run, [*MANAGE, "end_call", room], env)
    assert result.returncode == 0, result.stderr
    for peer in (ada, bo):
        assert await peer.closed() == 4410
    await database.has(ending="ended")


async def test_stars_come_when_the_call_is_over(start: Start, database: Database, room: str):
    """Over a socket that never joined; of two the fewer count."""
    server = await start(Daphne)
    await leave(*await two([server] * 2, room))
    await database.has(rating=None)
    for stars, shown in ((4, 4), (2, 2), (5, 2)):
        rater = WirePeer(server.address, room)
        await rater.connect()
        await rater.send("rate", stars=stars)
        await rater.send("ping")
        await rater.expect("pong")
        await rater.drop()
        await database.has(rating=shown)


async def test_what_is_not_yet_written_is_at_the_end(start: Start, database: Database, room: str):
    """SIGTERM in the middle of calls: their rows are there when the process is not."""
    server = await start(Daphne)
    everybody = [await two([server] * 2, f"{room}-{number}") for number in range(20)]
    server.send_signal(signal.SIGTERM)
    await server.wait()
    assert len(database.rows()) == len(everybody)
    assert {row["ending"] for row in database.rows()} == {"lost"}


async def test_a_database_that_goes_away_does_not_hurt_a_call(
    start_server: StartServer, tmp_path: Path, room: str
):
    """What is over meanwhile is written when it is back."""
    postgres = Postgres(tmp_path / "data")
    async with running(postgres):
        database = Database(postgres.url)
        server = await start_server(Daphne, DATABASE_URL=postgres.url, METRICS_TOKEN=TOKEN)
        await leave(*await two([server] * 2, f"{room}-1"))
        await database.has(ending="left")
    await leave(*await two([server] * 2, f"{room}-2"))
    await server.printed("The call log cannot be written (OperationalError)")
    ada, bo = await two([server] * 2, f"{room}-3")
    await ada.send("ice", candidate={"candidate": "1"})
    await bo.expect("ice")
    await leave(ada, bo)
    assert (await figures(server))["duet_call_log_dropped_total", ""] == 0
    async with running(postgres):

        async def holds() -> bool:
            return len(await asyncio.to_thread(database.rows)) == 3

        await soon(holds)


async def test_without_the_variable_nothing_is_kept(
    start_server: StartServer, tmp_path: Path, room: str
):
    server = await start_server(Daphne, METRICS_TOKEN=TOKEN)
    await leave(*await two([server] * 2, room))
    assert ("duet_call_log_dropped_total", "") not in await figures(server)
    assert "call log" not in server.output


async def test_without_its_table_a_sentence_says_what_to_do(
    start_server: StartServer, tmp_path: Path, room: str
):
    server = await start_server(Daphne, DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    await leave(*await two([server] * 2, room))
    await server.printed("did manage.py migrate run?")
    assert "Traceback" not in server.output
