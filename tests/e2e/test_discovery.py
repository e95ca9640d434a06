"""Endpoints that come and go: with the records of a real nameserver, and with a file, while tunnels hold some."""

import os
import tempfile
import threading
import unittest
from pathlib import Path

from support import handshake
from support.case import ProxyCase
from support.machine import needs_localhost
from support.nameserver import Nameserver
from support.ports import free_port
from support.proxy import run
from support.raw_server import answer
from support.waiting import eventually


def named(name):
    """Answers requests with a name, and echoes in tunnels."""

    def script(wire):
        while True:
            if wire.read_head().get("Upgrade") is None:
                wire.send(answer(name.encode()))
                continue
            wire.send(handshake.SWITCHING)
            while True:
                wire.send(wire.read_exactly(1))

    return script


class TemporaryEndpoints(tempfile.TemporaryDirectory):
    """A folder with a file of endpoints that is replaced by renaming."""

    def __enter__(self):
        os.chmod(super().__enter__(), 0o755)  # a proxy started as root becomes somebody else
        return self

    @property
    def path(self):
        return Path(self.name) / "endpoints"

    def replace(self, text):
        new = Path(self.name) / "new"
        new.write_text(text, encoding="ascii")
        os.rename(new, self.path)


class DiscoveryCase(ProxyCase):
    """Backends at several addresses of the loopback interface, on one port."""

    def setUp(self):
        self.backend_port = free_port()
        self.dns_port = 1  # nobody there

    def at(self, address):
        """A backend that answers with its address."""
        return self.upstream(named(address), host=address, port=self.backend_port)

    def nameserver(self, hosts, services=()):
        server = Nameserver(hosts, services)
        self.addCleanup(server.stop)
        self.dns_port = server.port
        return server

    def pool(self, text):
        return f"resolver 127.0.0.1:{self.dns_port} ipv6=off; resolver_timeout 1s; {text}"

    def serve(self, text, **values):
        return self.start_pool(self.pool(text), **values)

    def follow(self, parameters="", **values):
        return self.serve(f"server a.test:{self.backend_port} resolve {parameters};", **values)

    def body(self, proxy):
        return self.ask(proxy).body.decode()

    def bodies(self, proxy, count=12):
        return {self.body(proxy) for _ in range(count)}

    def assert_alive(self, tunnel):
        self.assertEqual(tunnel.send(b"x").read_exactly(1), b"x")

    def reload(self, proxy, **values):
        proxy.reload(**values)
        proxy.log_line("configuration reloaded", "error.log")


