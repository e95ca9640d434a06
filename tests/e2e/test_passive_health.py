"""What the failures of requests and tunnels come to for an endpoint."""

import contextlib

from support.health_case import HealthCase, tunnel_or_probe
from support.ports import free_port
from support.raw_server import answer, answering
from support.tunnel import upgrading
from support.waiting import eventually


@upgrading
def ending(wire):
    """Says Close, and closes once it has got one byte more."""
    wire.send(b"\x88\x02\x03\xe8")
    wire.read_exactly(1)


class PassiveHealth(HealthCase):
    def test_taken_out_with_a_warning(self):
        alive = self.upstream(answering(answer()))
        dead = free_port()
        proxy = self.start_pool(f"server 127.0.0.1:{dead}; server 127.0.0.1:{alive.port};")
        for _ in range(4):
            self.assertEqual(self.status(proxy), 200)
        proxy.log_line(rf"\[warn\].*temporarily disabled: endpoint 127\.0\.0\.1:{dead} of upstream \"pool\"", "error.log")

    def test_cap(self):
        """Two dead endpoints of two: one of them stays in, and is tried on and on."""
        dead = [free_port(), free_port()]
        proxy = self.start_pool(f"server 127.0.0.1:{dead[0]}; server 127.0.0.1:{dead[1]}; max_ejected 50%;")
        for _ in range(4):
            self.assertEqual(self.status(proxy), 502)
        proxy.log_line("temporarily disabled, or would be but for max_ejected", "error.log")
        self.assertGreaterEqual(proxy.read("error.log").count("Connection refused"), 5)

    def test_early_reset_of_a_tunnel(self):
        """Counts within tunnel_fail_time and only there; a tunnel that is ended in order never counts."""
        @upgrading
        def resetting(wire):
            wire.read_exactly(1)
            wire.reset()

        for script, policy, counts in ((resetting, "tunnel_fail_time 1h;", True), (resetting, "", False),
                                       (ending, "tunnel_fail_time 1h;", False)):
            with self.subTest(policy=policy, counts=counts):
                backend, other = self.upstream(script), self.upstream(tunnel_or_probe)
                proxy = self.start_pool(f"server 127.0.0.1:{backend.port}; server 127.0.0.1:{other.port}; {policy}")
                tunnel = self.open_tunnel(proxy)
                tunnel.send(b"x")
                tunnel.ends()
                tunnel.close()
                proxy.log_line("closed_by=", "access.log")
                self.assertEqual("reset a tunnel at once" in proxy.read("error.log"), counts)

    def test_client_that_goes_on_after_the_end(self):
        """What comes for a closed socket is answered with a reset: the client's doing."""
        backend, other = self.upstream(ending), self.upstream(tunnel_or_probe)
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port}; server 127.0.0.1:{other.port}; tunnel_fail_time 1h;")
        tunnel = self.open_tunnel(proxy)
        tunnel.send(b"x")
        self.assertEqual(tunnel.read_to_end(), b"\x88\x02\x03\xe8")

        def goes_on():  # the first byte is answered with the reset, one of the next meets it
            with contextlib.suppress(ConnectionError):
                tunnel.send(b"y")
            return "closed_by=upstream" in proxy.read("access.log")

        eventually(goes_on, "the end of the tunnel")
        self.assertNotIn("temporarily disabled", proxy.read("error.log"))
