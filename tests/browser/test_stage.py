"""The other's picture on an upright phone."""

from typing import Any

import pytest

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",
}
# How much of the stage's height the picture takes, and whether the name stands in it.
SEEN = """() => {
  const box = (id) => document.querySelector(id).getBoundingClientRect();
  const [stage, picture, name] = [box("#stage"), box("#remote-video"), box("#remote-name")];
  const inside = name.top > picture.top && name.bottom < picture.bottom;
  return { part: picture.height / stage.height, inside };
}"""


async def test_two_taps_fill_it_and_two_show_all_of_it(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await visit(url, **PHONE), await visit(url)
    await ada.join("Ada")
    await bo.join("Bo")
    await ada.sees_and_hears()
    page = ada.page
    await ada.shows("#quality-sign")  # what the page does not wait for is there
    await page.wait_for_function(f"() => ({SEEN})().part < 0.4")
    assert (await page.evaluate(SEEN))["inside"]
    for filled in (True, False):
        for _ in range(2):
            await page.touchscreen.tap(195, 400)
        await page.wait_for_function(
            f"(filled) => {{ const {{ part, inside }} = ({SEEN})();"
            " return inside && (filled ? part > 0.99 : part < 0.4); }",
            arg=filled,
        )
    assert await page.evaluate("document.fullscreenElement") is None
