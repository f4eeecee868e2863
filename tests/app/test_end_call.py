"""The operator's command, as typed."""

import asyncio

import pytest

from tests.support.commands import MANAGE, PRODUCTION, run
from tests.support.peers import in_a_call
from tests.support.processes import Daphne, RedisServer


async def test_both_are_told_on_whatever_process(
    daphnes: list[Daphne], redis_server: RedisServer
) -> None:
    peers = await in_a_call(*(daphne.address for daphne in daphnes))
    env = PRODUCTION | {"REDIS_URL": redis_server.url}
    done = await asyncio.to_thread(run, [*MANAGE, "end_call", peers[0].room], env)
    assert done.returncode == 0, done.stderr
    for peer in peers:
        await peer.expect("peer-left", reason="ended")
        await peer.expect_error("call-ended")
        assert await peer.expect_close() == 4410


@pytest.mark.parametrize(
    ("room", "env", "sentence"),
    [
        ("some-room", {}, "Without REDIS_URL"),
        ("No Room", {}, "A room name has"),
        ("some-room", {"REDIS_URL": "redis://127.0.0.1:1"}, "Redis cannot be reached"),
    ],
)
def test_a_sentence_when_it_cannot(room: str, env: dict[str, str], sentence: str) -> None:
    done = run([*MANAGE, "end_call", room], PRODUCTION | env)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
