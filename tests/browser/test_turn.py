"""Browsers take what providers of TURN credentials give, after the server's selection."""

from pathlib import Path
from typing import Any

import msgspec
from playwright.async_api import Browser

from calls.ice.provider.answer import parse
from calls.ice.provider.selection import select
from calls.ice.servers import IceSettings, Provided, ice_servers
from tests.support.firefox import firefox
from tests.support.turn_answers import NAMES, answer

# A malformed address, or a relay without a login, is an exception for the whole list.
TAKES = """(configurations) => {
  for (const configuration of configurations) new RTCPeerConnection(configuration).close();
  return configurations.length;
}"""


def configurations() -> list[Any]:
    """What a welcome has for each provider's answer."""
    found = (Provided(*select(parse(answer(name)).servers), expires=1.0) for name in NAMES)
    return [msgspec.to_builtins(ice_servers(IceSettings(), "peer", 0.0, each)) for each in found]


async def test_chromium_takes_every_provider_s_servers(chromium: Browser) -> None:
    page = await chromium.new_page()
    assert await page.evaluate(TAKES, configurations()) == len(NAMES)
    await page.close()


async def test_firefox_takes_every_provider_s_servers(tmp_path: Path) -> None:
    async with firefox(tmp_path) as fox:
        json = msgspec.json.encode(configurations()).decode()
        assert await fox.evaluate(f"({TAKES})({json})") == len(NAMES)
