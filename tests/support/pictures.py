"""The pictures that have to be pixels, drawn by Chromium from the SVG files beside them.

``make pictures`` runs this module: after a change of the SVG.
"""

import shutil
import struct
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from tests.support.processes import ROOT

STATIC, PUBLIC = ROOT / "static" / "calls", ROOT / "public"


class Picture(NamedTuple):
    """What is drawn from which SVG, and how large, in pixels."""

    path: Path
    source: Path
    width: int
    height: int


PICTURES = [
    Picture(STATIC / "invitation.png", STATIC / "invitation.svg", 1200, 630),
    Picture(STATIC / "icon-192.png", STATIC / "favicon.svg", 192, 192),
    Picture(STATIC / "icon-512.png", STATIC / "favicon.svg", 512, 512),
    Picture(STATIC / "icon-maskable-512.png", STATIC / "app-icon.svg", 512, 512),
    Picture(PUBLIC / "apple-touch-icon.png", STATIC / "app-icon.svg", 180, 180),
    Picture(PUBLIC / "favicon.ico", STATIC / "favicon.svg", 32, 32),
]


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels (PNG, section 11.2.1)."""
    if png[:8] != b"\x89PNG\r\n\x1a\n" or png[12:16] != b"IHDR":
        raise ValueError("not a PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def icon_file(png: bytes) -> bytes:
    """An ICO file with one picture, up to 256 pixels wide, kept as the PNG it is."""
    width, height = (side % 256 for side in png_size(png))
    entry = struct.pack("<BBBBHHII", width, height, 0, 0, 1, 32, len(png), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + png


def drawn(page: Page, picture: Picture) -> bytes:
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(picture.source.as_uri())
    return page.screenshot(omit_background=True)


def main() -> None:
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        for picture in PICTURES:
            png = drawn(page, picture)
            ico = picture.path.suffix == ".ico"
            picture.path.write_bytes(icon_file(png) if ico else png)
        browser.close()


if __name__ == "__main__":
    main()
