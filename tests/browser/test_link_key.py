"""Calls by the whole link: verified; and whoever comes without it asks to be let in."""

import json
import re
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.conftest import StartDaphne, StartServer
from tests.support.browsers import MEDIA, SPY, Person
from tests.support.firefox import Firefox, firefox
from tests.support.memory import found_in_memory
from tests.support.processes import Daphne, Process, RedisServer, Uvicorn, running
from tests.support.visits import KEY, Visit, call_path

pytestmark = pytest.mark.shared

OTHER = "#k=AQECAwQFBgcICQoLDA0ODw"

LIES = [
    *("fingerprints replaced", "a fingerprint before", "a fingerprint after"),
    *("a fingerprint for all", "a candidate more", "nothing proven", "the first proof again"),
    "a second join",
]
TAMPERED = "Somebody between you changes what your browsers tell each other"

# Connections that are there, and descriptions of somebody else that any connection was given.
OPEN = "connections.filter((pc) => pc.signalingState !== 'closed').length"
HEARD = """connections.filter((pc) =>
  pc.signalingState !== 'closed' && (pc.remoteDescription || pc.connectionState === 'connected')
).length"""

# Every frame that the page sends, from its first on.
FRAMES = """
window.frames_sent = [];
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (data) {
  window.frames_sent.push(JSON.parse(data));
  return send.call(this, data);
};
"""
DESCRIBES = {"offer", "answer", "ice", "renegotiate"}


async def tells_frames(page: Page) -> None:
    await page.add_init_script(FRAMES)


async def sent(person: Person) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = await person.page.evaluate("frames_sent")
    return frames


async def is_proven(person: Person, proof: str) -> None:
    sign = person.page.locator("#privacy-sign")
    await expect(sign).to_have_attribute("data-proof", proof)


