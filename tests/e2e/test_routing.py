"""Which server, which location, which target and which headers: nginx's rules in nginx files, the same in TOML."""

import unittest

from support.case import ProxyCase
from support.handshake import get
from support.machine import needs_ipv6
from support.ports import free_port
from support.raw_server import answer, answering, recording
from support.wire import Wire


class RoutingCase(ProxyCase):
    def setUp(self):
        self.requests = []
        self.backend_ = self.upstream(recording(self.requests))

    def serve(self, locations, **values):
        """A server in nginx syntax with these locations; @backend@ is the recording upstream."""
        return self.start_nginx(f"server {{ listen 127.0.0.1:@port@; {locations} }}",
                                backend=f"127.0.0.1:{self.backend_.port}", **values)

    def asked(self, proxy, target="/", extra=(), **options):
        """What the upstream sees of one request."""
        with Wire.to(proxy.port) as client:
            response = client.ask(get(target, extra, **options))
        self.assertEqual(response.status, 200, response)
        return self.requests[-1]


class ProxyPassTarget(RoutingCase):
    """`proxy_pass` with a URI part replaces what the location matched; without one the target passes untouched."""

    TABLE = [
        # location, URI part, target asked for, target seen
        ("/", "", "/", "/"),
        ("/", "", "/a//b/../c%20d?x=/../y", "/a//b/../c%20d?x=/../y"),
        ("/", "", "/%61?%62", "/%61?%62"),
        ("/app/", "/", "/app/x?y=1", "/x?y=1"),
        ("/app/", "/", "/app/", "/"),
        ("/app/", "/base/", "/app/x", "/base/x"),
        ("/app", "/base", "/app/x", "/base/x"),
        ("/app/", "", "/app/x", "/app/x"),
        ("= /one", "/two", "/one?q", "/two?q"),
        ("/", "/base/", "/x/../y", "/base/y"),
    ]

    def test_table(self):
        for location, uri, target, expected in self.TABLE:
            with self.subTest(location=location, uri=uri, target=target):
                proxy = self.serve(f"location {location} {{ proxy_pass http://@backend@{uri}; }}")
                self.assertEqual(self.asked(proxy, target).target, expected)


class LocationChoice(RoutingCase):
    """Exact before longest prefix; the decoded, normalised path is what is matched."""

    TABLE = [
        ("/", "/root"), ("/x", "/root"), ("/image", "/root"), ("/images/", "/prefix"), ("/images/a", "/prefix"),
        ("/images/big/a", "/longer"), ("/exact", "/exact"), ("/exact/", "/root"), ("/exact?query", "/exact?query"),
        ("/a/../images/b", "/prefix"), ("//images//b", "/prefix"), ("/%69mages/b", "/prefix"),
        ("/images/../exact", "/exact"), ("/Images/a", "/root"),
    ]

    def test_table(self):
        paths = {"/": "/root", "/images/": "/prefix", "/images/big/": "/longer", "= /exact": "/exact"}
        proxy = self.serve("".join(
            f"location {path} {{ proxy_pass http://@backend@; proxy_set_header X-Location {name}; }}"
            for path, name in paths.items()))
        for target, expected in self.TABLE:
            with self.subTest(target=target):
                self.assertEqual(self.asked(proxy, target).get("X-Location"), expected.split("?")[0])

    def test_missing_slash_is_a_redirect(self):
        """nginx: a proxied location that ends with a slash answers 301 to its own path without it."""
        proxy = self.serve("location /images/ { proxy_pass http://@backend@; }")
        with Wire.to(proxy.port) as client:
            response = client.ask(get("/images?a=b"))
        self.assertEqual(response.status, 301)
        self.assertTrue(response.get("Location").endswith("/images/?a=b"), response.get("Location"))

    def test_no_location_is_not_found(self):
        proxy = self.serve("location /only/ { proxy_pass http://@backend@; }")
        with Wire.to(proxy.port) as client:
            self.assertEqual(client.ask(get("/other")).status, 404)
            self.assertEqual(client.ask(get("/only/x")).status, 200)

    def test_leaving_the_root_is_refused(self):
        proxy = self.serve("location / { proxy_pass http://@backend@; }")
        for target in ("/../x", "/a/../../x", "/%2e%2e/x"):
            with self.subTest(target), Wire.to(proxy.port) as client:
                self.assertEqual(client.ask(get(target)).status, 400)


