"""Kept connections to endpoints: when one is used again, when it is not, and what a dead one does to a request."""

import socket
import threading
import unittest

from support import handshake
from support.case import ProxyCase
from support.handshake import get
from support.raw_server import RawServer, answer, answering
from support.tunnel import echoing
from support.waiting import PATIENCE, eventually
from support.wire import Wire

BODY = """
upstream pool { server 127.0.0.1:@backend@; @pool@ }
server {
    listen 127.0.0.1:@port@;
    @server@
    location / { proxy_pass http://pool; @location@ }
    location /other { proxy_pass http://pool; }
}
"""
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"


class Kept(ProxyCase):
    def serve(self, backend, pool="", location="", server=""):
        return self.start_nginx(BODY, backend=backend.port, pool=pool, location=location, server=server)

    def recorder(self, response=answer()):
        """An upstream that tells what came over which connection."""
        seen = []

        def script(wire):
            number = len(seen)
            seen.append([])
            while True:
                seen[number].append(wire.read_request())
                wire.send(response)

        return self.upstream(script), seen


class Reuse(Kept):
    def test_clients_share_a_connection(self):
        upstream, seen = self.recorder()
        proxy = self.serve(upstream)
        for _ in range(20):
            self.assertEqual(self.ask(proxy).status, 200)
        self.assertEqual([len(requests) for requests in seen], [20])
        self.assertEqual(seen[0][0].all("Connection"), [])

    def test_on_in_toml_too(self):
        upstream, seen = self.recorder()
        proxy = self.start_toml(upstream.port)
        for _ in range(3):
            self.ask(proxy)
        self.assertEqual([len(requests) for requests in seen], [3])

    def test_every_framing_that_ends_by_itself(self):
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n"
        for name, response, method in (
                ("length", answer(b"hello"), "GET"),
                ("empty", answer(b""), "GET"),
                ("chunked", chunked, "GET"),
                ("interim", b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(), "GET"),
                ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"),
                ("HEAD of chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD"),
                ("204", b"HTTP/1.1 204 No Content\r\n\r\n", "GET"),
                ("304", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "GET"),
                ("error", answer(b"no", "500 Internal Server Error"), "GET")):
            with self.subTest(name):
                upstream = self.upstream(answering(response))
                proxy = self.serve(upstream)
                for _ in range(3):
                    self.ask(proxy, get(method=method), method)
                self.assertEqual(upstream.connections, 1)

    def test_request_bodies_of_both_framings(self):
        upstream, seen = self.recorder()
        proxy = self.serve(upstream)
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        for request in (POST, chunked, POST):
            self.assertEqual(self.ask(proxy, request).status, 200)
        self.assertEqual([request.body for request in seen[0]], [b"hi"] * 3)

    def test_a_refused_handshake_leaves_it_fit(self):
        upstream = self.upstream(answering(answer(b"no", "403 Forbidden")))
        proxy = self.start_toml(upstream.port)
        for _ in range(3):
            self.assertEqual(self.ask(proxy, handshake.request()).status, 403)
        self.assertEqual(upstream.connections, 1)


