"""The call's WebSocket: takes a seat for its peer and relays to the other one.

``Call`` is one socket's part in one room. What a client sends is parsed once into a typed
message (``calls.protocol``); what goes wrong is raised as a ``CallError`` anywhere below and
turned into frames and close codes in one place, ``_report``.
"""

import asyncio
import contextlib
import logging
import re
import secrets
import time
from typing import Any

import msgspec
from channels.exceptions import ChannelFull
from django.conf import settings

from calls import protocol, tokens, turn
from calls.errors import (
    AlreadyJoined,
    BadRoom,
    BinaryFrame,
    CallEnded,
    CallError,
    CloseCode,
    InternalError,
    JoinTimeout,
    NotJoined,
    PeerUnreachable,
    ProtocolError,
    RateLimited,
    RoomFull,
    SeatLost,
    TakenOver,
    TooManyErrors,
    TooManyMessages,
    Unavailable,
    UnsupportedVersion,
)
from calls.layers import Message
from calls.limits import TokenBucket
from calls.liveness import is_alive
from calls.redis_client import UNAVAILABLE
from calls.rooms import Entry, Full, Late, Rooms, Seat, get_rooms
from calls.sockets import SocketConsumer

logger = logging.getLogger(__name__)

# A client that sends nonsense is told so this often at once, and once in ten seconds after.
ERROR_RATE, ERROR_BURST = 0.1, 10
# Seconds until a seat whose grace should be over is looked at again.
EXPIRE_AGAIN = 2.0

_valid_room = re.compile(protocol.ROOM_PATTERN).fullmatch


