"""The first seconds of a connection after another one, whose rate is remembered."""

import asyncio

import pytest

from tests.networks import devices
from tests.networks.conftest import Arrive, Measure
from tests.networks.people import CONNECTED, Caller, both_see_and_hear, meet
from tests.networks.rig import EXAMPLE, Rig
from tests.networks.test_sound import HEARD, heard_for

# Seconds until the estimate has grown and is remembered.
SETTLED = 15

# In the page that is loaded again.
SCRIPTS = {"remembered": "", "forgotten": "sessionStorage.removeItem('duet-estimate');"}

# The control: pictures begin as the browser has them begin, at 300 kbit/s.
BY_ITSELF = (
    SCRIPTS["forgotten"]
    + """
RTCRtpSender.prototype.setParameters = async () => {};
{
  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    const own = sdp.replace(/(x-google-start-bitrate)=\\d+/g, "$1=300");
    return setRemoteDescription.call(this, { type, sdp: own });
  };
}
"""
)

MARK = "() => { window.before = connections.at(-1); }"
NEXT = f"connections.at(-1) !== before && {CONNECTED}"

# How wide the next pictures become within two seconds of the first of them, in pixels.
WIDEST = """() => new Promise((resolve) => {
  const video = document.querySelector("#remote-video");
  let first = 0;
  let widest = 0;
  const shown = (now, { width }) => {
    first ||= now;
    widest = Math.max(widest, width);
    if (now - first >= 2000) resolve(widest);
    else video.requestVideoFrameCallback(shown);
  };
  video.requestVideoFrameCallback(shown);
})"""


async def reload(ada: Caller, bo: Caller) -> None:
    """After a while of a call. Bo stays, and has another connection then."""
    await meet(ada, bo)
    await both_see_and_hear(ada, bo)
    await asyncio.sleep(SETTLED)
    await bo.evaluate(MARK)
    await ada.reload()
    await bo.until(NEXT)


@pytest.mark.parametrize("rate", [*SCRIPTS, "by itself"])
async def test_a_good_link(rig: Rig, arrive: Arrive, measure: Measure, rate: str, run: int) -> None:
    await rig.serve(EXAMPLE)
    ada, bo = await arrive(rig.a, script=SCRIPTS.get(rate, BY_ITSELF)), await arrive(rig.b)
    await reload(ada, bo)
    widest = await bo.evaluate(WIDEST)
    measure("again", f"good, {rate}", widest=widest)
    assert (widest >= 960) == (rate != "by itself")


@pytest.mark.parametrize("rate", SCRIPTS)
async def test_a_narrow_link(
    rig: Rig, arrive: Arrive, measure: Measure, rate: str, run: int
) -> None:
    """What is remembered of it does no harm: no more of the sound is made up than at first."""
    await rig.serve(EXAMPLE)
    rig.a.wifi.link.set("up", delay=10, rate=300, queue=500)
    options = devices.options(rig.a.directory)
    ada, bo = await arrive(rig.a, script=SCRIPTS[rate], options=options), await arrive(rig.b)
    await reload(ada, bo)
    await bo.until(f"({HEARD})().then(({{ samples }}) => samples > 0, () => false)")
    found = await heard_for(5, bo)
    measure("again", f"300 kbit/s, {rate}", made_up=found["made_up"])
    assert found["made_up"] < 5
