"""TLS seen over several connections of a client: sessions, certificates of clients, what the upstream is told."""

import ssl
import unittest
import urllib.parse

from support import tls
from support.certificates import Authority
from support.handshake import get
from support.raw_server import answer, answering, recording
from support.tls_case import TlsCase, server

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Sessions(TlsCase):
    """Resumption, and where it must not happen."""

    def setUp(self):
        self.page = self.upstream(answering(answer())).port

    def visit(self, proxy, context, session=None, name="example.com"):
        """One request; whether the session was resumed, and the session to come back with."""
        client = self.tls_client(proxy, name, session, context=context)
        self.assertEqual(client.ask(get(host=name)).status, 200)
        reused = client.socket.tls.session_reused
        client.close()
        return reused, client.socket.tls.session

    def assert_resumption(self, expected, settings, versions=(TLS_1_2, TLS_1_3)):
        for version in versions:
            with self.subTest(version):
                proxy = self.start_tls(settings, self.page)
                context = tls.client_context(self.authority, version)
                first, session = self.visit(proxy, context)
                self.assertFalse(first)
                again, session = self.visit(proxy, context, session)
                self.assertEqual(again, expected)
                if expected:
                    self.assertTrue(self.visit(proxy, context, session)[0], "a resumed session is resumed again")

    def test_tickets(self):
        self.assert_resumption(True, "")

    def test_neither_tickets_nor_cache(self):
        self.assert_resumption(False, "ssl_session_tickets off;")

    def test_cache_without_tickets(self):
        self.assert_resumption(True, "ssl_session_tickets off; ssl_session_cache shared:SSL:1m;")

    def test_tickets_are_good_on_every_worker(self):
        proxy = self.start_tls("", self.page, workers=3)
        context = tls.client_context(self.authority)
        _, session = self.visit(proxy, context)
        for _ in range(12):
            reused, session = self.visit(proxy, context, session)
            self.assertTrue(reused)

    def test_ticket_key_files(self):
        """Two proxies with the same file resume one another's sessions, and not those of a third."""
        keys = [self.authority.folder / name for name in ("one.key", "two.key")]
        for number, key in enumerate(keys):
            key.write_bytes(bytes(range(number, number + 80)))
            key.chmod(0o644)
        first, second = (self.start_tls(f"ssl_session_ticket_key {keys[0]};", self.page) for _ in range(2))
        other = self.start_tls(f"ssl_session_ticket_key {keys[1]};", self.page)
        rotated = self.start_tls(f"ssl_session_ticket_key {keys[1]}; ssl_session_ticket_key {keys[0]};", self.page)
        context = tls.client_context(self.authority)
        for proxy, expected in ((second, True), (other, False), (rotated, True)):
            _, session = self.visit(first, context)
            self.assertEqual(self.visit(proxy, context, session)[0], expected)

    def test_another_key_is_a_full_handshake(self):
        """A ticket that nobody here has sealed."""
        context = tls.client_context(self.authority)
        _, session = self.visit(self.start_tls("", self.page), context)
        self.assertFalse(self.visit(self.start_tls("", self.page), context, session)[0])

    def test_session_of_a_server_is_none_of_one_that_verifies_clients(self):
        strict = self.authority.issue("strict.test")
        for version in (TLS_1_2, TLS_1_3):
            with self.subTest(version):
                proxy = self.start_tls("server_name example.com;", self.page, servers=server(
                    strict.directives + "server_name strict.test; ssl_verify_client on;"
                    f"ssl_client_certificate {self.authority.file};"))
                context = tls.client_context(self.authority, version)
                _, session = self.visit(proxy, context)
                self.assertTrue(self.visit(proxy, context, session)[0], "on its own server it is good")
                client = self.tls_client(proxy, "strict.test", session, context=context)
                self.assertFalse(client.socket.tls.session_reused)
                self.assertEqual(client.ask(get(host="strict.test")).status, 400)


