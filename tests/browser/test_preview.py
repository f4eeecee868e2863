"""Before the call: what the page remembers of whoever is at it."""

from playwright.async_api import Page, expect

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path


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
