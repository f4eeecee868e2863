"""The pictures of calls in README.md, taken of real calls between two who are drawn.

``make pictures`` runs this module.
"""

import asyncio
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, FilePayload, expect

from tests.support.browsers import CHROMIUM_ARGS, Person
from tests.support.processes import ROOT, Daphne, free_port, running
from tests.support.visits import launched, visits

IMAGES = ROOT / "docs" / "images"
CALL = "/call/k7mqx-2phb9-dtw4e/"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


async def camera(chromium: Path, person: str, folder: Path) -> str:
    """The option that has Chromium see somebody: a film of one picture (Motion JPEG)."""
    async with launched(chromium, ["--no-sandbox"]) as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 720})
        await page.goto((IMAGES / f"{person}.svg").as_uri())
        film = folder / f"{person}.mjpeg"
        await page.screenshot(path=folder / f"{person}.jpg", type="jpeg", quality=95)
        (folder / f"{person}.jpg").rename(film)
    return f"--use-file-for-fake-video-capture={film}"


async def joined(stack: AsyncExitStack, browser: Browser, url: str, **options: object) -> Person:
    visit = await stack.enter_async_context(visits(browser))
    return await visit(url, reduced_motion="reduce", **options)


async def write(person: Person, text: str) -> None:
    if await person.page.locator("#chat").is_hidden():
        await person.page.click("#chat-open")
    await person.page.fill("#chat-text", text)
    await person.page.press("#chat-text", "Enter")


async def take(stack: AsyncExitStack, browsers: list[Browser], site: str) -> None:
    url = site + CALL
    anna = await joined(stack, browsers[0], url, locale="ru", viewport=PHONE, has_touch=True)
    boris = await joined(stack, browsers[1], url, locale="en-GB", viewport=DESKTOP)
    await anna.join("Анна")
    await anna.phase("waiting")
    await boris.join("Boris")
    await boris.sees_and_hears()
    await anna.sees_and_hears()
    large = "() => document.querySelector('#remote-video').videoWidth >= 640"
    for person in (anna, boris):
        await person.page.wait_for_function(large)
    await anna.page.screenshot(path=IMAGES / "phone.png")
    await write(anna, "Смотри, что я нашла!")
    photo: FilePayload = {"name": "Summer 1998.jpg", "mimeType": "", "buffer": bytes(2_400_000)}
    await anna.page.set_input_files("#file-input", photo)
    await write(boris, "Oh, the old boat! Send me more of them")
    if await boris.page.locator("#chat").is_hidden():
        await boris.page.click("#chat-open")
    await boris.page.click("[data-action=accept]")
    await expect(boris.page.locator("[data-state=done]")).to_be_visible()
    await boris.hides("#notice")
    await boris.page.mouse.move(600, 300)
    await boris.page.screenshot(path=IMAGES / "call.png")


async def main() -> None:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing."
    chromium = Path(path)
    with TemporaryDirectory() as folder:
        films = [await camera(chromium, who, Path(folder)) for who in ("anna", "boris")]
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(running(Daphne(free_port(), {})))
            browsers = [
                await stack.enter_async_context(launched(chromium, [*CHROMIUM_ARGS, film]))
                for film in films
            ]
            await take(stack, browsers, server.url)


if __name__ == "__main__":
    asyncio.run(main())
