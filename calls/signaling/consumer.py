"""The call's WebSocket: accepts it, limits, decodes and matches what it sends, refuses, closes.

What a client sends is parsed once into a typed message (``calls.protocol``), what comes over
the channel layer into an event (``calls.signaling.events``). Whose seat is whose is the
``Membership``'s business. What goes wrong is raised as a ``CallError`` anywhere below and
turned into frames and close codes in one place, ``_report``.
"""

import asyncio
import contextlib
import time

from django.conf import settings
from msgspec import UNSET

from calls import errors, protocol
from calls.drain import drain
from calls.errors import (
    BadToken,
    CallError,
    CloseCode,
    Dismissed,
    JoinLimited,
    ProtocolError,
    RateLimited,
    RoomFull,
)
from calls.ice.servers import IceConfiguration
from calls.layers.layer import Message
from calls.limits.bucket import TokenBucket
from calls.limits.local import REFUSAL_TIME, SOCKET_RETRY, sockets
from calls.limits.pace import TooOften
from calls.limits.visitor import Visitor, who
from calls.operations.journal import Journal
from calls.protocol import ServerMessage
from calls.redis_client import UNAVAILABLE
from calls.rooms import names, tokens
from calls.rooms.seats import Entry, Seat
from calls.signaling import eager, events, turn
from calls.signaling.connection import Connection
from calls.signaling.membership import Membership
from calls.signaling.person import name_of
from calls.signaling.place import snapshot

# A client that sends nonsense is told so this often at once, and once in ten seconds after.
ERROR_RATE, ERROR_BURST = 0.1, 10
# A longer message counts as several.
MESSAGE_CHARACTERS = 4096


