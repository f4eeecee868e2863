"""A network the tests own: a TCP proxy that can be cut, frozen, slowed and redirected."""

import asyncio
import socket
from collections.abc import Callable

from tests.support.processes import free_port


class Proxy:
    """Forwards 127.0.0.1:``port`` to the first of ``targets`` (ports) that answers."""

    def __init__(self, *targets: int) -> None:
        self.targets = list(targets)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.delay = 0.0
        """Seconds every piece of data takes, in both directions."""
        self.online = True
        self.refused: tuple[bytes, ...] = ()
        """How data begins that cuts its connection, such as ``GET /path``."""
        self._frozen: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepted = 0
        self._news = asyncio.Condition()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def stop(self) -> None:
        self._server.close()
        self.delay = 0.0
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset every connection, as a proxy that restarts does."""
        for writer in list(self._writers):
            sock = writer.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                linger_off = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_off)
            writer.transport.abort()

    def go_offline(self) -> None:
        """Cut, and refuse what comes, until ``go_online``."""
        self.online = False
        self.cut()

    async def attempts(self, count: int) -> None:
        """Wait for this many more connections, refused ones included."""
        wanted = self.accepted + count
        async with self._news:
            await self._news.wait_for(lambda: self.accepted >= wanted)

    def go_online(self) -> None:
        self.online = True

    def freeze(self) -> None:
        """Let the connections that are open now stay open and carry nothing ever again."""
        self._frozen |= self._writers

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        async with self._news:
            self.accepted += 1
            self._news.notify_all()
        upstream = await self._connect() if self.online else None
        if upstream is None:
            writer.transport.abort()
            return
        far_reader, far_writer = upstream
        self._writers |= {writer, far_writer}
        await asyncio.gather(
            self._pump(reader, far_writer, writer), self._pump(far_reader, writer, far_writer)
        )

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self.targets:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
        return None

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, own: asyncio.StreamWriter
    ) -> None:
        """Carry data from ``source``, whose socket ``own`` writes to, to ``sink``."""
        loop = asyncio.get_running_loop()
        try:
            while data := await source.read(65_536):
                if data.startswith(self.refused):
                    break
                if sink in self._frozen:
                    continue
                if self.delay:
                    loop.call_later(self.delay, _write(sink, data))
                else:
                    sink.write(data)
                    await sink.drain()
        except OSError:
            pass
        finally:
            self._writers.discard(own)
            own.close()
            if sink not in self._frozen:
                loop.call_later(self.delay, sink.close)


def _write(sink: asyncio.StreamWriter, data: bytes) -> Callable[[], None]:
    def write() -> None:
        if not sink.is_closing():
            sink.write(data)

    return write
