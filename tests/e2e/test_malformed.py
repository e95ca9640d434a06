"""Requests that are malformed, ambiguous or too large: an error, the connection closed, nothing reaches the upstream."""

import unittest

from support.case import ProxyCase
from support.handshake import get
from support.raw_server import recording
from support.wire import Wire

HOST = b"Host: x\r\n"
LENGTH = b"Content-Length: 5\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def post(headers, body=b"hello"):
    return b"POST / HTTP/1.1\r\n" + HOST + headers + b"\r\n" + body


# What each request must be answered with. RFC 9112 sections 2.2, 3, 5, 6, 7; RFC 9110 section 5.
TABLE = {
    # --- two answers to "how long is the body?" ---
    "length and chunked": (post(LENGTH + CHUNKED, b"0\r\n\r\n"), 400),
    "chunked and length": (post(CHUNKED + LENGTH, b"0\r\n\r\n"), 400),
    "two lengths that differ": (post(LENGTH + b"Content-Length: 6\r\n"), 400),
    "the same length twice": (post(LENGTH + LENGTH), 400),
    "a list of lengths": (post(b"Content-Length: 5,5\r\n"), 400),
    "a list of lengths that differ": (post(b"Content-Length: 5, 6\r\n"), 400),
    "chunked twice": (post(CHUNKED + CHUNKED, b"0\r\n\r\n"), (400, 501)),
    "chunked in a list twice": (post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"), (400, 501)),
    "gzip, chunked": (post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), (400, 501)),
    "xchunked": (post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), (400, 501)),
    "chunked then identity": (post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"), (400, 501)),
    "identity": (post(b"Transfer-Encoding: identity\r\n"), (400, 501)),
    "empty coding": (post(b"Transfer-Encoding:\r\n"), (400, 501)),
    "vertical tab before chunked": (post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), (400, 501)),
    "chunked in HTTP/1.0": (b"POST / HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n", 400),
    # --- lengths that are no number ---
    "plus sign": (post(b"Content-Length: +5\r\n"), 400),
    "negative": (post(b"Content-Length: -5\r\n"), 400),
    "hexadecimal": (post(b"Content-Length: 0x5\r\n"), 400),
    "a space within": (post(b"Content-Length: 1 0\r\n"), 400),
    "empty length": (post(b"Content-Length: \r\n"), 400),
    "a word": (post(b"Content-Length: five\r\n"), 400),
    "beyond 64 bits": (post(b"Content-Length: 99999999999999999999999\r\n"), (400, 413)),
    "wraps to five": (post(b"Content-Length: 18446744073709551621\r\n"), (400, 413)),
    # --- lines ---
    "space before the colon": (post(b"Content-Length : 5\r\n"), 400),
    "tab before the colon": (post(b"Content-Length\t: 5\r\n"), 400),
    "folded line": (post(b"X-A: b\r\n c\r\n" + LENGTH), 400),
    "folded with a tab": (post(b"X-A: b\r\n\tc\r\n" + LENGTH), 400),
    "space before the first header": (b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
    "bare LF behind a header": (b"GET / HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n", 400),
    "bare LF behind the request line": (b"GET / HTTP/1.1\nHost: x\r\n\r\n", 400),
    "bare LF at the end": (b"GET / HTTP/1.1\r\nHost: x\r\n\n", 400),
    "only LF": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "bare CR in a value": (post(b"X-A: b\rc\r\n" + LENGTH), 400),
    "bare CR in a name": (post(b"X-\rA: b\r\n" + LENGTH), 400),
    "NUL in a value": (post(b"X-A: b\0c\r\n" + LENGTH), 400),
    "NUL in a name": (post(b"X-\0A: b\r\n" + LENGTH), 400),
    "control character in a value": (post(b"X-A: b\x01c\r\n" + LENGTH), 400),
    "no colon": (post(b"Nonsense\r\n" + LENGTH), 400),
    "empty name": (post(b": b\r\n" + LENGTH), 400),
    "space in a name": (post(b"X A: b\r\n" + LENGTH), 400),
    "parenthesis in a name": (post(b"X(A): b\r\n" + LENGTH), 400),
    "byte above 127 in a name": (post(b"X-\xc3\xa4: b\r\n" + LENGTH), 400),
    # --- Host ---
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "the same Host twice": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "space in Host": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "slash in Host": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "list in Host": (b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    # --- the request line ---
    "NUL in the target": (b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "control character in the target": (b"GET /a\x01b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "DEL in the target": (b"GET /a\x7fb HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "tab in the request line": (b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "space in the target": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "target without a slash": (b"GET a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "encoded NUL": (b"GET /a%00b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "broken percent encoding": (b"GET /a%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "garbage method": (b"G=T@ / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "empty method": (b" / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "no version": (b"GET /\r\n" + HOST + b"\r\n", 400),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", 505),
    "http/1.1": (b"GET / http/1.1\r\n" + HOST + b"\r\n", 400),
    "HTTP/1.1 with a space behind": (b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n", 400),
    "HTTP/1": (b"GET / HTTP/1\r\n" + HOST + b"\r\n", 400),
    "TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 60 + b"\r\n\r\n", 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 405, 505)),
    "CONNECT": (b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", (400, 405)),
    # --- too much ---
    "long target": (b"GET /" + b"a" * 10000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "long target without an end": (b"GET /" + b"a" * 100000, 414),
    "long header": (get(extra=["X-A: " + "b" * 10000]), 431),
    "large headers": (get(extra=[f"X-{n}: " + "b" * 1000 for n in range(60)]), 431),
    "many headers": (get(extra=[f"A{n}: b" for n in range(2000)]), 431),
    "large body": (post(b"Content-Length: 1048577\r\n", b"x"), 413),
}

# Chunks that are wrong behind a head that is right: the error may come after the upstream saw the head,
# but never a complete request.
CHUNKS = {
    "size no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "size negative": b"-5\r\nhello\r\n0\r\n\r\n",
    "size with a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "size with 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "size beyond 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "space before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "size ends with LF": b"5\nhello\r\n0\r\n\r\n",
    "data without CRLF": b"5\r\nhello0\r\n\r\n",
    "data longer than its size": b"5\r\nhello!\r\n0\r\n\r\n",
    "data ends with LF": b"5\r\nhello\n0\r\n\r\n",
    "trailer without a colon": b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
    "trailer with NUL": b"5\r\nhello\r\n0\r\nX-A: \0\r\n\r\n",
    "folded trailer": b"5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n",
    "bare CR in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "endless extension": b"5;" + b"a" * 100000 + b"\r\nhello\r\n0\r\n\r\n",
    "endless trailers": b"5\r\nhello\r\n0\r\n" + b"X-A: b\r\n" * 20000 + b"\r\n",
}

# Behind each of them stands this: it must not be taken for a request.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


class Malformed(ProxyCase):
    def setUp(self):
        self.requests = []
        self.proxy = self.start_toml(self.upstream(recording(self.requests)).port)

    def answer_to(self, *chunks):
        """The first response, and whether the connection ended behind it; both None where no response came."""
        with Wire.to(self.proxy.port) as client:
            try:
                client.send(*chunks)
            except ConnectionError:
                pass  # refused before all was sent: the answer stands in the receive buffer, or is lost
            try:
                response = client.read_response()
            except (ConnectionError, EOFError):
                return None, True
            return response, client.ends()

    def assert_refused(self, expected, *chunks):
        response, ended = self.answer_to(*chunks)
        self.assertIsNotNone(response, "no answer")
        statuses = expected if isinstance(expected, tuple) else (expected,)
        self.assertIn(response.status, statuses)
        self.assertTrue(ended, "the connection must not be used again")
        self.assertEqual(self.requests, [], "it reached the upstream")
        return response

    def assert_alive(self):
        with Wire.to(self.proxy.port) as client:
            self.assertEqual(client.ask(get("/alive")).status, 200)
        self.assertEqual(self.requests.pop().target, "/alive")

    def test_table(self):
        for name, (request, status) in TABLE.items():
            with self.subTest(name):
                self.assert_refused(status, request + SMUGGLED)
        self.assert_alive()

    def test_cut_at_every_byte(self):
        """The verdict is the same wherever the network cuts the request in two."""
        for name in ("length and chunked", "bare LF behind a header", "folded line", "space before the colon",
                     "HTTP/2.0", "NUL in a value", "two Hosts"):
            request, status = TABLE[name]
            head = request[: request.index(b"\r\n\r\n") + 4]
            for cut in range(1, len(head)):
                with self.subTest(name, cut=cut):
                    self.assert_refused(status, request[:cut], request[cut:])
        self.assert_alive()

    def test_error_has_a_page(self):
        response = self.assert_refused(400, TABLE["no Host"][0])
        self.assertIn(b"400 Bad Request", response.body)
        self.assertTrue(response.get("Content-Type").startswith("text/html"))
        self.assertEqual(response.get("Connection").lower(), "close")

    def test_refusal_behind_a_good_request(self):
        """The first of two pipelined requests is answered, the second is refused."""
        with Wire.to(self.proxy.port) as client:
            client.send(get("/first") + TABLE["length and chunked"][0])
            self.assertEqual(client.read_response().status, 200)
            self.assertEqual(client.read_response().status, 400)
            self.assertTrue(client.ends())
        self.assertEqual([request.target for request in self.requests], ["/first"])

    def test_bad_chunks(self):
        for name, body in CHUNKS.items():
            with self.subTest(name):
                self.requests.clear()
                response, ended = self.answer_to(post(CHUNKED, body) + SMUGGLED)
                if response is not None:
                    self.assertIn(response.status, (400, 413, 431))
                self.assertTrue(ended, "the connection must not be used again")
                self.assertEqual(self.requests, [], "a complete request reached the upstream")
        self.assert_alive()

    def test_bad_chunk_is_answered_with_400(self):
        """Where nothing of the response was sent, there is no reason not to say what was wrong."""
        response, _ = self.answer_to(post(CHUNKED, CHUNKS["size no number"]))
        self.assertEqual(response.status, 400)

    def test_large_body_in_chunks(self):
        block = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        response, ended = self.answer_to(post(CHUNKED, block * 17 + b"0\r\n\r\n"))
        self.assertEqual(response.status, 413)
        self.assertTrue(ended)
        self.assertEqual(self.requests, [])

    def test_body_at_the_limit_passes(self):
        with Wire.to(self.proxy.port) as client:
            self.assertEqual(client.ask(post(b"Content-Length: 1048576\r\n", b"x" * 1048576)).status, 200)
        self.assertEqual(len(self.requests.pop().body), 1048576)

    def test_what_is_valid_though_strange(self):
        """Tolerance that RFC 9112 asks for; it is no licence to refuse everything."""
        for name, request in {
            "no space behind the colon": b"GET / HTTP/1.1\r\nHost:x\r\nX-A:b\r\n\r\n",
            "spaces and tabs around a value": b"GET / HTTP/1.1\r\nHost: \t x \t\r\n\r\n",
            "empty value": b"GET / HTTP/1.1\r\nHost: x\r\nX-A:\r\n\r\n",
            "bytes above 127 in a value": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: \xc3\xa4\r\n\r\n",
            "every character of a name": b"GET / HTTP/1.1\r\nHost: x\r\n!#$%&'*+-.^_`|~aZ09: b\r\n\r\n",
            "unknown method": b"BREW-COFFEE / HTTP/1.1\r\nHost: x\r\n\r\n",
            "upper case coding": post(b"Transfer-Encoding: CHUNKED\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
            "leading zeroes in a length": post(b"Content-Length: 005\r\n"),
            "leading zeroes in a chunk size": post(CHUNKED, b"0005\r\nhello\r\n000\r\n\r\n"),
            "chunk extension": post(CHUNKED, b"5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n"),
            "IPv6 host": b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        }.items():
            with self.subTest(name), Wire.to(self.proxy.port) as client:
                self.assertEqual(client.ask(request).status, 200)


if __name__ == "__main__":
    unittest.main()
