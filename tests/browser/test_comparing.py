"""The code that two people can read to each other: the same, unless somebody sits between them."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.test_foreign import join_as_foreigner
from tests.browser.test_link_key import HEARD, Lying, is_proven, joins
from tests.conftest import StartServer
from tests.support.between import PARTED, SCRIPT, parted
from tests.support.browsers import SPY, Person
from tests.support.firefox import firefox
from tests.support.processes import Daphne, Server
from tests.support.visits import KEY, Visit, call_path, start_call

pytestmark = pytest.mark.shared

CODE = re.compile(r"\d{3} \d{3} \d{3}")
DIGITS = "document.querySelector('#comparing-digits').textContent"
# What a tab remembers of whom it talked to, and with what.
FORGET = """() => new Promise((resolve) => {
  for (const key of Object.keys(sessionStorage))
    if (key.endsWith(":code")) sessionStorage.removeItem(key);
  indexedDB.deleteDatabase("duet").onsuccess = resolve;
})"""
# Of the connection in use, as browsers tell it.
THEIRS = "connections.at(-1).remoteDescription.sdp.match(/^a=fingerprint:(.*)$/m)[1]"
OURS = THEIRS.replace("remote", "local")


async def code_of(person: Person) -> str:
    digits = person.page.locator("#comparing-digits")
    await expect(digits).to_have_text(CODE)
    return await digits.text_content() or ""


async def says_same(person: Person) -> None:
    await person.page.click("#privacy-sign")
    await person.page.click("#comparing-same")
    await person.says("#privacy-title", "Compared by you")
    await expect(person.page.locator("#privacy-title")).to_be_focused()
    await person.page.click("#privacy-close")
    await is_proven(person, "compared")


async def test_two_compare_a_code(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    code = await code_of(ada)
    assert await code_of(bo) == code
    for person in (ada, bo):
        await is_proven(person, "none")
        await says_same(person)

    # That holds for as long as both keep their certificates.
    for reloaded in (ada, bo):
        await reloaded.page.reload()
        for person in (ada, bo):
            await person.sees_and_hears()
            await is_proven(person, "compared")
            assert await code_of(person) == code

    # Nobody is to press for a code that they have not read.
    await ada.page.click("#privacy-sign")
    await bo.page.evaluate(FORGET)
    await bo.page.reload()
    await ada.says("#notice", "Compare it again")
    await expect(ada.page.locator("#privacy")).to_be_hidden()
    for person in (ada, bo):
        await person.sees_and_hears()
        await is_proven(person, "none")
    again = await code_of(ada)
    assert again != code
    assert await code_of(bo) == again


async def test_the_codes_are_different(visit: Visit, daphne: Daphne) -> None:
    """As they hear it; the page has no other knowledge."""
    url = daphne.url + call_path() + KEY
    ada, _ = await start_call(visit, url, url)
    await is_proven(ada, "link")
    await ada.page.click("#privacy-sign")
    await ada.page.click("#comparing-different")
    await ada.says("#comparing-verdict", "Hang up")
    await expect(ada.page.locator("#comparing-verdict")).to_be_focused()
    await ada.says("#privacy-title", "Not verified")


async def test_each_call_has_a_certificate_of_its_own(visit: Visit, daphne: Daphne) -> None:
    path = call_path()
    ada, bo = await start_call(visit, daphne.url + path, daphne.url + path)
    first = await ada.page.evaluate(OURS)
    assert first == await bo.page.evaluate(THEIRS)
    await ada.page.reload()
    await ada.sees_and_hears()
    assert await ada.page.evaluate(OURS) == first
    await ada.page.click("#hangup")
    await bo.screen("ended")
    for person in (ada, bo):
        await person.page.click("#again")
    for person in (ada, bo):
        await person.sees_and_hears()
    assert await ada.page.evaluate(OURS) != first


async def comes_between(visit: Visit, server: Server, path: str, *, hands_on: bool) -> Person:
    somebody = await visit(server.url + "/")
    paths = [parted(f"/ws{path}", number) for number in (1, 2)]
    await somebody.page.evaluate(SCRIPT, {"paths": paths, "handsOn": hands_on})
    return somebody


@pytest.mark.parametrize("hands_on", [False, True])
async def test_somebody_sits_between(
    visit: Visit, start_server: StartServer, hands_on: bool
) -> None:
    """Both see and hear each other through them, and would not notice but for the code."""
    server = await start_server(Lying, LIE=PARTED)
    path = call_path()
    people = [await visit(server.url + path) for _ in range(2)]
    for person, name in zip(people, ("Ada", "Bo"), strict=True):
        await person.join(name)
        await person.phase("waiting")
    somebody = await comes_between(visit, server, path, hands_on=hands_on)
    for person in people:
        await person.sees_and_hears()
        await is_proven(person, "none")
    ada, bo = people
    assert await ada.page.evaluate(THEIRS) != await bo.page.evaluate(OURS)
    if hands_on:
        for person in people:
            await person.page.click("#privacy-sign")
            await person.says("#comparing-verdict", "does not fit together")
            await expect(person.page.locator("#comparing-digits")).to_have_text("")
    else:
        assert await code_of(ada) != await code_of(bo)
    # It was by way of them that the two saw each other.
    await somebody.page.evaluate("for (const { pc } of between) pc.close()")
    for person in people:
        await person.phase("reconnecting")


async def test_nobody_sits_between_those_who_have_the_whole_link(
    visit: Visit, start_server: StartServer
) -> None:
    server = await start_server(Lying, LIE=PARTED)
    path = call_path()
    people = [await visit(server.url + path + KEY) for _ in range(2)]
    for person, name in zip(people, ("Ada", "Bo"), strict=True):
        await person.join(name)
        await person.phase("waiting")
    await comes_between(visit, server, path, hands_on=True)
    for person in people:
        await person.says("#knock-text", "Somebody wants to come in without the whole link")
        assert await person.page.evaluate(HEARD) == 0


async def test_with_a_page_from_before_the_deployment(visit: Visit, daphne: Daphne) -> None:
    """It knows neither keys nor codes: it is let in, and nothing is claimed of it."""
    path = call_path()
    ada, foreigner = await visit(daphne.url + path + KEY), await visit(daphne.url + "/")
    await ada.join("Ada")
    await ada.phase("waiting")
    await join_as_foreigner(foreigner, path, channel=True)
    await ada.says("#knock-text", "Foreign wants to come in without the whole link")
    await ada.page.click("#knock-let-in")
    await ada.sees_and_hears()
    await is_proven(ada, "none")
    await ada.page.click("#privacy-sign")
    await ada.says("#comparing-verdict", "There is no code yet")


async def test_firefox(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    """Has the same code as Chromium, also after a reload."""
    async with firefox(tmp_path) as fox:
        await fox.command("script.addPreloadScript", functionDeclaration=f"() => {{ {SPY} }}")
        url = daphne.url + call_path()
        ada = await visit(url)
        await ada.join("Ada")
        await ada.phase("waiting")
        await joins(fox, url)
        await ada.sees_and_hears()
        code = await code_of(ada)
        await fox.wait_for(f"{DIGITS} === {json.dumps(code)}")
        await fox.goto(url)
        await fox.wait_for(f"{DIGITS} === {json.dumps(code)}")
        await ada.sees_and_hears()
        assert await code_of(ada) == code
