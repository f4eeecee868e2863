"""Who can meet: two people behind every pair of NATs, with the example of the TURN settings."""

import pytest

from tests.networks.conftest import Arrive, Measure
from tests.networks.people import CONNECTED, both_see_and_hear, first_pictures, meet, way
from tests.networks.rig import EXAMPLE, STUN_ONLY, Nat, Rig

PAIRS = [
    (Nat.CONE, Nat.CONE),
    (Nat.CONE, Nat.SYMMETRIC),
    (Nat.SYMMETRIC, Nat.CONE),
    (Nat.SYMMETRIC, Nat.SYMMETRIC),
    (Nat.CONE, Nat.TCP_ONLY),
    (Nat.SYMMETRIC, Nat.TCP_ONLY),
    (Nat.TCP_ONLY, Nat.TCP_ONLY),
    (Nat.HTTPS_ONLY, Nat.CONE),
    (Nat.HTTPS_ONLY, Nat.HTTPS_ONLY),
]
WITH_FIREFOX = [
    (Nat.CONE, Nat.CONE),
    (Nat.CONE, Nat.SYMMETRIC),
    (Nat.SYMMETRIC, Nat.TCP_ONLY),
    (Nat.HTTPS_ONLY, Nat.CONE),
]


def settle(rig: Rig, nats: tuple[Nat, Nat]) -> None:
    for home, nat in zip(rig.homes, nats, strict=True):
        home.wifi.set_nat(nat)


async def check(
    rig: Rig, arrive: Arrive, measure: Measure, nats: tuple[Nat, Nat], program: str = "Chromium"
) -> None:
    """Both see and hear; by TURN if, and only if, the NATs leave no other way."""
    settle(rig, nats)
    await rig.serve(EXAMPLE)
    ada, bo = await arrive(rig.a, program), await arrive(rig.b)
    row = ", ".join(nats) if program == "Chromium" else f"{nats[0]} ({program}), {nats[1]}"
    await meet(ada, bo)
    await both_see_and_hear(ada, bo)
    taken = way(await ada.route(), await bo.route())
    measure("nat", row, way=taken, **await first_pictures(ada, bo))
    assert (taken == "direct") == (nats == (Nat.CONE, Nat.CONE)), taken


@pytest.mark.parametrize("nats", PAIRS, ids=" and ".join)
async def test_two_in_chromium(
    rig: Rig, arrive: Arrive, measure: Measure, nats: tuple[Nat, Nat]
) -> None:
    await check(rig, arrive, measure, nats)


@pytest.mark.parametrize("nats", WITH_FIREFOX, ids=" and ".join)
async def test_firefox_and_chromium(
    rig: Rig, arrive: Arrive, measure: Measure, nats: tuple[Nat, Nat]
) -> None:
    await check(rig, arrive, measure, nats, "Firefox")


# -- Networks that do not let a call through --------------------------------------------------


async def test_without_turn_some_cannot_meet(rig: Rig, arrive: Arrive) -> None:
    """The control: so it is TURN that brings those together who are not direct above."""
    settle(rig, (Nat.CONE, Nat.SYMMETRIC))
    await rig.serve(STUN_ONLY)
    ada, bo = await arrive(rig.a), await arrive(rig.b)
    await meet(ada, bo)
    assert not await bo.within(20, CONNECTED)
    assert not await ada.within(0.1, CONNECTED)
    # Not because they did not try.
    assert await ada.tried()
    assert await bo.tried()
