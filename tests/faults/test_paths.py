"""Networks that do not let the media through."""

import asyncio
import time

import pytest

from tests.conftest import StartDaphne
from tests.faults.conftest import Measure
from tests.support.browsers import Person
from tests.support.processes import free_port
from tests.support.visits import Visit, whole_link


@pytest.mark.long
async def test_no_path_is_found(visit: Visit, start_daphne: StartDaphne, measure: Measure) -> None:
    """Only a TURN server would help, and nothing listens at its address."""
    daphne = await start_daphne(
        TURN_URLS=f"turn:127.0.0.1:{free_port()}?transport=tcp",
        TURN_SECRET="secret",
        ICE_TRANSPORT_POLICY="relay",
    )
    url = daphne.url + whole_link()
    ada, bo = await visit(url), await visit(url)
    await ada.join("Ada")
    await ada.phase("waiting")
    await bo.join("Bo")
    started = time.monotonic()

    async def told(person: Person) -> float:
        await person.says("#notice", "Your networks don’t let the call through", timeout=20_000)
        return time.monotonic() - started

    took = await asyncio.gather(told(ada), told(bo))
    for person in (ada, bo):
        await person.phase("connecting")
    await asyncio.sleep(20)  # attempts go on, and each fails
    failures = [line for line in daphne.lines if "media failed" in line]
    assert len(failures) == len(set(failures)) == 2
    measure("networks that cannot meet, told to both", noticed=max(took) * 1000)
