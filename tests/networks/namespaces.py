"""Network namespaces of this run: made, entered, and removed with everything that runs in them."""

import asyncio
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.processes import START_TIMEOUT, Process

CLONE_NEWNET = 0x40000000
PREFIX = "duet"
NAMES = Path("/run/netns")
# What `ip netns exec` shows to a program in place of the files of the same names in /etc.
FILES = Path("/etc/netns")


def run(*command: str, input: str | None = None) -> str:
    """Run a command to its end; what it complained of is in the error."""
    done = subprocess.run(command, input=input, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr or done.stdout}"
    return done.stdout


def setns(file: Path) -> None:
    """Bring this thread, and no other, into a namespace."""
    with file.open() as opened:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(opened.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {file}")


@contextmanager
def inside(name: str) -> Iterator[None]:
    """What is opened here, a socket or a device, is in that namespace for good.

    Nothing may be awaited in it: other tasks of this thread would be there, too.
    """
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        setns(NAMES / name)
        yield
    finally:
        setns(Path(f"/proc/self/fd/{own}"))
        os.close(own)


class Namespace:
    """One network stack. Its name has this process's id in it, so that two runs do not meet."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.name = f"{PREFIX}-{os.getpid()}-{label}"
        run("ip", "netns", "add", self.name)
        self._without_ipv6()
        self.ip("link set lo up")

    def _without_ipv6(self) -> None:
        """It is not tested; and its addresses, valid a second or two after a device is there,
        are a change of network to a browser, which gives up what it is loading.
        """
        with inside(self.name):
            for setting in Path("/proc/sys/net/ipv6/conf").glob("*/disable_ipv6"):
                setting.write_text("1")

    def command(self, *command: str) -> list[str]:
        """The command that runs another one in here."""
        return ["ip", "netns", "exec", self.name, *command]

    def ip(self, *lines: str) -> None:
        """Commands of iproute2, without the word ``ip``, in one go."""
        run("ip", "-n", self.name, "-batch", "-", input="\n".join(lines))

    def firewall(self, rules: str) -> None:
        """Replace all rules of nftables at once."""
        run(*self.command("nft", "-f", "-"), input=f"flush ruleset\n{rules}")

    def forward(self) -> None:
        """Be a router."""
        with inside(self.name):
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")

    def dial(self, port: int) -> socket.socket:
        """A connection to a program in here."""
        with inside(self.name):
            return socket.create_connection(("127.0.0.1", port))

    async def listens(self, program: Process, *ports: int) -> None:
        """Until a program in here accepts connections at these ports."""
        async with asyncio.timeout(START_TIMEOUT):
            for port in ports:
                while not await asyncio.to_thread(self._listens, port):
                    assert program.running, program.output
                    await asyncio.sleep(0.05)

    def _listens(self, port: int) -> bool:
        try:
            self.dial(port).close()
        except ConnectionRefusedError:
            return False
        return True

    def file(self, name: str, text: str) -> None:
        """Show the programs that run in here a file of their own in /etc."""
        path = FILES / self.name / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def remove(owner: int) -> None:
    """End what runs in the namespaces of a process, and delete them."""
    for name in _names(owner):
        for pid in run("ip", "netns", "pids", name).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        run("ip", "netns", "delete", name)
        shutil.rmtree(FILES / name, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove what runs left behind that were killed."""
    for owner in {int(name.split("-")[1]) for name in _names()}:
        if not Path(f"/proc/{owner}").exists():
            remove(owner)


def _names(owner: int | None = None) -> list[str]:
    pattern = rf"{PREFIX}-{owner or '[0-9]+'}-[a-z-]+"
    found = sorted(path.name for path in NAMES.iterdir()) if NAMES.exists() else []
    return [name for name in found if re.fullmatch(pattern, name)]
