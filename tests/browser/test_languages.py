"""The call page in Russian, and from one language to the other."""

import re

import pytest
from playwright.async_api import expect

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared


async def test_a_call_in_russian(visit: Visit, daphne: Daphne) -> None:
    """What scripts say, too; each of the two in a language of their own."""
    url = daphne.url + call_path()
    ada = await visit(url, locale="ru-RU")
    bo = await visit(url, locale="en-GB")
    await expect(ada.page.locator("html")).to_have_attribute("lang", "ru")
    await ada.join("Ада")
    await expect(ada.page).to_have_title("Ожидание… · Duet")
    await bo.join("Bo")
    await ada.sees_and_hears()
    await expect(ada.page).to_have_title("Звонок · Duet")
    await expect(ada.page.get_by_role("button", name="Микрофон: выключить")).to_be_visible()
    await expect(bo.page.get_by_role("button", name="Mute the microphone")).to_be_visible()
    await ada.page.keyboard.press("m")
    await expect(ada.page.get_by_role("button", name="Микрофон: включить")).to_be_visible()
    await expect(ada.page.locator(".language")).to_be_hidden()
    await bo.page.click("#hangup")
    await ada.says("#ended-title", "Звонок завершён")
    await ada.says("#ended-reason", "Bo больше не")


async def test_another_language_is_the_same_call(visit: Visit, daphne: Daphne) -> None:
    """Chosen before, remembered after a reload, and back again from the last page."""
    url = daphne.url + call_path()
    ada = await visit(url, locale="en-GB")
    await ada.page.click("text=Русский")
    await expect(ada.page).to_have_url(url)
    await expect(ada.page.locator("html")).to_have_attribute("lang", "ru")
    await ada.join("Ада")
    await ada.page.reload()
    await ada.phase("waiting")
    await expect(ada.page).to_have_title(re.compile("^Ожидание"))
    await ada.page.click("#hangup")
    await ada.page.click("text=English")
    await expect(ada.page).to_have_url(url)
    await expect(ada.page.locator("html")).to_have_attribute("lang", "en")
    (cookie,) = await ada.page.context.cookies()
    assert (cookie["name"], cookie["value"]) == ("language", "en")
