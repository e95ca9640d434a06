"""How connections to endpoints come about: from which address, announcing whom, and within what time."""

import socket
import struct
import threading
import unittest

from support import handshake, tls
from support.handshake import get
from support.raw_server import answer, answering
from support.tls_case import TlsCase
from support.tunnel import upgrading
from support.waiting import PATIENCE
from support.wire import Wire

BODY = """
upstream pool { server 127.0.0.1:@backend@; }
server { listen 127.0.0.1:@port@; location / { proxy_pass @scheme@://pool; @location@ } }
"""
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


class EndpointConnections(TlsCase):
    def serve(self, backend, location, scheme="http"):
        return self.start_nginx(BODY, backend=backend.port, location=location, scheme=scheme)


class ProxyProtocol(EndpointConnections):
    def announced(self, version, read, wrap=lambda wire: wire, scheme="http"):
        """Two requests of one client: what each connection began with, and the client's port."""
        seen = []

        def script(wire):
            seen.append(read(wire))
            with wrap(wire) as inner:
                answering(answer())(inner)

        proxy = self.serve(self.upstream(script), f"proxy_protocol {version};", scheme)
        client = self.client(proxy.port)
        for _ in range(2):
            self.assertEqual(client.ask(get()).status, 200)
        return seen, client.socket.getsockname()[1], proxy.port

    @staticmethod
    def line(wire):
        return wire.read_until(b"\r\n").decode()

    @staticmethod
    def block(wire):
        head = wire.read_exactly(16)
        return head + wire.read_exactly(struct.unpack(">H", head[14:])[0])

    def test_version_1(self):
        """A header in front of each request, because its connection is no other client's."""
        for version in ("on", "v1"):
            seen, source, destination = self.announced(version, self.line)
            self.assertEqual(seen, [f"PROXY TCP4 127.0.0.1 127.0.0.1 {source} {destination}\r\n"] * 2)

    def test_version_2(self):
        seen, source, destination = self.announced("v2", self.block)
        address = socket.inet_aton("127.0.0.1")
        expected = SIGNATURE + b"\x21\x11" + struct.pack(">H4s4sHH", 12, address, address, source, destination)
        self.assertEqual(seen, [expected] * 2)

    def test_before_tls(self):
        context = tls.server_context(self.certificate)
        start = lambda wire: Wire(context.wrap_socket(wire.socket, server_side=True))
        seen, source, destination = self.announced("v2", lambda wire: wire.socket.recv(28, socket.MSG_WAITALL), start,
                                                   "https")
        self.assertEqual([header[:12] for header in seen], [SIGNATURE] * 2)
        self.assertEqual(struct.unpack(">HH", seen[0][24:]), (source, destination))

    def test_in_front_of_a_handshake(self):
        seen = []

        def script(wire):
            seen.append(self.line(wire))
            upgrading(Wire.read_to_end)(wire)

        proxy = self.serve(self.upstream(script), "proxy_protocol v1; proxy_websocket on;")
        self.open_tunnel(proxy)
        self.assertEqual(seen[0][:11], "PROXY TCP4 ")


class SourceAddresses(EndpointConnections):
    def sources(self, location, count):
        """The addresses that tunnels come from, and a proxy that holds them."""
        seen = []

        def script(wire):
            seen.append(wire.socket.getpeername()[0])
            upgrading(Wire.read_to_end)(wire)

        proxy = self.serve(self.upstream(script), location + " proxy_websocket on;")
        for _ in range(count):
            self.open_tunnel(proxy)
        return sorted(seen)

    def test_one(self):
        self.assertEqual(self.sources("proxy_bind 127.0.0.2;", 2), ["127.0.0.2"] * 2)

    def test_several_hold_equally_many(self):
        self.assertEqual(self.sources("proxy_bind 127.0.0.2 127.0.0.3 ::1;", 6), ["127.0.0.2"] * 3 + ["127.0.0.3"] * 3)

    def test_off(self):
        self.assertEqual(self.sources("proxy_bind off;", 1), ["127.0.0.1"])

    def test_an_address_that_is_not_ours(self):
        proxy = self.serve(self.upstream(answering(answer())), "proxy_bind 192.0.2.1;")
        self.assertEqual(self.client(proxy.port).ask(get()).status, 500)
        proxy.log_line("Cannot assign requested address", "error.log")

    def test_kept_ones_keep_theirs(self):
        """With `keepalive` shared by locations, one that is bound is not."""
        seen = []

        def script(wire):
            seen.append(wire.socket.getpeername()[0])
            answering(answer())(wire)

        proxy = self.start_nginx("""
            upstream pool { server 127.0.0.1:@backend@; keepalive 8; }
            server { listen 127.0.0.1:@port@;
                     location / { proxy_pass http://pool; }
                     location /bound { proxy_pass http://pool; proxy_bind 127.0.0.2; } }""",
                                 backend=self.upstream(script).port)
        for target in ("/", "/bound", "/", "/bound"):
            self.assertEqual(self.client(proxy.port).ask(get(target)).status, 200)
        self.assertEqual(seen, ["127.0.0.1", "127.0.0.2"])


class Deadlines(EndpointConnections):
    """Each is far below the others, so that only it can be what ends the wait."""

    def silent(self):
        return self.upstream(lambda wire: wire.read_to_end())

    def test_tls_handshake(self):
        proxy = self.serve(self.silent(), "proxy_ssl_handshake_timeout 200ms;", "https")
        self.assertEqual(self.client(proxy.port).ask(get()).status, 504)
        proxy.log_line("timed out while connecting to upstream", "error.log")

    def test_websocket_handshake(self):
        proxy = self.serve(self.silent(), "proxy_handshake_timeout 200ms; proxy_websocket on;")
        self.assertEqual(self.client(proxy.port).ask(handshake.request()).status, 504)
        proxy.log_line("timed out while reading response header", "error.log")

    def test_an_ordinary_request_is_not_a_handshake(self):
        """It waits on, while a handshake that began later has run out of time."""
        go = threading.Event()

        def script(wire):
            wire.read_request()
            go.wait(PATIENCE)
            wire.send(answer())

        proxy = self.serve(self.upstream(script), "proxy_handshake_timeout 50ms; proxy_websocket on;")
        client = self.client(proxy.port)
        client.send(get())
        self.assertEqual(self.client(proxy.port).ask(handshake.request()).status, 504)
        go.set()
        self.assertEqual(client.read_response().status, 200)


if __name__ == "__main__":
    unittest.main()
