"""A request whose endpoint fails goes on to the next one, where nothing can happen twice by that; the client sees one
clean answer."""

import threading
import unittest

from support import handshake
from support.case import ProxyCase
from support.handshake import get
from support.ports import free_port
from support.raw_server import answer, answering
from support.waiting import eventually

CAUSES = "proxy_next_upstream error timeout invalid_header http_503;"
ANY = "proxy_read_timeout 1s; proxy_handshake_timeout 1s;" + CAUSES
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
PUT = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
EMPTY_POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
BUSY = answer(b"come back", "503 Service Unavailable", ["Retry-After: 7"])


def after_request(response):
    """A script that reads one request, and answers with these bytes and the end of the connection."""
    return lambda wire: (wire.read_request(), wire.send(response))


def hung(wire):
    """Takes the request and never answers."""
    wire.read_to_end()


def alive(wire):
    """Serves requests, and takes any handshake."""
    while True:
        request = wire.read_request()
        wire.send(handshake.SWITCHING if request.get("Upgrade") else answer(b"alive"))


# How an endpoint fails that has the request, and what a client gets for a request that may not be repeated.
FAULTS = {
    "hung": (hung, 504),
    "resets": (lambda wire: (wire.read_request(), wire.reset()), 502),
    "ends": (after_request(b""), 502),
    "ends within the head": (after_request(b"HTTP/1.1 200 OK\r\nContent-Le"), 502),
    "talks nonsense": (after_request(b"nonsense\r\n\r\n"), 502),
    "refuses": (after_request(BUSY), 503),
}


