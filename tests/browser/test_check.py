"""The connection check: what it says of servers that are there, and of those that are not."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.conftest import StartDaphne
from tests.support.browsers import CHROMIUM_ARGS, Person
from tests.support.firefox import firefox
from tests.support.processes import Daphne, running
from tests.support.stun import stun_server
from tests.support.turn import Coturn, trust
from tests.support.visits import Visit, call_path, launched, start_call

pytestmark = pytest.mark.shared

# This relay's peers are on this machine, too.
OPTIONS = ["use-auth-secret", "static-auth-secret=north", "allow-loopback-peers"]

STRICT = "Calls will work, even through strict networks."
NO_RELAY_SET_UP = (
    "Calls will work in most networks; there is no relay server,"
    " so behind strict networks they may not."
)
NO_RELAY_REACHED = "No relay can be reached from this network; direct calls may work."
NO_SERVER = "The server cannot be reached."

# The longest that a check may take, on a busy machine.
CHECKED = 30_000

# The parts when there are some, and none is being tried any more.
DONE = "#check-parts:has(li):not(:has([data-state=running]))"
LINES = """() => [...document.querySelectorAll("#check-parts li")].map((line) =>
  [line.querySelector("span").textContent, line.dataset.state])"""
SILENT = """
navigator.mediaDevices.getUserMedia = async ({ audio }) =>
  audio ? new AudioContext().createMediaStreamDestination().stream : Promise.reject(
    new DOMException("none", "NotFoundError"));
"""
REFUSED = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"));
"""


@pytest.fixture
async def coturn(tmp_path: Path) -> AsyncIterator[Coturn]:
    async with running(Coturn(tmp_path, OPTIONS)) as server:
        yield server


@pytest.fixture
async def stun() -> AsyncIterator[str]:
    async with stun_server() as url:
        yield url


@pytest.fixture
async def server(start_daphne: StartDaphne, coturn: Coturn, stun: str) -> Daphne:
    """With all that calls may need."""
    return await start_daphne(STUN_URLS=stun, TURN_URLS=",".join(coturn.urls), TURN_SECRET="north")


async def checked(person: Person, sentence: str, opener: str = "#check-before") -> dict[str, str]:
    """Open the check and wait for its sentence; the state of each part."""
    await person.page.click(opener)
    await expect(person.page.locator("#check-verdict")).to_have_text(sentence, timeout=CHECKED)
    return await states(person.page)


async def states(page: Page) -> dict[str, str]:
    lines: list[list[str]] = await page.evaluate(LINES)
    found = dict(lines)
    assert len(found) == len(lines)
    return found


def relays(coturn: Coturn, *states: str) -> dict[str, str]:
    """The lines for its three ways."""
    ports = (coturn.port, coturn.port, coturn.tls_port)
    ways = zip(("UDP", "TCP", "TLS"), ports, states, strict=True)
    return {f"Relay over {way}, port {port}": state for way, port, state in ways}


async def test_everything_works(server: Daphne, coturn: Coturn, chromium_path: Path) -> None:
    """Bytes come through the relay on each of its ways; all that was opened is closed."""
    args = [*CHROMIUM_ARGS, trust(coturn.certificate)]
    async with launched(chromium_path, args) as browser:
        permissions = ["camera", "microphone", "clipboard-read", "clipboard-write"]
        context = await browser.new_context(permissions=permissions)
        ada = await Person.at(context, server.url + call_path())
        assert await checked(ada, STRICT) == {
            "Server": "ok",
            "Way out of your network (STUN)": "ok",
            **relays(coturn, "ok", "ok", "ok"),
            "Camera": "ok",
            "Microphone": "ok",
        }
        await the_report_tells_no_secret(ada, coturn)
        left = await ada.page.evaluate(
            "[connections, sockets].map((all) => all.filter((one) =>"
            " !['closed', 2, 3].includes(one.connectionState ?? one.readyState)).length)"
        )
        # The preview's own.
        assert left == [1, 1]
        assert ada.errors == []


async def the_report_tells_no_secret(person: Person, coturn: Coturn) -> None:
    await person.page.click("#check-copy")
    await person.says("#check-copy", "Copied")
    await person.says("#check-said", "Report copied")
    report = await person.page.evaluate("navigator.clipboard.readText()")
    for expected in (
        "verdict: works-strictly",
        f"TURN over UDP, port {coturn.port}: ok, round trip",
        f"TURN over TLS, port {coturn.tls_port}: ok, round trip",
    ):
        assert expected in report
    # Of the browser's own version numbers none looks like an address.
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", report.replace(await agent(person.page), ""))
    (turn,) = [
        each
        for welcome in (await person.welcomes())[-1:]
        for each in welcome["iceServers"]
        if "credential" in each
    ]
    for secret in (turn["credential"], turn["username"], turn["username"].split(":")[1]):
        assert secret not in report


async def agent(page: Page) -> str:
    found: str = await page.evaluate("navigator.userAgent")
    return found


