"""Frames as RFC 6455 has them and forbids them: groups 1 to 7, 9 and 10 of Autobahn's suite.

Whatever comes, the server answers as the RFC says. Each case comes whole, and byte by byte.
"""

import asyncio
import contextlib
import json
import struct
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from websockets.frames import Opcode

from calls.protocol import MAX_FRAME_BYTES
from tests.attacks.hostile import frame, upgraded
from tests.support.processes import Server

ASK = b'{"type": "ping"}'
PONG = "pong"
# What is not UTF-8 (RFC 3629).
NOT_UTF8 = {
    "cut off": b"\xce\xba\xe1\xbd",
    "overlong": b"\xc0\xaf",
    "overlong by three": b"\xe0\x80\xaf",
    "a surrogate": b"\xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "no start": b"\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "never a byte": b"\xfe",
    "in the middle": "κόσμε".encode() + b"\xed\xa0\x80edited",
}


class Case(NamedTuple):
    """What is sent, and what comes back: messages and pongs in order, then a close or no close.

    ``abrupt``: whoever closes like that may be left without a word.
    """

    sent: bytes
    answers: Sequence[str | bytes] = ()
    close: int | tuple[int, ...] | None = None
    abrupt: bool = False

    @property
    def codes(self) -> tuple[int, ...]:
        return self.close if isinstance(self.close, tuple) else (self.close or 0,)

    @property
    def fails(self) -> bool:
        """The server is to end it."""
        return not {1002, 1007, 1009}.isdisjoint(self.codes)


def close(code: int | None = None, reason: bytes = b"") -> bytes:
    payload = b"" if code is None else struct.pack("!H", code) + reason
    return frame(Opcode.CLOSE, payload)


def raw(first: int, payload: bytes = b"", *, masked: bool = True) -> bytes:
    """With any bits at all in its first byte."""
    mask = bytes(4) if masked else b""
    return bytes([first, (0x80 if masked else 0) | len(payload)]) + mask + payload


