"""What a call survives: another network, no network for a while, no UDP any more."""

import asyncio
import time

import pytest

from tests.networks.conftest import Arrive, Measure
from tests.networks.people import Caller, both_see_and_hear, meet
from tests.networks.rig import EXAMPLE, RELAY_ONLY, Nat, Rig
from tests.support.browsers import both_move

# Milliseconds without a new picture that a change of network may cost.
BOUND = 10_000

WAYS = {"direct": EXAMPLE, "TURN only": RELAY_ONLY}

# Longer than any pause that ends by itself.
AT_LAST = 60


# The control: browsers that mend a path by themselves, or not at all.
NO_RESTARTS = "RTCPeerConnection.prototype.restartIce = () => {};"

STILL = "performance.now() - window.picture.last > %d"


async def watched_call(
    rig: Rig, arrive: Arrive, way: str, script: str = ""
) -> tuple[Caller, Caller]:
    """Two people who see and hear each other for some seconds already."""
    await rig.serve(WAYS[way])
    ada, bo = await arrive(rig.a, script=script), await arrive(rig.b, script=script)
    await meet(ada, bo)
    await both_see_and_hear(ada, bo, frames=60)
    for person in (ada, bo):
        await person.watch_picture()
    return ada, bo


async def recovered(ada: Caller, bo: Caller, since: float) -> dict[str, float]:
    """Wait until both see and hear, and show that the pictures move: what that took."""
    await both_see_and_hear(ada, bo)
    back = time.monotonic() - since
    gap_a, gap_b = await ada.longest_gap(), await bo.longest_gap()
    await both_move(ada, bo)
    return {"back": back * 1000, "gap_a": gap_a, "gap_b": gap_b}


@pytest.mark.parametrize("way", WAYS)
async def test_wifi_gives_way_to_mobile(
    rig: Rig, arrive: Arrive, measure: Measure, way: str, run: int
) -> None:
    """There is always a network, but the addresses are new."""
    ada, bo = await watched_call(rig, arrive, way)
    before = await ada.route()
    assert bool(before.relay) == (way == "TURN only")
    started = time.monotonic()
    rig.a.use("mobile")
    await ada.rerouted(before, AT_LAST)
    found = await recovered(ada, bo, started)
    measure("changes", f"{way}: Wi-Fi gives way to mobile", **found)
    assert max(found["gap_a"], found["gap_b"]) < BOUND


@pytest.mark.parametrize("way", WAYS)
async def test_wifi_gives_way_to_mobile_without_ice_restarts(
    rig: Rig, arrive: Arrive, way: str
) -> None:
    ada, bo = await watched_call(rig, arrive, way, NO_RESTARTS)
    rig.a.use("mobile")
    await asyncio.gather(*(person.until(STILL % BOUND) for person in (ada, bo)))


@pytest.mark.parametrize("seconds", [12, 20])
async def test_no_network_for_a_while(
    rig: Rig, arrive: Arrive, measure: Measure, seconds: int, run: int
) -> None:
    ada, bo = await watched_call(rig, arrive, "direct")
    rig.a.wifi.link.set(cut=True)
    # Nothing can be awaited while nothing happens.
    await asyncio.sleep(seconds)
    rig.a.wifi.link.set(delay=10)
    found = await recovered(ada, bo, time.monotonic())
    assert max(found["gap_a"], found["gap_b"]) > 1000 * (seconds - 1), "the cut was none"
    measure("changes", f"direct: no network for {seconds} s", **found)


async def test_udp_is_blocked(rig: Rig, arrive: Arrive, measure: Measure, run: int) -> None:
    """A call that was direct goes on by TURN over TLS."""
    ada, bo = await watched_call(rig, arrive, "direct")
    before = await ada.route()
    assert not before.relay
    started = time.monotonic()
    rig.a.wifi.set_nat(Nat.TCP_ONLY)
    await ada.rerouted(before, AT_LAST)
    found = await recovered(ada, bo, started)
    measure("changes", "direct: UDP is blocked", **found)
    assert (await ada.route()).relay == "tls"
