"""Resets by either side at every stage of a connection's life: what is let go, and whom the log blames for what."""

import os
import re
import threading
import unittest
from pathlib import Path

from support import handshake, tls, tunnel
from support.handshake import get
from support.ports import free_port
from support.raw_server import answer, answering
from support.tls_case import TlsCase, server
from support.waiting import PATIENCE, eventually

RESET = "Connection reset by peer"
LARGE = 64 * 1024 * 1024
SYN_SENT = "02"


def sockets_of(proxy):
    """The inodes of its sockets."""
    links = set()
    for descriptor in Path(f"/proc/{proxy.process.pid}/fd").iterdir():
        try:
            links.add(os.readlink(descriptor))
        except FileNotFoundError:  # closed meanwhile
            continue
    return {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}


def connecting(proxy, port):
    """The inodes of the proxy's sockets that wait for 127.0.0.1:port to take them."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    waiting = {fields[9] for fields in map(str.split, lines)
               if fields[2] == f"0100007F:{port:04X}" and fields[3] == SYN_SENT}
    return waiting & sockets_of(proxy)


def swallow(wire):
    """Reads without keeping anything, until the other side ends."""
    while wire.socket.recv(1 << 20):
        pass


class Resets(TlsCase):
    """Over plain TCP on both sides."""

    def serve(self, script=answering(answer())):
        return self.upstream(script).port

    def proxy(self, backend, location="proxy_connect_timeout 60s;"):
        return self.start_nginx(server("", ""), backend=backend, scheme="http", location=location)

    def connect(self, proxy):
        return self.client(proxy.port)

    def upgraded(self, then):
        """A client's end of a tunnel whose upstream end runs `then`, and the proxy between."""
        proxy = self.proxy(self.serve(tunnel.upgrading(then)))
        return self.upgrade(self.connect(proxy)), proxy

    def assert_record(self, proxy, side, reason=RESET):
        """One record of the tunnel, which blames `side`."""
        proxy.log_line(f'" 101 .*closed_by={side} reason="{reason}"')
        self.assertEqual(len(re.findall('" 101 ', proxy.read("access.log"))), 1)

    def assert_bad_gateway(self, backend, words):
        proxy = self.proxy(backend)
        client = self.connect(proxy)
        self.assertEqual(client.ask(handshake.request()).status, 502)
        proxy.log_line('" 502 ')
        proxy.log_line(f"upstream: {words}", "error.log")
        self.assertEqual(client.ask(get(extra=["Connection: close"])).status, 502)  # it is still heard

    # --- by the client -------------------------------------------------------------------------------
    def test_client_before_the_head(self):
        proxy = self.proxy(self.serve())
        self.connect(proxy).reset()
        kept_alive = self.connect(proxy)
        self.assertEqual(kept_alive.ask(get("/kept")).status, 200)
        kept_alive.reset()
        self.assertEqual(self.connect(proxy).ask(get("/next")).status, 200)
        proxy.log_line("GET /next")
        self.assertEqual(proxy.read("access.log").count("\n"), 2, "there were two requests")

    def test_client_within_the_head(self):
        proxy = self.proxy(self.serve())
        client = self.connect(proxy)
        self.assertEqual(client.ask(get()).status, 200)  # behind it, both sides are through with a handshake of TLS
        client.send(b"GET / HTTP/1.1\r\nHost: exa").reset()
        proxy.log_line(f"client: {RESET} while reading request header", "error.log")
        proxy.log_line('"-" 499 ')
        self.assertEqual(self.connect(proxy).ask(get()).status, 200)

    def test_client_while_connecting(self):
        """It is not found out only when the upstream's time is up, and nobody is blamed for it."""
        port = self.deaf_port()
        proxy = self.proxy(port)
        client = self.connect(proxy).send(handshake.request())
        attempt = eventually(lambda: connecting(proxy, port), "the proxy to connect")
        client.reset()
        proxy.log_line('" 499 ')
        proxy.log_line(f"client: {RESET} while connecting to upstream", "error.log")
        eventually(lambda: not attempt & sockets_of(proxy), "the attempt to be given up")

    def test_client_before_the_101(self):
        asked, released = threading.Event(), threading.Event()
        script = lambda wire: (wire.read_head(), asked.set(), wire.ends() and released.set())
        proxy = self.proxy(self.serve(script))
        client = self.connect(proxy).send(handshake.request())
        self.assertTrue(asked.wait(PATIENCE))
        client.reset()
        self.assertTrue(released.wait(PATIENCE), "the upstream was not let go")
        proxy.log_line('" 499 ')
        proxy.log_line(f"client: {RESET} while reading response header", "error.log")

    def test_client_after_the_101(self):
        released = threading.Event()
        client, proxy = self.upgraded(lambda wire: wire.ends() and released.set())
        client.reset()
        self.assertTrue(released.wait(PATIENCE), "the upstream did not learn of it")
        self.assert_record(proxy, "client")

    def test_client_while_data_flows_to_it(self):
        stopped = threading.Event()

        def then(wire):
            try:
                wire.send(b"\0" * LARGE)
            finally:
                stopped.set()

        client, proxy = self.upgraded(then)
        client.read_exactly(100_000)
        client.reset()
        self.assertTrue(stopped.wait(PATIENCE), "the upstream was not stopped")
        self.assert_record(proxy, "client")

    def test_client_while_data_flows_from_it(self):
        """What it had sent in good time is not lost: the upstream has read all of it before it sees the end."""
        got = bytearray()
        done = threading.Event()

        def then(wire):
            try:
                while data := wire.socket.recv(65536):
                    got.extend(data)
            finally:
                done.set()

        client, proxy = self.upgraded(then)
        client.send(b"x" * 100_000)
        eventually(lambda: len(got) == 100_000, "what was sent")
        client.send(b"y" * 10).reset()
        self.assertTrue(done.wait(PATIENCE), "the upstream did not learn of it")
        self.assertEqual(bytes(got[100_000:]), b"y" * 10)
        self.assert_record(proxy, "client")

    # --- by the upstream -----------------------------------------------------------------------------
    def test_upstream_refuses(self):
        self.assert_bad_gateway(free_port(), "Connection refused while connecting to upstream")

    def test_upstream_before_the_answer(self):
        self.assert_bad_gateway(self.serve(lambda wire: (wire.read_head(), wire.reset())),
                                f"{RESET} while reading response header from upstream")

    def test_upstream_within_the_answer(self):
        script = lambda wire: (wire.read_head(), wire.send(b"HTTP/1.1 101 Swi"), wire.reset())
        self.assert_bad_gateway(self.serve(script), f"{RESET} while reading response header from upstream")

    def test_upstream_after_the_101(self):
        client, proxy = self.upgraded(lambda wire: (wire.read_exactly(1), wire.reset()))
        client.send(b"x")
        self.assertTrue(client.ends())
        self.assert_record(proxy, "upstream")

    def test_upstream_while_data_flows_to_it(self):
        client, proxy = self.upgraded(lambda wire: (wire.read_exactly(100_000), wire.reset()))
        with self.assertRaises(ConnectionError):
            client.send(b"\0" * LARGE)
        self.assert_record(proxy, "upstream")

    def test_upstream_while_data_flows_from_it(self):
        """Its last words come through, although a reset is behind them."""
        client, proxy = self.upgraded(lambda wire: (wire.send(b"last words"), wire.reset()))
        self.assertEqual(client.read_exactly(10), b"last words")
        self.assertTrue(client.ends())
        self.assert_record(proxy, "upstream")