class Failover(ProxyCase):
    def serve(self, *ports, location=ANY, parameters="", **values):
        lines = " ".join(f"server 127.0.0.1:{port} {parameters};" for port in ports)
        return self.start_pool(lines, "proxy_websocket on;" + location, **values)

    def with_fault(self, script, **settings):
        """A proxy over one endpoint that fails and, next, one that is well."""
        failing, well = self.upstream(script), self.upstream(alive)
        return self.serve(failing.port, well.port, **settings), failing, well

    def test_request_is_repeated(self):
        for name, (script, _) in FAULTS.items():
            with self.subTest(name):
                proxy, failing, _ = self.with_fault(script)
                response = self.ask(proxy)
                self.assertEqual((response.status, response.body), (200, b"alive"))
                self.assertEqual(failing.connections, 1)

    def test_handshake_is_repeated(self):
        """Until the 101 nothing has happened that could happen twice."""
        wrong = handshake.SWITCHING.replace(handshake.ACCEPT.encode(), b"AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        faults = {**FAULTS, "switches wrongly": (after_request(wrong), 502)}
        for name, (script, _) in faults.items():
            with self.subTest(name):
                proxy, failing, well = self.with_fault(script)
                self.assertEqual(self.ask(proxy, handshake.request()).status, 101)
                self.assertEqual((failing.connections, well.connections), (1, 1))

    def test_post_is_not_repeated(self):
        for request in (POST, EMPTY_POST):
            for name, (script, status) in FAULTS.items():
                with self.subTest(name):
                    proxy, failing, well = self.with_fault(script)
                    self.assertEqual(self.ask(proxy, request).status, status)
                    self.assertEqual((failing.connections, well.connections), (1, 0))

    def test_post_is_repeated_where_that_is_allowed(self):
        proxy, failing, _ = self.with_fault(FAULTS["resets"][0], location="proxy_next_upstream error non_idempotent;")
        self.assertEqual(self.ask(proxy, EMPTY_POST).body, b"alive")
        self.assertEqual(failing.connections, 1)

    def test_body_that_is_gone_is_not_made_up(self):
        """A PUT may be repeated, but not what of its body an endpoint has had."""
        proxy, _, well = self.with_fault(FAULTS["refuses"][0])
        self.assertEqual(self.ask(proxy, PUT).status, 503)
        self.assertEqual(well.connections, 0)

    def test_body_that_is_to_come_goes_to_the_next(self):
        seen = []
        failing = self.upstream(lambda wire: (wire.read_head(), wire.send(BUSY)))
        well = self.upstream(lambda wire: (seen.append(wire.read_request().body), wire.send(answer(b"alive"))))
        proxy = self.serve(failing.port, well.port)
        client = self.client(proxy.port)
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        well.wait_for_connections(1)
        response = client.ask(b"hello")
        self.assertEqual(response.body, b"alive")
        self.assertEqual(seen, [b"hello"])
        self.assertNotEqual(response.get("Connection"), "close")  # nothing of the first attempt is left

    def test_endpoint_that_cannot_be_reached(self):
        """Nothing of the request has got out, so it goes on whatever its method."""
        for request in (get(), POST, handshake.request()):
            well = self.upstream(alive)
            proxy = self.serve(free_port(), well.port, location="")
            self.assertIn(self.ask(proxy, request).status, (101, 200))

    def test_endpoint_that_takes_no_more_connections(self):
        well = self.upstream(alive)
        proxy = self.serve(self.deaf_port(), well.port, location="proxy_connect_timeout 200ms;")
        self.assertEqual(self.ask(proxy, POST).body, b"alive")

    def test_off(self):
        well = self.upstream(alive)
        proxy = self.serve(free_port(), well.port, location="proxy_next_upstream off;")
        self.assertEqual(self.ask(proxy).status, 502)
        self.assertEqual(well.connections, 0)

    def test_refusals_pass_unless_named(self):
        proxy, failing, well = self.with_fault(answering(BUSY), location="")
        response = self.ask(proxy)
        self.assertEqual((response.status, response.body, response.get("Retry-After")), (503, b"come back", "7"))
        self.assertEqual((failing.connections, well.connections), (1, 0))

    def test_last_refusal_is_the_answer(self):
        """When nobody is left to ask the client gets an endpoint's own words, once."""
        servers = [self.upstream(after_request(BUSY)) for _ in range(3)]
        proxy = self.serve(*(server.port for server in servers))
        response = self.ask(proxy, handshake.request())
        self.assertEqual((response.status, response.body, response.get("Retry-After")), (503, b"come back", "7"))
        self.assertEqual([server.connections for server in servers], [1, 1, 1])
        self.assertEqual(self.ask(proxy).status, 502)  # each of them has failed once, which is max_fails

    def test_tries(self):
        servers = [self.upstream(after_request(BUSY)) for _ in range(4)]
        proxy = self.serve(*(server.port for server in servers), location=ANY + "proxy_next_upstream_tries 2;")
        self.assertEqual(self.ask(proxy).status, 503)
        self.assertEqual(sum(server.connections for server in servers), 2)

    def test_time_for_tries(self):
        """The first endpoint alone takes more than the time that there is for all."""
        servers = [self.upstream(hung) for _ in range(3)]
        proxy = self.serve(*(server.port for server in servers), location=ANY + "proxy_next_upstream_timeout 100ms;")
        self.assertEqual(self.ask(proxy).status, 504)
        self.assertEqual(sum(server.connections for server in servers), 1)

    def test_response_that_has_begun_is_not_repeated(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def breaks_off(wire):
            wire.read_request()
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            release.wait(10)
            wire.reset()

        proxy, failing, well = self.with_fault(breaks_off, location=CAUSES)
        client = self.client(proxy.port)
        client.send(get())
        self.assertEqual(client.read_head().status, 200)
        self.assertEqual(client.read_exactly(4), b"half")
        release.set()
        self.assertTrue(client.ends())
        self.assertEqual((failing.connections, well.connections), (1, 0))

    def test_slow_endpoint_is_waited_for(self):
        """Within its time an endpoint may take as long as it likes."""
        slow = self.upstream(lambda wire: (wire.read_request(), release.wait(10), wire.send(answer(b"slow"))))
        release = threading.Event()
        self.addCleanup(release.set)
        well = self.upstream(alive)
        proxy = self.serve(slow.port, well.port, location=CAUSES)
        client = self.client(proxy.port)
        client.send(get())
        slow.wait_for_connections(1)
        self.assertEqual(self.ask(proxy).body, b"alive")  # the next one has its turn meanwhile
        release.set()
        self.assertEqual(client.read_response().body, b"slow")
        self.assertEqual(well.connections, 1)

    def test_refusing_endpoint_returns(self):
        busy = threading.Event()
        busy.set()

        def script(wire):
            while True:
                wire.read_request()
                wire.send(BUSY if busy.is_set() else answer(b"back"))

        proxy, _, _ = self.with_fault(script, parameters="fail_timeout=1s")
        self.assertEqual([self.ask(proxy).body for _ in range(6)], [b"alive"] * 6)
        busy.clear()
        eventually(lambda: self.ask(proxy).body == b"back", "its turn after its return")

    def test_client_that_leaves_ends_it(self):
        proxy, failing, well = self.with_fault(hung, location=CAUSES)
        client = self.client(proxy.port)
        client.send(get())
        failing.wait_for_connections(1)
        client.close()
        proxy.log_line(" 499 ")
        self.assertEqual(well.connections, 0)


if __name__ == "__main__":
    unittest.main()
