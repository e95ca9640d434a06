"""Bodies are streamed with backpressure: their size is not the proxy's memory."""

import hashlib
import threading
import unittest

from support.case import ProxyCase
from support.handshake import get
from support.raw_server import answer
from support.waiting import PATIENCE

BLOCK = bytes(range(256)) * 1024  # 256 KiB
BLOCKS = 800  # 200 MiB
GROWTH_KIB = 24 * 1024


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class LargeBodies(ProxyCase):
    """200 MiB each way; the digest shows that every byte came, the resident set that none was collected."""

    def expected(self):
        digest = hashlib.sha256()
        for _ in range(BLOCKS):
            digest.update(BLOCK)
        return digest.hexdigest().encode()

    def assert_small(self, proxy, before):
        self.assertLess(proxy.resident_kib() - before, GROWTH_KIB)

    @staticmethod
    def digest_of(wire, count):
        """Reads `count` bytes without keeping them."""
        digest = hashlib.sha256(wire.buffer)
        count -= len(wire.buffer)
        wire.buffer = b""
        while count:
            data = wire.socket.recv(min(count, 1 << 20))
            if not data:
                raise EOFError(f"{count} bytes missing")
            digest.update(data)
            count -= len(data)
        return digest.hexdigest().encode()

    def digest_of_chunks(self, wire):
        digest = hashlib.sha256()
        while size := int(wire.read_until(b"\r\n").split(b";")[0], 16):
            digest.update(wire.read_exactly(size))
            wire.read_exactly(2)
        wire.read_exactly(2)
        return digest.hexdigest().encode()

    def upload(self, framing, parts, last=b""):
        def script(wire):
            head = wire.read_head()
            chunked = head.get("Transfer-Encoding") == "chunked"
            digest = self.digest_of_chunks(wire) if chunked else self.digest_of(wire, BLOCKS * len(BLOCK))
            wire.send(answer(digest))

        proxy = self.start_toml(self.upstream(script).port, settings="client_max_body_size = 0")
        client = self.client(proxy.port)
        before = proxy.resident_kib()
        client.send(f"POST / HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n".encode())
        for _ in range(BLOCKS):
            client.send(parts)
        client.send(last)
        self.assert_small(proxy, before)
        response = client.read_response()
        self.assertEqual((response.status, response.body), (200, self.expected()))

    def test_upload_with_a_length(self):
        self.upload(f"Content-Length: {BLOCKS * len(BLOCK)}", BLOCK)

    def test_upload_in_chunks(self):
        self.upload("Transfer-Encoding: chunked", chunk(BLOCK), b"0\r\n\r\n")

    def download(self, framing, part, last, read):
        def script(wire):
            wire.read_request()
            wire.send(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
            for _ in range(BLOCKS):
                wire.send(part)
            wire.send(last)

        proxy = self.start_toml(self.upstream(script).port)
        client = self.client(proxy.port)
        before = proxy.resident_kib()
        self.assertEqual(client.send(get()).read_head().status, 200)
        self.assertEqual(read(client), self.expected())
        self.assert_small(proxy, before)

    def test_download_with_a_length(self):
        size = BLOCKS * len(BLOCK)
        self.download(f"Content-Length: {size}", BLOCK, b"", lambda client: self.digest_of(client, size))

    def test_download_in_chunks(self):
        self.download("Transfer-Encoding: chunked", chunk(BLOCK), b"0\r\n\r\n", self.digest_of_chunks)


class Streaming(ProxyCase):
    """Bytes are passed on when they come, not when the body is complete."""

    def test_request_body_flows_before_it_is_complete(self):
        arrived = threading.Event()

        def script(wire):
            wire.read_until(b"\r\n\r\n")
            wire.read_exactly(5)
            arrived.set()
            wire.read_exactly(5)
            wire.send(answer())

        client = self.client(self.start_toml(self.upstream(script).port).port)
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfirst")
        self.assertTrue(arrived.wait(PATIENCE))
        self.assertEqual(client.ask(b"other").status, 200)

    def test_response_body_flows_before_it_is_complete(self):
        """As with server-sent events: each event is seen while the response is still open."""
        seen = threading.Semaphore(0)

        def script(wire):
            wire.read_request()
            wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for turn in range(5):
                wire.send(chunk(b"data: %d\n\n" % turn))
                seen.acquire(timeout=PATIENCE)
            wire.send(b"0\r\n\r\n")

        client = self.client(self.start_toml(self.upstream(script).port).port)
        client.send(get()).read_head()
        for turn in range(5):
            self.assertIn(b"data: %d\n" % turn, client.read_until(b"\n\n"))
            seen.release()
        self.assertEqual(client.read_until(b"0\r\n\r\n")[-5:], b"0\r\n\r\n")

    def test_request_trailers_reach_the_upstream(self):
        requests = []

        def script(wire):
            requests.append(wire.read_request())
            wire.send(answer())

        client = self.client(self.start_toml(self.upstream(script).port).port)
        response = client.ask(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                              b"5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n")
        self.assertEqual(response.status, 200)
        self.assertEqual(requests[0].body, b"hello")
        self.assertEqual(requests[0].trailers, [("X-Sum", "5")])

    def test_answer_before_the_body_is_complete(self):
        """An upstream may refuse early; the client must see that answer."""

        def script(wire):
            wire.read_head()
            wire.send(answer(b"too much", "413 Content Too Large", ["Connection: close"]))

        proxy = self.start_toml(self.upstream(script).port, settings="client_max_body_size = 0")
        client = self.client(proxy.port)
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nstart")
        response = client.read_response()
        self.assertEqual((response.status, response.body), (413, b"too much"))


if __name__ == "__main__":
    unittest.main()
