"""HTTP/1.1 on both sides: framing, connection reuse, interim answers, hop-by-hop headers."""

import subprocess
import unittest

from support.case import ProxyCase
from support.handshake import get
from support.raw_server import answer, answering, recording


class Connections(ProxyCase):
    """How long a client connection lives, and in what order it is answered."""

    def echo_target(self):
        def script(wire):
            while True:
                request = wire.read_request()
                wire.send(answer(request.target.encode()))

        return self.start_toml(self.upstream(script).port)

    def test_keep_alive(self):
        client = self.client(self.echo_target().port)
        for turn in range(50):
            response = client.ask(get(f"/{turn}"))
            self.assertEqual((response.status, response.body), (200, f"/{turn}".encode()))

    def test_pipelined_requests_are_answered_in_order(self):
        client = self.client(self.echo_target().port)
        targets = [f"/{turn}" for turn in range(20)]
        client.send(b"".join(get(target) for target in targets))
        self.assertEqual([client.read_response().body.decode() for _ in targets], targets)

    def test_pipelined_bodies_stay_apart(self):
        client = self.client(self.echo_target().port)
        trap = b"GET /trap HTTP/1.1\r\nHost: x\r\n\r\n"
        post = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(trap) + trap
        chunked = b"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n"
        client.send(post + chunked + get("/c"))
        self.assertEqual([client.read_response().body for _ in range(3)], [b"/a", b"/b", b"/c"])

    def test_request_in_single_bytes(self):
        client = self.client(self.echo_target().port)
        for target in ("/one", "/two"):
            client.send(*(bytes([byte]) for byte in get(target)))
            self.assertEqual(client.read_response().body, target.encode())

    def test_close_asked_for_by_the_client(self):
        client = self.client(self.echo_target().port)
        response = client.ask(get("/", ["Connection: close"]))
        self.assertEqual(response.get("Connection").lower(), "close")
        self.assertTrue(client.ends())

    def test_http_1_0_client(self):
        """Closes behind the answer, unless it asked to stay."""
        port = self.echo_target().port
        client = self.client(port)
        self.assertEqual(client.ask(get("/old", version="HTTP/1.0")).body, b"/old")
        self.assertTrue(client.ends())
        client = self.client(port)
        for target in ("/a", "/b"):
            response = client.ask(get(target, ["Connection: keep-alive"], version="HTTP/1.0"))
            self.assertEqual(response.body, target.encode())
            self.assertEqual(response.get("Connection").lower(), "keep-alive")

    def test_http_1_0_client_without_host(self):
        client = self.client(self.echo_target().port)
        self.assertEqual(client.ask(b"GET /old HTTP/1.0\r\n\r\n").body, b"/old")

    def test_keepalive_requests_are_counted(self):
        proxy = self.start_toml(self.upstream(answering(answer())).port, location="keepalive_requests = 3")
        client = self.client(proxy.port)
        self.assertNotEqual((client.ask(get()).get("Connection") or "").lower(), "close")
        client.ask(get())
        self.assertEqual(client.ask(get()).get("Connection").lower(), "close")
        self.assertTrue(client.ends())

    def test_empty_lines_before_a_request(self):
        client = self.client(self.echo_target().port)
        self.assertEqual(client.ask(b"\r\n" + get("/x")).body, b"/x")

    def test_absolute_form(self):
        """RFC 9112 section 3.2.2: the target's authority replaces Host."""
        requests = []
        proxy = self.start_toml(self.upstream(recording(requests)).port)
        self.client(proxy.port).ask(b"GET http://real.example/p?q HTTP/1.1\r\nHost: other.example\r\n\r\n")
        self.assertEqual(requests[0].target, "/p?q")


