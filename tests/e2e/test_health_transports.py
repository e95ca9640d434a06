"""Health checks go the way of the location: TLS, its verification, the PROXY protocol."""

import re
import shutil
import socket
import tempfile
from pathlib import Path

from support import tls
from support.certificates import Authority
from support.health_case import FAST, HealthCase, Switch
from support.machine import HAS_IPV6
from support.raw_server import answer, answering
from support.waiting import eventually


class ChecksAsTheLocationConnects(HealthCase):
    """TLS, its verification, and the PROXY protocol, in probes as in requests."""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.theirs = cls.authority.issue("upstream.test")

    def encrypted(self, script):
        return self.upstream(tls.encrypted(script, tls.server_context(self.theirs), []))

    def check(self, port, parameters="", name="upstream.test"):
        """The check stands in the upstream; it goes the way of the first location that passes to it."""
        return self.start_pool(
            f"server 127.0.0.1:{port}; health_check uri=/health mandatory {FAST} {parameters};",
            f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {self.authority.file}; proxy_ssl_name {name};",
            scheme="https")

    def test_tls(self):
        switch = Switch()
        backend = self.encrypted(switch)
        self.healthy(self.check(backend.port), backend.port)
        self.unhealthy(self.check(backend.port, name="other.test"), backend.port,
                       "HTTP health check: .*while shaking hands for TLS")

    def test_plain_port(self):
        health = self.upstream(Switch())
        backend = self.encrypted(answering(answer()))
        self.healthy(self.check(backend.port, f"tls=off port={health.port}"), backend.port)

    def test_encrypted_port(self):
        """Requests go in the clear, and the check verifies as proxy_ssl_ says."""
        health = self.encrypted(Switch())
        backend = self.upstream(answering(answer()))
        check = f"health_check uri=/health {FAST} mandatory tls=on port={health.port};"
        verify = f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {self.authority.file}; proxy_ssl_name"
        server = f"server 127.0.0.1:{backend.port};"
        for pool, location in ((server + check, ""), (server, check)):
            with self.subTest(pool):
                proxy = self.start_pool(pool, f"{location} {verify} upstream.test;")
                self.healthy(proxy, backend.port)
                self.assertEqual(self.status(proxy), 200)
                self.unhealthy(self.start_pool(pool, f"{location} {verify} other.test;"), backend.port,
                               "HTTP health check: .*while shaking hands for TLS")

    def test_proxy_protocol(self):
        lines = []

        def script(wire):
            lines.append(wire.read_until(b"\r\n"))
            wire.read_request()
            wire.send(answer())

        backend = self.upstream(script)
        self.start_pool(f"server 127.0.0.1:{backend.port};", f"proxy_protocol v1; health_check {FAST};")
        eventually(lambda: len(lines) > 2, "probes")
        self.assertEqual(set(lines), {b"PROXY UNKNOWN\r\n"})

    def test_source_address(self):
        """Of the endpoint's family, or none: an address of IPv4 is no reason to find the others unhealthy."""
        sources = []

        def script(wire):
            sources.append(wire.socket.getpeername()[0] if wire.socket.family != socket.AF_UNIX else "unix")
            wire.read_request()
            wire.send(answer())

        folder = Path(tempfile.mkdtemp(prefix="tidegate-e2e-"))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)  # for a proxy that dropped its privileges
        path = folder / "backend.sock"
        self.upstream(script, path=str(path))
        names = [f"127.0.0.1:{self.upstream(script).port}", f"unix:{path}"]
        if HAS_IPV6:
            names.append(f"[::1]:{self.upstream(script, host='::1').port}")
        servers = " ".join(f"server {name};" for name in names)
        proxy = self.start_pool(f"{servers} health_check mandatory {FAST};", "proxy_bind 127.0.0.2;")
        for name in names:
            proxy.log_line(f'endpoint {re.escape(name)} of upstream "pool" is healthy', "error.log")
        self.assertEqual(set(sources), {"127.0.0.2", "unix", *(["::1"] if HAS_IPV6 else [])})
        for _ in names:
            self.assertEqual(self.status(proxy), 200)
