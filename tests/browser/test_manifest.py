"""The web app manifest, as a browser understands it."""

import json

import pytest
from playwright.async_api import expect

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared


@pytest.mark.parametrize("path", ["/", call_path()], ids=["home", "call"])
async def test_a_browser_takes_the_manifest(visit: Visit, daphne: Daphne, path: str) -> None:
    """Under the page's policy, without complaints, in the language that was chosen by hand."""
    ada = await visit(daphne.url + path)
    await ada.page.click("text=Русский")
    await expect(ada.page.locator("html")).to_have_attribute("lang", "ru")
    devtools = await ada.page.context.new_cdp_session(ada.page)
    found = await devtools.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"] == f"{daphne.url}/manifest.webmanifest"
    assert json.loads(found["data"])["lang"] == "ru"
    assert found["manifest"]["icons"]
