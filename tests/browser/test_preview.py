"""Before the call: what the page remembers of whoever is at it."""

import pytest
from playwright.async_api import Page, expect

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

# Every pause of the scripts lasts until it is ended here.
PAUSES = """
window.pauses = [];
scheduler.yield = () => new Promise((resolve) => window.pauses.push(resolve));
"""
READY_OR_PAUSED = """() =>
  document.querySelector("#join").disabled ? window.pauses.length > 0 && "paused" : "ready"
"""
GO_ON = "() => window.pauses.shift()()"
NO_MORE = """() => {
  delete scheduler.yield;
  for (const end of window.pauses) end();
}"""


async def another_call(page: Page, daphne: Daphne) -> Page:
    """In the same browser, in a tab of its own."""
    tab = await page.context.new_page()
    await tab.goto(daphne.url + call_path())
    await expect(tab.locator("#join")).to_be_enabled()
    return tab


async def test_the_name_is_remembered_for_the_next_call(visit: Visit, daphne: Daphne) -> None:
    ada = await visit(daphne.url + call_path())
    await expect(ada.page.locator("#name")).to_have_value("")
    await ada.join(" Ada ")
    await ada.phase("waiting")
    tab = await another_call(ada.page, daphne)
    await expect(tab.locator("#name")).to_have_value("Ada")
    bo = await visit(tab.url)
    await bo.join("Bo")
    await bo.phase("waiting")
    await tab.click("#join")
    await bo.says("#remote-name", "Ada")


async def test_a_call_in_progress_keeps_its_own(visit: Visit, daphne: Daphne) -> None:
    """Also none: who joined without a name does not get one by a reload."""
    url = daphne.url + call_path()
    ada, bo = await visit(url), await visit(url)
    await ada.join()
    await bo.join("Bo")
    await ada.sees_and_hears()
    tab = await another_call(ada.page, daphne)
    await tab.fill("#name", "Ada")
    await tab.click("#join")
    await ada.page.reload()
    await ada.phase("connected")
    await expect(ada.page.locator("#name")).to_have_value("")
    await expect(bo.page.locator("#remote-name")).not_to_contain_text("Ada")


async def test_an_emptied_field_forgets_the_name(visit: Visit, daphne: Daphne) -> None:
    """With or without a call."""
    ada = await visit(daphne.url + call_path())
    await ada.join("Ada")
    await ada.phase("waiting")
    tab = await another_call(ada.page, daphne)
    await expect(tab.locator("#name")).to_have_value("Ada")
    await tab.focus("#name")
    await tab.keyboard.press("Control+A")
    await tab.keyboard.press("Delete")
    await tab.keyboard.press("Tab")
    tab = await another_call(ada.page, daphne)
    await expect(tab.locator("#name")).to_have_value("")
    assert "Ada" not in await tab.evaluate("() => JSON.stringify(localStorage)")


async def test_the_page_starts_step_by_step_and_nobody_joins_before_it_has(
    visit: Visit, daphne: Daphne
) -> None:
    """Between the steps a slow phone draws, and a name may be typed. What is for later comes."""
    ada = await visit(daphne.url + call_path(), lambda page: page.add_init_script(PAUSES))
    await ada.page.fill("#name", "Ada")
    steps = 0
    while await (await ada.page.wait_for_function(READY_OR_PAUSED)).json_value() == "paused":
        assert await ada.page.evaluate("window.sockets.length") == 0
        await ada.page.evaluate(GO_ON)
        steps += 1
    assert steps > 2
    await ada.page.evaluate(NO_MORE)
    await expect(ada.page.locator("#name")).to_have_value("Ada")
    await ada.join()
    await ada.phase("waiting")
    assert await ada.page.evaluate("window.welcomes.length") == 1
    await expect(ada.page.locator("#check-copy[hidden]")).to_have_count(0)
