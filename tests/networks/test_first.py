"""How long it takes from the second press to the first picture, by distance."""

import pytest

from tests.networks.conftest import Arrive, Measure
from tests.networks.people import Caller, both_see_and_hear, first_pictures, meet, way
from tests.networks.rig import EXAMPLE, Nat, Rig

# How many offers the page has sent, the one in its join as well.
OFFERS = """
window.offers = 0;
{
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    const message = JSON.parse(data);
    if (message.type === "offer" || message.offer) window.offers++;
    send.call(this, data);
  };
}
"""


async def call(rig: Rig, arrive: Arrive) -> tuple[Caller, Caller]:
    await rig.serve(EXAMPLE)
    ada, bo = await arrive(rig.a, script=OFFERS), await arrive(rig.b, script=OFFERS)
    await meet(ada, bo)
    await both_see_and_hear(ada, bo)
    return ada, bo


@pytest.mark.parametrize("trip", [0, 50, 150])
async def test_first_picture(
    rig: Rig, arrive: Arrive, measure: Measure, trip: int, run: int
) -> None:
    """``trip``: milliseconds to the server and back; between the browsers it is twice that."""
    rig.reset(delay=trip / 2)
    took = await first_pictures(*await call(rig, arrive))
    measure("first", f"{trip} ms, {2 * trip} ms", **took)
    # The other's picture cannot be there before an offer and its answer were.
    assert min(took.values()) > 2 * trip


async def test_one_offer_is_enough(rig: Rig, arrive: Arrive, measure: Measure) -> None:
    """Nothing is begun anew only because it takes long."""
    rig.reset(delay=150)
    people = await call(rig, arrive)
    measure("first", "300 ms, 600 ms", **await first_pictures(*people))
    assert [await person.evaluate("() => window.offers") for person in people] == [0, 1]


async def test_turn_over_tls_from_afar(rig: Rig, arrive: Arrive, measure: Measure) -> None:
    rig.reset(delay=300)
    for home in rig.homes:
        home.wifi.set_nat(Nat.TCP_ONLY)
    ada, bo = await call(rig, arrive)
    took = await first_pictures(ada, bo)
    measure("first", "600 ms, 1,200 ms, A and B by TURN over TLS", **took)
    assert way(await ada.route(), await bo.route()) == "A and B by TURN over TLS"
    assert max(took.values()) <= 12_000
