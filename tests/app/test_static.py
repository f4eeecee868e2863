"""Static files in production: collected, hashed, compressed, and small."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath
from urllib.parse import urljoin

import brotli
import pytest

from tests.support.commands import (
    DAPHNE,
    MANAGE,
    PRODUCTION,
    Page,
    Server,
    copy_checkout,
    get,
    run,
)
from tests.support.pictures import png_size
from tests.support.processes import ROOT, free_port, running
from tests.support.sources import Document, absolute_urls, without_comments

HOST = PRODUCTION["ALLOWED_HOSTS"]
ORIGIN = f"https://{HOST}"
CALL = "/call/k7mqx-2phb9-dtw4e/"
# Bytes: what the page waits for, and what comes when it is there.
LIMIT = 82_000
LATER_LIMIT = 55_000

HASHED = re.compile(r"\.[0-9a-f]{12}(\.[a-z]+)?$")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of its own in which ``collectstatic`` has run, as render.yaml has it."""
    path = copy_checkout(tmp_path_factory.mktemp("checkout"))
    result = run([*MANAGE, "collectstatic", "--noinput"], PRODUCTION, path)
    assert (result.returncode, result.stderr) == (0, "")
    return path


@pytest.fixture(scope="session")
def collected(checkout: Path) -> Path:
    return checkout / "staticfiles"


@pytest.fixture(scope="session")
async def production(checkout: Path) -> AsyncIterator[Server]:
    """Daphne, as Procfile has it."""
    port = free_port()
    command = [*DAPHNE, "-p", str(port), "config.asgi:application"]
    async with running(Server(command, port, PRODUCTION, checkout)) as server:
        yield server


def imports_in(script: str) -> list[str]:
    return re.findall(r"""\bfrom\s*["']([^"']+)["']""", without_comments(script))


def later_in(script: str) -> list[str]:
    return re.findall(r"""\bimport\(\s*["']([^"']+)["']""", without_comments(script))


def own(collected: Path, pattern: str) -> list[Path]:
    """Collected files with hashed names."""
    return [path for path in collected.rglob(pattern) if HASHED.search(path.name)]


# -- collectstatic ----------------------------------------------------------------------------


def test_every_file_has_a_hashed_copy(checkout: Path, collected: Path):
    sources = {
        str(path.relative_to(checkout / "static"))
        for path in (checkout / "static").rglob("*")
        if path.is_file()
    }
    hashed = {
        re.sub(r"\.[0-9a-f]{12}(?=\.|$)", "", str(path.relative_to(collected)))
        for path in own(collected, "*")
    }
    assert sources
    assert sources <= hashed


@pytest.mark.parametrize("suffix", [".br", ".gz"])
@pytest.mark.parametrize("kind", ["js", "mjs", "css", "svg"])
def test_text_is_there_in_compressed_form(collected: Path, kind: str, suffix: str):
    paths = own(collected, f"*.{kind}")
    assert paths
    for path in paths:
        # A compressed copy is made only where it saves something.
        if path.stat().st_size > 1000:
            compressed = path.with_name(path.name + suffix)
            assert compressed.stat().st_size < path.stat().st_size * 0.9


def test_imports_name_hashed_files_that_exist(collected: Path):
    """Or after a deployment a new script would import an old one from somebody's cache."""
    found = 0
    for path in own(collected, "*.js"):
        script = path.read_text()
        for source in (*imports_in(script), *later_in(script)):
            assert HASHED.search(source), f"{path.name}: {source}"
            assert (path.parent / source).is_file(), f"{path.name}: {source}"
        found += len(later_in(script))
    assert found >= 4


def test_scripts_lose_their_comments_and_nothing_else(checkout: Path, collected: Path):
    """They are compared as programs, by a parser that has nothing to do with what strips them."""
    pairs = []
    for path in own(collected, "*.js"):
        name = re.sub(r"\.[0-9a-f]{12}(?=\.)", "", str(path.relative_to(collected)))
        source = checkout / "static" / name
        pairs += [str(source), str(path)]
        assert path.stat().st_size < source.stat().st_size
        assert "/**" not in path.read_text()
    assert len(pairs) > 100
    result = run(["node", "tests/support/same-programs.js", *pairs])
    assert (result.returncode, result.stderr) == (0, "")
    assert int(result.stdout) == len(pairs) / 2


