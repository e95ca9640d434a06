"""What an upgraded connection owns: two streams, half-close, deadlines of its own, one record at its end."""

import re
import threading
import unittest

from support.case import ProxyCase
from support.tunnel import Directions, upgrading
from support.waiting import PATIENCE

NGINX = """
server {
    listen 127.0.0.1:@port@;
    location / {
        proxy_pass http://127.0.0.1:@backend@;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        @location@
    }
}
"""


class Tunnel(Directions, ProxyCase):
    def open(self, then, **options):
        """A client's end of a tunnel whose upstream end runs `then`, and the proxy between."""
        upstream = self.upstream(upgrading(then))
        proxy = self.start_toml(upstream.port, **options)
        return self.open_tunnel(proxy), proxy

    def test_nothing_is_lost_when_the_sender_ends_at_once(self):
        """16 MiB to a reader that starts late: what was accepted is delivered before the end."""
        data = bytes(range(256)) * 65536

        def then(wire):
            wire.send(data)

        client, _ = self.open(then)
        self.assertEqual(client.read_to_end() == data, True)

    # --- idle timeout --------------------------------------------------------------------------------
    def test_idle_tunnel_ends(self):
        client, proxy = self.open(lambda wire: wire.read_to_end(), location='tunnel_idle_timeout = "300ms"')
        self.assertTrue(client.ends())
        proxy.log_line(r'" 101 ')

    def test_idle_tunnel_ends_in_nginx_syntax(self):
        upstream = self.upstream(upgrading(lambda wire: wire.read_to_end()))
        proxy = self.start_nginx(NGINX, backend=upstream.port, location="proxy_read_timeout 300ms;")
        self.assertTrue(self.open_tunnel(proxy).ends())

    def test_either_direction_keeps_it_alive(self):
        """Only the client speaks, for twice the timeout; then only the upstream does."""
        for speaker in ("client", "upstream"):
            with self.subTest(speaker):
                self.keep_alive(speaker)

    def keep_alive(self, speaker):
        beats = 10  # of a tenth of a second, with a timeout of half a second
        ready = threading.Event()
        wires = []

        def then(wire):
            wires.append(wire)
            ready.set()
            done.wait(PATIENCE)

        done = threading.Event()
        client, _ = self.open(then, location='tunnel_idle_timeout = "500ms"')
        self.assertTrue(ready.wait(PATIENCE))
        mouth, ear = (client, wires[0]) if speaker == "client" else (wires[0], client)
        clock = threading.Event()
        for _ in range(beats):
            clock.wait(0.1)  # time itself is under test here
            mouth.send(b".")
            self.assertEqual(ear.read_exactly(1), b".")
        done.set()

    # --- the record ----------------------------------------------------------------------------------
    def record(self, client, proxy):
        line = proxy.log_line(r'^.*" 101 .*$').group(0)
        self.assertEqual(len(re.findall('" 101 ', proxy.read("access.log"))), 1)
        return line

    def test_record_says_what_went_through_and_who_closed(self):
        def then(wire):
            wire.read_exactly(1000)
            wire.send(b"b" * 234567)
            wire.read_to_end()

        client, proxy = self.open(then)
        client.send(b"a" * 1000)
        client.read_exactly(234567)
        self.assertEqual(proxy.read("access.log"), "", "the record belongs to the end")
        client.close()
        line = self.record(client, proxy)
        self.assertIn("GET / HTTP/1.1", line)
        self.assertRegex(line, r"\b1000\b")
        self.assertRegex(line, r"\b234567\b")
        self.assertRegex(line, r"\bclient\b")
        self.assertRegex(line, r"\b\d+\.\d{3}\b", "the duration in seconds")

    def test_record_of_a_tunnel_the_upstream_closed(self):
        client, proxy = self.open(lambda wire: wire.send(b"bye"))
        self.assertEqual(client.read_to_end(), b"bye")
        client.close()
        self.assertRegex(self.record(client, proxy), r"\bupstream\b")


if __name__ == "__main__":
    unittest.main()
