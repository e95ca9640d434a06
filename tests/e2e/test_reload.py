"""Reload: a new generation in the same process, or the old one when the new file is wrong."""

import signal
import unittest

from support.case import ProxyCase
from support.proxy import NGINX
from support.raw_server import answer, answering
from support.tunnel import echoing
from support.waiting import eventually

CONFIGURATION = NGINX.replace("@body@", """
server { listen 127.0.0.1:@port@; location / { proxy_pass http://127.0.0.1:@backend@; proxy_http_version 1.1;
         proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; } }""")


class Reload(ProxyCase):
    def setUp(self):
        self.old = self.upstream(answering(answer(b"old")))
        self.new = self.upstream(answering(answer(b"new")))

    def body(self, proxy):
        return self.ask(proxy).body

    def test_new_configuration_in_the_same_process(self):
        proxy = self.start(CONFIGURATION, backend=self.old.port)
        self.assertEqual(self.body(proxy), b"old")
        proxy.reload(backend=self.new.port)
        eventually(lambda: self.body(proxy) == b"new", "the new configuration")
        self.assertIsNone(proxy.process.poll())
        self.assertEqual(int(proxy.pid_file.read_text()), proxy.process.pid)

    def test_wrong_configuration_changes_nothing(self):
        proxy = self.start(CONFIGURATION, backend=self.old.port)
        proxy.write("bogus on;")
        proxy.signal(signal.SIGHUP)
        proxy.log_line("bogus", "error.log")
        self.assertEqual(self.body(proxy), b"old")

    def test_a_file_that_is_still_empty_changes_nothing(self):
        proxy = self.start(CONFIGURATION, backend=self.old.port)
        proxy.write("")
        proxy.signal(signal.SIGHUP)
        proxy.log_line("no server is configured", "error.log")
        self.assertEqual(self.body(proxy), b"old")

    def test_says_what_takes_a_restart(self):
        proxy = self.start(CONFIGURATION, backend=self.old.port)
        proxy.reload(backend=self.new.port, workers=3)
        proxy.log_line("worker_processes takes a restart", "error.log")
        eventually(lambda: self.body(proxy) == b"new", "the rest of the configuration")

    def test_tunnel_lives_on(self):
        proxy = self.start(CONFIGURATION, backend=self.upstream(echoing).port)
        tunnel = self.open_tunnel(proxy)
        proxy.reload(backend=self.new.port)
        eventually(lambda: self.body(proxy) == b"new", "the new configuration")
        self.assertEqual(tunnel.send(b"x").read_exactly(1), b"x")

    def test_no_connection_is_refused_meanwhile(self):
        proxy = self.start(CONFIGURATION, workers=2, backend=self.old.port)
        for turn in range(10):
            proxy.reload(backend=(self.new, self.old)[turn % 2].port)
            for _ in range(20):
                self.assertIn(self.body(proxy), (b"old", b"new"))


if __name__ == "__main__":
    unittest.main()
