"""proxy_pass https: whom the proxy believes, what it shows, what passes through."""

import os
import ssl
import threading
import unittest

from support import handshake, tls
from support.certificates import Authority
from support.handshake import get
from support.raw_server import answer, answering
from support.tls_case import TlsCase, server
from support.tunnel import Directions, echoing, upgrading
from support.waiting import PATIENCE

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Upstream(TlsCase):
    """An upstream with the certificate of upstream.test behind a proxy without TLS of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls.authority.issue("upstream.test", "IP:127.0.0.1")

    def setUp(self):
        self.sessions = []

    def serve(self, script=answering(answer()), certificate=None, **options):
        """An upstream; its port."""
        context = tls.server_context(certificate or self.theirs, **options)
        return self.upstream(tls.encrypted(script, context, self.sessions)).port

    def proxy(self, location="", backend=None):
        return self.start_nginx(server("", ""), backend=backend or self.serve(), scheme="https", location=location)

    def verified(self, name="upstream.test", extra=""):
        return (f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {self.authority.file}; proxy_ssl_name {name};"
                + extra)

    def get(self, proxy):
        return self.client(proxy.port).ask(get(extra=["Connection: close"])).status


class Verification(Upstream):
    def test_off_unless_told_in_nginx_syntax(self):
        stranger = self.authority.self_signed("whoever")
        self.assertEqual(self.get(self.proxy(backend=self.serve(certificate=stranger))), 200)

    def test_on(self):
        self.assertEqual(self.get(self.proxy(self.verified())), 200)

    def test_on_by_address(self):
        """Without proxy_ssl_name it is the address in proxy_pass."""
        location = f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {self.authority.file};"
        self.assertEqual(self.get(self.proxy(location)), 200)
        elsewhere = self.serve(certificate=self.authority.issue("upstream.test", "IP:127.0.0.2"))
        self.assertEqual(self.get(self.proxy(location, elsewhere)), 502)

    def test_wrong_name(self):
        proxy = self.proxy(self.verified("other.test"))
        self.assertEqual(self.get(proxy), 502)
        proxy.log_line("certificate verify failed: hostname mismatch", "error.log")

    def test_unknown_authority(self):
        other = Authority("Another Authority")
        self.addCleanup(other.remove)
        backend = self.serve(certificate=other.issue("upstream.test"))
        proxy = self.proxy(self.verified(), backend)
        self.assertEqual(self.get(proxy), 502)
        proxy.log_line("certificate verify failed: unable to get local issuer certificate", "error.log")

    def test_revoked(self):
        revoked = self.authority.issue("upstream.test")
        crl = self.authority.revoke(revoked)
        location = self.verified(extra=f"proxy_ssl_crl {crl};")
        self.assertEqual(self.get(self.proxy(location, self.serve(certificate=revoked))), 502)
        self.assertEqual(self.get(self.proxy(location)), 200)

    def test_on_by_default_in_toml(self):
        def status(location):
            proxy = self.start(TOML, syntax="toml", backend=self.serve(), location=location)
            return self.get(proxy)

        self.assertEqual(status(""), 502, "the system does not know the authority of this test")
        self.assertEqual(status(f'proxy_ssl_trusted_certificate = "{self.authority.file}"'), 200)
        self.assertEqual(status("proxy_ssl_verify = false"), 200)

    def test_upstream_without_tls(self):
        proxy = self.proxy(backend=self.upstream(lambda wire: wire.send(answer())).port)
        self.assertEqual(self.get(proxy), 502)

    def test_upstream_that_never_shakes_hands(self):
        release = threading.Event()
        silent = self.upstream(lambda wire: release.wait(60)).port
        self.addCleanup(release.set)
        self.assertEqual(self.get(self.proxy("proxy_connect_timeout 200ms; proxy_read_timeout 200ms;", silent)), 504)


class Shown(Upstream):
    """What the upstream is shown of the proxy."""

    def names(self, location):
        """The names that the upstream was asked for."""
        names = []
        context = tls.server_context(self.theirs)
        context.sni_callback = lambda tls_object, name, _: names.append(name)
        backend = self.upstream(tls.encrypted(answering(answer()), context)).port
        self.assertEqual(self.get(self.proxy(location, backend)), 200)
        return names

    def test_server_name(self):
        self.assertEqual(self.names("proxy_ssl_server_name on; proxy_ssl_name upstream.test;"), ["upstream.test"])

    def test_no_server_name_unless_told(self):
        self.assertEqual(self.names("proxy_ssl_name upstream.test;"), [None])

    def test_no_address_as_server_name(self):
        """RFC 6066, 3."""
        self.assertEqual(self.names("proxy_ssl_server_name on;"), [None])

    def test_client_certificate(self):
        mine = self.authority.issue("proxy.test")
        shown = f"proxy_ssl_certificate {mine.chain}; proxy_ssl_certificate_key {mine.key};"
        for version in (TLS_1_2, TLS_1_3):
            with self.subTest(version):
                backend = self.serve(version=version, authority=self.authority)
                self.assertEqual(self.get(self.proxy(shown, backend)), 200)
                self.assertTrue(self.sessions[-1].getpeercert(binary_form=True) == mine.der)
                self.assertEqual(self.get(self.proxy("", backend)), 502)

    def test_protocols_and_ciphers(self):
        self.assertEqual(self.get(self.proxy("proxy_ssl_protocols TLSv1.2; proxy_ssl_ciphers ECDHE+CHACHA20;")), 200)
        self.assertEqual(self.sessions[0].cipher()[:2], ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2"))
        backend = self.serve(version=TLS_1_2)
        self.assertEqual(self.get(self.proxy("proxy_ssl_protocols TLSv1.3;", backend)), 502)

    def reused(self, location, version):
        backend = self.serve(answering(answer(headers=["Connection: close"])), version=version)
        proxy = self.proxy(location, backend)
        self.sessions.clear()
        for _ in range(3):
            self.assertEqual(self.get(proxy), 200)
        return [session.session_reused for session in self.sessions]

    def test_sessions_are_resumed(self):
        for version in (TLS_1_2, TLS_1_3):
            with self.subTest(version):
                self.assertEqual(self.reused(self.verified(), version), [False, True, True])

    def test_sessions_are_not_resumed_where_that_is_off(self):
        self.assertEqual(self.reused("proxy_ssl_session_reuse off;", TLS_1_2), [False] * 3)


class Through(Directions, Upstream):
    """Tunnels and bodies over TLS to the upstream."""

    def open(self, then):
        proxy = self.proxy(backend=self.serve(upgrading(then)))
        return self.open_tunnel(proxy), proxy

    def test_records_of_every_size(self):
        noise = os.urandom(20000)
        client = self.open_tunnel(self.proxy(backend=self.serve(echoing)))
        for size in range(1, 20001, 7):
            client.send(noise[:size])
            self.assertTrue(client.read_exactly(size) == noise[:size], size)

    def test_tls_on_both_sides(self):
        noise = os.urandom(8 * 1024 * 1024)
        proxy = self.start_tls(backend=self.serve(echoing), scheme="https")
        client = self.open_tls_tunnel(proxy)
        sender = threading.Thread(target=client.socket.sendall, args=(noise,))
        sender.start()
        self.addCleanup(sender.join)
        self.assertTrue(client.read_exactly(len(noise)) == noise)

    def test_bytes_behind_the_switch(self):
        """In the record of the 101 and in the next, which TLS may have taken from the socket already."""

        def script(wire):
            wire.read_head()
            wire.send(handshake.SWITCHING + b"first ", b"second ", b"third")
            wire.read_to_end()

        client = self.open_tunnel(self.proxy(backend=self.serve(script)))
        self.assertEqual(client.read_exactly(18), b"first second third")

    def test_one_session_serves_many_requests(self):
        for version in (TLS_1_2, TLS_1_3):
            with self.subTest(version):
                self.sessions.clear()
                proxy = self.proxy(self.verified(), self.serve(version=version))
                self.assertEqual([self.get(proxy) for _ in range(5)], [200] * 5)
                self.assertEqual(len(self.sessions), 1)

    def test_names_do_not_share_a_session(self):
        """What was verified for one name is not believed for another."""
        proxy = self.proxy(self.verified("$http_x_name"))
        ask = lambda name: self.client(proxy.port).ask(get(extra=[f"X-Name: {name}"])).status
        self.assertEqual([ask("upstream.test"), ask("other.test"), ask("upstream.test")], [200, 502, 200])
        self.assertEqual(len(self.sessions), 1)

    def test_close_notify_after_a_response(self):
        ends = []
        done = threading.Event()

        def script(wire):
            wire.read_head()
            wire.send(answer(headers=["Connection: close"]))
            try:
                ends.append(wire.read_to_end())
            except ssl.SSLError as error:
                ends.append(error)
            done.set()

        self.assertEqual(self.get(self.proxy(backend=self.serve(script))), 200)
        self.assertTrue(done.wait(PATIENCE))
        self.assertEqual(ends, [b""])

    def test_body_that_ends_with_close_notify(self):
        script = lambda wire: (wire.read_head(), wire.send(b"HTTP/1.1 200 OK\r\n\r\nall of it"), wire.finish(),
                               wire.read_to_end())
        client = self.client(self.proxy(backend=self.serve(script)).port)
        client.send(get(version="HTTP/1.0"))
        self.assertEqual(client.read_to_end().split(b"\r\n\r\n")[1], b"all of it")

    def test_body_that_is_cut_is_not_passed_as_whole(self):
        """Without close_notify anybody could have cut it."""
        script = lambda wire: (wire.read_head(), wire.send(b"HTTP/1.1 200 OK\r\n\r\npart of it"))
        client = self.client(self.proxy(backend=self.serve(script)).port)
        client.send(get())
        with self.assertRaises((ConnectionError, EOFError)):
            client.read_response()


TOML = """
worker_processes = @workers@
pid = "tidegate.pid"
error_log = "error.log"
[[server]]
listen = ["127.0.0.1:@port@"]
[[server.location]]
path = "/"
proxy_pass = "https://127.0.0.1:@backend@"
@location@
"""


if __name__ == "__main__":
    unittest.main()
