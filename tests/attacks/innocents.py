"""Two people in a call, in a process of their own: how long their messages take.

``python -m tests.attacks.innocents SECONDS SERVER SERVER``: prints a JSON list of
``[when, milliseconds]``, ``when`` in seconds of the machine's monotonic clock.
"""

import asyncio
import json
import sys
import time

from tests.support.peers import in_a_call

# Seconds between two messages: as when candidates trickle.
EVERY = 0.03


async def measure(seconds: float, *servers: str) -> list[tuple[float, float]]:
    one, other = await in_a_call(*servers)
    sys.stdout.write("in a call\n")
    sys.stdout.flush()
    found = []
    end = time.monotonic() + seconds
    while (begun := time.monotonic()) < end:
        await one.send("ice", candidate={"candidate": str(begun)})
        await other.expect("ice", candidate={"candidate": str(begun)})
        took = time.monotonic() - begun
        found.append((begun, 1000 * took))
        await asyncio.sleep(max(0.0, EVERY - took))
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure(float(sys.argv[1]), *sys.argv[2:]))) + "\n")
