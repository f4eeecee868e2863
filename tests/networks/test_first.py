"""How long it takes from the second press to the first picture, by distance."""

import pytest

from tests.networks.conftest import Arrive, Measure
from tests.networks.people import Caller, both_see_and_hear, first_pictures, meet, way
from tests.networks.rig import EXAMPLE, Nat, Rig

# How many offers the page has sent, in its join and after it, and its first candidate.
OFFERS = """
window.offers = { ahead: 0, later: 0 };
{
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    const message = JSON.parse(data);
    if (message.type === "offer") window.offers.later++;
    if (message.offer) window.offers.ahead++;
    if (message.type === "ice") window.first ??= message.candidate?.candidate;
    send.call(this, data);
  };
}
"""

# The control: a page that is told of no ICE servers before its join makes no offer before it.
NOTHING_AHEAD = """
{
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    if (JSON.parse(data).type !== "ice-servers") send.call(this, data);
  };
}
"""

OFFERED = "() => window.offers"


async def call(rig: Rig, arrive: Arrive, *, ahead: bool = True) -> tuple[Caller, Caller]:
    await rig.serve(EXAMPLE)
    script = OFFERS if ahead else OFFERS + NOTHING_AHEAD
    ada, bo = await arrive(rig.a, script=script), await arrive(rig.b, script=script)
    await meet(ada, bo, ahead=ahead)
    await both_see_and_hear(ada, bo)
    assert (await ada.evaluate(OFFERED))["later"] == 0
    assert await bo.evaluate(OFFERED) == {"ahead": int(ahead), "later": int(not ahead)}
    return ada, bo


@pytest.mark.parametrize("trip", [0, 50, 150])
async def test_first_picture(
    rig: Rig, arrive: Arrive, measure: Measure, trip: int, run: int
) -> None:
    """``trip``: milliseconds to the server and back; between the browsers it is twice that."""
    rig.reset(delay=trip / 2)
    ada, bo = await call(rig, arrive)
    took = await first_pictures(ada, bo)
    measure("first", f"{trip} ms, {2 * trip} ms", **took)
    # Who waits has asked a STUN server before, and begins with what B can reach.
    assert " typ srflx " in await ada.evaluate("() => window.first")
    # The other's picture cannot be there before an offer and its answer were.
    assert min(took.values()) > 2 * trip


@pytest.mark.parametrize("trip", [0, 50, 150])
async def test_first_picture_without_an_offer_in_the_join(
    rig: Rig, arrive: Arrive, measure: Measure, trip: int, run: int
) -> None:
    rig.reset(delay=trip / 2)
    took = await first_pictures(*await call(rig, arrive, ahead=False))
    measure("first", f"{trip} ms, {2 * trip} ms", without=took["shown_b"])


async def test_one_offer_is_enough(rig: Rig, arrive: Arrive, measure: Measure) -> None:
    """Nothing is begun anew only because it takes long: ``call`` counts the offers."""
    rig.reset(delay=150)
    measure("first", "300 ms, 600 ms", **await first_pictures(*await call(rig, arrive)))


async def test_turn_over_tls_from_afar(rig: Rig, arrive: Arrive, measure: Measure) -> None:
    rig.reset(delay=300)
    for home in rig.homes:
        home.wifi.set_nat(Nat.TCP_ONLY)
    ada, bo = await call(rig, arrive)
    took = await first_pictures(ada, bo)
    measure("first", "600 ms, 1,200 ms, A and B by TURN over TLS", **took)
    assert way(await ada.route(), await bo.route()) == "A and B by TURN over TLS"
    assert max(took.values()) <= 12_000