class VirtualServers(RoutingCase):
    """The server is chosen by name and port, with a default."""

    def test_by_name(self):
        def server(listen, names, mark):
            return (f"server {{ listen 127.0.0.1:@port@{listen}; server_name {names};"
                    f" location / {{ proxy_pass http://@backend@; proxy_set_header X-Server {mark}; }} }}")

        proxy = self.start_nginx(
            server("", "first.example", "first") + server(" default_server", "_", "default")
            + server("", "a.example b.example", "ab") + server("", "*.wild.example", "leading")
            + server("", "www.wild.*", "trailing") + server("", ".both.example", "suffix")
            + server("", "deep.wild.example", "exact"),
            backend=f"127.0.0.1:{self.backend_.port}")
        for host, expected in {
            "first.example": "first", "FIRST.example": "first", "first.example:8080": "first", "first.example.": "first",
            "b.example": "ab", "x.wild.example": "leading", "x.y.wild.example": "leading", "wild.example": "default",
            "www.wild.org": "trailing", "both.example": "suffix", "x.both.example": "suffix",
            "deep.wild.example": "exact", "unknown.example": "default", "127.0.0.1": "default",
        }.items():
            with self.subTest(host):
                self.assertEqual(self.asked(proxy, host=host).get("X-Server"), expected)

    def test_by_port_and_first_as_default(self):
        other = free_port()
        proxy = self.start_nginx("".join(
            f"server {{ listen 127.0.0.1:@{port}@; server_name {mark}.example;"
            f" location / {{ proxy_pass http://@backend@; proxy_set_header X-Server {mark}; }} }}"
            for port, mark in (("port", "one"), ("port", "two"), ("other", "three"))),
            backend=f"127.0.0.1:{self.backend_.port}", other=other)
        self.assertEqual(self.asked(proxy, host="nobody.example").get("X-Server"), "one")
        self.assertEqual(self.asked(proxy, host="two.example").get("X-Server"), "two")
        with Wire.to(other) as client:
            client.ask(get(host="two.example"))
        self.assertEqual(self.requests[-1].get("X-Server"), "three")


class HeaderRules(RoutingCase):
    """`proxy_set_header`, variables, and inheritance: a level with rules of its own has only these."""

    def test_defaults(self):
        proxy = self.serve("location / { proxy_pass http://@backend@; }")
        request = self.asked(proxy, extra=["X-Kept: yes"])
        self.assertEqual(request.get("Host"), f"127.0.0.1:{self.backend_.port}")
        self.assertEqual(request.get("X-Kept"), "yes")
        self.assertIsNone(request.get("X-Forwarded-For"))

    def test_host_of_a_pool_is_its_name(self):
        proxy = self.start_nginx(
            "upstream tornadoes { server @backend@; }"
            "server { listen 127.0.0.1:@port@; location / { proxy_pass http://tornadoes; } }",
            backend=f"127.0.0.1:{self.backend_.port}")
        self.assertEqual(self.asked(proxy).get("Host"), "tornadoes")

    def test_variables(self):
        names = ["host", "http_host", "remote_addr", "scheme", "request_method", "request_uri", "uri", "args",
                 "is_args", "arg_q", "cookie_c", "http_x_mine", "server_port", "server_addr", "server_protocol",
                 "proxy_host", "content_length", "request", "server_name", "query_string"]
        rules = "".join(f"proxy_set_header V-{name.replace('_', '-')} \"<${name}>\";" for name in names)
        proxy = self.serve(f"server_name named.example; location / {{ proxy_pass http://@backend@; {rules} }}")
        request = self.asked(proxy, "/a%20b?q=1&r", ["X-Mine: m", "Cookie: b=0; c=2"], host="Example.COM:99")
        expected = dict(
            host="example.com", http_host="Example.COM:99", remote_addr="127.0.0.1", scheme="http",
            request_method="GET", request_uri="/a%20b?q=1&r", uri="/a b", args="q=1&r", is_args="?", arg_q="1",
            cookie_c="2", http_x_mine="m", server_port=str(proxy.port), server_addr="127.0.0.1",
            server_protocol="HTTP/1.1", proxy_host=f"127.0.0.1:{self.backend_.port}", content_length="",
            request="GET /a%20b?q=1&r HTTP/1.1", server_name="named.example", query_string="q=1&r")
        for name, value in expected.items():
            with self.subTest(name):
                self.assertEqual(request.get("V-" + name.replace("_", "-")), f"<{value}>")

    def test_empty_value_drops_a_header(self):
        proxy = self.serve('location / { proxy_pass http://@backend@; proxy_set_header Accept-Encoding "";'
                           ' proxy_set_header X-None $http_nowhere; }')
        request = self.asked(proxy, extra=["Accept-Encoding: gzip", "X-None: mine"])
        self.assertIsNone(request.get("Accept-Encoding"))
        self.assertIsNone(request.get("X-None"))

    def test_forwarded_for_is_appended(self):
        proxy = self.serve("location / { proxy_pass http://@backend@;"
                           " proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }")
        self.assertEqual(self.asked(proxy).get("X-Forwarded-For"), "127.0.0.1")
        request = self.asked(proxy, extra=["X-Forwarded-For: 10.0.0.1"])
        self.assertEqual(request.get("X-Forwarded-For"), "10.0.0.1, 127.0.0.1")

    def test_rules_replace_what_the_client_sent(self):
        """A client must not be able to add a second X-Real-IP."""
        proxy = self.serve("location / { proxy_pass http://@backend@; proxy_set_header X-Real-IP $remote_addr; }")
        request = self.asked(proxy, extra=["x-real-ip: 6.6.6.6", "X-Real-IP: 7.7.7.7"])
        self.assertEqual(request.all("X-Real-IP"), ["127.0.0.1"])

    def test_inheritance(self):
        proxy = self.serve("proxy_set_header X-Outer 1;"
                           "location /inherits { proxy_pass http://@backend@; }"
                           "location /own { proxy_pass http://@backend@; proxy_set_header X-Own 2; }")
        self.assertEqual(self.asked(proxy, "/inherits").get("X-Outer"), "1")
        request = self.asked(proxy, "/own")
        self.assertEqual((request.get("X-Outer"), request.get("X-Own")), (None, "2"))

    def test_http_version_of_the_upstream(self):
        proxy = self.serve("location /old { proxy_pass http://@backend@; proxy_http_version 1.0; }"
                           "location /new { proxy_pass http://@backend@; proxy_http_version 1.1; }")
        self.assertTrue(self.asked(proxy, "/old").start.endswith(" HTTP/1.0"))
        self.assertTrue(self.asked(proxy, "/new").start.endswith(" HTTP/1.1"))


