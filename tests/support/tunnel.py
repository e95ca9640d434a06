"""Tunnels: what stands at their upstream end, and what holds for each of them, over TCP as over TLS on either side."""

import os
import threading

from support import handshake
from support.waiting import PATIENCE

MEBIBYTE = 1024 * 1024


def upgrading(then):
    """A script that accepts the handshake and goes on with `then(wire)`."""

    def script(wire):
        wire.read_head()
        wire.send(handshake.SWITCHING)
        then(wire)

    return script


@upgrading
def echoing(wire):
    """What comes goes back."""
    while data := wire.socket.recv(65536):
        wire.send(data)


class Directions:
    """Cases for a class with open(then): a client's end of a tunnel whose upstream end runs `then(wire)`, and the proxy
    between. Each direction ends, and is held up, without the other."""

    def test_client_finishes_first(self):
        """The upstream reads to the end and still answers."""

        def then(wire):
            wire.send(b"heard " + wire.read_to_end())
            wire.finish()

        client, _ = self.open(then)
        client.send(b"all I have").finish()
        self.assertEqual(client.read_to_end(), b"heard all I have")

    def test_upstream_finishes_first(self):
        heard = []
        done = threading.Event()

        def then(wire):
            wire.send(b"all I have")
            wire.finish()
            heard.append(wire.read_to_end())
            done.set()

        client, _ = self.open(then)
        self.assertEqual(client.read_to_end(), b"all I have")
        client.send(b"still ", b"here").finish()
        self.assertTrue(done.wait(PATIENCE))
        self.assertEqual(heard, [b"still here"])

    def test_half_close_with_data_in_flight(self):
        """Either side ends while 4 MiB of it are on their way, and as many come back behind that end."""
        for first in ("client", "upstream"):
            with self.subTest(first):
                self.half_close(first)

    def half_close(self, first):
        there, back = os.urandom(4 * MEBIBYTE), os.urandom(4 * MEBIBYTE)
        heard = {}

        def begin(wire):
            sender = threading.Thread(target=lambda: (wire.send(there), wire.finish()))
            sender.start()
            heard["back"] = wire.read_to_end()
            sender.join()

        def reply(wire):
            wire.send(back[:100_000])  # while the other side is still sending
            heard["there"] = wire.read_to_end()
            wire.send(back[100_000:])
            wire.finish()

        ours, theirs = (begin, reply) if first == "client" else (reply, begin)
        done = threading.Event()
        client, proxy = self.open(lambda wire: (theirs(wire), done.set()))
        ours(client)
        self.assertTrue(done.wait(PATIENCE))
        self.assertTrue(heard["there"] == there)
        self.assertTrue(heard["back"] == back)
        proxy.log_line(f'received={len(there)} sent={len(back)} closed_by={first} reason="eof"')

    def assert_bounded(self, sender, proxy):
        """A sender whose reader sleeps is stopped by a full pipe, and the proxy has not collected what it sent."""
        before = proxy.resident_kib()
        sender.socket.settimeout(1.0)  # no room for so long: it is stopped
        sent = 0
        chunk = b"\0" * 16384
        with self.assertRaises(TimeoutError):
            while sent < 512 * MEBIBYTE:
                sent += sender.socket.send(chunk)
        self.assertLess(sent, 64 * MEBIBYTE)
        self.assertLess(proxy.resident_kib() - before, 16 * 1024, "KiB more while nobody reads")

    def test_upstream_that_does_not_read(self):
        release = threading.Event()
        client, proxy = self.open(lambda wire: release.wait(60))
        self.addCleanup(release.set)  # before the upstream is stopped, which waits for its script
        self.assert_bounded(client, proxy)

    def test_client_that_does_not_read(self):
        wires = []
        release = threading.Event()

        def then(wire):
            wires.append(wire)
            wire.send(b"ready")
            release.wait(60)

        client, proxy = self.open(then)
        self.addCleanup(release.set)
        client.read_exactly(5)
        self.assert_bounded(wires[0], proxy)
        self.assertEqual(client.read_exactly(MEBIBYTE), bytes(MEBIBYTE))  # and it goes on
