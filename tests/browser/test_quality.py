"""The sign for a weak connection, and the panel with its figures."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.conftest import StartDaphne
from tests.networks.link import Conditions
from tests.support.browsers import Person
from tests.support.datagrams import UdpProxy
from tests.support.processes import Daphne, running
from tests.support.turn import FOR_CALLS, Coturn, relay_only
from tests.support.visits import Visit, call_path, start_call

PERMISSIONS = ["camera", "microphone", "clipboard-read", "clipboard-write"]

OURS = {
    "Your connection is slow to send.",
    "Your connection is very slow to send. They can hardly hear you.",
}
THEIRS = {
    "The other person’s connection is weak.",
    "The other person’s connection is very weak.",
}

# Every level the sign has had, the panel at each change, and the windows that it has shown.
WATCH = """() => {
  const sign = document.querySelector("#quality");
  window.levels = [sign.dataset.level];
  window.figures = [];
  new MutationObserver(() => {
    window.levels.push(sign.dataset.level);
    window.figures.push(document.querySelector("#quality-panel").innerText);
  }).observe(sign, { attributeFilter: ["data-level"] });
  window.windows = 0;
  new MutationObserver(() => window.windows++).observe(
    document.querySelector("#quality-figures"),
    { characterData: true, childList: true, subtree: true },
  );
}"""

# The cells of a row of the panel.
CELLS = """(label) => {
  const rows = [...document.querySelectorAll("#quality-panel tr")];
  const row = rows.find((one) => one.querySelector("th")?.textContent === label);
  return row && [...row.querySelectorAll("td")].map((cell) => cell.textContent);
}"""

# What the panel should say of the picture, by the browser's own word.
PICTURES = """async () => {
  const stats = await connections.at(-1).getStats();
  const found = {};
  stats.forEach((one) => {
    if (one.kind !== "video" || one.mid !== "1") return;
    const size = `${one.frameWidth} × ${one.frameHeight}`;
    found[one.type] = { size, codec: stats.get(one.codecId)?.mimeType };
  });
  return [found["inbound-rtp"], found["outbound-rtp"]];
}"""


async def open_panel(person: Person) -> None:
    await person.page.click("#quality-sign")
    await expect(person.page.locator("#quality-panel")).to_be_visible()
    await expect(person.page.locator("#quality-sign")).to_have_attribute("aria-expanded", "true")


async def windows(page: Page, count: int) -> None:
    """As many more of two seconds each."""
    wanted = await page.evaluate("window.windows") + count
    await page.wait_for_function("(n) => window.windows >= n", arg=wanted, timeout=60_000)


async def cells(page: Page, label: str) -> Any:
    return await page.evaluate(CELLS, label)


@pytest.mark.long
async def test_a_clean_link_is_never_called_weak(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    people = await start_call(visit, url, url)
    for person in people:
        await open_panel(person)
        await person.page.evaluate(WATCH)
    await asyncio.gather(*(windows(person.page, 10) for person in people))
    for person in people:
        figures = await person.page.evaluate("window.figures")
        assert await person.page.evaluate("window.levels") == ["good"], figures
        assert await person.page.inner_text("#quality-sentence") == ""


async def test_the_panel_shows_what_the_browser_measures(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, _bo = await start_call(visit, url, url)
    page = ada.page
    await open_panel(ada)
    await page.evaluate(WATCH)
    for _ in range(10):
        await windows(page, 1)
        pictures = await page.evaluate(PICTURES)
        sizes = [picture["size"] for picture in pictures]
        bitrates = await cells(page, "Sound: bitrate")
        # The encoders have settled; and what began in a window has no rate of it.
        if await cells(page, "Video: size") == sizes and "–" not in bitrates:
            break
    assert await cells(page, "Video: size") == sizes
    codecs = [picture["codec"].removeprefix("video/") for picture in pictures]
    assert await cells(page, "Video: codec") == codecs
    assert await cells(page, "Sound: codec") == ["opus", "opus"]
    assert await cells(page, "Path") == ["direct"]
    for rate in bitrates:
        assert 5 < int(rate.removesuffix(" kbit/s")) < 200


async def test_the_report_is_copied_and_escape_gives_the_focus_back(
    visit: Visit, daphne: Daphne
) -> None:
    """In English, whatever the page speaks, and without an address."""
    url = daphne.url + call_path()
    options = {"locale": "ru", "permissions": PERMISSIONS}
    ada, bo = await visit(url, **options), await visit(url)
    for person, name in ((ada, "Ада"), (bo, "Bo")):
        await person.join(name)
    page = ada.page
    await ada.sees_and_hears()
    await open_panel(ada)
    await page.click("#quality-copy")
    await ada.says("#quality-copy", "Готово")
    assert await cells(page, "Звук: кодек") == ["opus", "opus"]
    report = await page.evaluate("navigator.clipboard.readText()")
    lines = [line for line in report.splitlines() if not line.startswith("Browser: Mozilla/5.0")]
    assert len(lines) == len(report.splitlines()) - 1
    assert {"Quality: good", "Path: direct", "Sound: codec: opus / opus"} <= set(lines)
    own = await page.evaluate(
        "connections.at(-1).localDescription.sdp.match(/[0-9.]{7,} [0-9]+ typ/)"
    )
    assert own, "there are addresses to be left out"
    assert own[0].split()[0] not in report
    await page.keyboard.press("Escape")
    await expect(page.locator("#quality-panel")).to_be_hidden()
    await expect(page.locator("#quality-sign")).to_be_focused()
    await expect(page.locator("#quality-sign")).to_have_attribute("aria-expanded", "false")


async def test_the_panel_fits_a_small_phone(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    options = {"viewport": {"width": 320, "height": 568}, "locale": "ru"}
    ada, bo = await visit(url, **options), await visit(url)
    for person, name in ((ada, "Ада"), (bo, "Bo")):
        await person.join(name)
    await ada.sees_and_hears()
    await open_panel(ada)
    await ada.shows("#quality-copy")
    overflow = (
        "(id) => { const one = document.getElementById(id);"
        " return one.scrollWidth - one.clientWidth; }"
    )
    assert await ada.page.evaluate(overflow, "quality-panel") == 0
    box = await ada.page.locator("#quality-panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 568


@pytest.fixture
async def coturn(tmp_path: Path) -> AsyncIterator[Coturn]:
    async with running(Coturn(tmp_path, FOR_CALLS)) as server:
        yield server


@asynccontextmanager
async def carried(port: int) -> AsyncIterator[UdpProxy]:
    """A network that leads to a port of this machine."""
    proxy = UdpProxy(port)
    await proxy.start()
    yield proxy
    await proxy.stop()


def upload(network: UdpProxy, conditions: Conditions) -> None:
    """What holds from now on for all that leaves."""
    for flow in network.flows.values():
        flow.ways[0].conditions = conditions


def by_port(port: int) -> Callable[[Page], Awaitable[None]]:
    """This page's way to the relay goes by another port."""
    script = """
      const Real = window.RTCPeerConnection;
      const by = ({ iceServers, ...config }) => ({ ...config, iceServers: iceServers.map((one) =>
        ({ ...one, urls: [one.urls].flat().map((url) => url.replace(/:\\d+$/, ":PORT")) })) });
      window.RTCPeerConnection = class extends Real {
        constructor(config) { super(by(config)); }
        setConfiguration(config) { super.setConfiguration(by(config)); }
      };
    """.replace("PORT", str(port))

    async def prepare(page: Page) -> None:
        await page.add_init_script(script)

    return prepare


