"""Real servers for the tests: daphne and redis-server, on free ports of 127.0.0.1."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from redis import Redis

from calls.servers.commands import UVICORN_OPTIONS
from config.variables import ALL

ROOT = Path(__file__).resolve().parents[2]

# Nothing of the developer's own environment may decide a test.
OWN_VARIABLES = {variable.name for variable in ALL}

START_TIMEOUT = 30

# Not the server's: asking for the count, and the handshake of whoever asks.
NOT_COUNTED = {"info", "config|resetstat", "client|setinfo", "hello", "select"}

P = TypeVar("P", bound="Process")


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without the project's own variables, plus ``extra``."""
    unwanted = OWN_VARIABLES | {"DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHON_DOTENV_DISABLED": "1", **extra}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A child process whose output lines can be awaited and read afterwards."""

    def __init__(self, command: list[str], env: Mapping[str, str], cwd: Path = ROOT) -> None:
        self.command = command
        self.env = clean_environment(env)
        self.cwd = cwd
        self.lines: list[str] = []
        self._news = asyncio.Condition()

    async def start(self) -> None:
        self.child = await asyncio.create_subprocess_exec(
            *self.command,
            env=self.env,
            cwd=self.cwd,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.child.stdout is not None
        while line := await self.child.stdout.readline():
            async with self._news:
                self.lines.append(line.decode().rstrip("\n"))
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def printed(self, text: str, timeout: float = START_TIMEOUT, since: int = 0) -> str:
        """Wait for a line that contains ``text``; fails if the process ends without it."""

        def found() -> str | None:
            return next((line for line in self.lines[since:] if text in line), None)

        async with asyncio.timeout(timeout), self._news:
            await self._news.wait_for(lambda: found() or self._reader.done())
        line = found()
        assert line is not None, f"{self.command} ended without {text!r}:\n" + self.output
        return line

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def running(self) -> bool:
        return self.child.returncode is None

    def send_signal(self, number: signal.Signals) -> None:
        if self.running:
            self.child.send_signal(number)

    async def wait(self, timeout: float = 15) -> int:
        async with asyncio.timeout(timeout):
            code = await self.child.wait()
            await self._reader
        return code

    async def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
        await self.wait()


class Server(Process):
    """An ASGI server with ``config.asgi:application``, ready to be talked to."""

    command_line: tuple[str, ...]
    ready: str
    """What it prints when it accepts connections."""

    def __init__(
        self,
        port: int,
        env: Mapping[str, str],
        options: Sequence[str] = (),
        cwd: Path = ROOT,
    ) -> None:
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        self.ws = f"ws://{self.address}"
        command = [
            sys.executable, "-m", *self.command_line, "--port", str(port), *options,
            "config.asgi:application",
        ]  # fmt: skip
        super().__init__(command, {"DEBUG": "1", **env}, cwd)

    async def start(self) -> None:
        before = len(self.lines)
        await super().start()
        await self.printed(self.ready, since=before)


class Daphne(Server):
    command_line = ("daphne", "--bind", "127.0.0.1")
    ready = "Listening on TCP address"


class Uvicorn(Server):
    """With the options that docs/performance.md recommends."""

    command_line = ("uvicorn", "--host", "127.0.0.1", *UVICORN_OPTIONS)
    ready = "Uvicorn running on"


class Workers(Process):
    """Several servers on one port, by ``manage.py serve``."""

    def __init__(self, count: int, server: str, env: Mapping[str, str]) -> None:
        self.count = count
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        command = [
            sys.executable, "manage.py", "serve", "--port", str(self.port),
            "--workers", str(count), "--server", server,
        ]  # fmt: skip
        super().__init__(command, {"DEBUG": "1", **env})

    async def start(self) -> None:
        await super().start()
        for number in range(self.count):
            await self.printed(f"Worker {number + 1} can serve")

    @property
    def workers(self) -> list[int]:
        """The process ids of those that serve now."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return sorted(map(int, children.read_text().split()))


class RedisServer(Process):
    """redis-server without persistence; what it held is gone when it restarts."""

    def __init__(self, port: int, directory: Path) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: install it (make test does, on Debian)."
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        command = [
            program, "--port", str(port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--dir", str(directory),
        ]  # fmt: skip
        super().__init__(command, {})

    async def start(self) -> None:
        await super().start()
        await self.printed("Ready to accept connections")

    def ask(self, *words: str) -> Any:
        """Run one Redis command, as an operator would at the prompt."""
        with Redis.from_url(self.url) as client:
            return client.execute_command(*words)

    def count_anew(self) -> None:
        """Forget which commands were executed."""
        self.ask("CONFIG", "RESETSTAT")

    def executed(self) -> dict[str, int]:
        """How often which command was executed, those inside scripts included."""
        stats = self.ask("INFO", "commandstats")
        calls = {name.removeprefix("cmdstat_"): int(s["calls"]) for name, s in stats.items()}
        return {name: number for name, number in calls.items() if name not in NOT_COUNTED}


@asynccontextmanager
async def running(process: P) -> AsyncIterator[P]:
    """Start a process, and kill it in the end whatever happened."""
    await process.start()
    try:
        yield process
    finally:
        await process.kill()