async def test_no_relay_answers(visit: Visit, server: Daphne, coturn: Coturn) -> None:
    await coturn.kill()
    ada = await visit(server.url + call_path())
    found = await checked(ada, NO_RELAY_REACHED)
    assert relays(coturn, "failed", "failed", "failed").items() <= found.items()
    assert found["Server"] == "ok"
    report = await ada.page.input_value("#check-report")
    assert re.search(r"TURN over TCP, port \d+: failed, ICE 701, took", report)


async def test_no_relay_is_set_up(visit: Visit, start_daphne: StartDaphne, stun: str) -> None:
    server = await start_daphne(STUN_URLS=stun)
    ada = await visit(server.url + call_path())
    found = await checked(ada, NO_RELAY_SET_UP)
    assert found["Relay (TURN)"] == "missing"
    assert found["Way out of your network (STUN)"] == "ok"


async def test_the_server_is_gone_and_comes_back(visit: Visit, start_daphne: StartDaphne) -> None:
    server = await start_daphne()
    ada = await visit(server.url + call_path())
    # The check itself has come with the page.
    await expect(ada.page.locator("#check-copy[hidden]")).to_have_count(0)
    await server.kill()
    assert (await checked(ada, NO_SERVER))["Server"] == "failed"
    await server.start()
    await ada.page.click("#check-again")
    sentence = "Calls may work only within your own network"
    await ada.says("#check-verdict", sentence, timeout=CHECKED)
    assert (await states(ada.page))["Server"] == "ok"


@pytest.mark.parametrize(
    ("devices", "sentence", "line"),
    [
        (REFUSED, "The browser has no access to the camera and the microphone.", "failed"),
        (SILENT, NO_RELAY_SET_UP, "unknown"),
    ],
    ids=["refused", "silent"],
)
async def test_devices(
    visit: Visit, start_daphne: StartDaphne, stun: str, devices: str, sentence: str, line: str
) -> None:
    server = await start_daphne(STUN_URLS=stun)
    ada = await visit(server.url + call_path(), lambda page: page.add_init_script(devices))
    found = await checked(ada, sentence)
    assert (found["Camera"], found["Microphone"]) == ("failed", line)


async def test_in_the_middle_of_a_call(visit: Visit, daphne: Daphne) -> None:
    """Escape closes the check alone, the focus goes back, and the call goes on."""
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await ada.page.click("#invite")
    await checked(ada, "Calls may work only within your own network: no server that leads out of"
                  " it can be reached.", "#check-during")  # fmt: skip
    await ada.page.keyboard.press("Escape")
    await ada.hides("#check")
    await ada.shows("#invitation")
    await expect(ada.page.locator("#check-during")).to_be_focused()
    await asyncio.gather(ada.sees_and_hears(), bo.sees_and_hears())
    assert len(await bo.welcomes()) == 1


async def test_closing_ends_it(visit: Visit, server: Daphne) -> None:
    """In the middle of everything, by the keyboard alone; nothing stays open."""
    ada = await visit(server.url + call_path())
    await ada.page.focus("#check-before")
    await ada.page.keyboard.press("Enter")
    await ada.page.wait_for_function(
        "() => connections.some((pc) => pc.getConfiguration().iceTransportPolicy === 'relay')"
    )
    await ada.page.keyboard.press("Escape")
    await ada.hides("#check")
    await expect(ada.page.locator("#check-before")).to_be_focused()
    # A dialog tells that it was closed a moment later.
    await ada.page.wait_for_function(
        "() => connections.every((pc) => pc.connectionState === 'closed'"
        " || pc.getConfiguration().iceTransportPolicy !== 'relay')"
    )
    await ada.join("Ada")
    await ada.phase("waiting")


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
@pytest.mark.parametrize(("width", "height"), [(360, 640), (844, 390)])
async def test_nothing_is_cut_off(
    visit: Visit, server: Daphne, locale: str, width: int, height: int
) -> None:
    size: dict[str, Any] = {"viewport": {"width": width, "height": height}}
    ada = await visit(server.url + call_path(), locale=locale, **size)
    await ada.page.click("#check-before")
    dialog = ada.page.locator("#check")
    await expect(dialog.locator(DONE)).to_be_visible(timeout=CHECKED)
    await dialog.locator("summary").click()
    assert await dialog.evaluate("(dialog) => dialog.scrollWidth <= dialog.clientWidth")
    for control in ("#check-again", "#check-copy", "#check-close"):
        await ada.page.locator(control).scroll_into_view_if_needed()
        await expect(ada.page.locator(control)).to_be_in_viewport(ratio=1)


async def test_in_firefox(server: Daphne, coturn: Coturn, tmp_path: Path) -> None:
    profile = tmp_path / "firefox"
    profile.mkdir()
    async with firefox(profile) as fox:
        await fox.goto(server.url + call_path())
        await fox.wait_for("!document.querySelector('#join').disabled")
        await fox.evaluate("document.querySelector('#check-before').click()")
        await fox.wait_for(f"document.querySelector('{DONE}')")
        found = dict(await fox.evaluate(f"({LINES})()"))
        # Its certificate is nobody's: this way has to fail.
        assert relays(coturn, "ok", "ok", "failed").items() <= found.items()
        assert (found["Camera"], found["Microphone"]) == ("ok", "ok")
        verdict = await fox.evaluate("document.querySelector('#check-verdict').textContent")
        assert verdict == STRICT
