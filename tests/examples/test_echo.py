"""The echo backend, and with it the WebSocket library under all of them: handshake, limits, and polite ends."""

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import unittest

import websockets

from examples.backends import BINARIES, BackendCase
from support.waiting import PATIENCE, eventually

MEGABYTE = 1024 * 1024
HANDSHAKE = (
    "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def within(awaitable):
    return await asyncio.wait_for(awaitable, PATIENCE)


def raw(backend, text):
    """A socket that has sent `text`."""
    client = socket.create_connection(backend.host_and_port, timeout=PATIENCE)
    client.sendall(text.encode("latin-1"))
    return client


def status_of(backend, text):
    with raw(backend, text) as client:
        return int(client.makefile("rb").readline().split()[1])


class Echo(BackendCase):
    async def test_answers_text_and_binary(self):
        client = await self.connect(self.start("echo"), "/echo")
        await client.send("grüße")
        self.assertEqual(await within(client.recv()), "You said: grüße")
        await client.send(b"\x00\xff")
        self.assertEqual(await within(client.recv()), b"You said: \x00\xff")
        await client.send("")
        self.assertEqual(await within(client.recv()), "You said: ")

    async def test_answers_at_the_path_of_the_seed_too(self):
        client = await self.connect(self.start("echo"), "/")
        await client.send("x")
        self.assertEqual(await within(client.recv()), "You said: x")

    async def test_arguments_come_from_the_query(self):
        client = await self.connect(self.start("echo", "--name", "echo7"), "/echo?prefix=a%20b%2Bc&announce=1")
        self.assertEqual(await within(client.recv()), "This is echo7")
        await client.send("x")
        self.assertEqual(await within(client.recv()), "a b+c x")

    async def test_many_messages_come_back_in_order(self):
        client = await self.connect(self.start("echo"), "/echo")
        sent = [f"{number}:" + "x" * (number * 37 % 3000) for number in range(2000)]

        async def send_all():
            for text in sent:
                await client.send(text)

        sending = asyncio.create_task(send_all())
        for text in sent:
            self.assertEqual(await within(client.recv()), "You said: " + text)
        await sending

    async def test_works_with_and_without_compression(self):
        for switch, expected in (("on", ["permessage-deflate"]), ("off", [])):
            client = await self.connect(self.start("echo", "--compression", switch), "/echo")
            self.assertEqual([extension.name for extension in client.extensions], expected)
            await client.send("y" * 100_000)
            self.assertEqual(await within(client.recv()), "You said: " + "y" * 100_000)

    async def test_listens_on_a_unix_socket(self):
        path = self.folder() / "echo.sock"
        for _ in range(2):  # the second start finds the way free
            backend = self.start("echo", "--unix", path)
            self.assertEqual(backend.address, f"unix:{path}")
            async with websockets.unix_connect(str(path), "ws://localhost/echo") as client:
                await client.send("x")
                self.assertEqual(await within(client.recv()), "You said: x")
            self.assertEqual(backend.stop(), 0)
        self.assertFalse(path.exists())


class Handshake(BackendCase):
    async def test_another_origin_is_refused(self):
        backend = self.start("echo")
        self.assertEqual(await self.refused(backend, "/echo", origin="http://elsewhere.example"), 403)
        self.assertEqual(await self.refused(backend, "/echo", origin="null"), 403)

    async def test_the_own_origin_and_none_are_accepted(self):
        backend = self.start("echo")
        await self.connect(backend, "/echo", origin=f"http://{backend.address}")
        await self.connect(backend, "/echo")

    async def test_the_preferred_subprotocol_is_selected(self):
        backend = self.start("echo", "--subprotocol", "v2", "v1")
        self.assertEqual((await self.connect(backend, "/echo", subprotocols=["v1", "x", "v2"])).subprotocol, "v2")
        self.assertIsNone((await self.connect(backend, "/echo", subprotocols=["x"])).subprotocol)
        self.assertIsNone((await self.connect(backend, "/echo")).subprotocol)

    async def test_an_unknown_path_is_not_found(self):
        self.assertEqual(await self.refused(self.start("echo"), "/nowhere"), 404)

    async def test_bad_handshakes_are_refused(self):
        backend = self.start("echo")
        self.assertEqual(status_of(backend, HANDSHAKE), 101)
        self.assertEqual(status_of(backend, HANDSHAKE.replace("Version: 13", "Version: 8")), 426)
        self.assertEqual(status_of(backend, HANDSHAKE.replace("Sec-WebSocket-Key", "Other")), 400)
        self.assertEqual(status_of(backend, HANDSHAKE.replace("/echo", "/echo?%zz")), 400)
        self.assertEqual(status_of(backend, HANDSHAKE.replace("/echo", "http://localhost/echo")), 400)

    async def test_a_client_that_does_not_wait_for_the_answer_is_refused(self):
        """RFC 6455, section 4.1; Tidegate holds such bytes back until the backend has answered."""
        self.assertEqual(status_of(self.start("echo"), HANDSHAKE + "\x81\x80abcd"), 400)

    async def test_malformed_and_oversized_requests_are_refused(self):
        backend = self.start("echo")
        self.assertEqual(status_of(backend, "GET\r\n\r\n"), 400)
        self.assertEqual(status_of(backend, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"), 400)
        self.assertEqual(status_of(backend, "GET / HTTP/1.1\r\nX: " + "x" * 20_000 + "\r\n\r\n"), 431)

    async def test_a_plain_request_for_a_websocket_is_told_so(self):
        connection = http.client.HTTPConnection(*self.start("echo").host_and_port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/echo")
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Upgrade"]), (426, "websocket"))


class Limits(BackendCase):
    async def test_too_large_a_message_closes_with_1009(self):
        client = await self.connect(self.start("echo", "--max-message", 1000), "/echo")
        await client.send("x" * 1000)
        self.assertEqual(len(await within(client.recv())), 1010)
        await client.send("x" * 1001)
        await within(client.wait_closed())
        self.assertEqual(client.close_code, 1009)

    async def test_a_message_that_is_too_large_when_inflated_closes_too(self):
        client = await self.connect(self.start("echo", "--max-message", 100_000), "/echo")
        await client.send("x" * 10_000_000)  # some 10 kB on the wire
        await within(client.wait_closed())
        self.assertEqual(client.close_code, 1009)

    async def test_text_that_is_not_utf8_closes(self):
        backend = self.start("echo")
        with raw(backend, HANDSHAKE) as client:
            answer = client.makefile("rb")
            while answer.readline() != b"\r\n":
                pass
            client.sendall(b"\x81\x81\x00\x00\x00\x00\xff")
            frame = answer.read(4)
        self.assertEqual((frame[0], int.from_bytes(frame[2:4], "big")), (0x88, 1007))

    async def test_a_client_that_sends_but_never_reads_is_made_to_wait(self):
        backend = self.start("echo", "--compression", "off", "--max-queue", MEGABYTE)
        before = backend.resident_bytes()
        with raw(backend, HANDSHAKE) as client:
            self.assertIn(b" 101 ", client.recv(4096))
            client.settimeout(1)
            payload = b"\x82\xfe\xff\xff" + bytes(4) + b"x" * 0xFFFF  # masked with zeros
            sent = 0
            with self.assertRaises(TimeoutError):
                while sent < 256 * MEGABYTE:
                    client.sendall(payload)
                    sent += len(payload)
            # Socket buffers of the kernel hold the rest; the backend holds its queue and one message.
            self.assertLess(backend.resident_bytes() - before, 8 * MEGABYTE)

    async def test_a_silent_client_is_pinged_and_one_that_does_not_answer_is_closed(self):
        backend = self.start("echo", "--idle-timeout", 2)
        with raw(backend, HANDSHAKE) as client:
            stream = client.makefile("rb")
            while stream.readline() != b"\r\n":
                pass
            self.assertEqual(stream.read(2), b"\x89\x00")
            self.assertEqual(stream.read(), b"")  # an end, and not a timeout of this side

    async def test_more_connections_wait_until_others_have_ended(self):
        backend = self.start("echo", "--max-connections", 2)
        first = await self.connect(backend, "/echo")
        await self.connect(backend, "/echo")
        third = asyncio.create_task(self.connect(backend, "/echo"))
        await first.send("still served")
        self.assertEqual(await within(first.recv()), "You said: still served")
        self.assertFalse(third.done())
        await first.close()
        client = await within(third)
        await client.send("now")
        self.assertEqual(await within(client.recv()), "You said: now")


class Ends(BackendCase):
    async def test_closing_is_answered_with_the_same_code(self):
        client = await self.connect(self.start("echo"), "/echo")
        await within(client.close(1000, "done"))
        self.assertEqual(client.close_code, 1000)

    async def test_a_signal_closes_every_connection_with_1001(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            backend = self.start("echo")
            clients = [await self.connect(backend, "/echo") for _ in range(5)]
            backend.process.send_signal(number)
            for client in clients:
                await within(client.wait_closed())
                self.assertEqual(client.close_code, 1001)
            self.assertEqual(backend.process.wait(PATIENCE), 0)

    async def test_a_client_that_vanishes_leaves_nothing_behind(self):
        backend = self.start("echo")
        folder = f"/proc/{backend.process.pid}/fd"
        before = len(os.listdir(folder))
        for _ in range(20):
            client = raw(backend, HANDSHAKE)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            client.recv(10)
            client.close()  # a reset
        eventually(lambda: len(os.listdir(folder)) == before, "the descriptors to be closed")


class CommandLine(unittest.TestCase):
    def run_echo(self, *flags):
        return subprocess.run(
            [str(BINARIES / "tidegate-echo"), *flags], capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def test_a_taken_port_is_an_error_with_a_reason(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = self.run_echo("--port", str(taken.getsockname()[1]))
        self.assertEqual(done.returncode, 1)
        self.assertIn("in use", done.stderr)

    def test_an_unknown_flag_is_an_error(self):
        self.assertNotEqual(self.run_echo("--nothing").returncode, 0)

    def test_the_probe_tells_health_by_its_exit_code(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            nobody = silent.getsockname()[1]
        self.assertEqual(self.run_echo("--probe", f"http://127.0.0.1:{nobody}/healthz").returncode, 1)
        self.assertEqual(self.run_echo("--probe", "ftp://127.0.0.1/").returncode, 1)


class Probe(BackendCase):
    async def test_a_healthy_backend_is_healthy(self):
        backend = self.start("echo")
        for path, code in (("/healthz", 0), ("/nowhere", 1)):
            done = subprocess.run(
                [str(BINARIES / "tidegate-echo"), "--probe", f"http://{backend.address}{path}"],
                timeout=PATIENCE, check=False,
            )
            self.assertEqual(done.returncode, code, path)


if __name__ == "__main__":
    unittest.main()