def test_styles_name_hashed_files_that_exist(collected: Path):
    for path in own(collected, "*.css"):
        for source in re.findall(r"""url\(["']?([^"')]+)""", path.read_text()):
            if not source.startswith(("data:", "#")):
                assert HASHED.search(source.partition("#")[0]), f"{path.name}: {source}"
                assert (path.parent / source.partition("#")[0]).is_file()


def test_a_change_anywhere_changes_the_name_of_what_imports_it(tmp_path: Path, collected: Path):
    """From the deepest script up to the one the page names."""

    def names(root: Path) -> dict[str, str]:
        return {path.name.partition(".")[0]: path.name for path in own(root, "*.js")}

    changed = copy_checkout(tmp_path)
    leaf = changed / "static" / "calls" / "js" / "call" / "backoff.js"
    leaf.write_text(leaf.read_text() + "\nexport const CHANGED = true;\n")
    result = run([*MANAGE, "collectstatic", "--noinput"], PRODUCTION, changed)
    assert result.returncode == 0, result.stderr
    before, after = names(collected), names(changed / "staticfiles")
    above = {name for name in before if before[name] != after[name]}
    assert above == {
        *("backoff", "signaling", "peer", "spare", "connection", "other", "call", "main"),
    }


# -- Over HTTP --------------------------------------------------------------------------------


async def ask(server: Server, path: str, **headers: str) -> Page:
    return await get(server.address, path, Host=HOST, **headers)


def addresses_in(page: Page, path: str) -> set[str]:
    """Every file that a page, style or script makes the browser load."""
    kind = page.headers["Content-Type"].partition(";")[0]
    if kind == "text/html":
        document = Document(page.text)
        found = [
            address
            for tag, attributes in document.tags
            for address in (attributes.get("src"), attributes.get("href"))
            if address and tag in {"script", "link", "img", "use", "video"}
            # Taken only when somebody puts the page on a home screen.
            if attributes.get("rel") != "apple-touch-icon"
        ]
    elif kind == "text/css":
        found = re.findall(r"""url\(["']?([^"')]+)""", page.text)
    elif kind == "text/javascript":
        found = imports_in(page.text)
    else:
        found = []
    return {
        urljoin(path, address.partition("#")[0])
        for address in found
        if not address.startswith(("#", "data:"))
    }


async def load(server: Server, *paths: str, encoding: str = "identity") -> dict[str, Page]:
    """Pages or files with all they need at first, by address."""
    loaded: dict[str, Page] = {}
    waiting = list(paths)
    while waiting:
        address = waiting.pop()
        if address in loaded:
            continue
        page = await ask(server, address)
        assert page.status == 200, address
        waiting += addresses_in(page, address)
        if encoding != "identity":
            page = await ask(server, address, Accept_Encoding=encoding)
        loaded[address] = page
    return loaded


async def test_a_page_loads_only_hashed_files(production: Server):
    for path in ("/", CALL):
        static = [address for address in await load(production, path) if "/static/" in address]
        assert static
        assert [address for address in static if not HASHED.search(address)] == []


async def test_the_page_waits_for_two_style_sheets(production: Server):
    """Its own is joined with those of its features, in their order."""
    page = Document((await ask(production, CALL)).text)
    base, joined = [link["href"] for link in page.find("link", rel="stylesheet")]
    assert "/base." in base
    folder = ROOT / "static" / "calls" / "css"
    sheets = [folder / "call.css", *sorted((folder / "features").glob("*.css"))]
    assert len(sheets) > 2
    assert (await ask(production, joined)).body == b"".join(path.read_bytes() for path in sheets)


async def test_the_page_loads_no_script_twice(production: Server):
    """What is preloaded is what the imports name, to the letter."""
    page = Document((await ask(production, CALL)).text)
    preloaded = {link["href"] for link in page.find("link", rel="modulepreload")}
    loaded = {address for address in await load(production, CALL) if address.endswith(".js")}
    (main,) = loaded - preloaded
    assert PurePosixPath(main).name.startswith("main.")


async def named_later(server: Server) -> list[str]:
    page = Document((await ask(server, CALL)).text)
    (block,) = [text for attributes, text in page.scripts if attributes.get("id") == "later"]
    found: list[str] = json.loads(block)
    return found


@pytest.mark.parametrize("encoding", ["br, gzip", "gzip"])
async def test_the_call_page_is_small(production: Server, encoding: str):
    """Everything the browser loads for it before anything is opened, as it travels."""
    first = await load(production, CALL, encoding=encoding)
    assert len(first) > 10
    assert sum(len(page.body) for page in first.values()) < LIMIT
    later = await load(production, *await named_later(production), encoding=encoding)
    assert sum(len(later[path].body) for path in later.keys() - first.keys()) < LATER_LIMIT


