"""Health checks over HTTP and TCP: endpoints that die, hang, are slow, answer wrongly and come back."""

import re
import threading
from pathlib import Path

from support import programs
from support.health_case import FAST, IMPATIENT, HealthCase, Switch
from support.raw_server import answer, answering
from support.waiting import eventually


class ActiveChecks(HealthCase):
    def test_status_decides(self):
        switch = Switch()
        backend = self.upstream(switch)
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port}; health_check uri=/health {FAST} fails=2 passes=2;")
        eventually(lambda: switch.probes > 2, "probes")
        self.assertEqual(self.status(proxy), 200)
        self.assertEqual(switch.agents, {"tidegate (health check)"})
        switch.response = answer(status="503 Service Unavailable")
        self.unhealthy(proxy, backend.port, "HTTP health check: its status is 503")
        self.assertEqual(self.status(proxy), 502)
        switch.response = answer()
        self.healthy(proxy, backend.port)
        self.assertEqual(self.status(proxy), 200)

    def test_endpoint_that_is_killed_and_returns(self):
        services = [self.backend(programs.tornado_echo()) for _ in range(2)]
        first, second = (service.port for service in services)
        proxy = self.start_pool(f"server 127.0.0.1:{first} max_fails=0; server 127.0.0.1:{second} max_fails=0;"
                           f"health_check {FAST};")
        services[0].kill()
        self.unhealthy(proxy, first, "HTTP health check: ")  # refused, or cut off in the middle of a probe
        # Nobody runs into it any more: that would be in the log.
        before = proxy.read("error.log").count("upstream: ")
        for _ in range(10):
            self.assertEqual(self.status(proxy), 200)
        self.assertEqual(proxy.read("error.log").count("upstream: "), before)
        self.backend(programs.tornado_echo(first))
        self.healthy(proxy, first)

    def test_endpoint_that_hangs(self):
        """It accepts and never answers; probes give up in time, one after the other."""
        backend = self.upstream(lambda wire: wire.read_to_end())
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port}; health_check interval=50ms timeout=100ms fails=2;")
        self.unhealthy(proxy, backend.port, "HTTP health check: timed out while reading the response header")
        open_now = 0
        for _ in range(20):
            open_now = max(open_now, len(self.connections_to(proxy, backend.port)))
        self.assertLessEqual(open_now, 1, "probes of one endpoint at the same time")

    @staticmethod
    def connections_to(proxy, port):
        """Established TCP connections to that port, out of /proc: 01 is ESTABLISHED."""
        lines = Path(f"/proc/{proxy.process.pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        return [line for line in lines if line.split()[2].endswith(f":{port:04X}") and line.split()[3] == "01"]

    def test_endpoint_that_accepts_no_connection(self):
        port = self.deaf_port()
        proxy = self.start_pool(f"server 127.0.0.1:{port}; health_check type=tcp {IMPATIENT};")
        self.unhealthy(proxy, port, "TCP health check: timed out while connecting")

    def test_slow_endpoint_is_healthy_within_its_time(self):
        """A byte now and then is enough, as long as all of it comes within the timeout; after that it is not."""
        pace = {"pause": 0.0}
        probes = []

        def script(wire):
            wire.read_request()
            for byte in answer():
                wire.gone.wait(pace["pause"])
                wire.send(bytes([byte]))
            probes.append(1)

        backend = self.upstream(script)
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port}; health_check interval=50ms timeout=2s;")
        eventually(lambda: len(probes) > 3, "probes that pass")
        self.assertNotIn("unhealthy", proxy.read("error.log"))
        pace["pause"] = 0.1  # for each of 40 bytes
        self.unhealthy(proxy, backend.port, "HTTP health check: timed out while reading")

    def test_match_block(self):
        switch = Switch()
        switch.response = answer(b"all is well", headers=["X-State: up"])
        backend = self.upstream(switch)
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port};", f"health_check uri=/health {FAST} match=well;",
                           'match well { status 200; header X-State = up; body ~ "is (well|fine)"; }')
        eventually(lambda: switch.probes > 2, "probes")
        self.assertNotIn("unhealthy", proxy.read("error.log"))
        switch.response = answer(b"all is lost", headers=["X-State: up"])
        self.unhealthy(proxy, backend.port, "HTTP health check: its body does not match")

    def test_port_of_its_own(self):
        switch = Switch()
        backend, health = self.upstream(answering(answer())), self.upstream(switch)
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port}; health_check uri=/health port={health.port} {FAST};")
        eventually(lambda: switch.probes > 2, "probes")
        self.assertEqual(backend.connections, 0)
        switch.response = answer(status="500 No")
        self.unhealthy(proxy, backend.port)

    def test_mandatory(self):
        switch = Switch()
        switch.response = answer(status="503 Not Yet")
        backend = self.upstream(switch)
        pool = f"server 127.0.0.1:{backend.port}; health_check uri=/health {FAST} mandatory;"
        proxy = self.start_pool(pool)
        self.assertEqual(self.status(proxy), 502)
        switch.response = answer()
        self.healthy(proxy, backend.port)
        self.assertEqual(self.status(proxy), 200)
        # A reload keeps the verdict: not one request is refused.
        probes = switch.probes
        proxy.reload(pool=pool + " keepalive_requests 7;")
        while switch.probes < probes + 5:
            self.assertEqual(self.status(proxy), 200)

    def test_verdict_survives_a_reload(self):
        bad, good = Switch(), Switch()
        bad.response = answer(status="500 No")
        backends = [self.upstream(bad), self.upstream(good)]
        servers = " ".join(f"server 127.0.0.1:{each.port};" for each in backends)
        proxy = self.start_pool(f"{servers} health_check uri=/health {FAST};")
        self.unhealthy(proxy, backends[0].port)
        probes = bad.probes
        proxy.reload(pool=f"{servers} health_check uri=/health {FAST}; least_conn;")
        proxy.log_line("configuration reloaded", "error.log")
        eventually(lambda: bad.probes > probes + 3, "probes by the new configuration")
        self.assertEqual(len(re.findall("is unhealthy", proxy.read("error.log"))), 1)

    def test_cap_of_the_ejected(self):
        """A probe that asks for the wrong thing cannot empty the pool."""
        backends = [self.upstream(answering(answer())) for _ in range(4)]
        servers = " ".join(f"server 127.0.0.1:{each.port};" for each in backends)
        proxy = self.start_pool(f"{servers} max_ejected 50%; health_check match=wrong {FAST};",
                           more="match wrong { status 418; }")
        eventually(lambda: len(re.findall("is unhealthy and stays in because of max_ejected",
                                          proxy.read("error.log"))) == 2, "two that stay in")
        self.assertEqual(len(re.findall("is unhealthy, ", proxy.read("error.log"))), 2)
        for _ in range(8):
            self.assertEqual(self.status(proxy), 200)

    def test_reload_takes_the_check_away(self):
        backend = self.upstream(answering(answer(status="500 No")))
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port}; health_check {FAST};")
        self.unhealthy(proxy, backend.port)
        proxy.reload(pool=f"server 127.0.0.1:{backend.port};")
        eventually(lambda: self.status(proxy) == 500, "the endpoint in the pool again")

    def test_thousand_endpoints(self):
        """All on one listener, by addresses of their own: bounded in number, and every one of them is asked."""
        seen = {}
        lock = threading.Lock()

        def script(wire):
            peer = wire.socket.getsockname()[0]
            wire.read_request()
            with lock:
                seen[peer] = seen.get(peer, 0) + 1
            wire.send(answer())

        backend = self.upstream(script, host="0.0.0.0")
        servers = " ".join(f"server 127.0.{i // 250}.{i % 250 + 1}:{backend.port};" for i in range(1000))
        self.start_pool(f"{servers} health_check interval=2s timeout=2s;")
        eventually(lambda: len(seen) == 1000, "a probe of each", 30)
