"""TLS on a listener: who is chosen by name, what is negotiated, what a reload changes."""

import asyncio
import os
import re
import ssl
import subprocess
import unittest

import websockets

from support import handshake, programs, tls
from support.handshake import get
from support.proxy import NGINX, run
from support.raw_server import answer, answering
from support.tls_case import TlsCase, server
from support.tunnel import echoing
from support.waiting import PATIENCE, eventually

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
LARGE = 8 * 1024 * 1024


class Secure(TlsCase, unittest.IsolatedAsyncioTestCase):
    """wss between libraries that nobody here wrote."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # it complains of every step of 100 ms

    def connect(self, proxy, **options):
        return websockets.connect(f"wss://127.0.0.1:{proxy.port}", server_hostname="example.com",
                                  ssl=tls.client_context(self.authority, **options), max_size=2 * LARGE,
                                  compression=None, ping_interval=None)

    async def test_messages_both_ways(self):
        proxy = self.start_tls(backend=self.backend(programs.websockets_echo()).port)
        for version in (TLS_1_2, TLS_1_3):
            async with self.connect(proxy, version=version) as client:
                for message in ("hello", "", bytes(range(256)), "x" * 70000, os.urandom(LARGE)):
                    await client.send(message)
                    self.assertTrue(await client.recv() == message)

    async def test_large_messages_in_flight_at_once(self):
        proxy = self.start_tls(backend=self.backend(programs.websockets_echo()).port)
        messages = [os.urandom(LARGE) for _ in range(3)]
        async with self.connect(proxy) as client:

            async def talk():
                for message in messages:
                    await client.send(message)

            async def listen():
                return [await client.recv() for _ in messages]

            _, answers = await asyncio.gather(talk(), listen())
        self.assertTrue(answers == messages)

    async def test_close_code_passes(self):
        proxy = self.start_tls(backend=self.backend(programs.websockets_echo()).port)
        async with self.connect(proxy) as client:
            await client.send("close 4000 enough")
            with self.assertRaises(websockets.ConnectionClosed):
                await client.recv()
        self.assertEqual((client.close_code, client.close_reason), (4000, "enough"))


class Choice(TlsCase):
    """Names, certificates, versions, protocols."""

    def setUp(self):
        self.page = self.upstream(answering(answer())).port

    def shown(self, proxy, name, **options):
        return self.tls_client(proxy, name, **options).socket.tls.getpeercert(binary_form=True)

    def assert_unrecognized(self, proxy, name):
        with self.assertRaises(ssl.SSLError) as caught:
            self.tls_client(proxy, name)
        self.assertEqual(caught.exception.reason, "TLSV1_UNRECOGNIZED_NAME")

    def test_rsa_and_ecdsa_on_one_server(self):
        rsa = self.authority.issue("example.com", kind="RSA")
        proxy = self.start_tls(rsa.directives, self.page)
        for cipher, certificate in (("ECDHE-RSA-AES128-GCM-SHA256", rsa),
                                    ("ECDHE-ECDSA-AES128-GCM-SHA256", self.certificate)):
            with self.subTest(cipher):
                client = self.tls_client(proxy, version=TLS_1_2, ciphers=cipher)
                self.assertEqual(client.socket.tls.cipher()[0], cipher)
                self.assertTrue(client.socket.tls.getpeercert(binary_form=True) == certificate.der)
                self.assertEqual(client.ask(get()).status, 200)

    def test_server_name_chooses_certificate_and_location(self):
        wild = self.authority.issue("*.wild.test", "deep.wild.test")
        other = self.authority.issue("other.test")
        proxy = self.start_tls("server_name example.com;", self.page, servers=(
            server(wild.directives + "server_name *.wild.test;")
            + server(other.directives + "server_name other.test; client_max_body_size 1;")))
        for name, expected in (("example.com", self.certificate), ("a.wild.test", wild), ("A.WILD.test", wild),
                               ("other.test", other)):
            with self.subTest(name):
                self.assertTrue(self.shown(proxy, name) == expected.der)
                self.assertEqual(self.status(proxy, name), 200)
        too_much = get("/", ["Content-Length: 2"], "other.test", method="POST") + b"xx"
        self.assertEqual(self.tls_client(proxy, "other.test").ask(too_much).status, 413)

    def test_default_server_answers_unknown_names_and_none(self):
        other = self.authority.issue("other.test")
        proxy = self.start_tls("server_name example.com;", self.page, servers=server(
            other.directives + "server_name other.test;", "ssl default_server"))
        context = tls.client_context(self.authority)
        context.check_hostname = False
        for name in ("unknown.test", None):
            with self.subTest(name):
                self.assertTrue(self.shown(proxy, name, context=context) == other.der)

    def test_server_without_a_certificate_uses_that_of_the_default(self):
        proxy = self.start_tls("server_name example.com;", self.page, servers=server("server_name other.test;"))
        context = tls.client_context(self.authority)
        context.check_hostname = False
        self.assertTrue(self.shown(proxy, "other.test", context=context) == self.certificate.der)

    def test_reject_handshake(self):
        proxy = self.start_tls("server_name example.com;", self.page, servers=server(
            "server_name _; ssl_reject_handshake on;", "ssl default_server"))
        self.assertEqual(self.status(proxy), 200)
        self.assert_unrecognized(proxy, "unknown.test")
        proxy.log_line("TLS handshake failed: .*, client: 127.0.0.1", "error.log")

    def test_reject_handshake_of_one_name(self):
        proxy = self.start_tls("server_name example.com;", self.page, servers=server(
            "server_name secret.test; ssl_reject_handshake on;"))
        self.assertEqual(self.status(proxy), 200)
        self.assert_unrecognized(proxy, "secret.test")

    def test_reject_handshake_where_clients_are_verified(self):
        """Rejecting needs no certificate, whatever else is inherited."""
        verifying = f"ssl_verify_client on; ssl_client_certificate {self.authority.file};"
        proxy = self.start_tls("server_name example.com; ssl_verify_client off;", self.page, servers=server(
            "server_name secret.test; ssl_reject_handshake on;" + verifying))
        self.assertEqual(self.status(proxy), 200)
        self.assert_unrecognized(proxy, "secret.test")

    def test_protocols(self):
        for directive, spoken, refused in (("TLSv1.2", TLS_1_2, TLS_1_3), ("TLSv1.3", TLS_1_3, TLS_1_2)):
            with self.subTest(directive):
                proxy = self.start_tls(f"ssl_protocols {directive};", self.page)
                client = self.tls_client(proxy, version=spoken)
                self.assertEqual(client.socket.tls.version(), directive)
                with self.assertRaises(ssl.SSLError) as caught:
                    self.tls_client(proxy, version=refused)
                self.assertEqual(caught.exception.reason, "TLSV1_ALERT_PROTOCOL_VERSION")
                proxy.log_line("TLS handshake failed: unsupported protocol", "error.log")

    def test_both_protocols_unless_told(self):
        proxy = self.start_tls("", self.page)
        for version in (TLS_1_2, TLS_1_3):
            self.assertEqual(self.status(proxy, version=version), 200)

    def test_protocols_of_the_chosen_server(self):
        """The name decides before the version is negotiated."""
        old = self.authority.issue("old.test")
        proxy = self.start_tls("server_name example.com;", self.page, servers=server(
            old.directives + "server_name old.test; ssl_protocols TLSv1.2;"))
        self.assertEqual(self.tls_client(proxy).socket.tls.version(), "TLSv1.3")
        self.assertEqual(self.tls_client(proxy, "old.test").socket.tls.version(), "TLSv1.2")

    def test_ciphers_and_commands(self):
        proxy = self.start_tls("ssl_ciphers ECDHE-ECDSA-CHACHA20-POLY1305;"
                               "ssl_conf_command Ciphersuites TLS_CHACHA20_POLY1305_SHA256;", self.page)
        self.assertEqual(self.tls_client(proxy, version=TLS_1_2).socket.tls.cipher()[0],
                         "ECDHE-ECDSA-CHACHA20-POLY1305")
        self.assertEqual(self.tls_client(proxy, version=TLS_1_3).socket.tls.cipher()[0],
                         "TLS_CHACHA20_POLY1305_SHA256")

    def test_settings_of_the_chosen_server(self):
        """Those of the default server would be others: the name decides over ciphers and curves as well."""
        chosen = self.authority.issue("chosen.test")
        proxy = self.start_tls(
            "server_name example.com; ssl_ecdh_curve P-521; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"
            "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;", self.page,
            servers=server(chosen.directives + "server_name chosen.test; ssl_ciphers ECDHE-ECDSA-CHACHA20-POLY1305;"
                           "ssl_conf_command Ciphersuites TLS_CHACHA20_POLY1305_SHA256; ssl_conf_command Groups P-384;")
            + server(chosen.directives + "server_name open.test;"))

        def negotiated(name, *options):
            done = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.port}", "-servername", name, *options],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False, text=True)
            return (re.search("Server Temp Key: (?:ECDH, )?([^,]*)", done.stdout).group(1),
                    re.search(r"Cipher is (\S+)", done.stdout).group(1))

        self.assertEqual(negotiated("example.com"), ("secp521r1", "TLS_AES_128_GCM_SHA256"))
        self.assertEqual(negotiated("chosen.test"), ("secp384r1", "TLS_CHACHA20_POLY1305_SHA256"))
        self.assertEqual(negotiated("open.test")[0], "X25519")
        self.assertEqual(negotiated("example.com", "-tls1_2"), ("secp521r1", "ECDHE-ECDSA-AES128-GCM-SHA256"))
        self.assertEqual(negotiated("chosen.test", "-tls1_2"), ("secp384r1", "ECDHE-ECDSA-CHACHA20-POLY1305"))

    def test_alpn(self):
        proxy = self.start_tls("", self.page)
        for offered, chosen in ((("http/1.1",), "http/1.1"), (("h2", "http/1.1"), "http/1.1"), (("h2",), None),
                                ((), None)):
            with self.subTest(offered):
                client = self.tls_client(proxy, protocols=offered)
                self.assertEqual(client.socket.tls.selected_alpn_protocol(), chosen)
                self.assertEqual(client.ask(get()).status, 200)


class Handshake(TlsCase):
    """Handshakes that do not get to their end."""

    def test_deadline(self):
        proxy = self.start_tls("ssl_handshake_timeout 200ms;")
        for beginning in (b"", b"\x16\x03\x01\x02\x00\x01"):
            with self.subTest(beginning):
                client = self.client(proxy.port).send(beginning)
                self.assertTrue(client.ends())
        eventually(lambda: proxy.read("error.log").count("TLS handshake failed: ") == 2, "two records")

    def test_deadline_is_over_with_the_handshake(self):
        proxy = self.start_tls("ssl_handshake_timeout 200ms;", self.upstream(echoing).port)
        client = self.open_tls_tunnel(proxy)
        self.client(proxy.port).ends()  # a later handshake has come to its deadline
        self.assertEqual(client.send(b"x").read_exactly(1), b"x")

    def test_plain_http_to_a_tls_port(self):
        """As in nginx: a page that says so, whatever the method, and a record of the request."""
        proxy = self.start_tls(backend=self.upstream(answering(answer())).port)
        for request in (get("/page"), get("/page", method="OPTIONS"), handshake.request(target="/page")):
            with self.subTest(request):
                client = self.client(proxy.port)
                response = client.ask(request)
                self.assertEqual(response.status, 400)
                self.assertIn(b"The plain HTTP request was sent to HTTPS port", response.body)
                self.assertEqual(client.read_to_end(), b"", "the connection is not kept")
        proxy.log_line('"GET /page HTTP/1.1" 400 ')
        proxy.log_line("client: plain HTTP request on a TLS port", "error.log")
        self.assertEqual(self.status(proxy), 200)

    def test_noise(self):
        proxy = self.start_tls(backend=self.upstream(answering(answer())).port)
        for noise in (b"\0" * 100, b"\xff" * 1000, os.urandom(20000), b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"):
            client = self.client(proxy.port)
            try:
                client.send(noise).finish()
                client.read_to_end()
            except ConnectionError:
                pass
        self.assertEqual(self.status(proxy), 200)

    def test_alert_of_a_client_is_logged_in_words(self):
        for version in (TLS_1_2, TLS_1_3):
            with self.subTest(version):
                proxy = self.start_tls()
                with self.assertRaises(ssl.SSLCertVerificationError):
                    self.tls_client(proxy, "not-in-the-certificate.test", version=version)
                proxy.log_line("TLS handshake failed: .*alert bad certificate, client: 127.0.0.1", "error.log")

    def test_client_that_goes_away(self):
        proxy = self.start_tls(backend=self.upstream(answering(answer())).port)
        self.client(proxy.port).send(b"\x16\x03\x01\x02\x00").reset()
        self.client(proxy.port).send(b"\x16\x03\x01\x02\x00").close()
        self.assertEqual(self.status(proxy), 200)

    def test_renegotiation_is_refused(self):
        proxy = self.start_tls(backend=self.upstream(answering(answer())).port)
        done = subprocess.run(
            ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{proxy.port}", "-servername", "example.com"],
            input=b"R\n", capture_output=True, timeout=PATIENCE, check=False)
        self.assertIn(b"RENEGOTIATING", done.stdout + done.stderr)
        self.assertIn(b"no renegotiation", done.stderr)
        self.assertNotEqual(done.returncode, 0)


class Reload(TlsCase):
    """Certificates are read again; what lives goes on with the old ones."""

    def setUp(self):
        self.old, self.new = self.authority.issue("example.com"), self.authority.issue("example.com")

    def shown(self, proxy):
        with self.tls_client(proxy) as client:
            return client.socket.tls.getpeercert(binary_form=True)

    def test_new_certificate(self):
        proxy = self.start_nginx(server(self.old.directives), backend=self.upstream(echoing).port, scheme="http",
                                 location="")
        before = self.old.der
        tunnel, idle = self.open_tls_tunnel(proxy), self.tls_client(proxy)
        self.assertTrue(self.shown(proxy) == before)
        self.old.chain.write_bytes(self.new.chain.read_bytes())
        self.old.key.write_bytes(self.new.key.read_bytes())
        proxy.reload()
        eventually(lambda: self.shown(proxy) == self.new.der, "the new certificate")
        self.assertEqual(tunnel.send(b"x").read_exactly(1), b"x")
        self.assertEqual(idle.ask(handshake.request()).status, 101)

    def test_wrong_certificate_changes_nothing(self):
        proxy = self.start_nginx(server(self.old.directives), backend=self.upstream(echoing).port, scheme="http",
                                 location="")
        before = self.old.der
        self.old.chain.write_text("not a certificate")
        proxy.reload()
        proxy.log_line(str(self.old.chain), "error.log")
        self.assertTrue(self.shown(proxy) == before)

    def check(self, directives):
        """-t of a server with these certificates."""
        folder = self.authority.folder
        file = folder / "check.conf"
        text = NGINX.replace("@body@", f"server {{ listen 127.0.0.1:1 ssl; {directives} }}").replace("@workers@", "1")
        file.write_text(text)
        done = run("-t", "-p", f"{folder}/", "-c", file)
        return done.returncode, done.stdout + done.stderr

    def test_check_names_what_is_wrong(self):
        broken = self.authority.folder / "broken.pem"
        other = self.authority.issue("example.com", kind="RSA")
        broken.write_text("not a certificate")
        code, text = self.check(self.old.directives)
        self.assertEqual(code, 0, text)
        for chain, key, named in ((self.authority.folder / "none.pem", self.old.key, "none.pem"),
                                  (self.old.chain, self.authority.folder / "none.key", "none.key"),
                                  (broken, self.old.key, broken.name),
                                  *((self.old.chain, key, f'key "{key}" does not belong to the certificate "{self.old.chain}"')
                                    for key in (self.new.key, other.key))):
            with self.subTest(named):
                code, text = self.check(f"ssl_certificate {chain}; ssl_certificate_key {key};")
                self.assertEqual(code, 1, text)
                self.assertIn(named, text)


if __name__ == "__main__":
    unittest.main()
