"""The loops under a consumer: frames that are slow to go, and clean-up whatever happens."""

import asyncio
from typing import Any

import pytest

from calls.signaling import connection
from calls.signaling.connection import Connection

Event = dict[str, Any]


class Echo(Connection):
    """Sends back what it gets; notes that, and that it was cleaned up."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.cleaned = 0

    async def websocket_receive(self, message: Event) -> None:
        self.heard.append(message["text"])
        if message["text"] == "fail":
            raise ZeroDivisionError
        await self.send_text(message["text"])

    async def clean_up(self) -> None:
        self.cleaned += 1


class Wire:
    """The server's side of a socket."""

    def __init__(self) -> None:
        self.consumer = Echo()
        self.incoming: asyncio.Queue[Event] = asyncio.Queue()
        self.sent: asyncio.Queue[Event] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.task = asyncio.ensure_future(self.consumer({}, self.incoming.get, self.send))

    async def send(self, event: Event) -> None:
        if not self.gate.is_set():
            await self.gate.wait()
            # More than one wait, as a drain behind a lock has.
            await asyncio.sleep(0)
        self.sent.put_nowait(event)

    def hear(self, text: str) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})

    async def next(self) -> str:
        async with asyncio.timeout(5):
            return str((await self.sent.get())["text"])


async def test_frames_go_in_order_also_when_the_client_is_slow() -> None:
    wire = Wire()
    wire.hear("1")
    assert await wire.next() == "1"
    wire.gate.clear()
    wire.hear("2")
    wire.hear("3")
    await asyncio.sleep(0)
    assert wire.sent.empty()
    wire.gate.set()
    assert [await wire.next(), await wire.next()] == ["2", "3"]
    wire.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await wire.task
    assert wire.consumer.cleaned == 1


async def test_a_client_that_takes_nothing_loses_its_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "WRITE_TIMEOUT", 0.01)
    wire = Wire()
    wire.gate.clear()
    wire.hear("1")
    async with asyncio.timeout(5):
        await wire.task  # ends by itself, without an error
    assert wire.consumer.cleaned == 1


async def test_what_the_server_raises_while_sending_arrives() -> None:
    class Broken(Wire):
        async def send(self, event: Event) -> None:
            await asyncio.sleep(0)
            raise ZeroDivisionError

    wire = Broken()
    wire.hear("1")
    with pytest.raises(ZeroDivisionError):
        await wire.task
    assert wire.consumer.cleaned == 1


@pytest.mark.parametrize("waits", [0, 1])
async def test_what_a_client_that_has_gone_said_before_is_read(waits: int) -> None:
    """ASGI servers raise an OSError to whoever sends then, at once or after a wait."""

    class Gone(Wire):
        async def send(self, event: Event) -> None:
            for _ in range(waits):
                await asyncio.sleep(0)
            raise BrokenPipeError

    wire = Gone()
    wire.hear("1")
    wire.hear("2")
    wire.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    async with asyncio.timeout(5):
        await wire.task
    assert wire.consumer.heard == ["1", "2"]
    assert wire.consumer.cleaned == 1


async def test_what_was_begun_goes_on_beside_what_comes_next() -> None:
    """In the order of the calls; what had not finished when the socket ends is given up."""
    wire = Wire()
    consumer = wire.consumer
    log: list[str] = []
    answers = [asyncio.get_running_loop().create_future() for _ in range(3)]

    async def ask(number: int) -> None:
        log.append(f"asked {number}")
        await answers[number]
        log.append(f"answered {number}")

    async def ask_nothing() -> None:
        log.append("done")

    for number in range(3):
        await consumer.begin(ask(number))
    await consumer.begin(ask_nothing())
    assert log == ["asked 0", "asked 1", "asked 2", "done"]
    for number in (1, 0):
        answers[number].set_result(None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert log[4:] == ["answered 1", "answered 0"]
    wire.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await wire.task
    await asyncio.sleep(0)
    assert answers[2].cancelled()


async def test_a_socket_cannot_begin_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_BEGUN", 2)
    consumer = Wire().consumer
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    await consumer.begin(wait())
    second = asyncio.ensure_future(consumer.begin(wait()))
    await asyncio.sleep(0)
    assert not second.done()
    gate.set()
    async with asyncio.timeout(5):
        await second


async def test_a_server_may_send_with_any_awaitable() -> None:
    """ASGI promises no more; not all of them return coroutines."""

    class Futures(Wire):
        def send(self, event: Event) -> asyncio.Future[None]:  # type: ignore[override]
            return asyncio.ensure_future(super().send(event))

    wire = Futures()
    wire.hear("1")
    wire.hear("2")
    assert [await wire.next(), await wire.next()] == ["1", "2"]
    wire.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await wire.task


@pytest.mark.parametrize("end", ["fail", "cancel"])
async def test_clean_up_whatever_ended_it(end: str) -> None:
    wire = Wire()
    if end == "fail":
        wire.hear("fail")
        with pytest.raises(ZeroDivisionError):
            await wire.task
    else:
        wire.hear("1")
        assert await wire.next() == "1"
        wire.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await wire.task
    assert wire.consumer.cleaned == 1


async def test_clean_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CLEAN_UP_TIMEOUT", 0.01)
    wire = Wire()

    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(wire.consumer, "clean_up", hang)
    wire.incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})
    async with asyncio.timeout(5):
        await wire.task
