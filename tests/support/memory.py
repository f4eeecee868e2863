"""What a process has in its memory (proc(5))."""

from pathlib import Path


def found_in_memory(pid: int, *texts: bytes) -> set[bytes]:
    """Those that stand somewhere in what it may write to."""
    found: set[bytes] = set()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights, *_, name = line.split(maxsplit=5)
            if "rw" not in rights or name.startswith("[v"):
                continue
            begin, end = (int(bound, 16) for bound in place.split("-"))
            memory.seek(begin)
            try:
                content = memory.read(end - begin)
            except OSError:  # given back meanwhile
                continue
            found |= {text for text in texts if text in content}
    return found