class ClientCertificates(TlsCase):
    """ssl_verify_client and what a request is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = cls.authority.issue("client.test")
        cls.revoked = cls.authority.issue("revoked.test")
        cls.stranger = cls.authority.self_signed("stranger.test")

    def setUp(self):
        self.seen = []
        self.page = self.upstream(recording(self.seen)).port

    def verifying(self, mode, extra=""):
        return self.start_tls(
            f"server_name example.com; ssl_verify_client {mode}; ssl_client_certificate {self.authority.file};{extra}",
            self.page, "proxy_set_header X-Verify $ssl_client_verify;")

    def statuses(self, proxy):
        """Without a certificate, with a good one, with one of an unknown authority."""
        return [self.status(proxy, certificate=certificate) for certificate in (None, self.good, self.stranger)]

    def verdicts(self):
        return [request.get("X-Verify") for request in self.seen]

    def test_on(self):
        proxy = self.verifying("on")
        self.assertEqual(self.statuses(proxy), [400, 200, 400])
        self.assertEqual(self.verdicts(), ["SUCCESS"])
        proxy.log_line("no required client certificate was sent", "error.log")
        proxy.log_line("the client certificate does not verify", "error.log")

    def test_on_in_both_versions(self):
        proxy = self.verifying("on")
        for version in (TLS_1_2, TLS_1_3):
            self.assertEqual(self.status(proxy, version=version), 400)
            self.assertEqual(self.status(proxy, version=version, certificate=self.good), 200)

    def test_optional(self):
        self.assertEqual(self.statuses(self.verifying("optional")), [200, 200, 400])
        self.assertEqual(self.verdicts(), ["NONE", "SUCCESS"])

    def test_optional_no_ca(self):
        self.assertEqual(self.statuses(self.verifying("optional_no_ca")), [200, 200, 200])
        self.assertEqual(self.verdicts()[:2], ["NONE", "SUCCESS"])
        self.assertRegex(self.verdicts()[2], "^FAILED:self.signed certificate$")

    def test_off(self):
        self.assertEqual(self.statuses(self.verifying("off")), [200, 200, 200])
        self.assertEqual(self.verdicts(), ["NONE"] * 3, "a client that is not asked shows nothing")

    def test_revoked(self):
        crl = self.authority.revoke(self.revoked)
        for mode in ("on", "optional", "optional_no_ca"):
            with self.subTest(mode):
                proxy = self.verifying(mode, f"ssl_crl {crl};")
                self.assertEqual(self.status(proxy, certificate=self.revoked), 400)
                self.assertEqual(self.status(proxy, certificate=self.good), 200)
                self.assertEqual(self.status(self.verifying(mode), certificate=self.revoked), 200, "without the list")

    def test_session_keeps_the_verdict(self):
        """A resumed session shows no certificate again; what was found out holds."""
        proxy = self.verifying("on")
        for certificate, status in ((self.good, 200), (self.stranger, 400), (None, 400)):
            for version in (TLS_1_2, TLS_1_3):
                with self.subTest(status=status, version=version):
                    context = tls.client_context(self.authority, version, certificate)
                    first = self.tls_client(proxy, context=context)
                    self.assertEqual(first.ask(get(host="example.com")).status, status)
                    second = self.tls_client(proxy, session=first.socket.tls.session, context=context)
                    self.assertTrue(second.socket.tls.session_reused)
                    self.assertEqual(second.ask(get(host="example.com")).status, status)

    def test_host_of_another_server_does_not_get_around_it(self):
        """The session was made with a server that asks for nothing, the request names one that does."""
        strict = self.authority.issue("strict.test")
        for directives in (strict.directives, ""):
            with self.subTest("its own certificate" if directives else "the default server's certificate"):
                proxy = self.start_tls("server_name example.com;", self.page, servers=server(
                    directives + "server_name strict.test; ssl_verify_client on;"
                    f"ssl_client_certificate {self.authority.file};"))
                self.assertEqual(self.status(proxy, host="strict.test"), 421)
                self.assertEqual(self.status(proxy, host="strict.test", certificate=self.good), 421)
                context = tls.client_context(self.authority, certificate=self.good)
                context.check_hostname = False
                self.assertEqual(self.status(proxy, "strict.test", context=context), 200)

    def test_trusted_certificate_verifies_too(self):
        other = Authority("Another Authority")
        self.addCleanup(other.remove)
        proxy = self.verifying("on", f"ssl_trusted_certificate {other.file};")
        theirs = other.issue("client.of.another")
        self.assertEqual(self.status(proxy, certificate=theirs), 200)


class Variables(TlsCase):
    """$ssl_* as the upstream sees them."""

    HEADERS = " ".join(f"proxy_set_header X-{name.replace('_', '-')} $ssl_{name};" for name in (
        "protocol", "cipher", "server_name", "session_reused", "client_verify", "client_s_dn", "client_i_dn",
        "client_serial", "client_fingerprint", "client_escaped_cert"))

    def setUp(self):
        self.seen = []
        self.page = self.upstream(recording(self.seen)).port

    def test_session(self):
        proxy = self.start_tls("", self.page, self.HEADERS)
        context = tls.client_context(self.authority, TLS_1_2, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")
        first = self.tls_client(proxy, context=context)
        first.ask(get())
        self.tls_client(proxy, session=first.socket.tls.session, context=context).ask(get())
        for request, reused in zip(self.seen, (".", "r")):
            self.assertEqual(request.get("X-protocol"), "TLSv1.2")
            self.assertEqual(request.get("X-cipher"), "ECDHE-ECDSA-AES128-GCM-SHA256")
            self.assertEqual(request.get("X-server-name"), "example.com")
            self.assertEqual(request.get("X-session-reused"), reused)
            self.assertEqual(request.get("X-client-verify"), "NONE")
            self.assertIsNone(request.get("X-client-s-dn"))
        self.assertEqual(len(self.seen), 2)

    def test_client_certificate(self):
        certificate = self.authority.issue("client.test")
        proxy = self.start_tls(f"ssl_verify_client on; ssl_client_certificate {self.authority.file};", self.page,
                               self.HEADERS)
        self.assertEqual(self.status(proxy, certificate=certificate), 200)
        request = self.seen[0]
        self.assertEqual(request.get("X-client-verify"), "SUCCESS")
        self.assertEqual(request.get("X-client-s-dn"), "CN=client.test")
        self.assertEqual(request.get("X-client-i-dn"), "CN=Tidegate Test Authority")
        self.assertEqual("serial=" + request.get("X-client-serial"), certificate.describe("-serial"))
        fingerprint = certificate.describe("-fingerprint", "-sha1").split("=")[1].replace(":", "").lower()
        self.assertEqual(request.get("X-client-fingerprint"), fingerprint)
        self.assertEqual(urllib.parse.unquote(request.get("X-client-escaped-cert")), certificate.chain.read_text())

    def test_without_tls(self):
        proxy = self.start_nginx(server("", ""), backend=self.page, scheme="http", location=self.HEADERS)
        self.assertEqual(self.client(proxy.port).ask(get()).status, 200)
        self.assertEqual([name for name, _ in self.seen[0].headers if name.startswith("X-")], [])

    def test_scheme(self):
        proxy = self.start_tls("", self.page, "proxy_set_header X-Forwarded-Proto $scheme;")
        self.assertEqual(self.status(proxy), 200)
        self.assertEqual(self.seen[0].get("X-Forwarded-Proto"), "https")


if __name__ == "__main__":
    unittest.main()
