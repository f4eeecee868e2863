"""A PostgreSQL server of the tests' own, which is gone afterwards."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from tests.support.processes import Process, free_port

USER = "duet"


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    program = str(found[-1]) if found else shutil.which(name)
    assert program, "PostgreSQL is missing: install it (make test does, on Debian)."
    return program


def _as_somebody(directory: Path) -> list[str]:
    """It does not run as root: then it is the user's that its package makes."""
    if os.getuid() != 0:
        return []
    owner = pwd.getpwnam("postgres")
    os.chown(directory, owner.pw_uid, owner.pw_gid)
    for each in directory.parents:
        if each.stat().st_uid == os.getuid() and not each.stat().st_mode & 0o001:
            each.chmod(each.stat().st_mode | 0o011)
    return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]


class Postgres(Process):
    """Nothing is safe in it, but it is quick."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"postgres://{USER}@127.0.0.1:{self.port}/postgres"
        directory.mkdir()
        self._directory = directory
        self._user = _as_somebody(directory)
        command = [
            *self._user, _program("postgres"), "-D", str(directory), "-p", str(self.port),
            "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={directory}",
            "-c", "fsync=off",
        ]  # fmt: skip
        super().__init__(command, {}, directory)

    async def start(self) -> None:
        if not any(self._directory.iterdir()):
            await asyncio.to_thread(self._prepare)
        before = len(self.lines)
        await super().start()
        await self.printed("ready to accept connections", since=before)

    def _prepare(self) -> None:
        initdb = [*self._user, _program("initdb"), "-U", USER, "-A", "trust", "-E", "UTF8"]
        directory = str(self._directory)
        subprocess.run([*initdb, "-D", directory], check=True, capture_output=True, cwd=directory)

    async def kill(self) -> None:
        """At once, but with whoever works for it."""
        self.send_signal(signal.SIGQUIT)
        await self.wait()
