"""Stickiness over real connections: clients that stay with their endpoint, and that move on when it has gone."""

import json
import re
import unittest

from support import handshake, programs
from support.case import ProxyCase
from support.handshake import get
from support.waiting import eventually

SOCKETIO = """
worker_processes = 2
pid = "tidegate.pid"
error_log = "error.log"
access_log = "access.log"

[upstream.chat]
@sticky@
servers = @servers@

[[server]]
listen = ["127.0.0.1:@port@"]

[[server.location]]
path = "/"
proxy_pass = "http://chat"
"""


def switching(name, *headers):
    """A script that takes any handshake and tells its name in the tunnel."""
    head = handshake.SWITCHING.replace(b"\r\n\r\n", b"".join(b"\r\n" + header for header in headers) + b"\r\n\r\n")

    def script(wire):
        wire.read_head()
        wire.send(head + name.encode())
        wire.read_to_end()

    return script


class Sticky(ProxyCase):
    def serve(self, sticky, backends, **values):
        """A proxy over these backends, each a server line: a RawServer, or (RawServer, parameters)."""
        return self.start_pool(self.pool(sticky, backends), **values)

    @staticmethod
    def pool(sticky, backends):
        lines = [each if isinstance(each, tuple) else (each, "") for each in backends]
        return f"sticky {sticky}; " + " ".join(f"server 127.0.0.1:{backend.port} {rest};" for backend, rest in lines)

    def reload(self, proxy, sticky, backends):
        proxy.reload(pool=self.pool(sticky, backends))

    def ask_with(self, proxy, *cookies, target="/"):
        return self.ask(proxy, get(target, [f"Cookie: {cookie}" for cookie in cookies]))

    def who(self, proxy, *cookies, target="/"):
        return self.ask_with(proxy, *cookies, target=target).body.decode()

    @staticmethod
    def given(response):
        """The cookie that a response sets, as a client sends it back."""
        return response.get("Set-Cookie").split(";")[0]

    def test_cookie_keeps_a_client(self):
        proxy = self.serve("cookie srv", [self.named(name) for name in "abc"], workers=2)
        clients = [self.ask(proxy) for _ in range(6)]
        self.assertEqual({client.body for client in clients}, {b"a", b"b", b"c"})
        for client in clients:
            self.assertRegex(client.get("Set-Cookie"), "^srv=[0-9a-f]{32}$")
            for _ in range(4):
                again = self.ask_with(proxy, f"theme=dark; {self.given(client)}")
                self.assertEqual((again.body, again.get("Set-Cookie")), (client.body, None))

    def test_cookie_has_its_attributes(self):
        proxy = self.serve("cookie srv expires=1h domain=$host httponly secure samesite=lax path=/", [self.named("a")])
        pattern = (r"^srv=[0-9a-f]{32}; expires=\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT; max-age=3600; "
                   r"domain=example\.com; httponly; secure; samesite=lax; path=/$")
        first = self.ask(proxy)
        self.assertRegex(first.get("Set-Cookie"), pattern)
        # Its hour begins anew with each response.
        self.assertRegex(self.ask_with(proxy, self.given(first)).get("Set-Cookie"), pattern)

    def test_cookies_of_the_upstream_stay(self):
        proxy = self.serve("cookie srv", [self.named("a", "Set-Cookie: one=1; Path=/", "set-cookie: srv=mine")])
        response = self.ask(proxy)
        self.assertEqual(response.all("Set-Cookie")[:2], ["one=1; Path=/", "srv=mine"])
        self.assertRegex(response.all("Set-Cookie")[2], "^srv=[0-9a-f]{32}$")
        self.assertIn(("set-cookie", "srv=mine"), response.headers)

    def test_cookie_that_nobody_gave(self):
        """What a client makes up is balanced as if it were not there, and replaced."""
        proxy = self.serve("cookie srv", [self.named(name) for name in "ab"])
        for cookie in ("srv=127.0.0.1:80", "srv=", "srv=" + "0" * 32, "srv=" + "x" * 5000):
            with self.subTest(cookie[:20]):
                answers = [self.ask_with(proxy, cookie) for _ in range(2)]
                self.assertEqual({response.body for response in answers}, {b"a", b"b"})
                for response in answers:
                    self.assertEqual(self.who(proxy, self.given(response)).encode(), response.body)

    def test_tunnel_is_sticky(self):
        """The 101 gives the cookie, and a handshake with it goes back to where the last one went."""
        proxy = self.serve("cookie srv", [self.upstream(switching(name)) for name in "abc"], workers=2)
        for _ in range(3):
            first = self.client(proxy.port)
            opened = first.ask(handshake.request())
            self.assertEqual(opened.status, 101)
            name = first.read_exactly(1)
            for _ in range(3):
                tunnel = self.client(proxy.port)
                again = tunnel.ask(handshake.request(extra=[f"Cookie: {self.given(opened)}"]))
                self.assertEqual((again.status, again.get("Set-Cookie"), tunnel.read_exactly(1)), (101, None, name))

    def test_client_of_an_endpoint_that_has_gone_is_marked_anew(self):
        backends = {name: self.named(name) for name in "ab"}
        proxy = self.serve("cookie srv", backends.values())
        first = self.ask(proxy)
        lost = first.body.decode()
        backends.pop(lost).stop()
        moved = self.ask_with(proxy, self.given(first))
        self.assertEqual(moved.status, 200)
        self.assertEqual(moved.body.decode(), *backends)
        self.assertNotEqual(self.given(moved), self.given(first))
        again = self.ask_with(proxy, self.given(moved))
        self.assertEqual((again.body, again.get("Set-Cookie")), (moved.body, None))

    def test_client_of_an_endpoint_that_is_removed_or_down_moves(self):
        a, b = self.named("a"), self.named("b")
        proxy = self.serve("cookie srv", [a, b])
        cookies = {response.body: self.given(response) for response in (self.ask(proxy), self.ask(proxy))}
        self.reload(proxy, "cookie srv", [(a, "down"), b])
        eventually(lambda: self.who(proxy, cookies[b"a"]) == "b", "the new configuration")
        self.assertEqual(self.given(self.ask_with(proxy, cookies[b"a"])), cookies[b"b"])
        self.reload(proxy, "cookie srv", [a])
        eventually(lambda: self.who(proxy, cookies[b"b"]) == "a", "the new configuration")
        self.assertEqual(self.given(self.ask_with(proxy, cookies[b"b"])), cookies[b"a"])

    def test_drain_keeps_those_who_are_bound(self):
        a, b = self.named("a"), self.named("b")
        proxy = self.serve("cookie srv", [a, b])
        cookies = {response.body: self.given(response) for response in (self.ask(proxy), self.ask(proxy))}
        self.reload(proxy, "cookie srv", [(a, "drain"), b])
        eventually(lambda: self.who(proxy) + self.who(proxy) == "bb", "the new configuration")
        for _ in range(3):
            bound = self.ask_with(proxy, cookies[b"a"])
            self.assertEqual((bound.body, bound.get("Set-Cookie")), (b"a", None))
            self.assertEqual(self.who(proxy), "b")

    def test_proxies_with_one_secret_agree(self):
        backends = [self.named(name) for name in "abc"]
        ours, theirs = (self.serve("cookie srv secret=0123456789abcdef", backends) for _ in range(2))
        for _ in range(3):
            given = self.ask(ours)
            taken = self.ask_with(theirs, self.given(given))
            self.assertEqual((taken.body, taken.get("Set-Cookie")), (given.body, None))
        self.assertIsNotNone(self.ask_with(self.serve("cookie srv", backends), self.given(given)).get("Set-Cookie"))

    def test_route(self):
        a, b = self.named("a"), self.named("b")
        proxy = self.serve("route $cookie_route $arg_route", [(a, "route=left"), (b, "route=right")])
        for _ in range(3):
            self.assertEqual(self.who(proxy, "route=right"), "b")
            self.assertEqual(self.who(proxy, target="/?route=left"), "a")
            self.assertEqual(self.who(proxy, "route=left", target="/?route=right"), "a")
        self.assertEqual({self.who(proxy, target="/?route=none") for _ in range(2)}, {"a", "b"})
        self.assertIsNone(self.ask_with(proxy, "route=left").get("Set-Cookie"))

    LEARN = "learn create=$upstream_cookie_sid lookup=$cookie_sid zone=clients:64k"

    def test_learn(self):
        """A session stays where it began, for every worker; one that is not known does not."""
        backends = [self.named(name, f"Set-Cookie: sid={name}-{name}; Path=/") for name in "abc"]
        proxy = self.serve(self.LEARN, backends, workers=2)
        for _ in range(3):
            first = self.ask(proxy)
            for _ in range(6):
                self.assertEqual(self.who(proxy, self.given(first)).encode(), first.body)
        self.assertEqual({self.who(proxy, "sid=unknown") for _ in range(3)}, {"a", "b", "c"})

    def test_learn_from_a_101(self):
        backends = [self.upstream(switching(name, f"Set-Cookie: sid={name}".encode())) for name in "abc"]
        proxy = self.serve(self.LEARN, backends)
        first = self.client(proxy.port)
        given = self.given(first.ask(handshake.request()))
        name = first.read_exactly(1)
        for _ in range(4):
            tunnel = self.client(proxy.port)
            self.assertEqual(tunnel.ask(handshake.request(extra=[f"Cookie: {given}"])).status, 101)
            self.assertEqual(tunnel.read_exactly(1), name)

    def test_learned_sessions_survive_a_reload(self):
        begin = {name: self.named(name, f"Set-Cookie: sid={name}") for name in "ab"}
        proxy = self.serve(self.LEARN, begin.values())
        self.assertEqual({self.who(proxy), self.who(proxy)}, {"a", "b"})
        added = self.named("c", "Set-Cookie: sid=c")
        self.reload(proxy, self.LEARN, [*begin.values(), added])
        eventually(lambda: self.who(proxy) == "c", "the new configuration")
        for name in "abcabc":
            self.assertEqual(self.who(proxy, f"sid={name}"), name)

    def test_session_moves_with_its_endpoint_gone(self):
        plain = [self.named(name) for name in "ab"]
        backends = dict(zip("ab", plain))
        sticky = "learn create=$arg_begin lookup=$arg_session zone=clients:64k"
        proxy = self.serve(sticky, plain)
        first = self.who(proxy, target="/?begin=1")
        self.assertEqual({self.who(proxy, target="/?session=1") for _ in range(4)}, {first})
        backends.pop(first).stop()
        self.assertEqual({self.who(proxy, target="/?session=1") for _ in range(4)}, set(backends))