async def reads(person: Person, sentences: set[str]) -> None:
    await person.page.wait_for_function(
        "(all) => all.includes(document.querySelector('#quality-sentence').textContent)",
        arg=sorted(sentences),
        timeout=60_000,
    )


async def test_each_side_reads_whose_upload_it_is(
    visit: Visit, start_daphne: StartDaphne, coturn: Coturn
) -> None:
    """One side's packets are lost on their way to the relay; what it receives is whole."""
    daphne = await start_daphne(**relay_only(f"turn:127.0.0.1:{coturn.port}"))
    url = daphne.url + call_path()
    async with carried(coturn.port) as way:
        ada, bo = await visit(url, by_port(way.port)), await visit(url)
        for person, name in ((ada, "Ada"), (bo, "Bo")):
            await person.join(name)
        for person in (ada, bo):
            await person.sees_and_hears()
            await person.page.evaluate(WATCH)
        assert way.flows, "the proxy carries the call"
        upload(way, Conditions(loss=35))
        await reads(ada, OURS)
        await reads(bo, THEIRS)
        for person in (ada, bo):
            await expect(person.page.locator("#said")).to_have_text(
                await person.page.inner_text("#quality-sentence")
            )
        upload(way, Conditions())
        for person in (ada, bo):
            await reads(person, {""})
            await expect(person.page.locator("#said")).to_have_text("The connection is good again.")