class NoReuse(Kept):
    """Each request gets a connection of its own."""

    def assert_not_kept(self, response=answer(), pool="", location="", request=get()):
        upstream, seen = self.recorder(response)
        proxy = self.serve(upstream, pool, location)
        for _ in range(3):
            self.assertEqual(self.ask(proxy, request).status, 200)
        self.assertEqual([len(requests) for requests in seen], [1, 1, 1])
        return seen[0][0]

    def test_the_upstream_says_close(self):
        self.assert_not_kept(answer(headers=["Connection: close"]))

    def test_http_1_0_upstream(self):
        self.assert_not_kept(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")

    def test_off(self):
        request = self.assert_not_kept(pool="keepalive 0;")
        self.assertEqual(request.get("Connection"), "close")

    def test_spoken_to_in_http_1_0(self):
        self.assert_not_kept(location="proxy_http_version 1.0;")

    def test_a_header_rule_says_close(self):
        request = self.assert_not_kept(location="proxy_set_header Connection close;")
        self.assertEqual(request.get("Connection"), "close")

    def test_a_header_rule_passes_the_clients_close(self):
        self.assert_not_kept(location="proxy_set_header Connection $http_connection;",
                             request=get(extra=["Connection: close"]))

    def test_more_bytes_than_the_response_has(self):
        """What comes behind a response must never be taken for the next one, which is somebody else's."""
        self.assert_not_kept(answer() + answer(b"poison"))

    def test_delimited_by_close(self):
        def script(wire):
            wire.read_request()
            wire.send(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")

        upstream = self.upstream(script)
        proxy = self.serve(upstream)
        self.assertEqual([self.ask(proxy).body for _ in range(2)], [b"until the end"] * 2)
        self.assertEqual(upstream.connections, 2)

    def test_answered_before_the_body_was_read(self):
        def script(wire):
            wire.read_head()
            wire.send(answer())
            wire.read_to_end()

        upstream = self.upstream(script)
        proxy = self.serve(upstream)
        for _ in range(2):
            with Wire.to(proxy.port) as client:
                client.ask(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nbegin")
        self.assertEqual(upstream.connections, 2)

    def test_upgraded(self):
        upstream = self.upstream(echoing)
        proxy = self.start_toml(upstream.port)
        for _ in range(2):
            with self.open_tunnel(proxy) as client:
                self.assertEqual(client.send(b"x").read_exactly(1), b"x")
        self.assertEqual(upstream.connections, 2)


class Limits(Kept):
    def test_requests(self):
        upstream, seen = self.recorder()
        proxy = self.serve(upstream, pool="keepalive_requests 2;")
        for _ in range(5):
            self.ask(proxy)
        self.assertEqual([len(requests) for requests in seen], [2, 2, 1])

    def test_age(self):
        upstream, seen = self.recorder()
        proxy = self.serve(upstream, pool="keepalive_time 0;")
        for _ in range(2):
            self.ask(proxy)
        self.assertEqual([len(requests) for requests in seen], [1, 1])

    def test_idle_time(self):
        ended = threading.Event()

        def script(wire):
            wire.read_request()
            wire.send(answer())
            wire.read_to_end()
            ended.set()

        proxy = self.serve(self.upstream(script), pool="keepalive_timeout 100ms;")
        self.ask(proxy)
        self.assertTrue(ended.wait(PATIENCE))

    def crowd(self, pool):
        """Three requests at once, then three again: how many connections that took."""
        together = threading.Barrier(3)

        def script(wire):
            while True:
                wire.read_request()
                together.wait(PATIENCE)
                wire.send(answer())

        upstream = self.upstream(script)
        proxy = self.serve(upstream, pool)
        for _ in range(2):
            clients = [Wire.to(proxy.port) for _ in range(3)]
            for client in clients:
                client.send(get())
            for client in clients:
                self.assertEqual(client.read_response().status, 200)
                client.close()
        return upstream.connections

    def test_number(self):
        self.assertEqual(self.crowd("keepalive 1;"), 5)
        self.assertEqual(self.crowd("keepalive 2;"), 4)
        self.assertEqual(self.crowd(""), 3)

    def test_locations_have_their_own_unless_told_otherwise(self):
        for pool, connections in (("", 2), ("keepalive 8 local;", 2), ("keepalive 8;", 1)):
            with self.subTest(pool):
                upstream = self.upstream(answering(answer()))
                proxy = self.serve(upstream, pool)
                for target in ("/", "/other", "/", "/other"):
                    self.ask(proxy, get(target))
                self.assertEqual(upstream.connections, connections)


class Dead(Kept):
    """The upstream ends a connection while it is kept."""

    def ending(self, second):
        """Answers the first request of its first connection; `second` is what then happens there. Later connections
        are ordinary. Gives the requests as they came, with the number of their connection."""
        seen = []
        lock = threading.Lock()
        numbers = iter(range(1000))

        def script(wire):
            with lock:
                number = next(numbers)
            while True:
                request = wire.read_request()
                seen.append((number, request.method))
                if number == 0 and len(seen) == 2:
                    return second(wire)
                wire.send(answer())

        return self.upstream(script), seen

    def test_ended_while_idle_is_noticed(self):
        ended = threading.Event()

        def script(wire):
            wire.read_request()
            wire.send(answer())
            wire.socket.shutdown(socket.SHUT_WR)
            ended.set()
            wire.read_to_end()

        upstream = self.upstream(script)
        proxy = self.serve(upstream)
        for request in (POST, POST, get()):
            ended.clear()
            self.assertEqual(self.ask(proxy, request).status, 200)
            self.assertTrue(ended.wait(PATIENCE))
        self.assertEqual(upstream.connections, 3)

    def test_ended_while_idle_is_closed(self):
        """Without waiting for the next request."""
        closed = threading.Event()

        def script(wire):
            wire.read_request()
            wire.send(answer())
            wire.finish()
            wire.read_to_end()
            closed.set()

        proxy = self.serve(self.upstream(script))
        self.ask(proxy)
        self.assertTrue(closed.wait(PATIENCE))

    def test_unasked_bytes_end_it(self):
        """A late second response is nobody's."""
        late = threading.Event()
        sent = threading.Event()

        def script(wire):
            wire.read_request()
            wire.send(answer(b"first"))
            late.wait(PATIENCE)
            wire.send(answer(b"poison"))
            sent.set()
            wire.read_to_end()

        first = self.upstream(script)
        proxy = self.serve(first)
        self.assertEqual(self.ask(proxy).body, b"first")
        late.set()
        self.assertTrue(sent.wait(PATIENCE))
        self.assertEqual(self.ask(proxy).body, b"first")
        self.assertEqual(first.connections, 2)

    def test_ends_on_a_request_that_may_be_repeated(self):
        for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
            for name, second in (("FIN", Wire.finish), ("RST", Wire.reset)):
                with self.subTest(f"{method} {name}"):
                    upstream, seen = self.ending(second)
                    proxy = self.serve(upstream)
                    self.ask(proxy)
                    self.assertEqual(self.ask(proxy, get(method=method), method).status, 200)
                    self.assertEqual(seen, [(0, "GET"), (0, method), (1, method)])

    def test_a_handshake_is_repeated(self):
        upstream, seen = self.ending(Wire.finish)
        proxy = self.start_toml(upstream.port)
        self.ask(proxy)
        self.assertEqual(self.ask(proxy, handshake.request()).status, 200)
        self.assertEqual([number for number, _ in seen], [0, 0, 1])

    def test_ends_on_a_request_that_may_not_be_repeated(self):
        patch = b"PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        put = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"  # its body is gone
        for request in (POST, patch, put):
            method = request.split(b" ")[0].decode()
            with self.subTest(method):
                upstream, seen = self.ending(Wire.finish)
                proxy = self.serve(upstream)
                self.ask(proxy)
                self.assertEqual(self.ask(proxy, request).status, 502)
                self.assertEqual(seen, [(0, "GET"), (0, method)])
                # The endpoint has done nothing wrong.
                self.assertEqual(self.ask(proxy).status, 200)
                self.assertNotIn("temporarily disabled", proxy.read("error.log"))

    def test_ends_within_an_answer(self):
        """Some of a response has come, so the upstream is at work."""
        for part in (b"HTTP/1.1 20", b"HTTP/1.1 103 Early Hints\r\n\r\n"):
            with self.subTest(part):
                upstream, seen = self.ending(lambda wire, part=part: wire.send(part))
                proxy = self.serve(upstream)
                self.ask(proxy)
                with Wire.to(proxy.port) as client:
                    response = client.ask(get())
                    self.assertEqual((response if response.status != 103 else client.read_response()).status, 502)
                self.assertEqual(len(seen), 2)

    def test_a_fresh_connection_is_not_repeated(self):
        seen = []

        def script(wire):
            seen.append(wire.read_request())

        proxy = self.serve(self.upstream(script))
        self.assertEqual(self.ask(proxy).status, 502)
        self.assertEqual(len(seen), 1)

    def test_a_silent_one_times_out(self):
        upstream, seen = self.ending(Wire.read_to_end)
        proxy = self.serve(upstream, location="proxy_read_timeout 200ms;")
        self.ask(proxy)
        self.assertEqual(self.ask(proxy).status, 504)
        self.assertEqual(len(seen), 2)

    def test_does_not_count_against_the_endpoint(self):
        """With max_fails=1 a counted failure would leave all later requests to the other one."""
        first, seen = self.ending(Wire.finish)
        proxy = self.serve(first, pool="server 127.0.0.1:1 down;")
        for _ in range(4):
            self.assertEqual(self.ask(proxy).status, 200)
        self.assertEqual([number for number, _ in seen], [0, 0, 1, 1, 1])


class Replaced(Kept):
    def test_reload_closes_what_is_idle(self):
        closed = threading.Event()

        def script(wire):
            wire.read_request()
            wire.send(answer(b"old"))
            wire.read_to_end()
            closed.set()

        proxy = self.serve(self.upstream(script))
        self.assertEqual(self.ask(proxy).body, b"old")
        proxy.reload(backend=self.upstream(answering(answer(b"new"))).port)
        self.assertTrue(closed.wait(PATIENCE))
        eventually(lambda: self.ask(proxy).body == b"new", "the new endpoint")

    def test_an_endpoint_that_comes_back(self):
        """A restarted service: its old connections are dead, and nobody notices."""
        first = RawServer(answering(answer(b"one")))
        proxy = self.serve(first)
        self.assertEqual(self.ask(proxy).body, b"one")
        first.stop()
        self.upstream(answering(answer(b"two")), port=first.port)
        self.assertEqual(self.ask(proxy, POST).body, b"two")


if __name__ == "__main__":
    unittest.main()