class SocketIo(ProxyCase):
    """Socket.IO's own server and client. Its long polling needs every request of a session at the same server."""

    def converse(self, sticky, clients):
        backends = [self.backend(programs.socketio_server(name)) for name in "abc"]
        proxy = self.start(SOCKETIO, syntax="toml", sticky=sticky,
                           servers=json.dumps([f"127.0.0.1:{backend.port}" for backend in backends]))
        reports = json.loads(programs.socketio_client(f"http://127.0.0.1:{proxy.port}", clients))
        self.assertEqual(len(reports), clients)
        return proxy, reports

    def test_three_endpoints_and_one_line(self):
        proxy, reports = self.converse('sticky = { cookie = "srv", path = "/", httponly = true }', clients=6)
        for report in reports:
            self.assertNotIn("error", report)
            before, after = report["answers"]
            self.assertEqual((before["text"], after["text"]), ("before", "after"))
            self.assertEqual(after["transport"], "websocket")
            self.assertEqual(before["name"], after["name"])
        self.assertEqual({report["answers"][0]["name"] for report in reports}, set("abc"))
        log = eventually(lambda: (text := proxy.read("access.log")).count(" 101 ") == 6 and text, "six tunnels to end")
        self.assertRegex(log, r'"GET /socket\.io/\?EIO=4&transport=polling[^"]*" 200')
        self.assertFalse(re.findall(r'" 400 ', log))

    def test_not_without_it(self):
        """The second request of the only client goes to another server, which does not know its session."""
        _, reports = self.converse("", clients=1)
        self.assertIn("error", reports[0])


if __name__ == "__main__":
    unittest.main()
