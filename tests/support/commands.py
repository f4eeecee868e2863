"""Commands people type: run to their end, or a server whose two outputs are told apart."""

import asyncio
import http.client
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import ROOT, START_TIMEOUT, Process, clean_environment

MANAGE = [sys.executable, "manage.py"]
DAPHNE = [sys.executable, "-m", "daphne", "-b", "127.0.0.1"]

# The least that production needs.
PRODUCTION = {
    "SECRET_KEY": "of-the-tests-" + "0123456789abcdef" * 2,
    "ALLOWED_HOSTS": "call.example.org",
}


def run(
    command: list[str], env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with nothing of this process's settings."""
    return subprocess.run(
        command,
        env=clean_environment(env or {}),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT * 2,
        check=False,
    )


def copy_checkout(target: Path) -> Path:
    """What is deployed, in a directory of its own: no .env, no database, nothing collected."""
    for name in ("calls", "config", "locale", "public", "static", "templates"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", target)
    return target


class Server(Process):
    """A server started by any command. What it writes to stderr is marked in ``lines``."""

    MARK = "stderr: "

    def __init__(
        self, command: list[str], port: int, env: Mapping[str, str], cwd: Path = ROOT
    ) -> None:
        self.port = port
        self.address = f"127.0.0.1:{port}"
        redirect = f'exec "$@" 2> >(exec sed -u "s/^/{self.MARK}/")'
        super().__init__(["bash", "-c", redirect, "bash", *command], env, cwd)

    async def start(self) -> None:
        await super().start()
        async with asyncio.timeout(START_TIMEOUT):
            while not await self._listens():
                assert self.running, self.output
                await asyncio.sleep(0.05)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def kill(self) -> None:
        if self.running:
            # Kindly: the reloader of runserver has a child, which would live on.
            self.child.terminate()
        await self.wait()

    @property
    def stdout(self) -> list[str]:
        return [line for line in self.lines if not line.startswith(self.MARK)]


@dataclass
class Page:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


async def get(address: str, path: str, **headers: str) -> Page:
    """One HTTP request, without following redirects; ``Accept_Encoding`` and the like."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await asyncio.to_thread(_get, address, path, named)


def _get(address: str, path: str, headers: Mapping[str, str]) -> Page:
    connection = http.client.HTTPConnection(address, timeout=START_TIMEOUT)
    try:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        return Page(response.status, response.headers, response.read())
    finally:
        connection.close()
