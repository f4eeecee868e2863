"""Firefox with fake devices, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/)."""

import asyncio
import itertools
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.support.processes import Process, free_port

PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "app.update.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}
# Both browsers are on this machine: no need of mDNS names, which need a network.
SAME_MACHINE = {
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
}

# What Firefox says, now and then, of a socket that was open when a page was left (bug 712329), or
# that both sides close at once. What becomes of sockets is asserted of themselves.
NOT_THE_PAGES = "was interrupted while the page was loading"


def dial(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


class Firefox:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.context = ""
        self.errors: list[str] = []
        """What the console shows as such, once ``watch_console`` has asked for it."""
        self._ids = itertools.count()

    async def command(self, method: str, **params: Any) -> Any:
        """Send one command and return its result; those of the console's events are noted."""
        id = next(self._ids)
        await self.socket.send(json.dumps({"id": id, "method": method, "params": params}))
        while True:
            answer = json.loads(await self.socket.recv())
            if answer.get("method") == "log.entryAdded":
                self._note(answer["params"])
            if answer.get("id") == id:
                assert answer["type"] == "success", answer
                return answer["result"]

    def _note(self, entry: Mapping[str, Any]) -> None:
        # An error of a tab that was closed may come late.
        is_ours = entry["level"] == "error" and entry["source"].get("context") == self.context
        if is_ours and NOT_THE_PAGES not in entry["text"]:
            self.errors.append(entry["text"])

    @asynccontextmanager
    async def fresh_tab(self) -> AsyncIterator[None]:
        """Go on in a new tab, with no errors yet, and close it."""
        tab = await self.command("browsingContext.create", type="tab")
        before, self.context = self.context, tab["context"]
        self.errors = []
        yield
        closed, self.context = self.context, before
        await self.command("browsingContext.close", context=closed)

    async def goto(self, url: str) -> None:
        await self.command(
            "browsingContext.navigate", context=self.context, url=url, wait="complete"
        )

    async def reload(self) -> None:
        await self.command("browsingContext.reload", context=self.context, wait="complete")

    async def watch_console(self) -> None:
        await self.command("session.subscribe", events=["log.entryAdded"])

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression, as JSON; a promise is awaited."""
        answer = await self.command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({expression})) ?? null))()",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    async def press(self, key: str, *events: str) -> None:
        """A key of the keyboard, where the focus is: down and up, or one of both.

        What follows it may do what browsers let only a person do (HTML, "transient activation").
        """
        strokes = [{"type": event, "value": key} for event in events or ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": strokes}
        await self.command("input.performActions", context=self.context, actions=[keyboard])

    async def wait_for(self, expression: str, timeout: float = 30) -> Any:
        """Until an expression, looked at a few times a second, is true."""
        async with asyncio.timeout(timeout):
            return await self.evaluate(
                f"""(async () => {{
  for (;;) {{
    const value = await ({expression});
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }}
}})()"""
            )


@asynccontextmanager
async def firefox(
    profile: Path,
    preferences: Mapping[str, Any] = SAME_MACHINE,
    command: Sequence[str] = (),
    dial: Callable[[int], socket.socket] = dial,
) -> AsyncIterator[Firefox]:
    """Start Firefox with a profile in ``profile``.

    Behind a ``command`` like ``ip netns exec`` it needs a ``dial`` that reaches its port there.
    """
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "Firefox is missing: install it (make test does, on Debian)."
    every = {**PREFERENCES, **preferences}
    (profile / "user.js").write_text(
        "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in every.items())
    )
    port = free_port()
    process = Process(
        [
            *command, program, "--headless", "--no-remote", "--profile", str(profile),
            "--remote-debugging-port", str(port), "about:blank",
        ],
        {"HOME": str(profile)},
    )  # fmt: skip
    await process.start()
    try:
        await process.printed("WebDriver BiDi listening on", timeout=60)
        url = f"ws://127.0.0.1:{port}/session"
        async with connect(url, sock=dial(port), max_size=None, proxy=None) as session:
            browser = Firefox(session)
            await browser.command("session.new", capabilities={})
            tree = await browser.command("browsingContext.getTree")
            browser.context = tree["contexts"][0]["context"]
            yield browser
    finally:
        await process.kill()