async def test_what_comes_later_is_named_and_hashed(production: Server):
    """As the imports name it, to the letter: it is fetched before it is imported."""
    first = await load(production, CALL)
    found, imported = first, dict[str, Page]()
    while (
        sources := {
            urljoin(address, source)
            for address, page in found.items()
            if address.endswith(".js")
            for source in later_in(page.text)
        }
        - imported.keys()
    ):
        found = await load(production, *sorted(sources))
        imported |= found
    assert sorted(await named_later(production)) == sorted(imported.keys() - first.keys())


async def test_the_manifest_names_hashed_icons(production: Server):
    """Its own address has no hash: whoever installed the page asks for it again."""
    (link,) = Document((await ask(production, CALL)).text).find("link", rel="manifest")
    page = await ask(production, link["href"])
    assert page.headers["Content-Type"] == "application/manifest+json"
    icons = json.loads(page.text)["icons"]
    assert icons
    for icon in icons:
        assert HASHED.search(icon["src"])
        picture = await ask(production, icon["src"])
        assert picture.headers["Content-Type"] == icon["type"]
        assert "immutable" in picture.headers["Cache-Control"]
        width, height = png_size(picture.body)
        assert icon["sizes"] == f"{width}x{height}"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/favicon.ico", "image/x-icon"),
        ("/apple-touch-icon.png", "image/png"),
        ("/robots.txt", "text/plain"),
    ],
)
async def test_well_known_names(production: Server, path: str, kind: str):
    page = await ask(production, path)
    assert page.status == 200
    assert page.headers["Content-Type"].partition(";")[0] == kind
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" not in page.headers["Cache-Control"]
    assert page.body


async def test_compressed_files_are_served_to_who_takes_them(production: Server):
    plain = await load(production, CALL)
    main = next(address for address in plain if "/main." in address)
    compressed = await ask(production, main, Accept_Encoding="gzip, deflate, br")
    assert compressed.headers["Content-Encoding"] == "br"
    assert compressed.headers["Vary"] == "Accept-Encoding"
    assert brotli.decompress(compressed.body) == plain[main].body
    assert "Content-Encoding" not in plain[main].headers


async def test_hashed_files_are_kept_for_ever_and_pages_are_not(production: Server):
    for address, page in (await load(production, CALL)).items():
        control = page.headers["Cache-Control"]
        if address.startswith("/static/"):
            assert "immutable" in control
            assert "Access-Control-Allow-Origin" not in page.headers
        else:
            assert "immutable" not in control


async def test_scripts_have_a_type_that_browsers_run(production: Server):
    """With nosniff, modules of any other type are refused."""
    for address, page in (await load(production, CALL, *await named_later(production))).items():
        expected = {".css": "text/css", ".svg": "image/svg+xml"}
        expected |= dict.fromkeys([".js", ".mjs"], "text/javascript")
        suffix = PurePosixPath(address).suffix
        if suffix in expected:
            assert page.headers["Content-Type"].partition(";")[0] == expected[suffix]


async def test_what_is_collected_names_no_other_host(production: Server):
    for address, page in (await load(production, CALL)).items():
        if not address.endswith(".js"):
            found = absolute_urls(page.text)
            assert [url for url in found if not url.startswith(f"{ORIGIN}/static/")] == [], address


async def test_the_picture_for_messengers_is_hashed_and_kept(production: Server):
    """Its address is whole, in a page behind a proxy that ends TLS."""
    page = Document((await ask(production, CALL)).text)
    (tag,) = page.find("meta", property="og:image")
    assert tag["content"].startswith(f"{ORIGIN}/static/calls/invitation.")
    path = tag["content"].removeprefix(ORIGIN)
    assert HASHED.search(path)
    picture = await ask(production, path)
    assert picture.headers["Content-Type"] == "image/png"
    assert "immutable" in picture.headers["Cache-Control"]
    assert png_size(picture.body) == (1200, 630)


@pytest.mark.parametrize("path", ["/nothing", "/static/nothing.js", "/call/No/"])
async def test_not_found(production: Server, path: str):
    page = await ask(production, path)
    assert page.status == 404
    assert "Nothing here" in page.text
    for address in addresses_in(page, path):
        assert (await ask(production, address)).status == 200


async def test_a_host_that_is_not_ours(production: Server):
    page = await get(production.address, "/", Host="evil.example")
    assert page.status == 400
    assert "evil.example" not in page.text