async def test_both_have_the_whole_link(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path() + KEY
    ada, bo = await visit(url), await visit(url)
    await ada.join("Ada")
    await bo.join("Bo")
    for person in (ada, bo):
        await person.sees_and_hears()
        await is_proven(person, "link")
    await bo.page.reload()
    for person in (ada, bo):
        await person.sees_and_hears()
        await is_proven(person, "link")


async def test_who_comes_without_it_is_let_in(visit: Visit, daphne: Daphne) -> None:
    """Until then there is no connection, and nothing is said that would be of use to one."""
    url = daphne.url + call_path()
    ada, bo = await visit(url + KEY, tells_frames), await visit(url)
    await ada.join("Ada")
    await ada.phase("waiting")
    await bo.join("Bo")
    await ada.says("#knock-text", "Bo wants to come in without the whole link")
    await bo.says("#connecting", "You may have to be let in")
    assert await ada.page.evaluate(OPEN) == 0
    assert await ada.page.evaluate(HEARD) == 0
    frames = await sent(ada)
    assert [frame["type"] for frame in frames if frame["type"] in DESCRIBES] == []
    (join,) = [frame for frame in frames if frame["type"] == "join"]
    assert "offer" not in join
    await expect(bo.page.locator("#remote-name")).to_be_hidden()

    await ada.page.click("#knock-let-in")
    for person in (ada, bo):
        await person.sees_and_hears()
        await is_proven(person, "none")
    # Once is enough, also after a reload of either page.
    for reloaded in (bo, ada):
        await reloaded.page.reload()
        for person in (ada, bo):
            await person.sees_and_hears()


async def test_the_whole_link_comes_later(visit: Visit, daphne: Daphne) -> None:
    """Opened where the page is already, without it: only the fragment changes."""
    url = daphne.url + call_path()
    ada, bo = await visit(url + KEY), await visit(url)
    await ada.join("Ada")
    await ada.phase("waiting")
    await bo.join("Bo")
    await ada.shows("#knock")
    await bo.page.evaluate("(key) => { location.hash = key; }", KEY)
    for person in (ada, bo):
        await person.sees_and_hears()
        await is_proven(person, "link")
    await ada.hides("#knock")


async def test_who_is_not_let_in_stays_out(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await visit(url + KEY), await visit(url + OTHER)
    await ada.join("Ada")
    await ada.phase("waiting")
    await bo.join("Bo")
    await ada.says("#knock-text", re.escape("Bo wants to come in without the whole link"))
    await ada.page.click("#knock-dismiss")
    await bo.screen("ended")
    await bo.says("#ended-title", "You were not let in")
    await ada.hides("#knock")
    await ada.phase("waiting")
    assert await ada.page.evaluate(HEARD) == 0


async def test_no_server_hears_of_the_secret(
    visit: Visit, start_daphne: StartDaphne, redis_server: RedisServer
) -> None:
    """From the home page on, through two servers and Redis; what is no secret is found there."""
    one, two = [await start_daphne(REDIS_URL=redis_server.url) for _ in range(2)]
    monitor = Process(["redis-cli", "-p", str(redis_server.port), "MONITOR"], {})
    async with running(monitor):
        await monitor.printed("OK")
        heard: list[str] = []

        def hear(frame: str | bytes) -> None:
            heard.append(str(frame))

        async def listen(page: Page) -> None:
            page.on("request", lambda request: heard.append(f"{request.url} {request.headers}"))
            page.on("request", lambda request: heard.append(request.post_data or ""))
            page.on("websocket", lambda socket: socket.on("framesent", hear))

        ada = await visit(one.url + "/", listen)
        await ada.page.click("#start")
        await ada.join("Ada")
        await ada.phase("waiting")
        link = await ada.page.input_value("#link")
        room, secret = link.rsplit("/", 2)[1], link.partition("#k=")[2]
        assert ada.page.url == link
        await ada.page.reload()
        await ada.phase("waiting")
        # Typed, or pasted, whole.
        bo = await visit(two.url + "/", listen)
        await bo.page.fill("#code", link.replace(one.url, two.url))
        await bo.page.press("#code", "Enter")
        await bo.page.wait_for_url(f"**/{room}/#k={secret}")
        await bo.page.click("a.language")
        await bo.page.wait_for_url(f"**/{room}/#k={secret}")
        await bo.join("Боря")
        for person in (ada, bo):
            await person.sees_and_hears()
            await is_proven(person, "link")
        session = sent_in(heard, "join")["session"]

        secrets = {secret.encode(), urlsafe_b64decode(secret + "==")}
        for server in (one, two, redis_server):
            held = found_in_memory(server.child.pid, *secrets, session.encode())
            assert held - secrets, "what is looked for can be found"
            assert not held & secrets
        assert not [line for line in (*one.lines, *two.lines) if secret in line]
        assert [line for line in monitor.lines if session in line]
        assert not [line for line in monitor.lines if secret in line]
        assert [line for line in heard if room in line]
        assert not [line for line in heard if secret in line]


@pytest.mark.parametrize("lie", LIES)
async def test_a_server_that_lies(visit: Visit, start_server: StartServer, lie: str) -> None:
    """Both pages say so, and neither takes a word of it."""
    url = (await start_server(Lying, LIE=lie)).url + call_path() + KEY
    ada, bo = await visit(url), await visit(url)
    await ada.join("Ada")
    await ada.phase("waiting")
    await bo.join("Bo")
    for person in (ada, bo):
        await person.says("#notice", TAMPERED)
        assert await person.page.evaluate(HEARD) == 0


async def test_firefox(
    visit: Visit, daphne: Daphne, start_server: StartServer, tmp_path: Path
) -> None:
    """Calls Chromium by the whole link, and does not believe a server that lies either."""
    async with firefox(tmp_path) as fox:
        await fox.command("script.addPreloadScript", functionDeclaration=f"() => {{ {SPY} }}")
        url = daphne.url + call_path() + KEY
        ada = await visit(url)
        await ada.join("Ada")
        await ada.phase("waiting")
        await joins(fox, url)
        await ada.sees_and_hears()
        await is_proven(ada, "link")
        await fox.wait_for("document.querySelector('#privacy-sign').dataset.proof === 'link'")
        frames = (await fox.evaluate(f"({MEDIA})()"))["frames"] + 5
        await fox.wait_for(f"({MEDIA})().then((now) => now.frames > {frames})")

        for lie in LIES[:4]:
            url = (await start_server(Lying, LIE=lie)).url + call_path() + KEY
            bo = await visit(url)
            await bo.join("Bo")
            await bo.phase("waiting")
            await joins(fox, url)
            await bo.says("#notice", TAMPERED)
            await fox.wait_for(
                f"document.querySelector('#notice').textContent.startsWith({json.dumps(TAMPERED)})"
            )
            assert await fox.evaluate(HEARD) == 0
            await bo.page.click("#hangup")


def sent_in(frames: list[str], type: str) -> dict[str, Any]:
    """The last frame of this type."""
    found = [json.loads(frame) for frame in frames if frame.startswith("{")]
    message: dict[str, Any] = [frame for frame in found if frame.get("type") == type][-1]
    return message


async def joins(fox: Firefox, url: str) -> None:
    await fox.goto(url)
    await fox.wait_for("!document.querySelector('#join').disabled")
    await fox.evaluate("document.querySelector('#join').click()")
    await fox.wait_for("document.body.dataset.screen === 'call'")


class Lying(Uvicorn):
    """A server that changes what it relays."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.command[-1] = "tests.support.lying_application:application"
