"""A call between two kinds of browsers."""

from pathlib import Path

from tests.support.browsers import MEDIA, SPY
from tests.support.firefox import Firefox, firefox
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path


async def joined(browser: Firefox, url: str) -> None:
    await browser.goto(url)
    await browser.wait_for("!document.querySelector('#join').disabled")
    await browser.evaluate("document.querySelector('#join').click()")
    await browser.wait_for("document.body.dataset.screen === 'call'")


async def test_firefox_and_chromium_call_each_other(
    visit: Visit, daphne: Daphne, tmp_path: Path
) -> None:
    """Whoever comes first makes the first offer: both ways round."""
    async with firefox(tmp_path) as fox:
        await fox.command("script.addPreloadScript", functionDeclaration=f"() => {{ {SPY} }}")
        for first in ("firefox", "chromium"):
            url = daphne.url + call_path()
            if first == "firefox":
                await joined(fox, url)
            bo = await visit(url)
            await bo.join("Bo")
            if first == "chromium":
                await bo.phase("waiting")
                await joined(fox, url)
            await bo.sees_and_hears()
            await fox.wait_for("document.body.dataset.phase === 'connected'")
            before = await fox.evaluate(f"({MEDIA})()")
            frames = before["frames"] + 5
            await fox.wait_for(f"({MEDIA})().then((now) => now.frames > {frames})")
            await fox.wait_for(f"({MEDIA})().then((now) => now.energy > 0)")

            await bo.page.click("#mute")
            await fox.wait_for("document.querySelector('#remote-muted').checkVisibility()")
            await fox.evaluate("document.querySelector('#camera').click()")
            await bo.shows("#remote-camera-off")
            await fox.evaluate("document.querySelector('#camera').click()")
            await bo.hides("#remote-camera-off")
            await bo.renegotiates()
            await bo.sees_and_hears()

            await fox.evaluate("document.querySelector('#hangup').click()")
            await bo.screen("ended")