class SecureResets(Resets):
    """The same with TLS on both sides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = tls.server_context(cls.authority.issue("upstream.test"))

    def serve(self, script=answering(answer())):
        return self.upstream(tls.encrypted(script, self.theirs)).port

    def proxy(self, backend, location="proxy_connect_timeout 60s;"):
        return self.start_tls(backend=backend, scheme="https", location=location)

    def connect(self, proxy):
        return self.tls_client(proxy)

    def test_client_before_the_handshake(self):
        proxy = self.proxy(self.serve())
        self.client(proxy.port).reset()
        proxy.log_line("TLS handshake failed: " + RESET, "error.log")
        self.assertEqual(self.connect(proxy).ask(get()).status, 200)

    def test_client_within_the_handshake(self):
        proxy = self.proxy(self.serve())
        self.client(proxy.port).send(b"\x16\x03\x01\x02\x00\x01").reset()
        proxy.log_line("TLS handshake failed: " + RESET, "error.log")
        self.assertEqual(self.connect(proxy).ask(get()).status, 200)

    def test_client_while_the_upstream_shakes_hands(self):
        silent, released = threading.Event(), threading.Event()
        script = lambda wire: (wire.read_exactly(1), silent.set(), swallow(wire), released.set())
        proxy = self.proxy(self.upstream(script).port)
        client = self.connect(proxy).send(handshake.request())
        self.assertTrue(silent.wait(PATIENCE))
        client.reset()
        proxy.log_line('" 499 ')
        self.assertTrue(released.wait(PATIENCE), "the upstream was not let go")

    def test_upstream_within_the_handshake(self):
        self.assert_bad_gateway(self.upstream(lambda wire: (wire.read_exactly(1), wire.reset())).port,
                                f"{RESET} while connecting to upstream")


if __name__ == "__main__":
    unittest.main()
