"""Keeps Python's garbage collector from walking every open socket again and again.

Now and then the collector looks at all there is, which takes the longer the more people are
connected, and nothing is relayed meanwhile. What has survived that once, the program itself and
the sockets that stay open, is therefore set aside (``gc.freeze``). A socket that closes is freed
without it (``calls.servers``); of one that did not end as most do something may be left, which
can then only be found among what was set aside. So after very many, and as many as are still
open, it is all looked at once more. The cost of a socket then does not depend on how many others
there are.
"""

import gc
from collections.abc import Mapping

# So many have closed before all is looked at, which takes a tenth of a second: whoever opens and
# closes sockets without end does not have it happen every second.
CLOSED = 50_000

_open = _closed = 0


def set_aside() -> None:
    """Set aside what there is now, and from now on whatever survives a full collection."""
    gc.collect()
    gc.freeze()
    gc.callbacks.append(_collected)


def _collected(phase: str, info: Mapping[str, int]) -> None:
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


def socket_opened() -> None:
    """Count a socket."""
    global _open  # noqa: PLW0603
    _open += 1


def socket_closed() -> None:
    """Count it off; now and then let the collector see everything."""
    global _open, _closed  # noqa: PLW0603
    _open -= 1
    _closed += 1
    if _closed >= max(CLOSED, _open):
        _closed = 0
        gc.unfreeze()
