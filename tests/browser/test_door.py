"""Coming in and being outside again: who is inside, turning back, and what comes after a call."""

import re

from playwright.async_api import Page, expect

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, start_call

RUNNING = re.compile(r"^\d+:(0[1-9]|[1-5]\d)$")


async def test_the_door_says_whether_somebody_is_inside(visit: Visit, daphne: Daphne) -> None:
    """Also of somebody who comes or goes meanwhile."""
    url = daphne.url + call_path()
    ada = await visit(url)
    await ada.says("#join-label", "Start")
    await ada.says("#door", "Nobody is here yet")
    bo = await visit(url, locale="ru")
    await bo.says("#join-label", "Начать звонок")
    await ada.join()
    await ada.phase("waiting")
    await bo.says("#door", "Вас уже ждут")
    await bo.says("#join-label", "Войти в\N{NO-BREAK SPACE}звонок")
    await expect(bo.page.locator("#said")).to_have_text("Вас уже ждут.")
    await ada.page.click("#hangup")
    await bo.says("#join-label", "Начать звонок")


async def mute_server(page: Page) -> None:
    """Sockets open, and nothing is ever answered; the page's clock is the test's."""
    await page.clock.install()
    await page.route_web_socket("**/ws/**", lambda _: None)


async def test_who_waits_for_the_server_learns_why_and_may_turn_back(
    visit: Visit, daphne: Daphne
) -> None:
    ada = await visit(daphne.url + call_path(), mute_server)
    await ada.join("Ada")
    await ada.screen("joining")
    await expect(ada.page.locator("#door")).to_have_text("")
    await ada.page.clock.run_for(10_000)
    await ada.says("#door", "The server does not answer")
    await ada.page.context.set_offline(True)
    await ada.says("#door", "This device is offline")
    await ada.page.click("#cancel-join")
    await ada.screen("preview")
    await expect(ada.page.locator("#join")).to_be_focused()
    await expect(ada.page.locator("#cancel-join")).to_be_hidden()
    assert await ada.page.evaluate("document.querySelector('#preview-video').videoWidth > 0")
    await ada.page.context.set_offline(False)
    await ada.page.reload()
    await ada.screen("preview")


async def test_after_a_call_it_is_rated_and_taken_up_again(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await expect(ada.page.locator("#timer")).to_have_text(RUNNING)
    await bo.page.reload()
    await bo.sees_and_hears()
    await expect(bo.page.locator("#timer")).to_have_text(RUNNING)
    lines = len(daphne.lines)
    await ada.page.click("#hangup")
    for person in (ada, bo):
        await person.screen("ended")
        await person.says("#ended-lasted", "The call lasted 0:")
    await expect(ada.page.locator("#rating legend")).to_have_text("How was the call?")
    await ada.page.get_by_role("button", name="4 of 5").click()
    await daphne.printed("visitor: rated 4 of 5", since=lines)
    await ada.says("#rating-thanks", "Thank you.")
    await expect(ada.page.locator("#rating-thanks")).to_be_focused()
    await expect(ada.page.locator("#rating")).to_be_hidden()
    await expect(ada.page.locator("#ended-back")).to_have_text("")
    await bo.page.click("#again")
    await bo.phase("waiting")
    await ada.says("#ended-back", "Bo is back in the call.")
    await ada.page.click("#again")
    for person in (ada, bo):
        await person.sees_and_hears()


async def test_who_closes_the_tab_is_not_waited_for(visit: Visit, daphne: Daphne) -> None:
    """Within six seconds, though the server holds their seat for longer."""
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await bo.page.close()
    await ada.says("#notice", "reconnecting")
    await expect(ada.page.locator("#notice")).to_have_text("Bo closed the page.", timeout=6000)
    await ada.phase("waiting")
    await ada.says("#invitation", "Bo can come back with the same link.")
