"""Everything a stranger can be slow with has a deadline, and each has its status and its line in the log."""

import os
import select
import threading
import time
import unittest

from support.case import ProxyCase
from support.handshake import get
from support.raw_server import answer, answering
from support.waiting import PATIENCE, eventually

SHORT = "300ms"
SOON = 5.0  # seconds within which a deadline of 300 ms must have struck, on a machine that is busy


class DeadlineCase(ProxyCase):
    def setUp(self):
        started = time.monotonic()
        self.addCleanup(lambda: self.assertLess(time.monotonic() - started, 4 * PATIENCE))

    def serve(self, port, settings):
        """A server in nginx syntax with these directives, before an upstream on `port`."""
        return self.start_nginx(
            f"server {{ listen 127.0.0.1:@port@; {settings} location / {{ proxy_pass http://127.0.0.1:@backend@; }} }}",
            backend=port)

    def timed(self, action):
        """Runs action() and fails if that was not soon."""
        started = time.monotonic()
        result = action()
        self.assertLess(time.monotonic() - started, SOON)
        return result


class SlowClients(DeadlineCase):
    def setUp(self):
        super().setUp()
        self.backend_ = self.upstream(answering(answer()))

    def assert_times_out(self, client, proxy):
        """408 with its record; and nobody upstream heard of it."""
        self.assertEqual(self.timed(client.read_response).status, 408)
        self.assertTrue(client.ends())
        self.assertEqual(self.backend_.connections, 0)
        proxy.log_line('" 408 ')

    def test_slow_header(self):
        proxy = self.serve(self.backend_.port, f"client_header_timeout {SHORT};")
        client = self.client(proxy.port)
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nX-A:")
        self.assert_times_out(client, proxy)

    def test_header_of_single_bytes_is_no_way_around_it(self):
        """The deadline is for the whole head, not for each byte of it."""
        proxy = self.serve(self.backend_.port, f"client_header_timeout {SHORT};")
        client = self.client(proxy.port)
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nX-A:")
        started = time.monotonic()
        while not select.select([client.socket], [], [], 0.02)[0]:
            client.send(b"b")
            self.assertLess(time.monotonic() - started, SOON)
        self.assertEqual(client.read_response().status, 408)

    def test_silence_from_the_start(self):
        """Nothing was asked, so nothing is answered: the connection just ends."""
        proxy = self.serve(self.backend_.port, f"client_header_timeout {SHORT};")
        client = self.client(proxy.port)
        self.assertTrue(self.timed(client.ends) or client.buffer.startswith(b"HTTP/1.1 408"))

    def test_slow_body(self):
        proxy = self.serve(self.backend_.port, f"client_body_timeout {SHORT};")
        client = self.client(proxy.port)
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        self.assertEqual(self.timed(client.read_response).status, 408)
        self.assertTrue(client.ends())
        proxy.log_line('" 408 ')

    def test_idle_between_requests(self):
        proxy = self.serve(self.backend_.port, f"keepalive_timeout {SHORT};")
        client = self.client(proxy.port)
        self.assertEqual(client.ask(get()).status, 200)
        self.assertTrue(self.timed(client.ends))

    def test_no_idling_at_all(self):
        proxy = self.serve(self.backend_.port, "keepalive_timeout 0;")
        client = self.client(proxy.port)
        self.assertEqual(client.ask(get()).get("Connection").lower(), "close")
        self.assertTrue(client.ends())

    def test_slow_reader(self):
        """A client that asks and does not read is let go, with what it holds."""
        freed = threading.Event()

        def script(wire):
            wire.read_request()
            try:
                wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
                while True:
                    wire.send(b"x" * 65536)
            except OSError:
                freed.set()

        proxy = self.serve(self.upstream(script).port, f"send_timeout {SHORT};")
        client = self.client(proxy.port, receive_buffer=4096)
        client.send(get())
        self.assertTrue(freed.wait(SOON), "the upstream was not let go")
        proxy.log_line('" 200 ')


