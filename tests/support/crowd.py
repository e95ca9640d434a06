"""Thousands of WebSocket clients, and the backend that sees when they come, on one event loop."""

import asyncio
import contextlib
import time

from support import handshake


class Arrivals:
    """A backend that takes every handshake and keeps the tunnel; it notes when each request came, and how many it was
    answering at the same time."""

    def __init__(self):
        self.times = []
        self.answering = 0
        self.most_answering = 0
        self._writers = set()
        self._server = None
        self.port = None

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port or 0, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        self._writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            self.times.append(time.monotonic())
            self.answering += 1
            self.most_answering = max(self.most_answering, self.answering)
            asyncio.get_running_loop().call_soon(self._answer, writer)
            await reader.read()
        self._writers.discard(writer)
        writer.close()

    def _answer(self, writer):
        """In the next turn of the loop: requests that have come together are in progress together."""
        self.answering -= 1  # before the answer is out, so that this is never more than the proxy has in progress
        writer.write(handshake.SWITCHING)

    async def stop(self):
        """Dies: no listener any more, and every connection is reset."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()


class Client:
    """One of the crowd. It knows its status after join(), and waits for the end of its tunnel."""

    def __init__(self, port):
        self.port = port
        self.status = None
        self.retry_after = None
        self._reader = None
        self._writer = None

    async def join(self):
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(handshake.request())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.status = int(head.split(" ")[1])
        for line in head.split("\r\n"):
            if line.lower().startswith("retry-after:"):
                self.retry_after = int(line.split(":")[1])

    async def wait_for_end(self):
        with contextlib.suppress(ConnectionError):
            await self._reader.read()
        self._writer.close()
