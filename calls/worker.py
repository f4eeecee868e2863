"""One of several processes on one port (``manage.py serve``): which it is, and until when."""

import os
import signal
import threading

# By what the supervisor tells a worker its number, from 1 on, and the descriptors of two sockets:
# one by which the two notice each other, and one for whoever asks for this worker alone (0: none).
# It is not an operator's to set.
VARIABLE = "DUET_WORKER"
READY = b"ready"


def environment(number: int, lifeline: int, own_listener: int) -> dict[str, str]:
    """What a worker is started with."""
    return {VARIABLE: f"{number}:{lifeline}:{own_listener}"}


def _told() -> tuple[int, int, int]:
    number, lifeline, own_listener = map(int, os.environ.get(VARIABLE, "0:0:0").split(":"))
    return number, lifeline, own_listener


def number() -> int:
    """This worker's; 0 if this process serves alone."""
    return _told()[0]


def own_listener() -> int:
    """The descriptor of a socket that is only this worker's; 0 without one."""
    return _told()[2]


def is_one_of_several() -> bool:
    """Whether others go on accepting connections at this process's port."""
    return number() > 0


def begin() -> None:
    """Tell the supervisor that this worker can serve, and end with it."""
    if is_one_of_several():
        lifeline = _told()[1]
        os.write(lifeline, READY)
        threading.Thread(target=_end_with, args=[lifeline], name="lifeline", daemon=True).start()


def _end_with(lifeline: int) -> None:
    # Nothing ever comes: the end of file is the supervisor's end, whatever ended it.
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
