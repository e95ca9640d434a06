"""Where WebSocket is on by itself (TOML), both halves of the handshake are judged."""

import unittest

from support import handshake
from support.case import ProxyCase
from support.raw_server import answer, answering

FRAME = handshake.text_frame("early bird")


class ClientsHandshake(ProxyCase):
    """A request to upgrade that is not one (RFC 6455 section 4.2.1) goes no further."""

    def setUp(self):
        self.backend_ = self.upstream(answering(handshake.SWITCHING))
        self.proxy = self.start_toml(self.backend_.port)

    def assert_refused(self, request, status, why):
        with self.client(self.proxy.port) as client:
            response = client.ask(request)
            self.assertEqual(response.status, status, f"{why}: {response}")
            self.assertEqual(self.backend_.connections, 0, f"{why}: it reached the upstream")
            return response

    def test_what_is_no_handshake_is_refused(self):
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        for why, request in {
            "POST": handshake.request(method="POST", extra=["Content-Length: 0"]),
            "HTTP/1.0": handshake.request(version="HTTP/1.0"),
            "no Upgrade in Connection": handshake.request(connection="keep-alive"),
            "no Connection": handshake.request(connection=None),
            "no key": handshake.request(key=None),
            "empty key": handshake.request(key=""),
            "key of 15 bytes": handshake.request(key="AAAAAAAAAAAAAAAAAAAA"),
            "key of 17 bytes": handshake.request(key="AAAAAAAAAAAAAAAAAAAAAAA="),
            "key not base64": handshake.request(key="dGhlIHNhbXBsZSBub25j*Q=="),
            "two keys": handshake.request(extra=[key]),
            "no version": handshake.request(websocket_version=None),
        }.items():
            with self.subTest(why):
                self.assert_refused(request, 400, why)

    def test_another_version_is_told_ours(self):
        for version in ("8", "0", "14", "1"):
            request = handshake.request(websocket_version=version)
            response = self.assert_refused(request, 426, f"version {version}")
            self.assertEqual(response.get("Sec-WebSocket-Version"), "13")

    def test_forms_that_are_valid(self):
        """Lists, other cases, spaces: RFC 9110 section 7.8 and RFC 6455 section 4.2.1."""
        for why, request in {
            "upper case": handshake.request(upgrade="WebSocket", connection="UPGRADE"),
            "in a list": handshake.request(connection="keep-alive, Upgrade"),
            "two lines": handshake.request(connection="keep-alive", extra=["Connection: upgrade"]),
            "spaces": handshake.request(upgrade="  websocket  ", connection=" ,upgrade , "),
            "empty line first": b"\r\n" + handshake.request(),
        }.items():
            with self.subTest(why), self.client(self.proxy.port) as client:
                self.assertEqual(client.ask(request).status, 101)