def parts(text: bytes, size: int) -> list[bytes]:
    """One message in several frames."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    last = len(pieces) - 1
    return [
        frame(Opcode.TEXT if n == 0 else Opcode.CONT, piece, fin=n == last)
        for n, piece in enumerate(pieces)
    ]


PADDED = {n: b'{"type": "ping", "p": "' + b"x" * (n - 25) + b'"}' for n in (125, 126, 127, 128)}
LARGEST = b'{"type": "ping", "p": "' + b"x" * (MAX_FRAME_BYTES - 25) + b'"}'
BETWEEN = frame(Opcode.PING, b"between")

CASES = {
    # 1: messages of every length of the length; binary ones are not the protocol's.
    "1: nothing": Case(frame(Opcode.TEXT), ["bad-json"]),
    **{f"1: {n} bytes": Case(frame(Opcode.TEXT, text), [PONG]) for n, text in PADDED.items()},
    "1: binary": Case(frame(Opcode.BINARY, bytes(125)), ["binary-frame"]),
    "1: binary, nothing": Case(frame(Opcode.BINARY), ["binary-frame"]),
    # 2: pings and pongs.
    "2: an empty ping": Case(frame(Opcode.PING), [b""]),
    "2: a ping of 125 bytes": Case(frame(Opcode.PING, b"\xfe" * 125), [b"\xfe" * 125]),
    "2: a ping of 126 bytes": Case(
        b"\x89\xfe" + struct.pack("!H", 126) + bytes(4 + 126), close=1002
    ),
    "2: ten pings": Case(
        b"".join(frame(Opcode.PING, b"%d" % n) for n in range(10)), [b"%d" % n for n in range(10)]
    ),
    "2: a pong nobody asked for": Case(
        frame(Opcode.PONG, b"unsolicited") + frame(Opcode.TEXT, ASK), [PONG]
    ),
    # 3: reserved bits.
    **{
        f"3: bit {bit:#x} of {name}": Case(
            raw(0x80 | bit | opcode, payload), close=1002, abrupt=opcode == 8
        )
        for bit in (0x10, 0x20, 0x40, 0x70)
        for name, opcode, payload in (("a text", 1, ASK), ("a ping", 9, b"x"), ("a close", 8, b""))
    },
    # 4: reserved opcodes.
    **{
        f"4: opcode {opcode:#x}": Case(raw(0x80 | opcode, b"x"), close=1002)
        for opcode in (*range(3, 8), *range(11, 16))
    },
    # 5: fragments.
    "5: a ping in two": Case(raw(0x09, b"x"), close=1002),
    "5: a pong in two": Case(raw(0x0A, b"x"), close=1002),
    "5: a text in two": Case(b"".join(parts(ASK, 9)), [PONG]),
    "5: a text in as many as it has bytes": Case(b"".join(parts(ASK, 1)), [PONG]),
    "5: pings between": Case(BETWEEN.join(parts(ASK, 4)), [b"between"] * 3 + [PONG]),
    "5: empty fragments": Case(
        frame(Opcode.TEXT, fin=False) + frame(Opcode.CONT, ASK, fin=False) + frame(Opcode.CONT),
        [PONG],
    ),
    "5: the end of nothing": Case(frame(Opcode.CONT, ASK), close=1002),
    "5: the middle of nothing": Case(frame(Opcode.CONT, ASK, fin=False), close=1002),
    "5: after the end": Case(b"".join(parts(ASK, 9)) + frame(Opcode.CONT, b"more"), close=1002),
    "5: a text within a text": Case(parts(ASK, 9)[0] + frame(Opcode.TEXT, ASK), close=1002),
    # 6: UTF-8.
    "6: letters of all lengths": Case(
        frame(Opcode.TEXT, '{"type": "ping", "p": "aκό𝄞😀"}'.encode()), [PONG]
    ),
    "6: cut within letters": Case(
        b"".join(parts('{"type": "ping", "p": "aκό𝄞😀"}'.encode(), 1)), [PONG]
    ),
    "6: the last of Unicode": Case(
        frame(Opcode.TEXT, b'{"type": "ping", "p": "\xf4\x8f\xbf\xbf\xef\xbf\xbf"}'), [PONG]
    ),
    **{f"6: {name}": Case(frame(Opcode.TEXT, text), close=1007) for name, text in NOT_UTF8.items()},
    **{
        f"6: {name}, in fragments": Case(b"".join(parts(b'{"p": "' + text + b'"}', 3)), close=1007)
        for name, text in NOT_UTF8.items()
    },
    # 7: closing.
    "7: a close without a code": Case(close(), close=(1000, 1005)),
    **{
        f"7: code {code}": Case(close(code), close=(code, 1000))
        for code in (1000, 1001, 1003, 1007, 1009, 1011, 3000, 3999, 4000, 4999)
    },
    **{
        f"7: code {code}, which must not be sent": Case(close(code), close=1002, abrupt=True)
        for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535)
    },
    "7: half a code": Case(frame(Opcode.CLOSE, b"\x03"), close=1002, abrupt=True),
    "7: a reason": Case(close(1000, b"x" * 123), close=1000),
    "7: a reason that is too long": Case(
        b"\x88\xfe" + struct.pack("!H", 126) + bytes(4 + 126), close=1002
    ),
    "7: a reason that is no UTF-8": Case(
        close(1000, b"\xce\xba\xed\xa0\x80"), close=(1002, 1007), abrupt=True
    ),
    "7: after the close": Case(close(1000) + frame(Opcode.TEXT, ASK) * 3, close=1000),
    "7: a close within a message": Case(parts(ASK, 9)[0] + close(1000), close=(1000, 1002)),
    # 9: sizes.
    "9: the largest": Case(frame(Opcode.TEXT, LARGEST), [PONG]),
    "9: the largest, in fragments": Case(b"".join(parts(LARGEST, 8192)), [PONG]),
    "9: one byte more": Case(frame(Opcode.TEXT, LARGEST + b" "), close=1009),
    "9: one byte more, in fragments": Case(b"".join(parts(LARGEST + b" ", 8192)), close=1009),
    # 10: what is not said to be masked.
    "10: no mask": Case(raw(0x81, ASK, masked=False), close=1002),
}

# What byte by byte takes too long, or is cut off by the close before its end.
WHOLE = {name for name, case in CASES.items() if len(case.sent) > 2000}


class Reader:
    """Takes a server's frames apart."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self.stream = stream

    async def frame(self) -> tuple[int, bytes]:
        async with asyncio.timeout(10):
            first, second = await self.stream.readexactly(2)
            length = second & 0x7F
            if length > 125:
                length = int.from_bytes(
                    await self.stream.readexactly(2 if length == 126 else 8), "big"
                )
            return first & 0x0F, await self.stream.readexactly(length)

    async def answer(self) -> str | bytes:
        """The type of a message, the code of an error, or what is in a pong."""
        opcode, payload = await self.frame()
        if opcode == Opcode.PONG:
            return payload
        assert opcode == Opcode.TEXT, (opcode, payload)
        message = json.loads(payload)
        if message["type"] == "waiting":
            return await self.answer()
        return str(message.get("code", message["type"]))

    async def close(self) -> int:
        """The code, whatever comes before it."""
        opcode, payload = await self.frame()
        while opcode in (Opcode.TEXT, Opcode.PONG):
            opcode, payload = await self.frame()
        assert opcode == Opcode.CLOSE, (opcode, payload)
        return int.from_bytes(payload[:2], "big") if payload else 1005


async def tried(server: Server, room: str, case: Case, *, byte_by_byte: bool = False) -> None:
    async with upgraded(server, room) as (stream, writer):
        reader = Reader(stream)
        step = 1 if byte_by_byte else len(case.sent)
        for n in range(0, len(case.sent), step):
            writer.write(case.sent[n : n + step])
            await asyncio.sleep(0)
        for expected in case.answers:
            assert await reader.answer() == expected
        if case.close is None:
            writer.write(frame(Opcode.PING, b"still there"))
            assert await reader.answer() == b"still there"
            return
        # What it ends before all has come it may be gone from when the rest comes.
        abrupt = case.abrupt or (byte_by_byte and case.fails)
        with contextlib.suppress(*((ConnectionError, EOFError) if abrupt else ())):
            assert await reader.close() in case.codes


@pytest.mark.parametrize("name", CASES)
async def test_a_case(server: Server, room: str, name: str) -> None:
    await tried(server, room, CASES[name])


@pytest.mark.parametrize("name", sorted(CASES.keys() - WHOLE))
async def test_a_case_byte_by_byte(server: Server, room: str, name: str) -> None:
    await tried(server, room, CASES[name], byte_by_byte=True)


async def test_nothing_of_it_leaves_a_traceback(server: Server, room: str) -> None:
    since = len(server.lines)
    for case in CASES.values():
        if case.fails and case.close != 1009:
            await tried(server, room, case)
    assert [line for line in server.lines[since:] if "Traceback" in line] == []
