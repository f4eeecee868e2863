"""What Daphne leaves to be done, added to it without a server of our own.

``daphne config.asgi:application`` imports the application before it builds its server, so
changing the classes here reaches it. Under another ASGI server nothing happens.
"""

import asyncio
import logging
import os
import sys
import threading
import time
from functools import partial
from typing import Any

from django.conf import settings

from calls.drain import drain, in_turn, let_arrivals_ask
from calls.errors import CloseCode
from calls.operations.call_log import FLUSH_TIMEOUT, call_log
from calls.operations.floods import Floods
from calls.operations.logs import shown
from calls.protocol import MAX_FRAME_BYTES
from calls.servers.bodies import TOO_LARGE
from calls.servers.bounds import MAX_UNSENT_BYTES, Budget, HeadersDeadline
from calls.worker import is_one_of_several

logger = logging.getLogger("calls")
# Where lines of the log are JSON; Daphne's own access log is no logger's.
access_logger = logging.getLogger("daphne.access")

# Seconds a client has to answer a close frame.
CLOSE_TIMEOUT = 10.0

# Seconds, after those that sockets may be closed in (DRAIN_SECONDS): what has not finished after
# the first is cancelled; what still hangs after the second is left behind.
FINISH_AFTER, EXIT_AFTER = 1.0, 3.0


def complete(floods: Floods) -> None:
    """Add what is missing, once, if this process runs Daphne."""
    if "daphne.server" in sys.modules:
        _close_with_a_reason()
        _drop_who_does_not_read()
        _read_within_a_budget()
        _refuse_bodies()
        _limit_time_for_headers()
        _ignore_some_headers()
        _tidy_access_log(floods)
        _shut_down_gracefully()
        _skip_what_nobody_reads()
        _leave_no_cycles()


def _close_with_a_reason() -> None:
    """Let clients learn why they are closed: 1009 for a large frame, our codes on slow networks."""
    from daphne.ws_protocol import WebSocketFactory  # noqa: PLC0415

    original = WebSocketFactory.setProtocolOptions

    def set_protocol_options(self: Any, **options: Any) -> None:
        # Left alone, autobahn drops the connection of who sends too much, and a second after
        # a close frame every other: what was not read by then is lost, and the client sees 1006.
        original(
            self,
            **options
            | {
                "failByDrop": False,
                "closeHandshakeTimeout": CLOSE_TIMEOUT,
                "maxMessagePayloadSize": MAX_FRAME_BYTES,
                "maxFramePayloadSize": MAX_FRAME_BYTES,
            },
        )

    WebSocketFactory.setProtocolOptions = set_protocol_options


def _drop_who_does_not_read() -> None:
    """End a connection with too much waiting to be sent: Daphne would keep it all in memory.

    Whatever it is: a pong goes out without a consumer. Sending to one that has ended is an
    ``OSError``, as ASGI wants it (version 2.4).
    """
    from autobahn.exception import Disconnected  # noqa: PLC0415
    from daphne.ws_protocol import WebSocketProtocol  # noqa: PLC0415

    send_data, server_send = WebSocketProtocol.sendData, WebSocketProtocol.serverSend

    def bounded_send_data(
        self: Any, data: bytes, sync: bool = False, chopsize: int | None = None
    ) -> None:
        if _unsent(self.transport) > MAX_UNSENT_BYTES:
            # Not autobahn's own way, which changes the state under whoever sends this.
            self.transport.abortConnection()
        elif sync or chopsize or self.send_queue:
            send_data(self, data, sync, chopsize)
        else:
            self.transport.write(data)  # as it would, without statistics that nobody reads

    def asgi_server_send(self: Any, content: Any, binary: bool = False) -> None:
        try:
            server_send(self, content, binary)
        except Disconnected as error:
            raise ConnectionResetError from error

    WebSocketProtocol.sendData = bounded_send_data
    WebSocketProtocol.serverSend = asgi_server_send


def _unsent(transport: Any) -> int:
    """The bytes that wait for a client; Twisted keeps them here (twisted.internet.abstract)."""
    waiting: int = getattr(transport, "_tempDataLen", 0) - getattr(transport, "offset", 0)
    return waiting + len(getattr(transport, "dataBuffer", b""))


