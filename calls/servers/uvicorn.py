"""What uvicorn leaves to be done, added to it. Under another ASGI server nothing happens."""

import asyncio
import contextlib
import logging
import socket
import sys
from functools import partial
from importlib import import_module
from typing import Any

from django.conf import settings

from calls import worker
from calls.drain import drain, in_turn, let_arrivals_ask
from calls.operations.call_log import FLUSH_TIMEOUT, call_log
from calls.servers.bounds import MAX_UNSENT_BYTES, Budget, HeadersDeadline

# Bytes that are taken apart at a time where they may be too many frames.
SLICE = 2048
# Bytes of further requests that may wait for the answer to one.
MAX_WAITING = 65_536


def complete() -> None:
    """Add what is missing, once, if this process runs uvicorn."""
    if "uvicorn" not in sys.modules:
        return
    http = import_module("uvicorn.protocols.http.h11_impl")
    completed = {http.H11Protocol}
    # Not yet loaded: uvicorn comes to them after the application.
    with contextlib.suppress(ImportError):
        websockets = import_module("uvicorn.protocols.websockets.websockets_sansio_impl")
        _read_within_a_budget(websockets.WebSocketsSansIOProtocol, websockets.Frame)
        _drop_who_does_not_read(websockets.WebSocketsSansIOProtocol)
        logging.getLogger("uvicorn.error").addFilter(_is_the_servers_own)
        completed.add(websockets.WebSocketsSansIOProtocol)
    _limit_time_for_headers(http.H11Protocol)
    _end_who_does_not_wait(http.H11Protocol)
    server = import_module("uvicorn.server").Server
    _start_with_nothing_else(server, completed)
    _listen_at_its_own_port_too(server)
    _drain(server)


def _listen_at_its_own_port_too(server: Any) -> None:
    """Accept what comes to the socket that only this worker has, as well as what comes to all."""
    startup = server.startup

    async def startup_with_both(self: Any, *args: Any, **kwargs: Any) -> None:
        own = worker.own_listener()
        if own:
            kwargs["sockets"] = [socket.socket(fileno=one) for one in (self.config.fd, own)]
        await startup(self, *args, **kwargs)

    server.startup = startup_with_both


def _drain(server: Any) -> None:
    """On SIGTERM: say that this process is not ready, and close one socket after the other."""
    shutdown = server.shutdown
    invalid_state = import_module("websockets.exceptions").InvalidState

    async def drain_and_shut_down(self: Any, *args: Any, **kwargs: Any) -> None:
        if worker.is_one_of_several():
            # The others let people in.
            for listener in self.servers:
                listener.close()
            await let_arrivals_ask()
        drain.is_on = True
        connections = self.server_state.connections
        sockets = [one for one in connections if hasattr(one, "handshake_complete")]
        async for protocol in in_turn(sockets, settings.DRAIN_SECONDS):
            if protocol in connections and not protocol.close_sent:
                with contextlib.suppress(invalid_state):  # the client is closing it
                    protocol.shutdown()
                # Or it would be closed again with the rest, which is an error.
                protocol.close_sent = True
        await shutdown(self, *args, **kwargs)
        await asyncio.to_thread(call_log.flush, FLUSH_TIMEOUT)

    server.shutdown = drain_and_shut_down


def _end_who_does_not_wait(protocol: Any) -> None:
    """End a connection that asks on and on while it is answered.

    uvicorn stops reading then, and goes on whenever the application listens for the client's going.
    """
    data_received = protocol.data_received

    def bounded_data_received(self: Any, data: bytes) -> None:
        data_received(self, data)
        waiting, _ = self.conn.trailing_data
        if len(waiting) > MAX_WAITING:
            self.transport.abort()

    protocol.data_received = bounded_data_received


def _start_with_nothing_else(server: Any, completed: set[Any]) -> None:
    """End the start where what speaks HTTP and WebSocket is not what was completed here."""
    startup = server.startup

    async def startup_with_limits(self: Any, *args: Any, **kwargs: Any) -> None:
        if {self.config.http_protocol_class, self.config.ws_protocol_class} != completed:
            sys.exit(
                "Configuration error: what clients may ask of uvicorn has limits only where it is "
                "started with --http h11 --ws websockets-sansio."
            )
        await startup(self, *args, **kwargs)

    server.startup = startup_with_limits


def _is_the_servers_own(record: logging.LogRecord) -> bool:
    """Text that is no UTF-8 is a client's mistake, told it by 1007: no traceback for that."""
    return not str(record.msg).startswith("Invalid UTF-8")


def _read_within_a_budget(protocol: Any, frame: type[Any]) -> None:
    """Read no faster than a client may ask; what has been read already waits, too."""
    made, lost = protocol.connection_made, protocol.connection_lost
    received, handled = protocol.data_received, protocol.handle_events

    def connection_made(self: Any, transport: Any) -> None:
        self.budget = Budget(partial(resume, self))
        made(self, transport)

    def connection_lost(self: Any, error: Exception | None) -> None:
        self.budget.close()
        self.unread = b""
        lost(self, error)

    def data_received(self: Any, data: bytes) -> None:
        self.budget.charge_read()
        if not self.unread and self.budget.covers(len(data)):
            received(self, data)
            return
        self.unread = bytearray(self.unread + data)
        take(self)

    def handle_events(self: Any) -> None:
        # The first event is the request.
        lengths = [len(event.data) for event in self.conn.events if isinstance(event, frame)]
        self.budget.charge(sum(lengths), len(lengths))
        handled(self)

    def take(self: Any) -> None:
        while self.unread and not self.budget.is_spent():
            part = bytes(self.unread[:SLICE])
            del self.unread[:SLICE]
            received(self, part)
        if self.unread:
            self.transport.pause_reading()
            # Or uvicorn would read on as soon as the messages are taken that wait.
            self.read_paused = False

    def resume(self: Any) -> None:
        take(self)
        if self.unread:
            return
        self.read_paused = not self.queue.empty()
        if not self.read_paused:
            self.transport.resume_reading()

    protocol.unread = b""
    protocol.connection_made, protocol.connection_lost = connection_made, connection_lost
    protocol.data_received, protocol.handle_events = data_received, handle_events


def _drop_who_does_not_read(protocol: Any) -> None:
    """End a connection with too much waiting to be sent.

    Messages wait until they can be sent; a pong is sent without asking.
    """
    handle_ping = protocol.handle_ping

    def bounded_handle_ping(self: Any) -> None:
        if self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.transport.abort()
        else:
            handle_ping(self)

    protocol.handle_ping = bounded_handle_ping


def _limit_time_for_headers(protocol: Any) -> None:
    """End connections that ask for nothing, or too slowly: uvicorn waits for the first request.

    Between two requests a connection may be idle for as long as uvicorn lets it.
    """
    made, lost = protocol.connection_made, protocol.connection_lost
    data_received, handle_events = protocol.data_received, protocol.handle_events

    def connection_made(self: Any, transport: Any) -> None:
        made(self, transport)
        self.deadline = HeadersDeadline(transport.abort)

    def some_received(self: Any, data: bytes) -> None:
        if self.cycle and self.cycle.response_complete:
            self.deadline.begin()
        data_received(self, data)

    def end_with_a_request(self: Any) -> None:
        before = self.scope
        handle_events(self)
        if self.scope is not before:
            self.deadline.end()

    def connection_lost(self: Any, error: Exception | None) -> None:
        self.deadline.end()
        lost(self, error)

    protocol.connection_made, protocol.connection_lost = connection_made, connection_lost
    protocol.data_received, protocol.handle_events = some_received, end_with_a_request
