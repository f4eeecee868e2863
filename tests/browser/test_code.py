"""The field for a call's code: with the keyboard alone, on a small phone, without scripts."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.support.browsers import Person
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

PHONE = {"viewport": {"width": 320, "height": 568}}
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


async def tab_to(page: Page, selector: str) -> None:
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.locator(selector).evaluate("(it) => it === document.activeElement"):
            return
    raise AssertionError(f"{selector} is not reached")


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_code_typed_with_the_keyboard(visit: Visit, daphne: Daphne, scripts: bool) -> None:
    """First wrong, then right."""
    ada = await visit(daphne.url + "/", java_script_enabled=scripts, **PHONE)
    page, path = ada.page, call_path()
    field = page.get_by_role("textbox", name="Have a code?")
    await tab_to(page, "#code")
    await expect(field).to_have_accessible_description(
        "The whole link, or the code in it. With the code alone you may have to be let in."
    )
    await page.keyboard.type("k7mqx_2phb9")
    await page.keyboard.press("Enter")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("k7mqx_2phb9")
    await expect(field).to_have_accessible_description(re.compile("^That is not a call’s code"))
    await expect(page.locator("#code-hint")).to_be_in_viewport(ratio=1)
    assert await page.evaluate(FITS)
    await page.keyboard.press("Control+A")
    await page.keyboard.type(path.split("/")[2].upper().replace("-", " "))
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(daphne.url + path)


async def test_the_button_takes_a_link_too(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    bo: Person = await visit(daphne.url + "/", locale="ru-RU", **PHONE)
    await bo.page.get_by_label("Есть код звонка?").fill(url)
    await bo.page.get_by_role("button", name="Перейти").click()
    await bo.screen("preview")
    await expect(bo.page).to_have_url(url)


async def test_twice_as_large_text_fits(visit: Visit, daphne: Daphne) -> None:
    """WCAG 1.4.4: also in the language with the longer words."""
    phone = {"viewport": {"width": 390, "height": 844}}
    bo = await visit(daphne.url + "/?code=b_d", locale="ru-RU", bypass_csp=True, **phone)
    await bo.page.add_style_tag(content="html { font-size: 200% }")
    await expect(bo.page.get_by_role("button", name="Перейти")).to_be_visible()
    assert await bo.page.evaluate(FITS)


async def test_an_address_with_capitals_is_the_same_call(visit: Visit, daphne: Daphne) -> None:
    path = call_path()
    ada = await visit(daphne.url + path)
    await ada.join("Ada")
    bo = await visit(daphne.url + path.replace("test-", "Test%20"))
    await bo.join("Bo")
    await ada.sees_and_hears()
