"""Documents with measured parts: what stands between two marks is written by a program."""

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """What the figures were measured on."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
        f"{f' ({cpu[1]})' if cpu else ''}, Python {platform.python_version()}"
    )


def put(document: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name: begin -->`` and ``<!-- name: end -->``."""
    begin, end = (f"<!-- {name}: {mark} -->" for mark in ("begin", "end"))
    old = document.read_text()
    assert begin in old, f"{document} has no {begin}"
    head, _, rest = old.partition(begin)
    _, _, tail = rest.partition(end)
    document.write_text(f"{head}{begin}\n{text}\n{end}{tail}")
