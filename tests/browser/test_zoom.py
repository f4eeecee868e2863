"""Enlarged to 400 per cent, and with letters twice as large, every control can be reached."""

from itertools import product
from typing import Any

import pytest
from playwright.async_api import expect

from tests.support.browsers import Person
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

pytestmark = pytest.mark.shared

# Controls that are shown, and whose middle is hidden, covered or outside even when scrolled to.
OUT_OF_REACH = """() => {
  // What lies under an open panel is reached by closing it.
  const root = document.querySelector("dialog[open], .panel:not([hidden])") ?? document;
  const controls = [...root.querySelectorAll("button, a[href], input, select, summary")];
  return controls
    .filter((one) => one.checkVisibility({ opacityProperty: false, visibilityProperty: true }))
    .filter((one) => !one.closest(".sr") && one.getBoundingClientRect().width > 1)
    .filter((one) => {
      one.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
      const { x, y, width, height } = one.getBoundingClientRect();
      const [left, top] = [x + width / 2, y + height / 2];
      if (left < 0 || top < 0 || left > innerWidth || top > innerHeight) return true;
      const hit = document.elementFromPoint(left, top);
      const labels = one.labels ? [...one.labels] : [];
      return ![one, ...labels].some((each) => each.contains(hit));
    })
    .map((one) => one.id || one.className || one.textContent.trim());
}"""
TWICE = "() => { document.documentElement.style.fontSize = '200%'; }"

# 1280 by 1024 at 400 per cent (WCAG 2.2, 1.4.10), and lower windows; a phone with large letters.
HOWS = {
    "400 per cent": ({"width": 320, "height": 256}, False),
    "400 per cent of a low window": ({"width": 320, "height": 200}, False),
    "letters of 200 per cent": ({"width": 390, "height": 844}, True),
    "letters of 200 per cent on a desktop": ({"width": 1280, "height": 800}, True),
}


# Each window, and each language, in the everyday run; each with each in the long one.
EVERYDAY = set(zip(HOWS, ["en-GB", "ru-RU"] * 2, strict=True))


@pytest.mark.parametrize(
    ("how", "locale"),
    [
        pytest.param(*one, marks=[] if one in EVERYDAY else pytest.mark.long)
        for one in product(HOWS, ["en-GB", "ru-RU"])
    ],
)
async def test_everything_is_in_reach(visit: Visit, daphne: Daphne, how: str, locale: str) -> None:
    size, large = HOWS[how]
    options: dict[str, Any] = {"viewport": size, "locale": locale, "reduced_motion": "reduce"}

    async def reaches_all(person: Person, state: str) -> None:
        if large:
            await person.page.evaluate(TWICE)
        assert await person.page.evaluate(OUT_OF_REACH) == [], state
        wide = "() => document.documentElement.scrollWidth - innerWidth"
        assert await person.page.evaluate(wide) <= 0, state

    await reaches_all(await visit(daphne.url + "/", **options), "home")
    url = daphne.url + call_path()
    ada, bo = await visit(url, **options), await visit(url)
    await reaches_all(ada, "preview")
    await ada.page.click("#devices-before")
    await ada.shows("#devices-microphone")
    await reaches_all(ada, "devices")
    await ada.page.keyboard.press("Escape")
    await ada.join("Ada")
    await ada.shows("#invitation")
    await reaches_all(ada, "waiting")
    await ada.page.keyboard.press("Escape")
    await reaches_all(ada, "waiting, without the invitation")
    await bo.join("Bo")
    await ada.sees_and_hears()
    await ada.hides("#invitation")
    await ada.shows("#privacy-sign")
    await reaches_all(ada, "connected")
    await ada.page.evaluate("() => document.querySelector('#chat-open').click()")
    await ada.shows("#chat-text")
    await reaches_all(ada, "chat")
    await bo.offers_files("one.jpg", "two.jpg")
    await expect(ada.page.locator("[data-action=accept]").nth(1)).to_be_enabled()
    await reaches_all(ada, "files")
    await bo.page.click("#hangup")
    await ada.screen("ended")
    await reaches_all(ada, "ended")