class SlowUpstreams(DeadlineCase):
    def test_connect(self):
        proxy = self.serve(self.deaf_port(), f"proxy_connect_timeout {SHORT};")
        client = self.client(proxy.port)
        self.assertEqual(self.timed(lambda: client.ask(get())).status, 504)
        proxy.log_line("timed out", "error.log")
        proxy.log_line('" 504 ')

    def test_connect_moves_to_the_next_endpoint(self):
        """Nothing was sent, so the request is still whole for another one."""
        other = self.upstream(answering(answer(b"other")))
        proxy = self.start_nginx(
            "upstream u { server 127.0.0.1:@full@; server 127.0.0.1:@other@; } server { listen 127.0.0.1:@port@;"
            f" proxy_connect_timeout {SHORT}; location / {{ proxy_pass http://u; }} }}",
            full=self.deaf_port(), other=other.port)
        for _ in range(3):
            self.assertEqual(self.timed(lambda: self.client(proxy.port).ask(get())).body, b"other")

    def test_no_answer(self):
        upstream = self.upstream(lambda wire: wire.read_to_end())
        proxy = self.serve(upstream.port, f"proxy_read_timeout {SHORT};")
        self.assertEqual(self.timed(lambda: self.client(proxy.port).ask(get())).status, 504)
        proxy.log_line("timed out", "error.log")

    def test_half_an_answer(self):
        """The head is out already: all that is left is to end the connection, so that it cannot look whole."""

        def script(wire):
            wire.read_request()
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            wire.read_to_end()

        proxy = self.serve(self.upstream(script).port, f"proxy_read_timeout {SHORT};")
        client = self.client(proxy.port)
        with self.assertRaises((EOFError, ConnectionError)):
            self.timed(lambda: client.ask(get()))

    def test_a_slow_but_steady_answer_is_not_cut(self):
        """The timeout is between two reads, not for the whole answer."""

        def script(wire):
            wire.read_request()
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
            clock = threading.Event()
            for _ in range(10):
                clock.wait(0.1)  # time itself is under test here
                wire.send(b".")

        proxy = self.serve(self.upstream(script).port, "proxy_read_timeout 500ms;")
        self.assertEqual(self.client(proxy.port).ask(get()).body, b"." * 10)

    def test_upstream_that_does_not_read(self):
        release = threading.Event()
        upstream = self.upstream(lambda wire: release.wait(60))
        self.addCleanup(release.set)
        proxy = self.serve(upstream.port, f"proxy_send_timeout {SHORT}; client_max_body_size 0;")
        client = self.client(proxy.port)
        status = []

        def upload():
            try:
                client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
                for _ in range(10000):
                    client.send(b"x" * 65536)
            except OSError:
                pass

        sender = threading.Thread(target=upload, daemon=True)
        sender.start()
        status.append(self.timed(client.read_response).status)
        self.assertEqual(status, [504])
        client.close()
        sender.join(PATIENCE)


class ClientGone(DeadlineCase):
    def test_while_waiting_for_the_answer(self):
        """499 in the log, and the upstream is let go."""
        waiting = threading.Event()
        freed = threading.Event()

        def script(wire):
            wire.read_request()
            waiting.set()
            self.assertTrue(wire.ends())
            freed.set()

        proxy = self.serve(self.upstream(script).port, "")
        client = self.client(proxy.port)
        client.send(get())
        self.assertTrue(waiting.wait(PATIENCE))
        client.close()
        self.assertTrue(freed.wait(PATIENCE), "the upstream was not let go")
        proxy.log_line('" 499 ')

    def test_descriptors_are_given_back(self):
        """A hundred clients that vanish at every stage leave nothing behind."""
        backend = self.upstream(answering(answer(headers=["Connection: close"])))  # none is kept
        proxy = self.serve(backend.port, "")

        def descriptors():
            return len(os.listdir(f"/proc/{proxy.process.pid}/fd"))

        self.assertEqual(self.client(proxy.port).ask(get()).status, 200)
        before = descriptors()
        for turn in range(100):
            client = self.client(proxy.port)
            client.send((b"", b"GET / HT", get(), get() + b"POST / HTTP/1.1\r\nContent-Le")[turn % 4])
            (client.close, client.reset)[turn % 2]()
        eventually(lambda: descriptors() <= before, "the descriptors to be closed")


if __name__ == "__main__":
    unittest.main()