def _read_within_a_budget() -> None:
    """Read no faster than a client may ask; what has been read already waits, too."""
    from daphne.ws_protocol import WebSocketProtocol  # noqa: PLC0415

    made, on_close = WebSocketProtocol.connectionMade, WebSocketProtocol.onClose
    on_frame_begin = WebSocketProtocol.onFrameBegin
    data_received = WebSocketProtocol.dataReceived

    def hold(self: Any) -> None:
        self.processData = _not_now  # which autobahn calls until there is nothing to be done
        self.transport.pauseProducing()

    def resume(self: Any) -> None:
        del self.processData
        self.transport.resumeProducing()
        self.consumeData()

    def begin(self: Any) -> None:
        self.budget = Budget(partial(resume, self))
        made(self)

    def end(self: Any, *args: Any) -> None:
        self.budget.close()
        on_close(self, *args)

    def receive(self: Any, data: bytes) -> None:
        self.budget.charge_read()
        if self.budget.is_spent():
            hold(self)
        data_received(self, data)

    def charge(self: Any) -> None:
        self.budget.charge(self.current_frame.length)
        on_frame_begin(self)
        if self.budget.is_spent():
            hold(self)

    WebSocketProtocol.connectionMade, WebSocketProtocol.onClose = begin, end
    WebSocketProtocol.dataReceived, WebSocketProtocol.onFrameBegin = receive, charge


def _not_now() -> bool:
    return False


def _refuse_bodies() -> None:
    """Refuse bodies before they come: Twisted would store them, and Daphne read them at once.

    And end whoever asks on and reads no answers: Twisted would keep them all.
    """
    from daphne.http_protocol import WebRequest  # noqa: PLC0415

    got_length, process = WebRequest.gotLength, WebRequest.process
    handle_content_chunk = WebRequest.handleContentChunk

    def bodiless(self: Any, length: int | None) -> None:
        got_length(self, 0)
        channel = self.channel
        deaf = _unsent(channel.transport) > MAX_UNSENT_BYTES
        self.refused = deaf or length != 0
        if not self.refused:
            return
        self.requestHeaders.removeHeader(b"expect")  # nothing more is asked for
        if deaf:
            channel.transport.abortConnection()
        else:
            channel.transport.write(TOO_LARGE)
            channel.loseConnection()

    def skip(self: Any, data: bytes) -> None:
        if not self.refused:
            handle_content_chunk(self, data)

    def process_others(self: Any) -> Any:
        return None if self.refused else process(self)

    WebRequest.gotLength, WebRequest.process = bodiless, process_others
    WebRequest.handleContentChunk = skip


def _limit_time_for_headers() -> None:
    """End connections that ask for nothing, or too slowly: Twisted waits for the next byte only.

    Between two requests a connection may be idle for as long as Twisted lets it.
    """
    from twisted.web import http  # noqa: PLC0415

    http.H2_ENABLED = False  # it would know nothing of these limits
    channel: Any = http.HTTPChannel
    made, received = channel.connectionMade, channel.allHeadersReceived
    data_received, lost = channel.dataReceived, channel.connectionLost

    def connection_made(self: Any) -> None:
        made(self)
        self.deadline = HeadersDeadline(self.transport.abortConnection)

    def some_received(self: Any, data: bytes) -> None:
        if not self._handlingRequest:
            self.deadline.begin()
        data_received(self, data)

    def all_headers_received(self: Any) -> None:
        self.deadline.end()
        received(self)

    def connection_lost(self: Any, reason: Any) -> None:
        self.deadline.end()
        lost(self, reason)

    channel.connectionMade, channel.connectionLost = connection_made, connection_lost
    channel.dataReceived, channel.allHeadersReceived = some_received, all_headers_received


def _ignore_some_headers() -> None:
    """Take no notice of what Daphne would believe, or stumble over.

    Whoever asks does not say where the application is; subprotocols are ASCII (RFC 6455, 4.1).
    """
    from daphne.http_protocol import WebRequest  # noqa: PLC0415

    process = WebRequest.process

    def process_the_rest(self: Any) -> Any:
        self.requestHeaders.removeHeader(b"daphne-root-path")
        protocols = self.requestHeaders.getRawHeaders(b"sec-websocket-protocol", [])
        if not all(map(bytes.isascii, protocols)):
            self.requestHeaders.removeHeader(b"sec-websocket-protocol")
        return process(self)

    WebRequest.process = process_the_rest


def _tidy_access_log(floods: Floods) -> None:
    """Keep room names and floods out of the access log, which is no logger's."""
    from daphne.server import Server  # noqa: PLC0415

    original = Server.log_action

    def log_action(self: Any, protocol: Any, action: str, details: dict[str, Any]) -> None:
        def path() -> str:
            return shown(str(details.get("path", "")))

        if not floods.admits((protocol, action), lambda: f"{protocol} {action} {path()}"):
            return
        if settings.LOG_FORMAT == "text":
            original(self, protocol, action, details | {"path": path()})
        elif self.action_logger:
            _log_access(details.get("method", f"WS {action}"), details.get("path"), details)

    Server.log_action = log_action


def _log_access(what: str, path: Any, details: dict[str, Any]) -> None:
    """Rooms are hidden where all loggers have them hidden."""
    known = {"client": details["client"], "status": details.get("status")}
    access_logger.info("%s %s", what, path, extra={**known, "bytes": details.get("size")})