class Answers(ProxyCase):
    """Every framing a response can have."""

    def answered(self, response, request=get(), method="GET"):
        client = self.client(self.start_toml(self.upstream(answering(response)).port).port)
        return client.ask(request, method=method), client

    def assert_reusable(self, client):
        """The connection is in step: another exchange works on it."""
        self.assertEqual(client.ask(get()).start.split(" ")[0], "HTTP/1.1")

    def test_content_length(self):
        response, client = self.answered(answer(b"hello"))
        self.assertEqual(response.body, b"hello")
        self.assert_reusable(client)

    def test_empty_body(self):
        response, client = self.answered(answer(b""))
        self.assertEqual(response.body, b"")
        self.assert_reusable(client)

    def test_chunked_with_trailers(self):
        chunked = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                   b"5;ext=\"a;b\"\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n")
        response, client = self.answered(chunked)
        self.assertEqual(response.body, b"hello world")
        self.assertEqual(response.trailers, [("X-Sum", "11")])
        self.assert_reusable(client)

    def test_chunked_for_an_http_1_0_client(self):
        """It knows no chunks: the body ends with the connection."""
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        response, client = self.answered(chunked, get(version="HTTP/1.0"))
        self.assertEqual(response.get("Transfer-Encoding"), None)
        self.assertEqual(response.body, b"hello")
        self.assertTrue(client.ends())

    def closing(self, response):
        def script(wire):
            wire.read_request()
            wire.send(response)

        return self.client(self.start_toml(self.upstream(script).port).port)

    def test_delimited_by_close(self):
        client = self.closing(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
        self.assertEqual(client.ask(get()).body, b"until the end")

    def test_http_1_0_upstream(self):
        client = self.closing(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold")
        response = client.ask(get())
        self.assertEqual((response.status, response.body), (200, b"old"))
        self.assertTrue(response.start.startswith("HTTP/1.1 "))

    def test_cut_short(self):
        """A body that ends too early must not look whole."""
        client = self.closing(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        with self.assertRaises((EOFError, ConnectionError)):
            client.ask(get())

    def test_chunks_cut_short(self):
        client = self.closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf")
        with self.assertRaises((EOFError, ConnectionError)):
            client.ask(get())

    def test_head(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        response, client = self.answered(head, get(method="HEAD"), "HEAD")
        self.assertEqual(response.get("Content-Length"), "1000")
        self.assertEqual(client.ask(get(method="HEAD"), method="HEAD").status, 200)

    def test_head_of_a_chunked_resource(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        _, client = self.answered(head, get(method="HEAD"), "HEAD")
        self.assertEqual(client.ask(get(method="HEAD"), method="HEAD").status, 200)

    def test_204_and_304_have_no_body(self):
        for head in (b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
                     b"HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 99\r\n\r\n"):
            with self.subTest(head):
                response, client = self.answered(head)
                self.assertEqual(response.status, int(head[9:12]))
                self.assert_reusable(client)

    def test_early_hints(self):
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
        response, client = self.answered(hints + answer(b"final"))
        self.assertEqual((response.status, response.get("Link")), (103, "</a.css>; rel=preload"))
        self.assertEqual(client.read_response().body, b"final")

    def test_early_hints_are_not_for_an_http_1_0_client(self):
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
        response, _ = self.answered(hints + answer(b"final"), get(version="HTTP/1.0"))
        self.assertEqual((response.status, response.body), (200, b"final"))

    def test_nonsense_is_a_bad_gateway(self):
        for nonsense in (b"SMTP ready\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n",
                         b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
                         b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                         b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", b""):
            with self.subTest(nonsense):
                self.assertEqual(self.closing(nonsense).ask(get()).status, 502)


class Expectations(ProxyCase):
    """Expect: 100-continue (RFC 9110 section 10.1.1)."""

    HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"

    def setUp(self):
        self.bodies = []

    def honouring(self, wire):
        """An upstream that asks for the body where it sees the expectation, as Tornado does."""
        while True:
            head = wire.read_head()
            if head.get("Expect"):
                wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.bodies.append(wire.read_exactly(int(head.get("Content-Length"))))
            wire.send(answer())

    def test_client_gets_100_before_it_sends(self):
        client = self.client(self.start_toml(self.upstream(self.honouring).port).port)
        self.assertEqual(client.ask(self.HEAD).status, 100)
        self.assertEqual(client.ask(b"hello").status, 200)
        self.assertEqual(self.bodies, [b"hello"])

    def test_client_that_does_not_wait(self):
        """It may send its body at once, to an upstream that never heard of expectations."""
        proxy = self.start_toml(self.upstream(answering(answer(b"got it"))).port)
        client = self.client(proxy.port)
        response = client.ask(self.HEAD + b"hello")
        while response.status == 100:
            response = client.read_response()
        self.assertEqual((response.status, response.body), (200, b"got it"))

    def test_upstream_refuses_before_the_body(self):
        """The client learns of it without having sent a byte of the body."""

        def script(wire):
            wire.read_head()
            wire.send(answer(b"no", "403 Forbidden"))

        client = self.client(self.start_toml(self.upstream(script).port).port)
        response = client.ask(self.HEAD)
        self.assertEqual((response.status, response.body), (403, b"no"))

    def test_curl(self):
        proxy = self.start_toml(self.upstream(self.honouring).port, settings='client_max_body_size = "8m"')
        done = subprocess.run(
            ["curl", "-sS", "-v", "-H", "Expect: 100-continue", "--expect100-timeout", "30", "--data-binary", "@-",
             f"http://127.0.0.1:{proxy.port}/"],
            input=b"x" * 3_000_000, capture_output=True, timeout=20, check=True,
        )
        self.assertEqual(done.stdout, b"ok")
        self.assertIn(b"100 Continue", done.stderr)
        self.assertEqual([len(body) for body in self.bodies], [3_000_000])


class HopByHop(ProxyCase):
    """RFC 9110 section 7.6.1: what belongs to one connection ends with it, both ways."""

    def test_request(self):
        requests = []
        proxy = self.start_toml(self.upstream(recording(requests)).port)
        self.client(proxy.port).ask(get(extra=[
            "Connection: keep-alive, X-Private", "X-Private: mine", "Keep-Alive: timeout=5",
            "Proxy-Connection: keep-alive", "TE: trailers", "Upgrade: h2c", "X-Public: yours",
        ]))
        names = [name.lower() for name, _ in requests[0].headers]
        for name in ("x-private", "keep-alive", "proxy-connection", "upgrade", "te"):
            self.assertNotIn(name, names)
        self.assertEqual(requests[0].get("X-Public"), "yours")
        self.assertNotIn("private", (requests[0].get("Connection") or "").lower())

    def test_a_client_cannot_remove_the_message_framing(self):
        """Naming Content-Length or Host in Connection must not unframe the request."""
        requests = []
        proxy = self.start_toml(self.upstream(recording(requests)).port)
        response = self.client(proxy.port).ask(
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: content-length, host\r\nContent-Length: 5\r\n\r\nhello")
        if response.status == 200:
            self.assertEqual(requests[0].body, b"hello")
            self.assertIsNotNone(requests[0].get("Host"))
        else:
            self.assertEqual((response.status, requests), (400, []))

    def test_response(self):
        told = answer(b"ok", headers=["Connection: X-Private", "X-Private: mine", "Keep-Alive: timeout=5",
                                      "Proxy-Connection: keep-alive", "Upgrade: h2c", "X-Public: yours"])
        proxy = self.start_toml(self.upstream(answering(told)).port)
        response = self.client(proxy.port).ask(get())
        names = [name.lower() for name, _ in response.headers]
        for name in ("x-private", "keep-alive", "proxy-connection", "upgrade"):
            self.assertNotIn(name, names)
        self.assertEqual(response.get("X-Public"), "yours")

    def test_names_keep_case_and_order_both_ways(self):
        requests = []
        strange = [("X-aBc", "1"), ("zebra", "2"), ("X-aBc", "3"), ("ALPHA", "4"), ("x-Empty", "")]
        lines = [f"{name}: {value}" for name, value in strange]
        proxy = self.start_toml(self.upstream(recording(requests, answer(b"ok", headers=lines))).port)
        response = self.client(proxy.port).ask(get(extra=lines))
        for message in (requests[0], response):
            self.assertEqual([pair for pair in message.headers if pair in strange], strange)


if __name__ == "__main__":
    unittest.main()
