"""How long it takes from the second press to the first picture, by distance."""

import pytest

from tests.networks.conftest import Arrive, Measure
from tests.networks.people import both_see_and_hear, first_pictures, meet
from tests.networks.rig import EXAMPLE, Rig


@pytest.mark.parametrize("trip", [0, 50, 150])
async def test_first_picture(
    rig: Rig, arrive: Arrive, measure: Measure, trip: int, run: int
) -> None:
    """``trip``: milliseconds to the server and back; between the browsers it is twice that."""
    rig.reset(delay=trip / 2)
    await rig.serve(EXAMPLE)
    ada, bo = await arrive(rig.a), await arrive(rig.b)
    await meet(ada, bo)
    await both_see_and_hear(ada, bo)
    took = await first_pictures(ada, bo)
    measure("first", f"{trip} ms, {2 * trip} ms", **took)
    # The other's picture cannot be there before an offer and its answer were.
    assert min(took.values()) > 2 * trip
