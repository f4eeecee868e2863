"""A server as it is deployed: in production, with its files collected."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.commands import MANAGE, PRODUCTION, copy_checkout, run
from tests.support.processes import Daphne, free_port, running


@asynccontextmanager
async def deployed() -> AsyncIterator[Daphne]:
    with TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder) / "duet")
        env = PRODUCTION | {"ALLOWED_HOSTS": "127.0.0.1", "DEBUG": "0"}
        collected = run([*MANAGE, "collectstatic", "--noinput"], env, checkout)
        assert collected.returncode == 0, collected.stderr
        async with running(Daphne(free_port(), env, cwd=checkout)) as server:
            yield server