class Names(DiscoveryCase):
    def test_first_request_finds_the_endpoint(self):
        """No request of the first moments is refused because the nameserver has not answered yet."""
        self.at("127.0.0.1")
        self.nameserver({"a.test": ["127.0.0.1"]})
        proxy = self.follow()
        self.assertEqual(self.body(proxy), "127.0.0.1")

    def test_moved_with_a_tunnel_open(self):
        """New requests follow the record; the tunnel stays where it is, and its endpoint gets nothing new."""
        old, new = self.at("127.0.0.1"), self.at("127.0.0.2")
        dns = self.nameserver({"a.test": ["127.0.0.1"]})
        proxy = self.follow(workers=2)
        tunnel = self.open_tunnel(proxy)
        dns.set({"a.test": ["127.0.0.2"]})
        proxy.log_line(rf"127\.0\.0\.2:{new.port} came; 127\.0\.0\.1:{old.port} went", "error.log")
        eventually(lambda: self.bodies(proxy) == {"127.0.0.2"}, "the new endpoint on all workers")
        before = old.connections
        self.assertEqual(self.bodies(proxy, 40), {"127.0.0.2"})
        self.assertEqual(old.connections, before)
        self.assert_alive(tunnel)

    def test_mandatory_check_of_a_new_address(self):
        """It gets nothing before its first probe has passed, however long that takes."""
        answered = threading.Event()
        self.addCleanup(answered.set)
        probed = threading.Event()
        requests = []

        def new(wire):
            while True:
                if wire.read_request().target == "/health":
                    probed.set()
                    answered.wait()
                else:
                    requests.append(1)
                wire.send(answer(b"127.0.0.2"))

        self.at("127.0.0.1")
        self.upstream(new, host="127.0.0.2", port=self.backend_port)
        dns = self.nameserver({"a.test": ["127.0.0.1"]})
        proxy = self.serve(f"server a.test:{self.backend_port} resolve;"
                           "health_check mandatory uri=/health interval=100ms timeout=1m;", workers=2)
        eventually(lambda: self.ask(proxy).status == 200, "the probe of the first address")
        dns.set({"a.test": ["127.0.0.1", "127.0.0.2"]})
        eventually(probed.is_set, "the probe of the new address")
        self.assertEqual(self.bodies(proxy, 40), {"127.0.0.1"})
        self.assertEqual(requests, [])
        answered.set()
        eventually(lambda: "127.0.0.2" in self.bodies(proxy), "requests for the new address")

    def test_counts_survive(self):
        """Under least_conn an endpoint that stays is still known to hold its tunnels, one that returns as well."""
        self.at("127.0.0.1")
        self.at("127.0.0.2")
        dns = self.nameserver({"a.test": ["127.0.0.1"]})
        proxy = self.serve(f"least_conn; server a.test:{self.backend_port} resolve;")
        tunnels = [self.open_tunnel(proxy) for _ in range(3)]
        dns.set({"a.test": ["127.0.0.1", "127.0.0.2"]})
        eventually(lambda: self.body(proxy) == "127.0.0.2", "the endpoint without tunnels")
        self.assertEqual(self.bodies(proxy), {"127.0.0.2"})
        dns.set({"a.test": ["127.0.0.2"]})
        proxy.log_line(r": 127\.0\.0\.1:\d+ went", "error.log")
        dns.set({"a.test": ["127.0.0.1", "127.0.0.2"]})
        proxy.log_line(r": 127\.0\.0\.1:\d+ came$(?s:.*): 127\.0\.0\.1:\d+ came$", "error.log")
        self.assertEqual(self.bodies(proxy), {"127.0.0.2"})
        for tunnel in tunnels:
            self.assert_alive(tunnel)

    def test_changes_under_load(self):
        """Whatever the records do, no request fails and no tunnel ends as long as the backends are there."""
        addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
        for address in addresses:
            self.at(address)
        dns = self.nameserver({"a.test": addresses[:1]})
        proxy = self.follow(workers=2)
        tunnels = [self.open_tunnel(proxy) for _ in range(5)]
        over, failures = threading.Event(), []

        def load():
            while not over.is_set():
                response = self.ask(proxy)
                if response.status != 200:
                    failures.append(response.status)

        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for now in (addresses[1:], addresses[:2], addresses[2:]):
                dns.set({"a.test": now})
                eventually(lambda: self.bodies(proxy) == set(now), f"exactly {now}")
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])
        for tunnel in tunnels:
            self.assert_alive(tunnel)

    def test_failures_keep_the_last_good_set(self):
        """A name that is gone, then a nameserver that is gone: nothing changes. Then both are back."""
        self.at("127.0.0.1")
        self.at("127.0.0.2")
        dns = self.nameserver({"a.test": ["127.0.0.1"]})
        proxy = self.follow()
        self.assertEqual(self.body(proxy), "127.0.0.1")
        dns.set({})
        proxy.log_line(r"\[warn\].*a\.test could not be looked up: .*; what is known of it stays", "error.log")
        self.assertEqual(self.bodies(proxy), {"127.0.0.1"})
        dns.kill()
        self.assertEqual(self.bodies(proxy), {"127.0.0.1"})
        dns.start({"a.test": ["127.0.0.2"]})
        eventually(lambda: self.body(proxy) == "127.0.0.2", "the new address")
        proxy.log_line(r"a\.test is known, after \d+ look-ups? that failed", "error.log")

    def test_dead_nameserver_over_a_reload(self):
        """What a changed pool knew is taken over, though nobody can be asked."""
        self.at("127.0.0.1")
        dns = self.nameserver({"a.test": ["127.0.0.1"]})
        proxy = self.follow()
        tunnel = self.open_tunnel(proxy)
        dns.kill()
        self.reload(proxy, pool=self.pool(f"server a.test:{self.backend_port} resolve weight=3;"))
        self.assertEqual(self.bodies(proxy), {"127.0.0.1"})
        self.assert_alive(tunnel)

    def test_reload_asks_again(self):
        """As with nginx, a reload takes up what nameservers say now, however long the last answer is good for."""
        self.at("127.0.0.1")
        self.at("127.0.0.2")
        dns = self.nameserver({"a.test": ["127.0.0.1"]})
        proxy = self.start_pool(
            f"resolver 127.0.0.1:{dns.port} valid=1h; server a.test:{self.backend_port} resolve;")
        self.assertEqual(self.body(proxy), "127.0.0.1")
        dns.set({"a.test": ["127.0.0.2"]})
        self.assertEqual(self.bodies(proxy), {"127.0.0.1"})
        proxy.reload()
        eventually(lambda: self.body(proxy) == "127.0.0.2", "the new address")

    def test_unknown_at_start(self):
        """The proxy starts without the name, and serves as soon as somebody knows it."""
        self.at("127.0.0.1")
        dns = self.nameserver({})
        proxy = self.follow()
        self.assertEqual(self.ask(proxy).status, 502)
        dns.set({"a.test": ["127.0.0.1"]})
        eventually(lambda: self.ask(proxy).status == 200, "the endpoint")

    def test_answer_larger_than_a_datagram(self):
        """Sixty addresses are asked for over TCP, and all of them are endpoints."""
        self.nameserver({"a.test": [f"127.0.1.{number}" for number in range(1, 61)]})
        proxy = self.follow()
        proxy.log_line(r"127\.0\.1\.1:.* and 40 more came", "error.log")

    @needs_localhost
    def test_names_of_the_hosts_file(self):
        """Without a resolver the system's means are used: its hosts file, above all, in every container."""
        self.at("127.0.0.1")
        proxy = self.start_pool(f"server localhost:{self.backend_port} resolve;")
        self.assertEqual(self.body(proxy), "127.0.0.1")


