"""A file goes through the uplink of a call: what the call has of it, with and without its pace."""

import asyncio
from typing import Any

import pytest

from tests.networks.conftest import Arrive, Measure
from tests.networks.people import Caller
from tests.networks.report import Results
from tests.networks.rig import Rig
from tests.networks.test_sound import heard_for, median, talk

# kbit/s, and milliseconds that a packet waits at most.
UPLINKS = {
    "500 kbit/s": {"rate": 500, "queue": 500},
    "1 Mbit/s": {"rate": 1000, "queue": 500},
    "5 Mbit/s": {"rate": 5000, "queue": 200},
}
# While a file goes: per cent of the sound that may be made up, and milliseconds there and back.
MOST = 2
SLOWEST = {"500 kbit/s": 250, "1 Mbit/s": 250, "5 Mbit/s": 150}
# Seconds.
SETTLED, WATCHED = 20, 30

OFFER = """() => {
  const bytes = new Uint8Array(60_000_000);
  for (let n = 0; n < bytes.length; n += 65_536) {
    crypto.getRandomValues(bytes.subarray(n, Math.min(n + 65_536, bytes.length)));
  }
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], "large.bin"));
  document.body.dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
}"""
READY = "document.querySelector('#file-attach[aria-disabled=false]')"
OFFERED = "document.querySelector('[data-action=accept]:not([aria-disabled])')"
# STUN's answers through the queue of A's uplink, and how long they all took: milliseconds.
ANSWERS = """async () => {
  const stats = await connections.at(-1).getStats();
  const { selectedCandidatePairId } = [...stats.values()].find(({ type }) => type === "transport");
  const { responsesReceived, totalRoundTripTime } = stats.get(selectedCandidatePairId);
  return { count: responsesReceived, took: totalRoundTripTime * 1000 };
}"""
MOVED = "() => document.querySelector('#files progress').value"

# As fast as the browser takes it, on the same connection.
FLOOD = """(isSender) => {
  const pc = connections.findLast(({ connectionState }) => connectionState === "connected");
  const channel = pc.createDataChannel("flood", { negotiated: true, id: 9 });
  window.flooded = 0;
  channel.onmessage = ({ data }) => { window.flooded += data.size ?? data.byteLength; };
  if (!isSender) return;
  channel.bufferedAmountLowThreshold = 65_536;
  const fill = () => {
    while (channel.bufferedAmount < 262_144) channel.send(new Uint8Array(16_384));
  };
  channel.onopen = channel.onbufferedamountlow = fill;
}"""


async def on_the_link(rig: Rig, arrive: Arrive, name: str) -> tuple[Caller, Caller]:
    """A call that has got used to its uplink."""
    ada, bo = await talk(rig, arrive, "Chromium")
    rig.a.wifi.link.set("up", delay=10, **UPLINKS[name])
    await asyncio.sleep(SETTLED)
    return ada, bo


async def watched(ada: Caller, bo: Caller) -> dict[str, Any]:
    """What Bo hears and sees, and the mean ``wait`` for Bo's answers."""
    before = await ada.evaluate(ANSWERS)
    found = await heard_for(WATCHED, bo)
    after = await ada.evaluate(ANSWERS)
    wait = (after["took"] - before["took"]) / (after["count"] - before["count"])
    return found | {"wait": wait}


@pytest.mark.parametrize("name", UPLINKS)
async def test_a_file(rig: Rig, arrive: Arrive, measure: Measure, name: str, run: int) -> None:
    ada, bo = await on_the_link(rig, arrive, name)
    await ada.until(READY)
    await ada.evaluate(OFFER)
    await bo.until(OFFERED)
    await bo.evaluate("() => document.querySelector('[data-action=accept]').click()")
    found = await watched(ada, bo)
    moved = await bo.evaluate(MOVED) * 8 / WATCHED / 1000
    measure("files", name, **found, moved=moved)
    assert moved > 0
    assert found["pictures"] > 1


@pytest.mark.parametrize("name", UPLINKS)
def test_a_call_does_not_feel_it(results: Results, name: str) -> None:
    found = results["files"][name]
    assert median(found["made_up"]) <= MOST
    assert median(found["wait"]) <= SLOWEST[name]


@pytest.mark.parametrize("name", UPLINKS)
async def test_a_flood(rig: Rig, arrive: Arrive, measure: Measure, name: str) -> None:
    """The control: what takes all there is has the call wait behind it."""
    ada, bo = await on_the_link(rig, arrive, name)
    await bo.evaluate(f"() => ({FLOOD})(false)")
    await ada.evaluate(f"() => ({FLOOD})(true)")
    found = await watched(ada, bo)
    moved = await bo.evaluate("() => window.flooded") * 8 / WATCHED / 1000
    measure("files", name, wait_without=found["wait"], moved_without=moved)
    assert found["wait"] > SLOWEST[name]
