"""Why nothing is ever rolled back, and that the tests would see what came of it."""

from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path

# Where the first answer was provisional at first, the picture is not frozen.
NO_POOL = """{
  const { getConfiguration } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.getConfiguration = function () {
    return { ...getConfiguration.call(this), iceCandidatePoolSize: 0 };
  };
}"""

# The next offer of the other meets one of this side, which is rolled back for it.
GLARE = """() => {
  const pc = connections.at(-1);
  const accept = pc.setRemoteDescription.bind(pc);
  pc.setRemoteDescription = async (description) => {
    delete pc.setRemoteDescription;
    pc.restartIce();
    await pc.setLocalDescription(await pc.createOffer());
    await accept(description);
  };
}"""


async def test_a_rollback_freezes_the_picture(visit: Visit, daphne: Daphne) -> None:
    """A fault of Chromium's: frames go on being decoded, and none is shown ever again."""
    url = daphne.url + call_path()
    bo = await visit(url, lambda page: page.add_init_script(NO_POOL))
    await bo.join("Bo")
    ada = await visit(url)
    await ada.join("Ada")
    await ada.sees_and_hears()
    await bo.sees_and_hears()
    assert await bo.pictures() >= 8
    await bo.page.evaluate(GLARE)
    await ada.renegotiates()
    await ada.sees_and_hears()
    assert await ada.pictures() >= 8
    before = await bo.media()
    assert await bo.pictures() == 1
    after = await bo.media()
    assert before
    assert after
    assert after["state"] == "connected"
    assert after["decoded"] >= before["decoded"] + 10
    assert after["frames"] == before["frames"]
