"""Other programs than the page speak the protocol: calls with one that was written from it."""

import pytest

from tests.support.browsers import FLOWS, PATIENCE, Person
from tests.support.processes import ROOT, Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

FOREIGN = (ROOT / "tests" / "support" / "foreign.js").read_text()


async def join_as_foreigner(person: Person, path: str, channel: bool) -> None:
    await person.page.evaluate(FOREIGN, {"path": f"/ws{path}", "channel": channel})


async def sees(person: Person) -> None:
    await person.page.evaluate(FLOWS, [5, PATIENCE])


async def meet(
    visit: Visit, daphne: Daphne, first: str, channel: bool = False
) -> tuple[Person, Person]:
    """The page's person and the foreigner, in a call; whoever comes second is impolite."""
    path = call_path()
    foreigner = await visit(daphne.url + "/")
    ada = await visit(daphne.url + path)
    if first == "foreigner":
        await join_as_foreigner(foreigner, path, channel)
    await ada.join("Ada")
    if first == "page":
        await ada.phase("waiting")
        await join_as_foreigner(foreigner, path, channel)
    await ada.sees_and_hears()
    await sees(foreigner)
    return ada, foreigner


@pytest.mark.parametrize("first", ["page", "foreigner"])
async def test_a_call_with_a_foreign_client(visit: Visit, daphne: Daphne, first: str) -> None:
    """It offers as it likes: at the start, for an ICE restart, after a reload of the page."""
    ada, foreigner = await meet(visit, daphne, first)
    await foreigner.page.evaluate("foreign.restartIce()")
    for _ in range(2):
        await ada.sees_and_hears()
        await sees(foreigner)
    assert await ada.pictures() >= 8
    await ada.page.reload()
    await ada.sees_and_hears()
    await sees(foreigner)


@pytest.mark.parametrize("first", ["page", "foreigner"])
async def test_a_call_with_a_page_from_before_a_deployment(
    visit: Visit, daphne: Daphne, first: str
) -> None:
    """It offers two lines and answers as many as it is offered; the rest is as always."""
    ada, foreigner = await meet(visit, daphne, first, channel=True)
    lines = await ada.page.evaluate(
        "connections.at(-1).getTransceivers().map(({ receiver }) => receiver.track.kind)"
    )
    assert lines == ["audio", "video"] + (["video", "audio"] if first == "foreigner" else [])
    await ada.page.click("#mute")
    await foreigner.page.wait_for_function(
        "told.findLast(({ type }) => type === 'state').audio === false"
    )
    await foreigner.page.evaluate('carrier.send(\'{"type": "state", "audio": true}\')')
    await ada.shows("#remote-camera-off")
    await foreigner.page.evaluate('carrier.send(\'{"type": "going"}\')')
    await ada.says("#notice", "reconnecting")


@pytest.mark.long
async def test_a_foreign_client_that_is_asked_in_vain(visit: Visit, daphne: Daphne) -> None:
    """It makes the offers, makes none, and does not know that it is asked for one."""
    ada, foreigner = await meet(visit, daphne, "page")
    session = (await ada.welcomes())[0]
    await foreigner.page.evaluate("foreign.close()")
    await ada.phase("reconnecting", timeout=30_000)
    again = await ada.welcomed(2, timeout=90_000)
    assert (again["id"], again["resumed"]) == (session["id"], True)
    await ada.sees_and_hears()
    await sees(foreigner)