def _skip_what_nobody_reads() -> None:
    """Spare every message what autobahn does for listeners and log lines that do not exist.

    It colours names for its debug log on every read and write, whether or not there is such a
    log, and fires an event for each message: together more than a third of a relay's time. And it
    lays out its settings for that log at every connection: a sixth of a join.
    """
    from autobahn.twisted import websocket  # noqa: PLC0415
    from autobahn.websocket import protocol  # noqa: PLC0415
    from daphne.ws_protocol import WebSocketProtocol  # noqa: PLC0415

    for module in (protocol, websocket):
        vars(module).update(dict.fromkeys(("hltype", "hlval", "pformat"), _as_it_is))

    def on_message_end(self: Any) -> None:
        if not self.failedByMe:
            self.onMessage(b"".join(self.message_data), self.message_is_binary)
        self.message_data = None

    WebSocketProtocol.onMessageEnd = on_message_end


def _as_it_is(value: object) -> object:
    return value


def _leave_no_cycles() -> None:
    """Let closed WebSockets be freed at once.

    Each would be a hundred objects for Python's collector, which stops everything while it looks
    for them: where sockets come and go fast, for a tenth of a second at a time.
    """
    from daphne.http_protocol import WebRequest  # noqa: PLC0415
    from daphne.ws_protocol import WebSocketProtocol  # noqa: PLC0415

    process, lost = WebRequest.process, WebSocketProtocol.connectionLost

    def process_and_part(self: Any) -> Any:
        found = process(self)
        if self.transport is None:  # it was handed over to a WebSocket
            self.channel.requests.clear()
        return found

    def connection_lost(self: Any, *reason: Any) -> None:
        lost(self, *reason)
        self.is_closed = None  # fired with this protocol, which it keeps

    WebRequest.process, WebSocketProtocol.connectionLost = process_and_part, connection_lost


def _shut_down_gracefully() -> None:
    """On SIGTERM and SIGINT: close sockets with 4012, let every consumer clean up, exit 0.

    Daphne cancels its applications instead, without closing a socket or telling a consumer,
    and fails with ``KeyError`` when a connection has just been opened or has just ended.
    """
    from daphne.server import Server  # noqa: PLC0415
    from twisted.internet.defer import Deferred  # noqa: PLC0415

    def kill_all_applications(self: Any) -> Any:
        # A thread that hangs (a blocked DNS query is enough) would keep the interpreter
        # from exiting for ever.
        watchdog = threading.Timer(settings.DRAIN_SECONDS + EXIT_AFTER, os._exit, (0,))
        watchdog.daemon = True
        watchdog.start()
        return Deferred.fromFuture(asyncio.ensure_future(_finish(self)))

    listen_success = Server.listen_success

    def remember_the_port(self: Any, port: Any) -> None:
        vars(self).setdefault("duet_ports", []).append(port)
        listen_success(self, port)

    Server.kill_all_applications = kill_all_applications
    Server.listen_success = remember_the_port


async def _finish(server: Any) -> None:
    """Let nobody new in, end what is open, wait for what runs. Does not raise."""
    end = time.monotonic() + settings.DRAIN_SECONDS + FINISH_AFTER
    try:
        if is_one_of_several():
            # The others let people in.
            _stop_listening(server)
            await let_arrivals_ask()
        drain.is_on = True
        sockets = [one for one in list(server.connections) if _is_open(one)]
        logger.info(
            "Going down: %d sockets closed, %d applications end",
            len(sockets),
            len(_running(server)),
        )
        async for protocol in in_turn(sockets, settings.DRAIN_SECONDS):
            if _is_open(protocol):
                # Who does not answer must leave its consumer the time to clean up.
                protocol.closeHandshakeTimeout = (end - time.monotonic()) / 2
                protocol.sendClose(int(CloseCode.GOING_DOWN))
        await _ended(server, end)
        await asyncio.to_thread(call_log.flush, FLUSH_TIMEOUT)
        # Only now: until then whoever asks is told that this process is not ready.
        _stop_listening(server)
    except Exception:
        logger.exception("Going down: not everything could be closed")


def _stop_listening(server: Any) -> None:
    for port in server.duet_ports:
        port.stopListening()
    server.duet_ports.clear()


async def _ended(server: Any, end: float) -> None:
    """Wait until every application has ended; at ``end``, monotonic time, they are cancelled."""
    while running := _running(server):
        left = end - time.monotonic()
        if left <= 0:
            for late in running:
                late.cancel()
            logger.warning("Going down: %d applications did not end in time", len(running))
            await asyncio.wait(running, timeout=1)
            return
        await asyncio.wait(running, timeout=left)


def _is_open(protocol: Any) -> bool:
    """Whether it is a WebSocket that is not closed or closing."""
    return bool(getattr(protocol, "state", None) == getattr(protocol, "STATE_OPEN", 0))


def _running(server: Any) -> list[Any]:
    """The applications of all connections that have not ended."""
    found = (details.get("application_instance") for details in server.connections.values())
    return [one for one in found if one is not None and not one.done()]
