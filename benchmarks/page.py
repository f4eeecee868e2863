"""What a visitor waits for: the page, and the other's picture after pressing "Join".

Real browsers against a daphne process with collected files, as it is deployed.
"""

import asyncio
import json
import shutil
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.servers import NODE, npm
from tests.support.browsers import Person, chromium_args
from tests.support.deployed import deployed
from tests.support.processes import clean_environment
from tests.support.visits import call_path, whole_link

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
LIGHTHOUSE = "lighthouse@13.5.0"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
ALONE = "performance by processor time"
CALLS = 20
VISITS = 9
FULL_RATE = chromium_args("fps=20")

# Notes in every page when what happened for the first time, in milliseconds of the Unix epoch.
MARKS = """
window.marks = {};
const mark = (name) => { window.marks[name] ??= performance.timeOrigin + performance.now(); };
addEventListener("submit", () => mark("pressed"), { capture: true });
window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    this.addEventListener("open", () => mark("socket open"));
    this.addEventListener("message", ({ data }) => mark(`got ${JSON.parse(data).type}`));
  }
  send(data) {
    mark(`sent ${JSON.parse(data).type}`);
    super.send(data);
  }
};
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) {
    super(...args);
    this.addEventListener("connectionstatechange", () => mark(this.connectionState));
  }
};
addEventListener("DOMContentLoaded", () => {
  document.querySelector("#remote-video").requestVideoFrameCallback(() => mark("first frame"));
});
"""
# All of these have been asked for and have come.
CAME = """(addresses) => {
  const came = new Set(performance.getEntriesByType("resource").map(({ name }) => name));
  return addresses.every((address) => came.has(address));
}"""
SEEN = "() => 'first frame' in window.marks"
READY = "() => document.querySelector('#preview-video').videoWidth > 0"


async def visit(browser: Browser, url: str) -> Person:
    async def mark(page: Page) -> None:
        await page.add_init_script(MARKS)

    context = await browser.new_context()
    person = await Person.at(context, url, mark)
    await person.page.wait_for_function(READY)
    return person


async def one_call(browser: Browser, url: str) -> dict[str, float]:
    """Milliseconds after the second person's press, step by step; ``url``: of the call."""
    ada, bo = [await visit(browser, url) for _ in range(2)]
    await ada.join("Ada")
    await ada.phase("waiting")
    await bo.join("Bo")
    for person in (ada, bo):
        await person.page.wait_for_function(SEEN)
    theirs, own = [await person.page.evaluate("() => window.marks") for person in (ada, bo)]
    for person in (ada, bo):
        await person.page.context.close()
    steps = {
        "socket open": own["socket open"],
        "welcome": own["got welcome"],
        "the other has sent the answer": theirs["sent answer"],
        "connected": own["connected"],
        "first frame": own["first frame"],
        "first frame at the other": theirs["first frame"],
    }
    return {name: at - own["pressed"] for name, at in steps.items()}


async def calls(browser: Browser, url: str) -> dict[str, dict[str, float]]:
    """Median and worst of every step, by the whole link and by the room's name alone, in turns."""
    whole, bare = [], []
    for _ in range(CALLS):
        whole.append(await one_call(browser, url + whole_link()))
        bare.append(await one_call(browser, url + call_path()))
    return {
        name: {
            "median": statistics.median(each[name] for each in whole),
            "worst": max(each[name] for each in whole),
            "median without": statistics.median(each[name] for each in bare),
        }
        for name in whole[0]
    }


