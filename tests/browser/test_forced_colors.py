"""Where the system sets the colours (Windows' contrast themes), edges and marks tell it all."""

from functools import partial
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

# Each button, shown by now or not, and what its edge is drawn on: itself, or the circle in it.
EDGES = """() => {
  const canvas = getComputedStyle(document.body).backgroundColor;
  return Object.fromEntries([...document.querySelectorAll("button, a.button")].map((button) => {
    const style = getComputedStyle(button.querySelector(":scope > .round") ?? button);
    const seen = ["top", "right", "bottom", "left"].every((side) =>
      parseFloat(style[`border-${side}-width`]) > 0 && style[`border-${side}-style`] === "solid"
        && style[`border-${side}-color`] !== canvas);
    return [button.id, seen];
  }));
}"""

# A switch without its icon and its label: the colour of its ground, its ink, and its mark.
FACE = """async (id) => {
  const button = document.getElementById(id);
  const round = button.querySelector(":scope > .round") ?? button;
  await Promise.all(round.getAnimations().map((transition) => transition.finished));
  const [face, mark] = [getComputedStyle(round), getComputedStyle(round, "::after")];
  const isMarked = mark.content !== "none";
  return [face.backgroundColor, face.color, isMarked && [mark.backgroundColor, mark.color]];
}"""

NO_DEVICES = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));
"""


@pytest.fixture(params=["light", "dark"])
def visit_in_forced_colors(visit: Visit, request: pytest.FixtureRequest) -> Visit:
    return partial(
        visit, forced_colors="active", color_scheme=request.param, reduced_motion="reduce"
    )


async def switched(page: Page, id: str, *, off: bool) -> list[Any]:
    """What the switch looks like once it is so."""
    await expect(page.locator(f"#{id}")).to_have_attribute("data-off", str(off).lower())
    found: list[Any] = await page.evaluate(FACE, id)
    return found


async def test_every_button_has_an_edge(visit_in_forced_colors: Visit, daphne: Daphne) -> None:
    buttons: dict[str, bool] = {}
    for path in ("/", call_path()):
        person = await visit_in_forced_colors(daphne.url + path)
        buttons |= await person.page.evaluate(EDGES)
    assert {"start", "preview-mute", "join", "mute", "hear", "close"} <= set(buttons)
    assert [id for id, has_edge in buttons.items() if not has_edge] == []


async def test_a_switch_shows_that_it_is_off(visit_in_forced_colors: Visit, daphne: Daphne) -> None:
    ada = await visit_in_forced_colors(daphne.url + call_path())
    await expect(ada.page.locator("#preview-tile")).to_have_attribute("data-video", "on")
    for microphone, camera in (("preview-mute", "preview-camera"), ("mute", "camera")):
        for id in (microphone, camera):
            _, ink, mark = await switched(ada.page, id, off=False)
            assert not mark
            await ada.page.click(f"#{id}")
            # The pointer stays on it: this is how it looks under the pointer, too.
            inverted, sign, mark = await switched(ada.page, id, off=True)
            assert (inverted, mark) == (ink, False)
            assert sign != ink
            await ada.page.click(f"#{id}")
        if microphone == "preview-mute":
            await ada.join("Ada")
            await ada.phase("waiting")


async def test_a_missing_device_is_marked(visit_in_forced_colors: Visit, daphne: Daphne) -> None:
    ada = await visit_in_forced_colors(
        daphne.url + call_path(), before=lambda page: page.add_init_script(NO_DEVICES)
    )
    await expect(ada.page.locator("#mute")).to_have_attribute("data-missing", "true")
    for id in ("preview-mute", "preview-camera", "mute", "camera"):
        ground, _, (mark, sign) = await switched(ada.page, id, off=True)
        assert mark not in (ground, sign)
