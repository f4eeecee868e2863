"""The start: what ends it, and what is only said."""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import DAPHNE, MANAGE, PRODUCTION, Server, copy_checkout, get, run
from tests.support.processes import Process, RedisServer, Uvicorn, free_port, running

APPLICATION = "config.asgi:application"
UVICORN = [*DAPHNE[:2], *Uvicorn.command_line]
NOBODY_THERE = "Redis cannot be reached"

FAILING_CHECK = """

@register("calls")
def check_that_fails(**_: Any) -> list[CheckMessage]:
    from django.core.checks import Error
    return [Error("The sky has fallen.", hint="Hold it up.", id="calls.E999")]
"""


# -- System checks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        [*DAPHNE, APPLICATION],
        [*UVICORN, APPLICATION],
        [*MANAGE, "runserver", "--noreload"],
        [*MANAGE, "runserver"],
    ],
    ids=["daphne", "uvicorn", "runserver-noreload", "runserver"],
)
def test_an_error_of_a_check_ends_the_start(command: list[str], tmp_path: Path):
    checkout = copy_checkout(tmp_path)
    checks = checkout / "calls" / "checks.py"
    checks.write_text(checks.read_text() + FAILING_CHECK)
    result = run(command, {"DEBUG": "1"}, checkout)
    assert result.returncode == 1
    for part in ("calls.E999", "The sky has fallen.", "Hold it up."):
        assert part in result.stderr
    assert "Traceback" not in result.stderr


def test_uvicorn_reads_without_limits():
    command = [*UVICORN, "--ws", "websockets", APPLICATION]
    result = run(command, {"DEBUG": "1"})
    assert result.returncode == 1
    assert "Configuration error: " in result.stderr
    assert "--http h11 --ws websockets-sansio" in result.stderr
    assert "Traceback" not in result.stderr


def test_collectstatic_was_forgotten(tmp_path: Path):
    checkout = copy_checkout(tmp_path)

    def said(**env: str) -> str:
        command = [*MANAGE, "check", "--deploy", "--tag", "calls"]
        return run(command, PRODUCTION | env, checkout).stderr

    assert "calls.W002" in said()
    assert "calls.W002" not in said(DEBUG="1")
    assert run([*MANAGE, "collectstatic", "--noinput"], PRODUCTION, checkout).returncode == 0
    assert "calls.W002" not in said()
    # A file that came with an update.
    (checkout / "static" / "calls" / "js" / "new.js").write_text("")
    assert "Static files are not collected, calls/js/new.js for one" in said()


async def test_daphne_says_that_collectstatic_was_forgotten(tmp_path: Path):
    checkout = copy_checkout(tmp_path)
    port = free_port()
    command = [*DAPHNE, "-p", str(port), APPLICATION]
    async with running(Server(command, port, PRODUCTION, checkout)) as server:
        page = await get(server.address, "/healthz", Host="call.example.org")
        assert page.status == 200
    (line,) = [line for line in server.stdout if "calls.W002" in line]
    assert line.startswith("[WARNING] ")
    assert line.endswith("Run python manage.py collectstatic --noinput.")


# -- Redis that is not there ------------------------------------------------------------------


@pytest.mark.parametrize("program", [DAPHNE, UVICORN], ids=["daphne", "uvicorn"])
async def test_redis_that_does_not_answer_is_said_once(program: list[str]):
    port = free_port()
    urls = f"redis://127.0.0.1:{free_port()},redis://127.0.0.1:{free_port()}"
    command = [*program, "--port", str(port), APPLICATION]
    async with running(Server(command, port, {"DEBUG": "1", "REDIS_URL": urls})) as server:
        await server.printed(NOBODY_THERE)
        assert (await get(server.address, "/healthz")).status == 200
    (line,) = [line for line in server.stdout if NOBODY_THERE in line]
    assert line.startswith("[WARNING] ")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody listens there and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def test_redis_that_hangs_does_not_delay_the_start(silent_port: int):
    port = free_port()
    env = {"DEBUG": "1", "REDIS_URL": f"redis://127.0.0.1:{silent_port}"}
    command = [*DAPHNE, "-p", str(port), APPLICATION]
    async with running(Server(command, port, env)) as server:
        assert (await get(server.address, "/healthz")).status == 200
        assert NOBODY_THERE not in server.output
        await server.printed(NOBODY_THERE)


async def test_redis_that_answers_is_not_mentioned(redis_server: RedisServer):
    port = free_port()
    env = {"DEBUG": "1", "REDIS_URL": redis_server.url}
    redis_server.count_anew()
    async with running(Server([*DAPHNE, "-p", str(port), APPLICATION], port, env)) as server:
        deadline = time.monotonic() + 10
        while "ping" not in redis_server.executed():
            assert time.monotonic() < deadline
    assert NOBODY_THERE not in server.output


# -- TURN -------------------------------------------------------------------------------------


def test_what_asks_a_provider_is_loaded_only_where_there_is_one():
    """It takes memory that most do not need to give."""
    code = "import sys, config.asgi; print('httpx' in sys.modules)"
    assert run([*MANAGE[:1], "-c", code], {"DEBUG": "1"}).stdout.endswith("False\n")


# -- A port in use ----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--noreload"]], ids=["autoreload", "noreload"])
async def test_runserver_on_a_port_in_use(options: list[str], silent_port: int):
    command = [*MANAGE, "runserver", *options, f"127.0.0.1:{silent_port}"]
    result = await asyncio.to_thread(run, command)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert f"Port {silent_port} is in use: make run PORT={silent_port + 1}" in line
    assert result.stdout == ""


def test_runserver_where_nobody_can_listen():
    result = run([*MANAGE, "runserver", "192.0.2.1:8000"])
    assert result.returncode == 1
    assert "Port 8000 cannot be served" in result.stderr


async def test_make_run_on_a_port_in_use(silent_port: int):
    async with running(Process(["make", "run", f"PORT={silent_port}"], {})) as make:
        await make.printed(f"Port {silent_port} is in use")
        assert await make.wait() != 0
    assert "migrat" not in make.output
