"""A long call on good networks: nobody is told anything of them, and nothing is held back."""

import asyncio

import pytest

from tests.networks import devices
from tests.networks.conftest import Arrive, Measure
from tests.networks.people import both_see_and_hear, meet
from tests.networks.rig import EXAMPLE, Rig
from tests.networks.test_sound import heard_for

MINUTES = 10

# What the page has said from now on: of the quality, and in its notice.
LISTEN = """() => {
  window.said = [];
  const watch = (selector, tell) => {
    const element = document.querySelector(selector);
    const look = () => {
      const words = tell(element);
      if (words && words !== window.said.at(-1)) window.said.push(words);
    };
    new MutationObserver(look).observe(element, {
      attributes: true, characterData: true, childList: true, subtree: true,
    });
  };
  watch("#quality", ({ dataset }) => (dataset.level === "good" ? "" : dataset.level));
  watch("#notice", (notice) => (notice.hidden ? "" : notice.textContent));
}"""


@pytest.mark.timeout(60 * (MINUTES + 5))
async def test_a_clean_link(rig: Rig, arrive: Arrive, measure: Measure) -> None:
    await rig.serve(EXAMPLE)
    options = devices.options(rig.a.directory)
    ada, bo = await arrive(rig.a, options=options), await arrive(rig.b)
    await meet(ada, bo)
    await both_see_and_hear(ada, bo)
    for person in (ada, bo):
        await person.evaluate(LISTEN)
    found = await heard_for(60 * MINUTES, bo)
    measure("clean", f"{MINUTES} minutes", **found)
    for person in (ada, bo):
        assert await person.evaluate("() => window.said") == []
    # At the end as at the beginning.
    await asyncio.gather(*(person.sees_and_hears() for person in (ada, bo)))
    assert found["pictures"] > devices.RATE / 2