async def weight(browser: Browser, url: str) -> dict[str, Any]:
    """Bytes and requests of a first visit, with nothing cached: what is waited for, and later."""
    context = await browser.new_context()
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    asked: dict[str, str] = {}
    # What comes from the cache, to be imported, is a request without bytes to the same address.
    sizes: dict[str, float] = {}

    def finished(event: dict[str, Any]) -> None:
        address = asked[event["requestId"]]
        sizes[address] = sizes.get(address, 0) + event["encodedDataLength"]

    devtools.on(
        "Network.requestWillBeSent",
        lambda event: asked.update({event["requestId"]: event["request"]["url"]}),
    )
    devtools.on("Network.loadingFinished", finished)
    await devtools.send("Network.enable")
    await page.goto(url + call_path())
    named = json.loads(await page.locator("#later").text_content() or "")
    await page.wait_for_function(CAME, arg=[url + each for each in named])
    await page.wait_for_load_state("networkidle")
    await context.close()
    later = {address for address in sizes if address.removeprefix(url) in named}
    others = {each for each in asked.values() if not each.startswith((url, "data:", "blob:"))}
    return {
        "requests": len(sizes) - len(later),
        "bytes": sum(sizes[address] for address in sizes.keys() - later),
        "later requests": len(later),
        "later bytes": sum(sizes[address] for address in later),
        "requests to others": len(others),
    }


async def output_of(command: list[str]) -> bytes:
    # Lighthouse now and then fails to record its trace, and then says itself: run it again.
    for _ in range(3):
        child = await asyncio.create_subprocess_exec(
            *command,
            env=clean_environment({"CHROME_PATH": CHROMIUM}),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await child.communicate()
        if child.returncode == 0:
            return output
    raise AssertionError(f"{command} has failed three times")


def by_processor_time(trace: Path) -> None:
    """Has every task of a trace take what its thread ran, and not what it waited for a core."""
    recorded = json.loads(trace.read_bytes())
    for event in recorded["traceEvents"]:
        if "tdur" in event:
            event["dur"] = min(event["dur"], event["tdur"])
    trace.write_text(json.dumps(recorded))


async def lighthouse(url: str, preset: str) -> dict[str, float]:
    """Lighthouse's scores (0 to 100), and what that of performance is made of, in ms.

    That no search engine is to list a call is meant, and counts for nothing. The browser shares
    its cores with the server, the camera and Lighthouse: ``ALONE`` is what the same visit is worth
    without the time that the page's thread waited for a core.
    """
    # The camera is drawn by the cores that draw the page, of which a real one takes little.
    flags = ["--headless=new", *chromium_args()]
    command = [
        NODE, npm("lighthouse", LIGHTHOUSE), url, "--quiet", "--output=json",
        f"--only-categories={','.join(CATEGORIES)}", "--skip-audits=is-crawlable",
        f"--chrome-flags={' '.join(flags)}",
        *(["--preset=desktop"] if preset == "desktop" else []),
    ]  # fmt: skip
    with TemporaryDirectory() as folder:
        report = json.loads(await output_of([*command, f"-GA={folder}"]))
        by_processor_time(Path(folder) / "trace.json")
        alone = json.loads(await output_of([*command, f"--audit-mode={folder}"]))
    audits = {
        "first contentful paint": "first-contentful-paint",
        "largest contentful paint": "largest-contentful-paint",
        "time to interactive": "interactive",
        "total blocking time": "total-blocking-time",
        "layout shift": "cumulative-layout-shift",
    }
    values = {name: report["audits"][id]["numericValue"] for name, id in audits.items()}
    scores = {name: report["categories"][name]["score"] * 100 for name in CATEGORIES}
    return scores | {ALONE: alone["categories"]["performance"]["score"] * 100} | values


async def measure() -> dict[str, Any]:
    """All of it."""
    async with deployed() as server:
        url = server.url
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FULL_RATE)
            await one_call(browser, url + whole_link())  # the browser's own first time is nobody's
            found: dict[str, Any] = {
                "calls": await calls(browser, url), "weight": await weight(browser, url),
                "lighthouse": {},
            }  # fmt: skip
            await browser.close()
        for page, path in {"home page": "/", "call page": call_path()}.items():
            for preset in ("mobile", "desktop"):
                runs = [await lighthouse(url + path, preset) for _ in range(VISITS)]
                found["lighthouse"][f"{page}, {preset}"] = {
                    name: statistics.median(each[name] for each in runs) for name in runs[0]
                }
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure()), indent=2))