class CallConsumer(SocketConsumer):
    """One peer's socket. Its life: connect, join, relay, and leave or drop."""

    rooms: Rooms
    room: str
    seat: Seat | None = None
    """The seat this socket holds; None before the join, and after it was lost or left."""
    peer: Seat | None = None
    """The holder of the other seat, as this socket's client was last told."""
    seq = 0
    closing = False

    # -- The socket ------------------------------------------------------------------------

    async def connect(self) -> None:
        self.rooms = get_rooms()
        self.room = self.scope["url_route"]["kwargs"]["room"]
        now = time.monotonic()
        self.messages = TokenBucket(settings.MESSAGE_RATE, settings.MESSAGE_BURST, now)
        self.errors = TokenBucket(ERROR_RATE, ERROR_BURST, now)
        self.join_timer: asyncio.TimerHandle | None = None
        self.grace_timer: asyncio.TimerHandle | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        offered = self.scope.get("subprotocols") or []
        known = protocol.SUBPROTOCOL in offered
        # Accept first: a refused handshake cannot carry a reason to the client.
        await self.accept(protocol.SUBPROTOCOL if known else None)
        if offered and not known:
            await self._report(UnsupportedVersion())
        elif not _valid_room(self.room):
            await self._report(BadRoom())
        else:
            self.join_timer = self._later(settings.JOIN_TIMEOUT, self._refuse_late_join)

    async def websocket_receive(self, message: Message) -> None:
        if self.closing:
            return
        try:
            await self._receive(message.get("text"))
        except CallError as error:
            await self._report(error)
        except UNAVAILABLE:
            await self._report(Unavailable())
        except Exception:
            logger.exception("A message could not be handled in %s", self._label())
            await self._report(InternalError())

    async def _receive(self, text: str | None) -> None:
        if not self.messages.take(time.monotonic()):
            raise RateLimited
        if text is None:
            raise BinaryFrame
        match protocol.decode(text):
            case protocol.Join() as message:
                await self._join(message)
            case protocol.Ping():
                await self.send_text(protocol.PONG)
            case protocol.Leave():
                await self._leave()
            case _ if self.seat is None:
                raise NotJoined
            case (
                protocol.Offer() | protocol.Answer() | protocol.Ice() | protocol.Renegotiate()
            ) as message:
                await self._relay(message)
            case protocol.IceServersRequest():
                await self.send_text(protocol.encode_ice_servers(self._ice(self.seat.id)))
            case protocol.Report() as message:
                logger.info(
                    "%s: media %s%s%s",
                    self._label(),
                    message.event,
                    "" if message.ms is None else f" after {message.ms:.0f} ms",
                    " through a relay" if message.relayed else "",
                )

    async def clean_up(self) -> None:
        for timer in (self.join_timer, self.grace_timer):
            if timer is not None:
                timer.cancel()
        for task in self.tasks:
            task.cancel()
        seat, self.seat = self.seat, None
        if seat is None:
            return
        seq = await self.rooms.away(self.room, seat.id, seat.channel, settings.SEAT_GRACE)
        if seq is not None:
            logger.info("%s: away", self._label(seat))
            await self._announce_away(seat.id, settings.SEAT_GRACE, seq)

    # -- Joining and leaving ---------------------------------------------------------------

    async def _join(self, message: protocol.Join) -> None:
        if self.seat is not None:
            raise AlreadyJoined
        if self.join_timer is not None:
            self.join_timer.cancel()
        claim = tokens.read(message.token, self.room) if message.token else None
        id, polite = claim or (self._new_id(message.key), False)
        channel = await self.open_mailbox(f"call.{self.room}")
        name = " ".join((message.name or "").split()) or None
        wanted = Seat(
            id=id,
            session=message.session,
            name=name,
            channel=channel,
            polite=polite,
            order=message.order,
        )
        entry = await self._enter(wanted)
        self._sit(entry)
        logger.info("%s: %s", self._label(), "came back" if claim else "joined")
        await self.send_text(
            protocol.encode_welcome(
                id=id,
                polite=entry.seat.polite,
                token=tokens.make(self.room, tokens.Claim(id, entry.seat.polite)),
                resumed=claim is not None,
                ice=self._ice(id),
                heartbeat=settings.HEARTBEAT,
                peer=_snapshot(entry.other),
            )
        )
        await self._announce(entry, resumed=claim is not None)
        self.read_mailbox()

    async def _enter(self, wanted: Seat) -> Entry:
        """Take the seat; in a full room, first make sure that both holders are alive."""
        try:
            return await self._take(wanted)
        except Full as full:
            holders = full.holders
        if not await self._free_dead(holders):
            raise RoomFull
        try:
            return await self._take(wanted)
        except Full:  # somebody else was faster
            raise RoomFull from None

    async def _take(self, wanted: Seat) -> Entry:
        """Take the seat, unless the same peer has meanwhile done so over a newer socket."""
        try:
            return await self.rooms.enter(self.room, wanted)
        except Late:
            raise TakenOver from None

    def _new_id(self, key: str | None) -> str:
        return tokens.identify(self.room, key) if key else secrets.token_hex(8)

    def _sit(self, entry: Entry) -> None:
        self.seat, self.peer, self.seq = entry.seat, entry.other, entry.seq
        self._watch_grace()

    async def _announce(self, entry: Entry, *, resumed: bool) -> None:
        """Tell the room of a new holder, and a socket that held this seat that it does not."""
        for id in entry.expired:
            await self._announce_left(id, "timeout", entry.seq - 1)
        if entry.replaced is not None and entry.replaced != entry.seat.channel:
            # A socket whose mailbox is full ends by itself.
            with contextlib.suppress(ChannelFull):
                await self.channel_layer.deliver(entry.replaced, {"type": "seat.taken"})
        if entry.other is None:
            return
        seat = entry.seat
        await self._group_send(
            {
                "type": "peer.joined",
                **_public(seat),
                "channel": seat.channel,
                "resumed": resumed,
                "seq": entry.seq,
            }
        )

    async def _free_dead(self, holders: list[Seat]) -> bool:
        """Free the seats whose sockets do not answer; false if all do."""
        assert self.channel_name is not None
        dead = [
            holder
            for holder in holders
            # Whoever is away is not asked: the seat is held for the grace time.
            if holder.away_until is None
            and not await is_alive(self.channel_layer, holder.channel, self.channel_name)
        ]
        for holder in dead:
            await self._free(holder)
        return bool(dead)

    async def _free(self, holder: Seat) -> None:
        seq = await self.rooms.free(self.room, holder.id, holder.channel)
        if seq is not None:
            logger.info("%s: gone without a word", self._label(holder))
            await self._announce_left(holder.id, "timeout", seq)

    async def _leave(self) -> None:
        seat, self.seat = self.seat, None
        if seat is not None:
            seq = await self.rooms.free(self.room, seat.id, seat.channel)
            if seq is not None:
                logger.info("%s: left", self._label(seat))
                await self._announce_left(seat.id, "left", seq)
        await self._close(CloseCode.LEFT)

    async def _refuse_late_join(self) -> None:
        if self.seat is None:
            await self._report(JoinTimeout())

    # -- Relay -----------------------------------------------------------------------------

    async def _relay(self, message: protocol.Relayed) -> None:
        """Hand a message to the other peer's socket, or say that it could not be."""
        assert self.seat is not None
        peer = self.peer
        if peer is None or peer.away_until is not None:
            raise PeerUnreachable
        frame = protocol.encode_relayed(message, self.seat.id)
        # Redis may be far: the next message need not wait for what became of this one.
        await self.begin(self._deliver(peer, {"type": "peer.relay", "frame": frame}))

    async def _deliver(self, peer: Seat, event: Message) -> None:
        with contextlib.suppress(ChannelFull, *UNAVAILABLE):
            if await self.channel_layer.deliver(peer.channel, event):
                return
            # Its process died without a word: from now on the seat is held for it.
            seq = await self.rooms.away(self.room, peer.id, peer.channel, settings.SEAT_GRACE)
            if seq is not None:
                await self._announce_away(peer.id, settings.SEAT_GRACE, seq)
        # Never within the first step: a slow client's time limit is its task's own.
        await asyncio.sleep(0)
        await self._report(PeerUnreachable())

    # -- Events of the channel layer -------------------------------------------------------

    async def handle_event(self, event: Message) -> None:
        try:
            await self._handle_event(event)
        except CallError as error:
            await self._report(error)
        except UNAVAILABLE:
            logger.warning("%s: an event had to wait for Redis", self._label())
        except Exception:
            logger.exception("An event could not be handled in %s", self._label())
            await self._report(InternalError())

    async def mailbox_failed(self, error: Exception) -> None:
        # The client comes back, compares and repairs: closing loses nothing, going on might.
        logger.warning("%s: its mailbox failed: %s", self._label(), type(error).__name__)
        await self._report(InternalError())

    async def _handle_event(self, event: Message) -> None:
        seat = self.seat
        if seat is None:
            return
        match event["type"]:
            case "peer.relay":
                await self.send_text(event["frame"])
            case "seat.probe":
                reply: Message = {"type": "seat.alive", "channel": seat.channel}
                await self.channel_layer.deliver(event["reply"], reply)
            case "seat.taken":
                self.seat = None
                raise TakenOver
            case "seat.alive":
                pass  # late: whoever asked has decided already
            case "layer.restored":
                try:
                    await self._return()
                except UNAVAILABLE:
                    raise Unavailable from None  # the client comes back and compares
            case "call.ended":
                self.seat = None
                if self.peer is not None:
                    await self.send_text(protocol.encode_peer_left(self.peer.id, "ended"))
                await self.rooms.free(self.room, seat.id, seat.channel)
                raise CallEnded
            case "peer.left" if event["id"] == seat.id and event["seq"] > self.seq:
                # Somebody took us for dead: not to know it would be to talk to nobody.
                self.seat = None
                raise SeatLost
            # News of the room reaches everybody in it; older news than is known is dropped.
            case _ if event["id"] == seat.id or event["seq"] <= self.seq:
                pass
            case "peer.joined":
                self._heard(event, Seat(**_seat_fields(event)))
                await self.send_text(
                    protocol.encode_peer_joined(_public(self.peer), event["resumed"])
                )
            case "peer.away" if self.peer and self.peer.id == event["id"]:
                until = time.time() + event["grace"]
                self._heard(event, msgspec.structs.replace(self.peer, away_until=until))
                await self.send_text(protocol.encode_peer_away(event["id"], event["grace"]))
            case "peer.left" if self.peer and self.peer.id == event["id"]:
                self._heard(event, None)
                await self.send_text(protocol.encode_peer_left(event["id"], event["reason"]))

    def _heard(self, event: Message, peer: Seat | None) -> None:
        self.seq, self.peer = event["seq"], peer
        self._watch_grace()

    async def _return(self) -> None:
        """Redis was away and may have forgotten this seat: take it again and compare."""
        assert self.seat is not None
        try:
            entry = await self._take(self.seat)
        except (Full, TakenOver) as lost:
            self.seat = None
            raise lost if isinstance(lost, TakenOver) else RoomFull from None
        known = self.peer
        self._sit(entry)
        if entry.other is None and known is not None:
            # The other has not returned yet; if it never does, its grace runs out.
            until = known.away_until or time.time() + settings.SEAT_GRACE
            self.peer = msgspec.structs.replace(known, away_until=until)
            self._watch_grace()
        elif entry.other is not None and entry.other.away_until is not None:
            grace = max(0.0, entry.other.away_until - time.time())
            await self.send_text(protocol.encode_peer_away(entry.other.id, grace))
        elif entry.other is not None:
            await self.send_text(protocol.encode_peer_joined(_public(entry.other), resumed=True))
        await self._announce(entry, resumed=True)

    def _watch_grace(self) -> None:
        """While the other is away, be the one who frees its seat when its time is over."""
        if self.grace_timer is not None:
            self.grace_timer.cancel()
            self.grace_timer = None
        if self.peer is not None and self.peer.away_until is not None:
            delay = max(0.0, self.peer.away_until - time.time()) + 0.05
            self.grace_timer = self._later(delay, self._expire_peer)

    async def _expire_peer(self) -> None:
        if self.seat is None or self.peer is None:
            return
        id = self.peer.id
        try:
            seq = await self.rooms.expire(self.room, id)
            if seq is not None:
                await self._announce_left(id, "timeout", seq)
                return
        except UNAVAILABLE:
            pass
        # Redis is away, or its clock is behind ours: ask again, unless the other is back.
        if self.peer is not None and self.peer.away_until is not None:
            self.grace_timer = self._later(EXPIRE_AGAIN, self._expire_peer)

    # -- Sending ---------------------------------------------------------------------------

    async def _announce_away(self, id: str, grace: float, seq: int) -> None:
        await self._group_send({"type": "peer.away", "id": id, "grace": grace, "seq": seq})

    async def _announce_left(self, id: str, reason: str, seq: int) -> None:
        await self._group_send({"type": "peer.left", "id": id, "reason": reason, "seq": seq})

    async def _group_send(self, event: Message) -> None:
        await self.channel_layer.group_send(f"call.{self.room}", event)

    async def _report(self, error: CallError) -> None:
        """The one place where an error becomes frames and a close code."""
        if self.closing:
            return
        harmless = isinstance(error, ProtocolError) and error.close is None
        if harmless and not self.errors.take(time.monotonic()):
            error = TooManyMessages() if isinstance(error, RateLimited) else TooManyErrors()
        await self.send_text(protocol.encode_error(error))
        if error.close is not None:
            logger.info("%s: refused: %s", self._label(), error.code)
            await self._close(error.close)

    async def _close(self, code: CloseCode) -> None:
        if not self.closing:
            self.closing = True
            with contextlib.suppress(OSError):  # the client has closed it already
                await self.close(int(code))

    # -- Helpers ---------------------------------------------------------------------------

    def _ice(self, id: str) -> turn.IceConfiguration:
        return turn.ice_servers(settings.ICE, id, time.time())

    def _later(self, delay: float, action: Any) -> asyncio.TimerHandle:
        """Call a coroutine function after ``delay`` seconds, unless the socket is gone."""

        def start() -> None:
            task = asyncio.ensure_future(action())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

        return asyncio.get_running_loop().call_later(delay, start)

    def _label(self, seat: Seat | None = None) -> str:
        """What log lines call this socket."""
        seat = seat or self.seat
        return f"call {tokens.label(self.room)} {seat.id[:6] if seat else 'visitor'}"


def _public(seat: Seat | None) -> dict[str, object]:
    """What the other peer may know of a seat: not its channel."""
    assert seat is not None
    return {"id": seat.id, "session": seat.session, "name": seat.name}


def _snapshot(seat: Seat | None) -> dict[str, object] | None:
    """The other seat as a welcome shows it."""
    return {**_public(seat), "away": seat.away_until is not None} if seat else None


def _seat_fields(event: Message) -> dict[str, Any]:
    return {name: event[name] for name in ("id", "session", "name", "channel")}
