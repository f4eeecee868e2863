"""What uvicorn leaves to be done. Under another ASGI server nothing happens."""

import logging

from calls.operations.logs import hide_rooms_in


def complete() -> None:
    """Hide rooms in the lines that uvicorn logs."""
    # Not by settings.LOGGING: naming these loggers there would take their handlers away.
    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).addFilter(hide_rooms_in)
