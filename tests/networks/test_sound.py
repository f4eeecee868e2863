"""What is heard when the uplink is narrow, or loses: with what Duet does about it, and without."""

import asyncio
import statistics
from dataclasses import dataclass
from typing import Any

import pytest

from tests.networks import devices
from tests.networks.conftest import Arrive, Measure
from tests.networks.people import Caller, both_see_and_hear, meet
from tests.networks.report import Results, Values
from tests.networks.rig import EXAMPLE, Rig

# Of the sound of the other's microphone, and how many pictures have been shown. Samples.
HEARD = """async () => {
  const stats = [...(await connections.at(-1).getStats()).values()];
  const sound = stats.find(({ type, mid }) => type === "inbound-rtp" && mid === "0");
  const { totalSamplesReceived, concealedSamples } = sound;
  return { samples: totalSamplesReceived, concealed: concealedSamples, pictures: window.shown };
}"""

# Senders stay as the browser makes them.
WITHOUT = """
RTCRtpSender.prototype.setParameters = async () => {};
RTCRtpTransceiver.prototype.setCodecPreferences = () => {};
"""

# Both people read that the picture is held back.
PAUSED = "document.querySelector('#notice').checkVisibility()"

# Seconds. The estimate of the whole link has grown by then.
SETTLED = 7


@dataclass(frozen=True)
class Uplink:
    """With bounds, for the median of several runs: where loss is chance, so is what is heard."""

    conditions: dict[str, Any]
    first: float
    """Per cent of the sound that may be made up in the first ten seconds,"""
    then: float
    """and in the thirty after those."""
    pictures: float = 0
    """At least so many a second then."""
    browser: str = "Chromium"
    """A's."""


UPLINKS = {
    "150 kbit/s": Uplink({"rate": 150, "queue": 500}, 20, 2, pictures=5),
    "80 kbit/s": Uplink({"rate": 80, "queue": 500}, 30, 5),
    "50 kbit/s": Uplink({"rate": 50, "queue": 500}, 40, 5),
    "80 kbit/s, Firefox": Uplink({"rate": 80, "queue": 500}, 30, 5, browser="Firefox"),
    "10 % lost": Uplink({"loss": 10}, 1.5, 1.5),
    "20 % lost": Uplink({"loss": 20}, 3, 3),
}


def median(values: Values) -> float:
    return statistics.median(float(value) for value in values)


async def talk(rig: Rig, arrive: Arrive, browser: str, script: str = "") -> tuple[Caller, Caller]:
    await rig.serve(EXAMPLE)
    options = devices.options(rig.a.directory)
    ada = await arrive(rig.a, browser, script=script, options=options)
    bo = await arrive(rig.b, script=script)
    await meet(ada, bo)
    await both_see_and_hear(ada, bo)
    await asyncio.sleep(SETTLED)
    return ada, bo


async def heard_for(seconds: float, person: Caller) -> dict[str, float]:
    """Per cent of the sound that was ``made_up`` in this time, and ``pictures`` a second."""
    before = await person.evaluate(HEARD)
    await asyncio.sleep(seconds)
    after = await person.evaluate(HEARD)
    rise = {name: after[name] - before[name] for name in after}
    return {
        "made_up": 100 * rise["concealed"] / rise["samples"],
        "pictures": rise["pictures"] / seconds,
    }


async def worsened(rig: Rig, uplink: Uplink, bo: Caller) -> tuple[dict[str, float], ...]:
    """What is heard in the first seconds and in those after them."""
    rig.a.wifi.link.set("up", delay=10, **uplink.conditions)
    return await heard_for(10, bo), await heard_for(30, bo)


@pytest.mark.parametrize("name", UPLINKS)
async def test_sound(rig: Rig, arrive: Arrive, measure: Measure, name: str, run: int) -> None:
    uplink = UPLINKS[name]
    ada, bo = await talk(rig, arrive, uplink.browser)
    first, then = await worsened(rig, uplink, bo)
    found = {"first": first["made_up"], "then": then["made_up"], "pictures": then["pictures"]}
    if await bo.within(0.1, PAUSED):
        found["back"] = await picture_comes_back(rig, ada, bo)
    measure("sound", name, **found)
    assert then["pictures"] >= uplink.pictures
    assert found.get("back", 0) <= 15_000


@pytest.mark.parametrize("name", UPLINKS)
def test_little_is_made_up(results: Results, name: str) -> None:
    """Of all that was measured above."""
    found = results["sound"][name]
    assert median(found["first"]) <= UPLINKS[name].first
    assert median(found["then"]) <= UPLINKS[name].then


async def picture_comes_back(rig: Rig, ada: Caller, bo: Caller) -> float:
    """Milliseconds after the link is whole again; and it stays."""
    rig.a.wifi.link.set(delay=10)
    start = asyncio.get_running_loop().time()
    await bo.until(f"!{PAUSED}")
    await both_see_and_hear(ada, bo)
    took = asyncio.get_running_loop().time() - start
    assert not await bo.within(20, PAUSED), "it was held back again"
    return took * 1000


@pytest.mark.parametrize("name", UPLINKS)
async def test_sound_without(rig: Rig, arrive: Arrive, measure: Measure, name: str) -> None:
    """The control: as the browsers do it by themselves the bounds are not kept."""
    uplink = UPLINKS[name]
    _, bo = await talk(rig, arrive, uplink.browser, WITHOUT)
    first, then = await worsened(rig, uplink, bo)
    measure("sound", name, first_without=first["made_up"], then_without=then["made_up"])
    assert first["made_up"] > uplink.first or then["made_up"] > uplink.then
