"""Health checks go the way of the location: TLS, its verification, the PROXY protocol."""

from support import tls
from support.certificates import Authority
from support.health_case import FAST, HealthCase, Switch
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
