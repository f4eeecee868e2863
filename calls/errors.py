"""What can go wrong in a call, as a stable code, a sentence and, if the socket ends, a close code.

Everything a client is told about a failure is one of these; ``CallConsumer._report`` is the
only place that turns them into frames. Three kinds: the user's (``RoomFull`` and the like), the
protocol's (``ProtocolError``), and ours (``PeerUnreachable``, ``Unavailable``).
"""

from enum import IntEnum


class CloseCode(IntEnum):
    """WebSocket close codes (RFC 6455, section 7.4.2: 4000-4999 are the application's)."""

    LEFT = 1000
    TOO_LARGE = 1009
    TAKEN_OVER = 4001
    GOING_DOWN = 4012
    PROTOCOL_ERROR = 4400
    BAD_TOKEN = 4403
    JOIN_TIMEOUT = 4408
    ROOM_FULL = 4409
    ENDED = 4410
    DISMISSED = 4411
    TOO_MANY_MESSAGES = 4429


class CallError(Exception):
    """A failure the client is told of.

    ``code`` is stable and meant for programs, ``message`` is a sentence for people. With a
    ``close`` the socket is closed after the error frame; without one it survives.
    """

    code: str
    message: str
    close: CloseCode | None = None
    retry_after: float | None = None
    """Seconds after which it may be tried again, if that is known."""

    def __init__(self, message: str | None = None, *, close: CloseCode | None = None) -> None:
        if message is not None:
            self.message = message
        if close is not None:
            self.close = close
        super().__init__(self.message)


class RoomFull(CallError):
    code = "room-full"
    message = "Two people are in this call already."
    close = CloseCode.ROOM_FULL


class BadToken(CallError):
    code = "bad-token"
    message = "This seat token is not valid for this call, or has expired: join without it."
    close = CloseCode.BAD_TOKEN


class JoinTimeout(CallError):
    code = "join-timeout"
    message = "No join arrived in time."
    close = CloseCode.JOIN_TIMEOUT


class TakenOver(CallError):
    code = "taken-over"
    message = "The same person opened this call somewhere else."
    close = CloseCode.TAKEN_OVER


class CallEnded(CallError):
    code = "call-ended"
    message = "The operator of this site has ended the call."
    close = CloseCode.ENDED


class Dismissed(CallError):
    code = "dismissed"
    message = "The other person has not let you into this call."
    close = CloseCode.DISMISSED


class ProtocolError(CallError):
    """The client sent something the protocol does not allow."""


class BadRoom(ProtocolError):
    code = "bad-room"
    message = "A room name has 3 to 64 characters out of a-z, 0-9 and the hyphen."
    close = CloseCode.PROTOCOL_ERROR


class UnsupportedVersion(ProtocolError):
    code = "unsupported-version"
    message = "None of the subprotocols offered is spoken here: offer call.v1."
    close = CloseCode.PROTOCOL_ERROR


class FrameTooLarge(ProtocolError):
    code = "frame-too-large"
    message = "A frame may have 65536 bytes at most."
    close = CloseCode.TOO_LARGE


class BinaryFrame(ProtocolError):
    code = "binary-frame"
    message = "Messages are text frames, this one was binary."


class BadJSON(ProtocolError):
    code = "bad-json"
    message = "This frame is not JSON."


class BadMessage(ProtocolError):
    code = "bad-message"
    message = "A message is a JSON object with a string field 'type'."


class UnknownType(ProtocolError):
    code = "unknown-type"
    message = "There is no message of this type."


class BadField(ProtocolError):
    code = "bad-field"
    message = "A field is missing, has the wrong type or is too long."


class NotJoined(ProtocolError):
    code = "not-joined"
    message = "The first message must be a join."


class AlreadyJoined(ProtocolError):
    code = "already-joined"
    message = "This socket has joined already."


class RateLimited(ProtocolError):
    code = "rate-limited"
    message = "Too many messages: this one was not relayed."


class TooManyMessages(RateLimited):
    close = CloseCode.TOO_MANY_MESSAGES
    message = "Too many messages: the connection is closed."


class JoinLimited(RateLimited):
    """Refused now, not for good: the client comes back."""

    close = CloseCode.GOING_DOWN
    message = "This is asked for too often: try again in a moment."

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__()
        self.retry_after = None if retry_after is None else round(retry_after, 3)


class TooManyErrors(ProtocolError):
    code = "too-many-errors"
    message = "Too many invalid messages: the connection is closed."
    close = CloseCode.PROTOCOL_ERROR


class PeerUnreachable(CallError):
    code = "peer-unreachable"
    message = "The other person cannot be reached now: this message was not delivered."


class Unavailable(CallError):
    code = "unavailable"
    message = "The server cannot reach its Redis now: try again in a moment."
    close = CloseCode.GOING_DOWN


class GoingDown(CallError):
    code = "going-down"
    message = "This server is going down: another takes over in a moment."
    close = CloseCode.GOING_DOWN


class SeatLost(CallError):
    code = "seat-lost"
    message = "This seat was given away, because its holder seemed to be gone."
    close = CloseCode.GOING_DOWN


class InternalError(CallError):
    code = "internal-error"
    message = "Something went wrong in the server."
    close = CloseCode.GOING_DOWN
