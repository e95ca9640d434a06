"""The example backends as processes, each on a port of its own choice, and what their clients look at."""

import asyncio
import os
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import websockets

from support.programs import read_line
from support.waiting import PATIENCE

BINARIES = Path(os.environ.get("TIDEGATE_BACKENDS", ""))
# What a sanitizer keeps of freed memory would be counted as memory of the backend.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"}


class Backend:
    """A running example backend; `address` is what it said it listens on."""

    def __init__(self, name, *flags):
        self.name = name
        self.process = subprocess.Popen(
            [str(BINARIES / f"tidegate-{name}"), "--port", "0", *map(str, flags)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=ENVIRONMENT,
        )
        said = read_line(self.process.stdout, name)
        assert said.startswith("listening on "), said
        self.address = said.removeprefix("listening on ").strip()

    @property
    def host_and_port(self):
        host, port = self.address.rsplit(":", 1)
        return host, int(port)

    def url(self, target):
        return f"ws://{self.address}{target}"

    def resident_bytes(self):
        """Physical memory now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def stop(self):
        """Ends it politely and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return code


class BackendCase(unittest.IsolatedAsyncioTestCase):
    """Starts backends for one test; each must end with 0 behind it."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # it would report everything that takes 100 ms

    def start(self, name, *flags):
        backend = Backend(name, *flags)
        self.addCleanup(self._stop, backend)
        return backend

    def _stop(self, backend):
        self.assertEqual(backend.stop(), 0, f"{backend.name} did not end well")

    def folder(self):
        holder = tempfile.TemporaryDirectory(prefix="tidegate-")
        self.addCleanup(holder.cleanup)
        return Path(holder.name)

    async def connect(self, backend, target, **options):
        """A client that is gone before the backend is stopped; a test that cares for the close does it itself."""
        options.setdefault("max_size", 2**24)
        client = await websockets.connect(backend.url(target), open_timeout=PATIENCE, **options)
        self.addAsyncCleanup(self._drop, client)
        return client

    async def _drop(self, client):
        client.transport.abort()
        await client.wait_closed()

    async def refused(self, backend, target, **options):
        """The HTTP status of a handshake that must not succeed."""
        with self.assertRaises(websockets.InvalidStatusCode) as refusal:
            await websockets.connect(backend.url(target), open_timeout=PATIENCE, **options)
        return refusal.exception.status_code
