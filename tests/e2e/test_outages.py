"""Services that are killed, hang and come back under WebSocket clients who keep coming: nobody is turned away."""

import threading
import unittest

from support import handshake, programs
from support.case import ProxyCase
from support.machine import needs_ipv6
from support.nameserver import Nameserver
from support.raw_server import answer, answering
from support.waiting import PATIENCE, eventually
from support.wire import Wire

HANDSHAKE = handshake.request(target="/ws")


class Tunnel:
    """A tunnel to one of the Tornado services, which says its port first."""

    def __init__(self, proxy):
        self.wire = Wire.to(proxy.port)
        self.wire.ask(HANDSHAKE)
        self.service = int(self._message())

    def _message(self):
        return self.wire.read_exactly(self.wire.read_exactly(2)[1]).decode()

    def says(self, text):
        self.wire.send(handshake.text_frame(text))
        return self._message()


class Crowd:
    """Four clients that each open one tunnel after the other until they are told to stop."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.statuses = []
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._enough.is_set():
            try:
                with Wire.to(self.proxy.port) as client:
                    self.statuses.append(client.ask(HANDSHAKE).status)
            except (OSError, EOFError) as failure:
                self.statuses.append(repr(failure))

    def wait_for_more(self, count=40):
        """Until so many tunnels have been opened from now on."""
        goal = len(self.statuses) + count
        eventually(lambda: len(self.statuses) >= goal, f"{count} tunnels more")

    def stop(self):
        self._enough.set()
        for thread in self._threads:
            thread.join(PATIENCE)


class Outages(ProxyCase):
    def serve(self, parameters, location=""):
        self.services = [self.backend(programs.tornado_echo()) for _ in range(3)]
        lines = " ".join(f"server 127.0.0.1:{service.port} {parameters};" for service in self.services)
        return self.start_pool(lines, location, workers=2)

    def crowd(self, proxy):
        crowd = Crowd(proxy)
        self.addCleanup(crowd.stop)
        return crowd

    def tunnel(self, proxy):
        tunnel = Tunnel(proxy)
        self.addCleanup(tunnel.wire.close)
        return tunnel

    def wait_for_turn(self, proxy, service):
        eventually(lambda: self.tunnel(proxy).service == service.port, "its turn after its return")

    def assert_all_in(self, crowd):
        crowd.stop()
        self.assertEqual(set(crowd.statuses), {101})

    def test_killed_in_the_crowd(self):
        """A handshake that was on its way to it goes on to another service; tunnels to the others do not notice."""
        proxy = self.serve("fail_timeout=1s")
        tunnels = [self.tunnel(proxy) for _ in range(3)]
        self.assertEqual({tunnel.service for tunnel in tunnels}, {service.port for service in self.services})
        crowd = self.crowd(proxy)
        crowd.wait_for_more()
        victim = self.services[0]
        victim.kill()
        crowd.wait_for_more()
        for tunnel in tunnels:
            if tunnel.service == victim.port:
                self.assertTrue(tunnel.wire.ends())
            else:
                self.assertEqual(tunnel.says("hello"), "You said: hello")
        self.backend(programs.tornado_echo(victim.port))
        self.wait_for_turn(proxy, victim)
        self.assert_all_in(crowd)

    def test_hung_in_the_crowd(self):
        """It takes connections and never answers: each handshake waits for its time and goes on."""
        proxy = self.serve("fail_timeout=1s", location="proxy_handshake_timeout 2s;")
        crowd = self.crowd(proxy)
        crowd.wait_for_more()
        victim = self.services[0]
        victim.hang()
        proxy.log_line(f'upstream: "127.0.0.1:{victim.port}"', "error.log")
        crowd.wait_for_more()
        victim.go_on()
        self.wait_for_turn(proxy, victim)
        self.assert_all_in(crowd)

    @needs_ipv6
    def test_broken_address_family(self):
        """Of a name's two addresses one never connects: one request has a head start's delay, and the others none."""
        port = self.deaf_port()
        self.upstream(answering(answer(b"alive")), host="::1", port=port)
        nameserver = Nameserver({"both.test": ["127.0.0.1", "::1"]})
        self.addCleanup(nameserver.stop)
        proxy = self.start_pool(
            f"resolver 127.0.0.1:{nameserver.port}; server both.test:{port} resolve fail_timeout=1h;",
            "proxy_connect_timeout 1h; proxy_next_upstream off;")
        eventually(lambda: self.ask(proxy).status == 200, "the name")
        self.assertEqual([self.ask(proxy).body for _ in range(6)], [b"alive"] * 6)
        self.assertEqual(proxy.read("error.log").count(f'upstream: "127.0.0.1:{port}"'), 1)


if __name__ == "__main__":
    unittest.main()