class Services(DiscoveryCase):
    def test_ports_weights_and_backups(self):
        """SRV: 3 to 1 within the best priority; the next one only when nobody else is left."""
        main, less, spare = (self.upstream(named(name)) for name in ("main", "less", "spare"))
        self.nameserver({"a.test": ["127.0.0.1"]}, [
            f"_http._tcp.pool.test,a.test,{main.port},10,3", f"_http._tcp.pool.test,a.test,{less.port},10,1",
            f"_http._tcp.pool.test,a.test,{spare.port},20,1"])
        proxy = self.serve("server pool.test service=http resolve;")
        bodies = [self.body(proxy) for _ in range(8)]
        self.assertEqual(sorted(bodies), ["less"] * 2 + ["main"] * 6)
        main.stop()
        less.stop()
        eventually(lambda: self.body(proxy) == "spare", "the backup")

    def test_targets_move(self):
        """The addresses behind a service are followed like any."""
        self.at("127.0.0.1")
        self.at("127.0.0.2")
        dns = self.nameserver({"a.test": ["127.0.0.1"]}, [f"_ws._tcp.pool.test,a.test,{self.backend_port},0,0"])
        proxy = self.serve("server pool.test service=_ws._tcp resolve;")
        self.assertEqual(self.body(proxy), "127.0.0.1")
        dns.set({"a.test": ["127.0.0.2"]})
        eventually(lambda: self.body(proxy) == "127.0.0.2", "the new address")


class Files(DiscoveryCase):
    def start_with(self, text, **values):
        self.file = self.enterContext(TemporaryEndpoints())
        self.file.replace(text)
        return self.serve(f"endpoints_file {self.file.path};", **values)

    def line(self, address):
        return f"{address}:{self.backend_port}\n"

    def test_replaced_broken_and_removed(self):
        """The set follows the file; a mistake or its absence is logged and changes nothing."""
        self.at("127.0.0.1")
        self.at("127.0.0.2")
        proxy = self.start_with(self.line("127.0.0.1"), workers=2)
        tunnel = self.open_tunnel(proxy)
        self.file.replace(self.line("127.0.0.1") + self.line("127.0.0.2"))
        eventually(lambda: self.bodies(proxy) == {"127.0.0.1", "127.0.0.2"}, "both endpoints")
        self.file.replace("# moved\n" + self.line("127.0.0.2"))
        eventually(lambda: self.bodies(proxy) == {"127.0.0.2"}, "the second only")
        self.file.replace(self.line("127.0.0.1") + "127.0.0.2:http\n")
        proxy.log_line(rf"\[error\].*{self.file.path}:2:1: error: invalid port", "error.log")
        self.assertEqual(self.bodies(proxy), {"127.0.0.2"})
        os.unlink(self.file.path)
        proxy.log_line(rf"{self.file.path}: error: cannot be read", "error.log")
        self.assertEqual(self.bodies(proxy), {"127.0.0.2"})
        self.file.replace(self.line("127.0.0.1"))
        eventually(lambda: self.bodies(proxy) == {"127.0.0.1"}, "the first again")
        self.assert_alive(tunnel)

    def test_missing_at_start(self):
        """An error, a 502 meanwhile, and service as soon as the file is there."""
        self.at("127.0.0.1")
        self.file = self.enterContext(TemporaryEndpoints())
        proxy = self.serve(f"endpoints_file {self.file.path};")
        proxy.log_line(r"\[error\].*cannot be read", "error.log")
        self.assertEqual(self.ask(proxy).status, 502)
        self.file.replace(self.line("127.0.0.1"))
        eventually(lambda: self.ask(proxy).status == 200, "the endpoint")

    def test_configuration_test_names_its_mistakes(self):
        """-t warns, because the proxy would start."""
        proxy = self.start_with("127.0.0.1:http\n")
        done = run("-p", f"{proxy.folder}/", "-c", proxy.file, "-t")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"warning: .*:1:1: error: invalid port")


if __name__ == "__main__":
    unittest.main()
