"""What TLS carries: records of all sizes, readers that are slow, and how each direction ends."""

import os
import ssl
import threading
import unittest

from support import handshake, tls
from support.handshake import get
from support.raw_server import answer, answering
from support.tls_case import TlsCase
from support.tunnel import Directions, echoing, upgrading
from support.waiting import PATIENCE
from support.wire import Wire

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
LARGE = 8 * 1024 * 1024


class Ends(TlsCase):
    """close_notify both ways, half-close, ends without it."""

    def test_close_notify_at_a_response_without_length(self):
        """Without it the client could not tell this body from one that was cut."""
        script = lambda wire: (wire.read_head(), wire.send(b"HTTP/1.0 200 OK\r\n\r\nall of it"))
        client = self.tls_client(self.start_tls(backend=self.upstream(script).port))
        client.send(get(version="HTTP/1.0"))
        self.assertEqual(client.read_to_end().split(b"\r\n\r\n")[1], b"all of it")

    def test_close_notify_of_a_client_is_answered(self):
        client = self.tls_client(self.start_tls(backend=self.upstream(answering(answer())).port))
        self.assertEqual(client.ask(get()).status, 200)
        client.finish()
        self.assertEqual(client.read_to_end(), b"")

    def test_close_notify_before_the_first_request_is_answered(self):
        client = self.tls_client(self.start_tls())
        client.finish()
        self.assertEqual(client.read_to_end(), b"")

    def test_close_notify_at_the_end_of_a_tunnel(self):
        script = upgrading(lambda wire: wire.send(b"bye"))
        client = self.open_tls_tunnel(self.start_tls(backend=self.upstream(script).port))
        self.assertEqual(client.read_to_end(), b"bye")

    def test_client_leaves_a_tunnel_without_close_notify(self):
        gone = threading.Event()

        @upgrading
        def script(wire):
            try:
                wire.read_to_end()
            finally:
                gone.set()

        for leave in (Wire.close, Wire.reset):
            with self.subTest(leave.__name__):
                proxy = self.start_tls(backend=self.upstream(script).port)
                gone.clear()
                leave(self.open_tls_tunnel(proxy))
                self.assertTrue(gone.wait(PATIENCE), "the upstream did not learn of it")
                proxy.log_line('" 101 .*client')

    def test_nothing_is_lost_when_the_upstream_ends_at_once(self):
        data = os.urandom(LARGE)
        script = upgrading(lambda wire: wire.send(data))
        client = self.open_tls_tunnel(self.start_tls(backend=self.upstream(script).port))
        self.assertTrue(client.read_to_end() == data)

    def test_client_gone_while_waiting(self):
        """499 in the log, and the upstream is let go."""
        for leave in ("close", "close_notify", "reset"):
            with self.subTest(leave):
                released = threading.Event()
                upstream = self.upstream(lambda wire: (wire.read_head(), wire.ends() and released.set()))
                proxy = self.start_tls(backend=upstream.port)
                client = self.tls_client(proxy).send(get())
                upstream.wait_for_connections(1)
                if leave == "reset":
                    client.reset()
                else:
                    if leave == "close_notify":
                        client.finish()
                    client.close()
                self.assertTrue(released.wait(PATIENCE), "the upstream was not let go")
                proxy.log_line('" 499 ')


class Bytes(TlsCase):
    """Records of all sizes, and readers that are slow."""

    def test_records_of_every_size(self):
        noise = os.urandom(20000)
        client = self.open_tls_tunnel(self.start_tls(backend=self.upstream(echoing).port))
        for size in range(1, 20001, 7):
            client.send(noise[:size])
            self.assertTrue(client.read_exactly(size) == noise[:size], size)

    def test_records_of_every_size_without_waiting(self):
        """They lie behind one another in what the proxy reads at once, with TLS on both sides."""
        noise = os.urandom(20000)
        sizes = range(1, 20001)
        theirs = tls.server_context(self.authority.issue("upstream.test"))
        upstream = self.upstream(tls.encrypted(echoing, theirs))
        for version in (TLS_1_2, TLS_1_3):
            with self.subTest(version):
                client = self.open_tls_tunnel(self.start_tls(backend=upstream.port, scheme="https"), version=version)
                sender = threading.Thread(target=lambda: [client.socket.sendall(noise[:size]) for size in sizes])
                sender.start()
                self.addCleanup(sender.join)
                for size in sizes:
                    self.assertTrue(client.read_exactly(size) == noise[:size], size)

    def test_record_in_pieces(self):
        """A record that arrives byte by byte."""
        client = self.open_tls_tunnel(self.start_tls(backend=self.upstream(echoing).port))
        client.socket.tls.write(b"piece by piece")
        for byte in client.socket.take_outgoing():
            client.socket.plain.sendall(bytes([byte]))
        self.assertEqual(client.read_exactly(14), b"piece by piece")

    def test_request_in_small_records(self):
        proxy = self.start_tls(backend=self.upstream(answering(answer(b"whole"))).port)
        client = self.tls_client(proxy)
        for byte in get():
            client.send(bytes([byte]))
        self.assertEqual(client.read_response().body, b"whole")

    def test_pipelined_requests_in_one_record(self):
        proxy = self.start_tls(backend=self.upstream(answering(answer(b"whole"))).port)
        client = self.tls_client(proxy).send(get() * 3)
        self.assertEqual([client.read_response().body for _ in range(3)], [b"whole"] * 3)

    def test_frames_in_the_record_of_the_handshake(self):
        client = self.tls_client(self.start_tls(backend=self.upstream(echoing).port))
        self.assertEqual(client.ask(handshake.request() + b"early").status, 101)
        self.assertEqual(client.read_exactly(5), b"early")


class OverTls13(Directions, TlsCase):
    """close_notify alone, without FIN, ends a direction."""

    version = TLS_1_3

    def open(self, then):
        proxy = self.start_tls(backend=self.upstream(upgrading(then)).port)
        return self.open_tls_tunnel(proxy, version=self.version), proxy


class OverTls12(OverTls13):
    """The same in the older protocol."""

    version = TLS_1_2


if __name__ == "__main__":
    unittest.main()
