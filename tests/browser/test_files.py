"""Files that two people send each other (call/files/, view/files.js)."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from playwright.async_api import Download, expect

from tests.conftest import StartDaphne
from tests.support.browsers import Person
from tests.support.firefox import firefox
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, start_call

ROW = "#files > li"
# How much of a file has arrived when it has been the same for a second.
STANDS_STILL = """async () => {
  const arrived = () => document.querySelector("#files progress").value;
  for (let before = null, now = arrived(); ; before = now, now = arrived()) {
    if (now === before) return now;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}"""


def made(folder: Path, name: str, size: int) -> Path:
    """A file that nothing makes smaller."""
    path = folder / name
    path.write_bytes(os.urandom(size))
    return path


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def content(download: Download) -> bytes:
    path = Path(await download.path())
    return await asyncio.to_thread(path.read_bytes)


async def offers(person: Person, *paths: Path) -> None:
    """By the button in the chat."""
    if await person.page.locator("#chat").is_hidden():
        await person.page.click("#chat-open")
    await expect(person.page.locator("#file-attach")).to_have_attribute("aria-disabled", "false")
    async with person.page.expect_file_chooser() as chosen:
        await person.page.click("#file-attach")
    await (await chosen.value).set_files([str(path) for path in paths])


async def opens(person: Person) -> None:
    await person.page.click("#chat-open")
    await person.shows("#chat")


async def state(person: Person, state: str, row: int = 1) -> None:
    await expect(person.page.locator(f"{ROW}:nth-child({row})")).to_have_attribute(
        "data-state", state, timeout=120_000
    )


async def press(person: Person, action: str, row: int = 1) -> None:
    await person.page.click(f"{ROW}:nth-child({row}) [data-action={action}]")


async def saved(person: Person, row: int = 1) -> Download:
    """Accept it, and have what the browser downloads when it is there."""
    async with person.page.expect_download(timeout=120_000) as downloaded:
        await press(person, "accept", row)
    return await downloaded.value


async def moves(person: Person, row: int = 1) -> None:
    """Some of it has arrived."""
    await person.page.wait_for_function(
        f"() => document.querySelector('{ROW}:nth-child({row}) progress').value > 0"
    )


@pytest.mark.long
async def test_one_after_the_other(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    """Offered, seen, accepted and whole; both ways, by their names."""
    ada, bo = await start_call(visit, *[daphne.url + call_path()] * 2)
    photo, empty = made(tmp_path, "Моё фото.jpg", 3_000_000), made(tmp_path, "empty.txt", 0)
    await offers(ada, photo, empty)
    await ada.says(f"{ROW}:nth-child(1)", "3 MB, not accepted yet")
    await bo.says("#notice", "Ada offers you 2 files, the last is empty.txt. They are in the chat.")
    await expect(bo.page.locator("#chat-open .round")).to_have_attribute("data-offered", "true")
    await opens(bo)
    await expect(bo.page.locator("#chat-open [data-offered]")).to_have_count(0)
    await bo.hides("#notice", timeout=3000)
    download = await saved(bo)
    assert download.suggested_filename == "Моё фото.jpg"
    assert sha256(Path(await download.path())) == sha256(photo)
    await state(ada, "done")
    await ada.says(f"{ROW}:nth-child(1)", "3 MB, delivered")
    await bo.says("#said", "Моё фото.jpg: 3 MB, received")
    download = await saved(bo, 2)
    assert await content(download) == b""
    await state(ada, "done", 2)

    answer = made(tmp_path, "answer.bin", 70_000)
    await offers(bo, answer)
    await ada.says("#said", "Bo offers you a file: answer.bin")
    download = await saved(ada, 3)
    assert sha256(Path(await download.path())) == sha256(answer)
    for row in (3, 2, 1):
        await press(ada, "hide", row)
    await ada.hides("#files")
    await expect(ada.page.locator("#chat-text")).to_be_focused()


@pytest.mark.long
async def test_a_replaced_connection_in_the_middle(
    visit: Visit, daphne: Daphne, tmp_path: Path
) -> None:
    """A copy of the tab takes over and gives back: it goes on where it was."""
    ada, bo = await start_call(visit, *[daphne.url + call_path()] * 2)
    path = made(tmp_path, "large.bin", 24_000_000)
    await offers(bo, path)
    await opens(ada)
    await press(ada, "accept")
    await moves(ada)
    async with ada.page.context.expect_page() as opened:
        await ada.page.evaluate("void open(location.href)")
    copy = Person(await opened.value)
    await ada.screen("elsewhere")
    await copy.phase("connected")
    await opens(copy)
    await state(copy, "offered")
    async with ada.page.expect_download(timeout=120_000) as downloaded:
        await ada.page.click("#use-here")
        await copy.screen("elsewhere")
    assert sha256(Path(await (await downloaded.value).path())) == sha256(path)
    await state(bo, "done")


async def test_a_reload_in_the_middle(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    """Who receives is offered it again; with who sent it the file is gone."""
    ada, bo = await start_call(visit, *[daphne.url + call_path()] * 2)
    path = made(tmp_path, "large.bin", 24_000_000)
    await offers(ada, path)
    await opens(bo)
    await press(bo, "accept")
    await moves(bo)
    async with bo.page.expect_event("dialog") as asked:
        reloading = asyncio.ensure_future(bo.page.reload())
    assert (await asked.value).type == "beforeunload"
    await (await asked.value).accept()
    await reloading
    await bo.sees_and_hears()
    await opens(bo)
    download = await saved(bo)
    assert sha256(Path(await download.path())) == sha256(path)
    await state(ada, "done")
    folders = "(async () => { const root = await navigator.storage.getDirectory();"
    folders += "const names = []; for await (const name of"
    folders += "(await root.getDirectoryHandle('duet-files')).keys()) names.push(name);"
    folders += "return names.length; })()"
    assert await bo.page.evaluate(folders) == 1, "of the first attempt nothing is left"

    await offers(ada, path)
    await press(bo, "accept", 2)
    await moves(bo, 2)
    ada.page.on("dialog", lambda dialog: dialog.accept())
    await ada.page.reload()
    await state(bo, "withdrawn", 2)
    await ada.sees_and_hears()
    await opens(ada)
    await ada.hides("#files")


async def test_paused_cancelled_and_declined(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    ada, bo = await start_call(visit, *[daphne.url + call_path()] * 2)
    large, small = made(tmp_path, "large.bin", 40_000_000), made(tmp_path, "small.bin", 50_000)
    await offers(ada, large, small)
    await opens(bo)
    await press(bo, "accept")
    await moves(bo)
    await press(bo, "pause")
    await bo.says(f"{ROW}:nth-child(1)", "Paused.")
    await ada.says(f"{ROW}:nth-child(1)", "Paused by Bo.")
    download = await saved(bo, 2)
    assert sha256(Path(await download.path())) == sha256(small)
    await press(bo, "resume")
    await expect(ada.page.locator(f"{ROW}:nth-child(1)")).not_to_contain_text("Paused")
    await press(ada, "pause")
    await bo.says(f"{ROW}:nth-child(1)", "Paused by Ada.")
    # What was under way arrives; then nothing does.
    done = await bo.page.evaluate(STANDS_STILL)
    await ada.sees_and_hears(frames=10)
    assert await bo.page.evaluate(STANDS_STILL) == done
    await press(bo, "cancel")
    await expect(bo.page.locator(ROW)).to_have_count(1)
    await state(ada, "refused")
    await ada.says(f"{ROW}:nth-child(1)", "Not accepted by Bo.")

    await offers(ada, small)
    await press(bo, "refuse", 2)
    await state(ada, "refused", 3)
    await expect(bo.page.locator(ROW)).to_have_count(1)
    await offers(ada, small)
    await expect(bo.page.locator(ROW)).to_have_count(2)
    await press(ada, "cancel", 4)
    await state(bo, "withdrawn", 2)
    await bo.says(f"{ROW}:nth-child(2)", "It is not offered any more.")


# What type things have that the page makes an address for.
BLOB_TYPES = "window.types"
WATCH_BLOBS = """
window.types = [];
const { createObjectURL } = URL;
URL.createObjectURL = (blob) => {
  window.types.push(blob.type);
  return createObjectURL.call(URL, blob);
};
"""


async def test_markup_is_never_opened(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    """Whatever it is called and whatever is in it, it is bytes to be saved."""
    url = daphne.url + call_path()
    ada = await visit(url)
    bo = await visit(url, lambda page: page.add_init_script(WATCH_BLOBS))
    for person in (ada, bo):
        await person.join()
    await bo.sees_and_hears()
    page = tmp_path / "<img src=x onerror=alert(1)>.html"
    page.write_text("<script>document.title = 1</script>")
    await offers(ada, page)
    await opens(bo)
    download = await saved(bo)
    assert download.suggested_filename == "_img src=x onerror=alert(1)_.html"
    assert await content(download) == page.read_bytes()
    link = await bo.page.locator("#files a").evaluate("({ href, download }) => [href, download]")
    assert link[0].startswith("blob:")
    assert link[1] == download.suggested_filename
    assert await bo.page.evaluate(BLOB_TYPES) == ["application/octet-stream"]
    await expect(bo.page.locator("#files img, #files script")).to_have_count(0)
    assert await bo.page.title() == "Call · Duet"


async def test_nobody_new_is_offered_anything(
    visit: Visit, start_daphne: StartDaphne, tmp_path: Path
) -> None:
    daphne = await start_daphne(SEAT_GRACE="1")
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await offers(ada, made(tmp_path, "for Bo.bin", 1000))
    await bo.says("#notice", "for Bo")
    await bo.page.context.close()
    await ada.phase("waiting")
    cy = await visit(url)
    await cy.join("Cy")
    await cy.sees_and_hears()
    await state(ada, "lost")
    await offers(ada, made(tmp_path, "for Cy.bin", 1000))
    await opens(cy)
    await expect(cy.page.locator(ROW)).to_have_count(1)
    await cy.says(ROW, "for Cy")


DROP = """([name, type]) => {
  const data = new DataTransfer();
  data.items.add(new File(["dropped"], name));
  const options = { bubbles: true, cancelable: true, [
    type === "paste" ? "clipboardData" : "dataTransfer"]: data };
  const target = document.querySelector(type === "paste" ? "#chat-text" : "#remote-video");
  const event = type === "paste" ? new ClipboardEvent(type, options) : new DragEvent(type, options);
  return !target.dispatchEvent(event);
}"""


async def test_dropped_and_pasted(visit: Visit, daphne: Daphne) -> None:
    """A browser would leave the call for a file that is dropped on it."""
    url = daphne.url + call_path()
    ada = await visit(url)
    await ada.join("Ada")
    await ada.phase("waiting")
    await expect(ada.page.locator("#file-attach")).to_have_attribute("aria-disabled", "true")
    assert await ada.page.evaluate(DROP, ["early.txt", "drop"])
    await ada.says("#notice", "You can send files as soon as somebody else is here.")
    bo = await visit(url)
    await bo.join("Bo")
    await bo.sees_and_hears()
    assert await ada.page.evaluate(DROP, ["a.txt", "dragover"])
    assert await ada.page.evaluate(DROP, ["a.txt", "drop"])
    await ada.shows("#chat")
    assert await ada.page.evaluate(DROP, ["b.txt", "paste"])
    await opens(bo)
    for row, name in enumerate(("a.txt", "b.txt"), 1):
        download = await saved(bo, row)
        assert download.suggested_filename == name
        assert await content(download) == b"dropped"


async def test_keyboard_only_in_russian(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    url = daphne.url + call_path()
    ada, bo = await visit(url, locale="ru"), await visit(url, locale="ru")
    for person, name in ((ada, "Ада"), (bo, "Боря")):
        await person.join(name)
    await ada.sees_and_hears()
    await offers(ada, made(tmp_path, "лето.jpg", 1_500_000))
    await bo.says("#notice", "Ада отправляет вам 1 файл: лето.jpg. Он в чате.")
    await bo.page.keyboard.press("c")
    accept = bo.page.get_by_role("button", name="Принять: лето.jpg")
    await expect(accept).to_be_enabled()
    await bo.page.keyboard.press("Shift+Tab")
    await bo.page.keyboard.press("Shift+Tab")
    await bo.page.keyboard.press("Shift+Tab")
    await expect(accept).to_be_focused()
    async with bo.page.expect_download() as downloaded:
        await bo.page.keyboard.press("Enter")
    assert (await downloaded.value).suggested_filename == "лето.jpg"
    await expect(bo.page.get_by_role("link", name="Сохранить: лето.jpg")).to_be_focused()
    await bo.says("#said", "лето.jpg: 1,5 МБ, получено")
    await ada.says(ROW, "1,5 МБ, доставлено")


@pytest.mark.long
async def test_more_than_memory_should_hold(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    """It goes to the disk, and the call does not suffer."""
    ada, bo = await start_call(visit, *[daphne.url + call_path()] * 2)
    path = made(tmp_path, "huge.bin", 260_000_000)
    await offers(ada, path)
    await opens(bo)
    await bo.watch_picture()
    download = await saved(bo)
    assert sha256(Path(await download.path())) == sha256(path)
    assert await bo.longest_gap() < 1000


# Drop a file of so many bytes on the page; its SHA-256.
DROP_RANDOM = """(async (size) => {
  const bytes = new Uint8Array(size);
  for (let n = 0; n < size; n += 65536) crypto.getRandomValues(bytes.subarray(n, n + 65536));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], "fox.bin"));
  document.body.dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
  return window.hashOf(bytes);
})"""
# What the page gave an address to, and the SHA-256 of that.
KEEP_BLOBS = """void (() => {
  window.hashOf = async (data) => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  window.blobs = [];
  const { createObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    window.blobs.push(blob);
    return createObjectURL.call(URL, blob);
  };
})()"""


@pytest.mark.long
async def test_firefox_and_chromium(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    """Each way, the second with a reload of Firefox in the middle."""
    url = daphne.url + call_path()
    profile = tmp_path / "firefox"
    profile.mkdir()
    async with firefox(profile) as fox:
        await fox.goto(url)
        await fox.wait_for("!document.querySelector('#join').disabled")
        await fox.evaluate("document.querySelector('#join').click()")
        bo = await visit(url)
        await bo.join("Bo")
        await bo.sees_and_hears()
        await opens(bo)
        await fox.wait_for("document.querySelector('#file-attach[aria-disabled=false]')")
        await fox.evaluate(KEEP_BLOBS)
        expected = await fox.evaluate(f"{DROP_RANDOM}(9_000_000)")
        download = await saved(bo)
        assert download.suggested_filename == "fox.bin"
        assert sha256(Path(await download.path())) == expected
        await fox.wait_for("document.querySelector('#files [data-state=done]')")

        path = made(tmp_path, "chromium.bin", 9_000_000)
        await offers(bo, path)
        accept = "document.querySelector('[data-state=offered] [data-action=accept]')"
        await fox.wait_for(f"{accept} && !{accept}.hasAttribute('aria-disabled')")
        await fox.evaluate(f"{accept}.click()")
        await fox.wait_for("document.querySelector('[data-state=moving] progress')?.value > 0")
        await fox.reload()
        await bo.sees_and_hears()
        await fox.evaluate(KEEP_BLOBS)
        await fox.wait_for(f"{accept} && !{accept}.hasAttribute('aria-disabled')")
        await fox.evaluate(f"{accept}.click()")
        await fox.wait_for("window.blobs.length", timeout=120)
        assert await fox.evaluate("window.hashOf(await blobs[0].arrayBuffer())") == sha256(path)
        assert await fox.evaluate("blobs[0].type") == "application/octet-stream"
        await state(bo, "done", 2)
