"""What becomes of the tunnels of an endpoint that goes down, is marked down or leaves the pool."""

import time

from support.health_case import FAST, HealthCase, Switch, tunnel_or_probe
from support.raw_server import answer
from support.waiting import eventually


class DownTunnels(HealthCase):
    def start_with(self, policy, count):
        """A proxy with tunnels to one endpoint, whose health the test decides on a port of its own."""
        self.switch = Switch()
        self.backend_server = self.upstream(tunnel_or_probe)
        health = self.upstream(self.switch)
        pool = (f"server 127.0.0.1:{self.backend_server.port};"
                f"health_check uri=/health port={health.port} {FAST}; {policy}")
        proxy = self.start_pool(pool, workers=2)
        return proxy, [self.open_tunnel(proxy) for _ in range(count)]

    def go_down(self, proxy):
        self.switch.response = answer(status="500 No")
        self.unhealthy(proxy, self.backend_server.port)

    def closed(self, proxy, reason="endpoint unhealthy"):
        return proxy.read("access.log").count(f'closed_by=proxy reason="{reason}"')

    def test_kept_unless_said_otherwise(self):
        proxy, tunnels = self.start_with("", 4)
        self.go_down(proxy)
        probes = self.switch.probes
        eventually(lambda: self.switch.probes > probes, "the next probe")  # the workers would have been told by now,
        self.settle(proxy)  # and each of them would have closed its own
        for tunnel in tunnels:
            tunnel.send(b"still there")
        self.assertNotIn("closed_by", proxy.read("access.log"))

    def test_closed_at_once(self):
        proxy, tunnels = self.start_with("endpoint_down_tunnels close;", 6)
        self.go_down(proxy)
        for tunnel in tunnels:
            self.assertTrue(tunnel.ends())
        eventually(lambda: self.closed(proxy) == 6, "six records")

    def test_closed_over_a_time(self):
        """All of them, and the last one not before the time is over."""
        proxy, tunnels = self.start_with("endpoint_down_tunnels close over=1s;", 20)
        started = time.monotonic()
        self.go_down(proxy)
        eventually(lambda: self.closed(proxy) == 20, "the last")
        self.assertGreater(time.monotonic() - started, 0.8)
        for tunnel in tunnels:
            self.assertTrue(tunnel.ends())

    def test_the_rest_lives_when_the_endpoint_returns(self):
        """It serves again, and they end only as their clients want it."""
        proxy, tunnels = self.start_with("endpoint_down_tunnels close over=10s;", 40)
        self.go_down(proxy)
        eventually(lambda: self.closed(proxy), "the first")
        self.switch.response = answer()
        self.healthy(proxy, self.backend_server.port)
        self.assertEqual(self.status(proxy), 200)
        for tunnel in tunnels:
            tunnel.close()
        eventually(lambda: proxy.read("access.log").count("closed_by=") == 40, "a record of each")
        self.assertLess(self.closed(proxy), 40)

    def test_removed_and_marked_down_by_a_reload(self):
        for change, reason in ((" down;", "endpoint marked down"), (None, "endpoint removed")):
            with self.subTest(reason):
                staying, going = self.upstream(tunnel_or_probe), self.upstream(tunnel_or_probe)
                keep = f"server 127.0.0.1:{staying.port}; endpoint_down_tunnels close;"
                proxy = self.start_pool(f"{keep} server 127.0.0.1:{going.port};")
                for _ in range(6):
                    self.open_tunnel(proxy)
                proxy.reload(pool=keep + (f" server 127.0.0.1:{going.port}{change}" if change else ""))
                eventually(lambda: self.closed(proxy, reason) == 3, "the tunnels of one endpoint")
                self.assertEqual(proxy.read("access.log").count("closed_by"), 3)
