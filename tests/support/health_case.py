"""What the tests of health share: a pool behind one location, an upstream that a test makes ill, and what the log says."""

from support import handshake
from support.case import ProxyCase
from support.raw_server import answer

FAST = "interval=50ms timeout=10s"
IMPATIENT = "interval=50ms timeout=1s"  # where running out of time is the verdict


class Switch:
    """An HTTP upstream whose answer the test changes; probes and requests are counted apart."""

    def __init__(self):
        self.response = answer()
        self.probes = 0
        self.agents = set()

    def __call__(self, wire):
        while True:
            request = wire.read_request()
            if request.target.startswith("/health"):
                self.probes += 1
                self.agents.add(request.get("User-Agent"))
                wire.send(self.response)
            else:
                wire.send(answer(b"served"))


def tunnel_or_probe(wire):
    """Takes WebSocket handshakes, answers other requests with 200, and holds every connection until it ends."""
    head = wire.read_head()
    if head.get("Upgrade"):
        wire.send(handshake.SWITCHING)
    else:
        wire.send(answer())
    wire.read_to_end()


class HealthCase(ProxyCase):
    def status(self, proxy):
        return self.ask(proxy).status

    def unhealthy(self, proxy, port, reason=""):
        return proxy.log_line(rf"\[warn\].*endpoint 127\.0\.0\.1:{port} of upstream \"pool\" is unhealthy, {reason}",
                              "error.log")

    def healthy(self, proxy, port):
        return proxy.log_line(rf"\[notice\].*endpoint 127\.0\.0\.1:{port} of upstream \"pool\" is healthy", "error.log")