class UpstreamsAnswer(ProxyCase):
    """What the upstream says to the handshake is judged too (RFC 6455 section 4.1)."""

    def answered(self, response, request=handshake.request()):
        upstream = self.upstream(answering(response))
        proxy = self.start_toml(upstream.port)
        return self.client(proxy.port).ask(request)

    def test_wrong_accept_is_a_bad_gateway(self):
        wrong = handshake.SWITCHING.replace(handshake.ACCEPT.encode(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOx=")
        self.assertEqual(self.answered(wrong).status, 502)

    def test_missing_accept_is_a_bad_gateway(self):
        missing = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        self.assertEqual(self.answered(missing).status, 502)

    def test_another_protocol_is_a_bad_gateway(self):
        other = handshake.SWITCHING.replace(b"Upgrade: websocket", b"Upgrade: h2c")
        self.assertEqual(self.answered(other).status, 502)

    def test_101_nobody_asked_for_is_a_bad_gateway(self):
        self.assertEqual(self.answered(handshake.SWITCHING, handshake.get()).status, 502)

    def test_101_nobody_asked_for_in_nginx_syntax(self):
        upstream = self.upstream(answering(handshake.SWITCHING))
        proxy = self.start_nginx(
            "server { listen 127.0.0.1:@port@; location / { proxy_pass http://127.0.0.1:@backend@; } }",
            backend=upstream.port,
        )
        self.assertEqual(self.client(proxy.port).ask(handshake.request()).status, 502)

    def test_refusal_passes_with_its_body(self):
        refusal = answer(b"not for you", "403 Forbidden", ["Content-Type: text/plain", "X-Why: origin"])
        response = self.answered(refusal)
        self.assertEqual((response.status, response.body), (403, b"not for you"))
        self.assertEqual(response.get("X-Why"), "origin")

    def test_accepted_handshake_passes_unchanged(self):
        told = handshake.SWITCHING.replace(
            b"\r\n\r\n",
            b"\r\nSec-WebSocket-Protocol: log.v2\r\nSec-WebSocket-Extensions: permessage-deflate; "
            b"server_no_context_takeover\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n",
        )
        response = self.answered(told)
        self.assertEqual(response.status, 101)
        self.assertEqual(response.get("Sec-WebSocket-Accept"), handshake.ACCEPT)
        self.assertEqual(response.get("Sec-WebSocket-Protocol"), "log.v2")
        self.assertEqual(response.get("Sec-WebSocket-Extensions"), "permessage-deflate; server_no_context_takeover")
        self.assertEqual(response.all("Set-Cookie"), ["a=1", "b=2"])
        self.assertEqual(response.get("Upgrade").lower(), "websocket")
        self.assertEqual(response.get("Connection").lower(), "upgrade")


class BytesAroundTheHandshake(ProxyCase):
    """No byte overtakes the 101, none is lost, none reaches the wrong reader."""

    def test_early_bytes_wait_for_the_101_and_come_first(self):
        """The upstream must find the request alone: what came behind it is sent when the 101 has come."""
        seen = {}

        def script(wire):
            wire.read_head()
            seen["with the request"] = wire.buffer
            wire.socket.settimeout(0.3)
            try:
                seen["before the answer"] = wire.socket.recv(1)
            except TimeoutError:
                seen["before the answer"] = b""
            wire.socket.settimeout(10)
            wire.send(handshake.SWITCHING)
            seen["after it"] = wire.read_exactly(len(FRAME) + 4)
            wire.send(b"done")

        proxy = self.start_toml(self.upstream(script).port)
        client = self.client(proxy.port)
        self.assertEqual(client.ask(handshake.request() + FRAME).status, 101)
        client.send(b"late")
        self.assertEqual(client.read_exactly(4), b"done")
        self.assertEqual(
            seen, {"with the request": b"", "before the answer": b"", "after it": FRAME + b"late"})

    def test_bytes_sent_with_the_101_follow_it(self):
        def script(wire):
            wire.read_head()
            wire.send(handshake.SWITCHING + b"first", b"second")
            wire.read_to_end()

        client = self.open_tunnel(self.start_toml(self.upstream(script).port))
        self.assertEqual(client.read_exactly(11), b"firstsecond")

    def test_after_a_refusal_the_held_bytes_are_the_next_request(self):
        requests = []

        def script(wire):
            while True:
                requests.append(wire.read_request())
                target = requests[-1].target
                wire.send(answer(b"no", "403 Forbidden") if target == "/ws" else answer(target.encode()))

        proxy = self.start_toml(self.upstream(script).port)
        client = self.client(proxy.port)
        client.send(handshake.request(target="/ws") + handshake.get("/next"))
        first, second = client.read_response(), client.read_response()
        self.assertEqual((first.status, first.body), (403, b"no"))
        self.assertEqual((second.status, second.body), (200, b"/next"))
        self.assertEqual([request.target for request in requests], ["/ws", "/next"])

    def test_handshake_in_single_bytes(self):
        def script(wire):
            wire.read_head()
            for byte in handshake.SWITCHING:
                wire.send(bytes([byte]))
            wire.send(wire.read_exactly(4))

        proxy = self.start_toml(self.upstream(script).port)
        client = self.client(proxy.port)
        client.send(*(bytes([byte]) for byte in handshake.request()))
        self.assertEqual(client.read_response().status, 101)
        self.assertEqual(client.send(b"ping").read_exactly(4), b"ping")


class NginxHeaders(ProxyCase):
    """In nginx files Upgrade and Connection are hop-by-hop: they travel only where a rule says so."""

    def test_without_rules_the_upgrade_does_not_travel(self):
        requests = []

        def script(wire):
            requests.append(wire.read_request())
            wire.send(answer(b"plain"))

        upstream = self.upstream(script)
        proxy = self.start_nginx(
            "server { listen 127.0.0.1:@port@; location / { proxy_pass http://127.0.0.1:@backend@; } }",
            backend=upstream.port,
        )
        response = self.client(proxy.port).ask(handshake.request())
        self.assertEqual((response.status, response.body), (200, b"plain"))
        self.assertIsNone(requests[0].get("Upgrade"))
        self.assertNotEqual((requests[0].get("Connection") or "").lower(), "upgrade")

    def test_proxy_websocket_needs_no_rules(self):
        requests = []

        def script(wire):
            requests.append(wire.read_request())
            wire.send(handshake.SWITCHING)

        proxy = self.start_nginx(
            "proxy_websocket on;"
            "server { listen 127.0.0.1:@port@; location / { proxy_pass http://127.0.0.1:@backend@; } }",
            backend=self.upstream(script).port,
        )
        self.assertEqual(self.client(proxy.port).ask(handshake.request()).status, 101)
        self.assertEqual((requests[0].get("Upgrade"), requests[0].get("Connection")), ("websocket", "upgrade"))


if __name__ == "__main__":
    unittest.main()