class CallConsumer(Connection):
    """One peer's socket. Its life: connect, join, relay, and leave or drop."""

    room: str
    membership: Membership
    journal: Journal
    join_timer: asyncio.TimerHandle | None = None
    closing = False

    # -- The socket ------------------------------------------------------------------------

    async def connect(self) -> None:
        self.room = self.scope["url_route"]["kwargs"]["room"]
        self.journal = Journal(self.room, self.scope["headers"])
        self.membership = Membership(self.room, self.channel_layer, self.journal, self.later)
        self.journal.opened(self.membership)
        self.visitor = Visitor(who(self.scope))
        within = sockets.enter(self.visitor.address)
        now = time.monotonic()
        self.messages = TokenBucket(settings.MESSAGE_RATE, settings.MESSAGE_BURST, now)
        self.mistakes = TokenBucket(ERROR_RATE, ERROR_BURST, now)
        offered = self.scope.get("subprotocols") or []
        known = protocol.SUBPROTOCOL in offered
        # Accept first: a refused handshake cannot carry a reason to the client.
        await self.accept(protocol.SUBPROTOCOL if known else None)
        try:
            if drain.is_on:
                raise errors.GoingDown
            if not within:
                raise JoinLimited(SOCKET_RETRY)
            if offered and not known:
                raise errors.UnsupportedVersion
            if not names.is_valid(self.room):
                raise errors.BadRoom
            self._await_join()
        except CallError as error:
            await self._report(error)

    async def websocket_receive(self, message: Message) -> None:
        if self.closing:
            return
        try:
            await self._receive(message.get("text"))
        except CallError as error:
            await self._report(error)
        except TooOften as error:
            await asyncio.sleep(REFUSAL_TIME)
            await self._report(JoinLimited(error.wait))
        except UNAVAILABLE:
            await self._report(errors.Unavailable())
        except Exception:
            self.journal.failed(self.membership.seat, "A message")
            await self._report(errors.InternalError())

    async def _receive(self, text: str | None) -> None:
        cost = 1 + len(text or "") // MESSAGE_CHARACTERS
        if not self.messages.take(time.monotonic(), cost):
            raise RateLimited
        if text is None:
            raise errors.BinaryFrame
        message = protocol.decode(text)
        if isinstance(message, protocol.Between):  # nearly all of what comes
            await self._relay(message, self._seated())
        else:
            self.journal.received(message)
            await self._answer(message)

    async def _answer(self, message: protocol.ForTheServer) -> None:
        match message:
            case protocol.Join():
                with self.journal.joining(with_token=message.token is not None):
                    await self._join(message)
            case protocol.Ping():
                if self.membership.seat is None:
                    self._await_join()
                await self._say(protocol.Pong())
                await self.membership.has_company()
                await self._say(self.membership.waiting())
            case protocol.Leave():
                await self.membership.leave()
                await self._close(CloseCode.LEFT)
            case protocol.IceServersRequest():
                await self._say(await turn.answer(self.membership))
                await self._say(self.membership.waiting())
            case protocol.Report():
                self.journal.media(self._seated(), message)
            case protocol.Dismiss(id=id):
                self._seated()
                await self.membership.dismiss(id)
            case protocol.Rate():
                self.journal.rated(self.membership.seat, message)

    def _seated(self) -> Seat:
        seat = self.membership.seat
        if seat is None:
            raise errors.NotJoined
        return seat

    async def clean_up(self) -> None:
        self._cancel_join_timer()
        self.journal.closed(self.membership)
        sockets.leave(self.visitor.address)
        await self.membership.drop(going=self.is_page_going)

    # -- Joining ---------------------------------------------------------------------------

    async def _join(self, message: protocol.Join) -> None:
        if self.membership.seat is not None:
            raise errors.AlreadyJoined
        self._cancel_join_timer()
        claim = tokens.read(message.token, self.room) if message.token else None
        resumed = claim is not None
        # Who comes first answers: so whoever comes second may bring an offer.
        id, polite = claim or (tokens.identify(self.room, message.key), True)
        # Before there is a seat, which others might meanwhile probe in vain.
        ice = await turn.with_turn(id)
        channel = await self._admitted()
        wanted = Seat(
            id=id,
            session=message.session,
            name=name_of(message.name),
            channel=channel,
            polite=polite,
            order=message.order,
            mac=message.mac,
        )
        entry = await self.membership.enter(wanted, resumed=resumed)
        if entry.other is None and not resumed:
            await self._open_room()
        self.journal.joined(entry, resumed=resumed)
        if entry.other is None:
            ice = turn.without_turn()
        await self._say(self._welcome(entry, ice, resumed=resumed))
        await self.membership.announce(entry, resumed=resumed, offer=message.offer)
        self.read_mailbox()

    async def _admitted(self) -> str:
        """The mailbox, if somebody may join from there; both in one round trip to Redis."""
        mailbox = self.open_mailbox(events.group(self.room))
        if self.visitor.address is None:
            return await mailbox
        joins = asyncio.create_task(self.visitor.joins())
        try:
            return await mailbox
        finally:
            await joins

    async def _open_room(self) -> None:
        try:
            await self.visitor.opens_room()
        except TooOften:
            await self.membership.leave()
            raise

    def _welcome(self, entry: Entry, ice: IceConfiguration, *, resumed: bool) -> protocol.Welcome:
        seat = entry.seat
        return protocol.Welcome(
            id=seat.id,
            polite=seat.polite,
            token=tokens.make(self.room, tokens.Claim(seat.id, seat.polite)),
            resumed=resumed,
            ice_servers=ice.ice_servers,
            ice_transport_policy=ice.ice_transport_policy,
            heartbeat=settings.HEARTBEAT,
            peer=snapshot(entry.other),
            ttl=ice.ttl,
        )

    def _await_join(self) -> None:
        self._cancel_join_timer()
        self.join_timer = self.later(settings.JOIN_TIMEOUT, self._refuse_late_join)

    async def _refuse_late_join(self) -> None:
        if self.membership.seat is None:
            await self._report(errors.JoinTimeout())

    def _cancel_join_timer(self) -> None:
        if self.join_timer is not None:
            self.join_timer.cancel()

    # -- Relay -----------------------------------------------------------------------------

    async def _relay(self, message: protocol.ForThePeer, seat: Seat) -> None:
        """Hand a message to the other peer's socket, or say that it could not be."""
        peer = self.membership.reachable()
        frame = protocol.encode(protocol.relayed(message, seat.id))
        event = events.Relay(frame, self.journal.relayed(message))
        # Redis may be far: the next message need not wait for what became of this one.
        await self.begin(self._deliver(peer, event))

    async def _deliver(self, peer: Seat, event: events.Relay) -> None:
        if not await self.membership.deliver(peer, event):
            await eager.own_task()
            await self._report(errors.PeerUnreachable())

    # -- Events of the channel layer -------------------------------------------------------

    async def handle_event(self, message: Message) -> None:
        try:
            event = events.decode(message)
            if event is None or self.membership.seat is None:
                return
            if isinstance(event, events.Relay):
                await self.send_text(event.frame)
                if event.at is not UNSET:
                    self.journal.delivered(event.at)
            else:
                await self._handle_event(event)
        except CallError as error:
            await self._report(error)
        except UNAVAILABLE:
            self.journal.waits_for_redis(self.membership.seat)
        except Exception:
            self.journal.failed(self.membership.seat, "An event")
            await self._report(errors.InternalError())

    async def _handle_event(self, event: events.Event) -> None:
        match event:
            case events.Probe():
                await self.membership.answer(event)
            case events.Restored():
                await self._say_news(await self.membership.restore())
            case events.PeerAway() if self.membership.is_held(event):
                await self.membership.wake()
            case events.CallEnded():
                await self._say(await self.membership.end())
                raise errors.CallEnded
            case _:
                await self._say_news(self.membership.attend(event))

    async def mailbox_failed(self, error: Exception) -> None:
        # The client comes back, compares and repairs: closing loses nothing, going on might.
        self.journal.mailbox_failed(self.membership.seat, error)
        await self._report(errors.InternalError())

    # -- Sending ---------------------------------------------------------------------------

    async def _say_news(self, message: ServerMessage | None) -> None:
        seat = self.membership.seat
        if seat is not None and isinstance(message, protocol.PeerJoined):
            message = await turn.no_more_alone(message, seat.id)
        await self._say(message)

    async def _say(self, message: ServerMessage | None) -> None:
        if message is not None:
            await self.send_text(protocol.encode(message))

    async def _report(self, error: CallError) -> None:
        """The one place where an error becomes frames and a close code."""
        if self.closing:
            return
        harmless = isinstance(error, ProtocolError) and error.close is None
        if harmless and not self.mistakes.take(time.monotonic()):
            too_many = isinstance(error, RateLimited)
            error = errors.TooManyMessages() if too_many else errors.TooManyErrors()
        with contextlib.suppress(TooOften, *UNAVAILABLE):
            if isinstance(error, RoomFull | BadToken):
                await self.visitor.is_refused()
            elif isinstance(error, Dismissed):
                await self.visitor.is_dismissed()
        await self._say(protocol.Error.of(error))
        if error.close is not None:
            self.journal.refused(self.membership.seat, error)
            await self._close(error.close)

    async def _close(self, code: CloseCode) -> None:
        if not self.closing:
            self.closing = True
            with contextlib.suppress(OSError):  # the client has closed it already
                await self.close(int(code))