class NativeForwarding(RoutingCase):
    """In TOML the upstream learns of the client without any rule."""

    def test_forwarded_headers(self):
        proxy = self.start_toml(self.backend_.port)
        request = self.asked(proxy, host="example.com:123")
        self.assertEqual(request.get("X-Forwarded-For"), "127.0.0.1")
        self.assertEqual(request.get("X-Real-IP"), "127.0.0.1")
        self.assertEqual(request.get("X-Forwarded-Proto"), "http")
        self.assertEqual(request.get("X-Forwarded-Host"), "example.com:123")

    def test_what_the_client_says_of_itself(self):
        """The chain grows; who the client really is, is not for it to say."""
        proxy = self.start_toml(self.backend_.port)
        request = self.asked(proxy, extra=["X-Forwarded-For: 10.0.0.1", "X-Real-IP: 10.0.0.1",
                                           "X-Forwarded-Proto: https"])
        self.assertEqual(request.get("X-Forwarded-For"), "10.0.0.1, 127.0.0.1")
        self.assertEqual(request.all("X-Real-IP"), ["127.0.0.1"])
        self.assertEqual(request.all("X-Forwarded-Proto"), ["http"])


class Addresses(ProxyCase):
    """IPv4, IPv6 and unix: on both sides."""

    @needs_ipv6
    def test_ipv6_upstream_and_listener(self):
        backend = self.upstream(answering(answer(b"six")), host="::1")
        for syntax, start in (("nginx", self.nginx), ("toml", self.toml)):
            with self.subTest(syntax):
                proxy = start("[::1]:@port@", f"[::1]:{backend.port}")
                self.assertEqual(self.client(proxy.port, host="::1").ask(get()).body, b"six")

    def test_unix_upstream_and_listener(self):
        for syntax, start in (("nginx", self.nginx), ("toml", self.toml)):
            with self.subTest(syntax):
                proxy = start("unix:@folder@/front.sock", "unix:@folder@/back.sock")
                self.upstream(answering(answer(b"unix")), path=str(proxy.folder / "back.sock"))
                with Wire.to_unix(str(proxy.folder / "front.sock")) as client:
                    self.assertEqual(client.ask(get()).body, b"unix")

    def nginx(self, listen, backend):
        return self.start_nginx(f"upstream u {{ server {backend}; }}"
                                f"server {{ listen {listen}; location / {{ proxy_pass http://u; }} }}")

    def toml(self, listen, backend):
        return self.start(
            f'pid = "tidegate.pid"\n[upstream.u]\nservers = ["{backend}"]\n'
            f'[[server]]\nlisten = ["{listen}"]\n[[server.location]]\npath = "/"\nproxy_pass = "http://u"\n',
            syntax="toml")


if __name__ == "__main__":
    unittest.main()
