"""The own picture: full while one waits, then in a corner, to be moved, swapped and hidden."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.support.browsers import Person
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

# Where the middle of the own picture is, and how much of the stage's width it takes.
PLACE = """() => {
  const self = document.querySelector("#self").getBoundingClientRect();
  const stage = document.querySelector("#stage").getBoundingClientRect();
  const vertical = self.y + self.height / 2 < stage.y + stage.height / 2 ? "top" : "bottom";
  const horizontal = self.x + self.width / 2 < stage.x + stage.width / 2 ? "left" : "right";
  return [`${vertical}-${horizontal}`, self.width / stage.width];
}"""


async def is_placed(person: Person, corner: str) -> None:
    """Small, in a corner; it may be on its way there."""
    await person.page.wait_for_function(
        f"(corner) => {{ const [at, part] = ({PLACE})(); return at === corner && part < 0.4; }}",
        arg=corner,
    )


async def is_large(person: Person) -> None:
    await person.page.wait_for_function(f"() => ({PLACE})()[1] > 0.95")


async def test_the_own_picture(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    options: dict[str, Any] = {"viewport": {"width": 1000, "height": 700}}
    ada, bo = await visit(url, **options), await visit(url)
    page = ada.page
    await ada.join("Ada")
    await ada.phase("waiting")
    await is_large(ada)
    await bo.join("Bo")
    await ada.sees_and_hears()
    await is_placed(ada, "bottom-right")
    self = page.locator("#self")
    await self.hover()
    await page.click("#self-move")
    await is_placed(ada, "bottom-left")
    await page.click("#self-move")
    await is_placed(ada, "top-left")

    box = await self.bounding_box()
    assert box
    await page.mouse.move(box["x"] + 20, box["y"] + box["height"] - 20)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 600, box["y"] + 80, steps=5)
    await page.mouse.up()
    await is_placed(ada, "top-right")

    await page.click("#self-swap")
    await is_large(ada)
    await ada.sees_and_hears()
    small = await page.locator("#remote-video").bounding_box()
    assert small
    assert small["width"] < 400
    await page.click("#self-swap")
    await is_placed(ada, "top-right")

    await page.click("#self-hide")
    await ada.hides("#self")
    await expect(page.locator("#self-show")).to_be_focused()
    await bo.sees_and_hears()
    await page.keyboard.press("Enter")
    await ada.shows("#self")
    await expect(page.locator("#self-hide")).to_be_focused()
