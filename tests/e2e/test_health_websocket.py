"""WebSocket health checks: against services that others wrote, and against wrong ones."""

import base64
import hashlib

from support import handshake, programs
from support.health_case import FAST, IMPATIENT, HealthCase
from support.raw_server import answer, answering
from support.tunnel import upgrading
from support.waiting import eventually
from support.wire import Wire


class WebSocketChecks(HealthCase):
    def check(self, port, parameters, pace=FAST):
        return self.start_pool(f"server 127.0.0.1:{port}; health_check type=websocket {pace} {parameters};")

    def passes(self, proxy, port):
        """It was awaited and is healthy."""
        self.healthy(proxy, port)
        self.assertNotIn("unhealthy", proxy.read("error.log"))

    def test_tornado(self):
        service = self.backend(programs.tornado_echo())
        for parameters in ("", '"send=hello" "expect=^You said: hello$"', "send=name?", f"expect=^{service.port}$"):
            with self.subTest(parameters):
                proxy = self.check(service.port, f"uri=/ws mandatory {parameters}")
                self.passes(proxy, service.port)

    def test_websockets_library(self):
        """It logs what breaks the protocol, and ends each probe's connection in order."""
        service = self.backend(programs.websockets_echo())
        for parameters in ("", "send=hello expect=^hello$"):
            with self.subTest(parameters):
                self.passes(self.check(service.port, f"mandatory {parameters}"), service.port)

    def test_handshake_alone(self):
        """With ping=off a service that never answers a ping is healthy, and nothing but a Close frame is sent to it."""
        frames = []

        def script(wire):
            wire.send(switching(wire.read_head().get("Sec-WebSocket-Key")))
            frames.append(frame_of_client(wire))
            wire.send(b"\x88\x02\x03\xe8")

        backend = self.upstream(script)
        self.passes(self.check(backend.port, "mandatory ping=off"), backend.port)
        eventually(lambda: len(frames) > 2, "probes")
        self.assertEqual(set(frames), {(8, b"\x03\xe8")})

    def test_wrong_answer(self):
        service = self.backend(programs.tornado_echo())
        proxy = self.check(service.port, "uri=/ws send=hello expect=goodbye", IMPATIENT)
        self.unhealthy(proxy, service.port, "WebSocket health check: timed out while waiting for an answer")

    def test_refused_handshake(self):
        backend = self.upstream(answering(answer(status="503 Service Unavailable")))
        proxy = self.check(backend.port, "")
        self.unhealthy(proxy, backend.port, "WebSocket health check: it answered the handshake with 503")

    def test_wrong_accept(self):
        """The answer to another key, as a cache would give it: judged as the proxy judges for its clients."""
        backend = self.upstream(upgrading(Wire.read_to_end))
        proxy = self.check(backend.port, "")
        self.unhealthy(proxy, backend.port, "WebSocket health check: .*while judging the handshake")

    def test_polite_close(self):
        """The probe ends with a masked Close frame of code 1000."""
        closes = []

        def script(wire):
            request = wire.read_head()
            key = request.get("Sec-WebSocket-Key")
            wire.send(switching(key))
            self.assertEqual(frame_of_client(wire), (9, b"tidegate"))
            wire.send(b"\x8a\x08tidegate")
            closes.append(frame_of_client(wire))
            wire.send(b"\x88\x02\x03\xe8")

        backend = self.upstream(script)
        self.check(backend.port, "")
        eventually(lambda: len(closes) > 2, "probes")
        self.assertEqual(set(closes), {(8, b"\x03\xe8")})


def switching(key):
    """The 101 to that key."""
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    return handshake.SWITCHING.replace(handshake.ACCEPT.encode(), base64.b64encode(digest))


def frame_of_client(wire):
    """Opcode and payload of a short masked frame."""
    head = wire.read_exactly(6)
    assert head[1] & 0x80, "a client masks its frames"
    payload = wire.read_exactly(head[1] & 0x7F)
    return head[0] & 0x0F, bytes(byte ^ head[2 + i % 4] for i, byte in enumerate(payload))
