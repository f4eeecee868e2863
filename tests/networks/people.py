"""People at the call page, in either browser, which are asked by the same scripts."""

import asyncio
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserType, Page

from tests.networks.rig import URL, Home
from tests.support.browsers import FAKE_DEVICES, FLOWS, LONGEST_GAP, PICTURES, SPY, WATCH_PICTURE
from tests.support.firefox import Firefox, firefox
from tests.support.routes import ROUTE, Route

# Seconds in which two people have met in the worst of these networks, on a busy machine.
PATIENCE = 40

# When the button was pressed, and when the first picture was shown. Milliseconds of a clock that
# is the same in all browsers of this machine.
TIMES = """
window.times = {};
{
  const now = () => performance.timeOrigin + performance.now();
  addEventListener("submit", () => (window.times.pressed ??= now()), true);
  addEventListener("DOMContentLoaded", () => {
    const video = document.querySelector("#remote-video");
    video?.requestVideoFrameCallback(() => (window.times.shown = now()));
  });
}
"""

# How many pairs of candidates ICE has tried.
TRIED = """async () => {
  const pc = window.connections.at(-1);
  const pairs = [...(await pc.getStats()).values()].filter(({ type }) => type === "candidate-pair");
  return pairs.filter(({ requestsSent }) => requestsSent).length;
}"""

WITHIN = """async (seconds) => {
  const deadline = performance.now() + 1000 * seconds;
  while (performance.now() < deadline) {
    if (await (%s)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}"""

WAITS = "document.body.dataset.screen === 'call' && document.body.dataset.phase === 'waiting'"
CONNECTED = "document.body.dataset.phase === 'connected'"


def way(a: Route, b: Route) -> str:
    """The way between two people, in words."""
    relays = {name: route.relay for name, route in (("A", a), ("B", b)) if route.relay}
    if not relays:
        return "direct"
    over = " and ".join(sorted({relay.upper() for relay in relays.values()}))
    return f"{' and '.join(relays)} by TURN over {over}"


class Caller(ABC):
    @abstractmethod
    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """What a function of the page returns."""

    @abstractmethod
    async def go(self, url: str) -> None:
        """Open a page that has SPY and TIMES before its own scripts."""

    @abstractmethod
    async def reload(self) -> None: ...

    async def within(self, seconds: float, expression: str) -> bool:
        """Whether an expression, looked at over and over, becomes true in this time."""
        return bool(await self.evaluate(WITHIN % expression, seconds))

    async def until(self, expression: str, seconds: float = PATIENCE) -> None:
        assert await self.within(seconds, expression), f"{expression} is not so in {seconds} s"

    async def open(self, url: str) -> None:
        """Until the own picture is there, and the button can be pressed."""
        await self.go(url)
        await self.until("document.querySelector('#preview-video').videoWidth > 0")
        await self.until("!document.querySelector('#join').disabled")

    async def press(self) -> None:
        """As a finger does, which does not hover."""
        await self.evaluate("() => document.querySelector('#join').click()")

    async def sees_and_hears(self, frames: int = 10, seconds: float = PATIENCE) -> None:
        """Until this many more pictures have been shown, and some more sound was decoded."""
        await self.until(CONNECTED, seconds)
        await self.evaluate(FLOWS, [frames, seconds * 1000])

    async def times(self) -> dict[str, float]:
        """``pressed`` and ``shown``."""
        found: dict[str, float] = await self.evaluate("() => window.times")
        return found

    async def route(self) -> Route:
        return Route(**await self.evaluate(ROUTE))

    async def rerouted(self, before: Route, seconds: float) -> None:
        """Until the media leaves from another address or port."""
        await self.until(
            f"({ROUTE})().then((now) => now && now.candidate !== {json.dumps(before.candidate)})",
            seconds,
        )

    async def tried(self) -> int:
        """How many pairs of addresses have been tried."""
        return int(await self.evaluate(TRIED))

    async def watch_picture(self) -> None:
        await self.evaluate(WATCH_PICTURE)

    async def longest_gap(self) -> int:
        """The longest time without a new picture since ``watch_picture``, in milliseconds."""
        return int(await self.evaluate(LONGEST_GAP))

    async def pictures(self) -> int:
        """How many of ten looks at the other's picture, 250 ms apart, show different ones."""
        return int(await self.evaluate(PICTURES))


class InChromium(Caller):
    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        return await self.page.evaluate(function, argument)

    async def go(self, url: str) -> None:
        await self.page.goto(url)

    async def reload(self) -> None:
        await self.page.reload()


class InFirefox(Caller):
    def __init__(self, browser: Firefox) -> None:
        self.browser = browser

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        return await self.browser.evaluate(f"({function})({json.dumps(argument)})")

    async def go(self, url: str) -> None:
        await self.browser.goto(url)

    async def reload(self) -> None:
        await self.browser.reload()


@asynccontextmanager
async def in_chromium(
    home: Home, chromium: BrowserType, program: Path, script: str, options: list[str]
) -> AsyncIterator[Caller]:
    """Playwright speaks to the browser over pipes, which know no networks."""
    wrapper = home.directory / "chromium"
    inside = " ".join(home.namespace.command(str(program)))
    wrapper.write_text(f'#!/bin/sh\nexport HOME={home.directory}\nexec {inside} "$@"\n')
    wrapper.chmod(0o755)
    browser = await chromium.launch(executable_path=wrapper, args=[*FAKE_DEVICES, *options])
    try:
        page = await browser.new_page()
        await page.add_init_script(SPY + TIMES + script)
        caller = InChromium(page)
        yield caller
        assert caller.errors == []
    finally:
        await browser.close()


@asynccontextmanager
async def in_firefox(home: Home, profile: Path, script: str) -> AsyncIterator[Caller]:
    home.authority.trusted_in(profile)
    namespace = home.namespace
    async with firefox(profile, {}, namespace.command(), namespace.dial) as browser:
        before = f"() => {{ {SPY} {TIMES} {script} }}"
        await browser.command("script.addPreloadScript", functionDeclaration=before)
        yield InFirefox(browser)


async def meet(ada: Caller, bo: Caller, *, ahead: bool = True) -> None:
    """Ada waits in a call, and Bo opens the link. Returns when the button is pressed.

    ``ahead``: Bo's page makes an offer before that, for which Bo waits.
    """
    url = f"{URL}/call/network-{secrets.token_hex(6)}/"
    await ada.open(url)
    await ada.press()
    await ada.until(WAITS)
    await bo.open(url)
    if ahead:  # Nobody presses faster. Where UDP is blocked it would take half a minute.
        await bo.within(3, "connections.at(-1)?.iceGatheringState === 'complete'")
    await bo.press()


async def both_see_and_hear(ada: Caller, bo: Caller, frames: int = 10) -> None:
    await asyncio.gather(ada.sees_and_hears(frames), bo.sees_and_hears(frames))


async def first_pictures(ada: Caller, bo: Caller) -> dict[str, float]:
    """Milliseconds from Bo's press to the first picture shown to either."""
    pressed = (await bo.times())["pressed"]
    shown_a, shown_b = [(await person.times())["shown"] - pressed for person in (ada, bo)]
    return {"shown_a": shown_a, "shown_b": shown_b}
