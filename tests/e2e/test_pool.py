"""A pool goes on when endpoints do not: refused, killed, unknown by name, or all gone."""

import threading
import unittest

from support import handshake, programs
from support.case import ProxyCase
from support.handshake import get
from support.machine import needs_localhost
from support.ports import free_port
from support.raw_server import RawServer, answer, answering
from support.wire import Wire


class Pool(ProxyCase):
    def serve(self, *servers, **values):
        lines = " ".join(f"server {server};" for server in servers)
        return self.start_pool(lines, **values)

    def bodies(self, proxy, count):
        return [self.ask(proxy).body.decode() for _ in range(count)]

    def test_weights(self):
        """nginx's smooth weighted turn: 3 to 1, and never four of one in a row."""
        one, three = self.named("one"), self.named("three")
        proxy = self.serve(f"127.0.0.1:{three.port} weight=3", f"127.0.0.1:{one.port}")
        bodies = self.bodies(proxy, 40)
        for start in range(0, 40, 4):
            self.assertEqual(sorted(bodies[start:start + 4]), ["one", "three", "three", "three"])

    def test_exact_over_many_workers_and_clients(self):
        counts = {}
        lock = threading.Lock()
        names = [self.named(f"backend {number}") for number in range(3)]
        proxy = self.serve(*(f"127.0.0.1:{each.port}" for each in names), workers=4)

        def client():
            for body in self.bodies(proxy, 30):
                with lock:
                    counts[body] = counts.get(body, 0) + 1

        threads = [threading.Thread(target=client) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(counts, {f"backend {number}": 50 for number in range(3)})

    def test_refused_endpoint_is_passed_over(self):
        alive = self.named("alive")
        proxy = self.serve(f"127.0.0.1:{free_port()}", f"127.0.0.1:{alive.port}")
        self.assertEqual(self.bodies(proxy, 10), ["alive"] * 10)
        proxy.log_line("Connection refused", "error.log")

    def test_refused_endpoint_does_not_lose_a_body(self):
        """The request moves on before a byte of it was sent, so its body is still all there."""
        seen = []

        def script(wire):
            request = wire.read_request()
            seen.append(request.body)
            wire.send(answer())

        alive = self.upstream(script)
        proxy = self.serve(f"127.0.0.1:{free_port()}", f"127.0.0.1:{alive.port}")
        body = b"x" * 300000
        self.ask(proxy, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + body)
        self.assertEqual(seen == [body], True)

    def test_refused_endpoint_does_not_lose_a_tunnel(self):
        alive = self.upstream(lambda wire: (wire.read_head(), wire.send(handshake.SWITCHING)))
        proxy = self.start_toml(free_port(), alive.port)
        for _ in range(4):
            self.assertEqual(self.ask(proxy, handshake.request()).status, 101)

    def test_killed_in_the_middle(self):
        """A real service dies; nobody notices, and when it is back it gets its turns again."""
        services = [self.backend(programs.tornado_echo()) for _ in range(2)]
        ports = [str(service.port) for service in services]
        proxy = self.serve(f"127.0.0.1:{ports[0]} fail_timeout=1s", f"127.0.0.1:{ports[1]} fail_timeout=1s")
        self.assertEqual(set(self.bodies(proxy, 4)), set(ports))
        services[0].kill()
        self.assertEqual(self.bodies(proxy, 10), [ports[1]] * 10)
        self.backend(programs.tornado_echo(int(ports[0])))
        seen = set()
        for _ in range(10000):
            seen.update(self.bodies(proxy, 1))
            if seen == set(ports):
                break
        self.assertEqual(seen, set(ports), "it got no turn after its return")

    def test_all_down(self):
        proxy = self.serve(f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}")
        for _ in range(3):
            response = self.ask(proxy)
            self.assertEqual(response.status, 502)
            self.assertIn(b"502 Bad Gateway", response.body)
        proxy.log_line("no live upstreams", "error.log")

    def test_marked_down(self):
        up, down = self.named("up"), self.named("down")
        proxy = self.serve(f"127.0.0.1:{down.port} down", f"127.0.0.1:{up.port}")
        self.assertEqual(self.bodies(proxy, 4), ["up"] * 4)
        self.assertEqual(down.connections, 0)

    def test_client_connection_survives_a_bad_gateway(self):
        proxy = self.serve(f"127.0.0.1:{free_port()}")
        with Wire.to(proxy.port) as client:
            for _ in range(3):
                self.assertEqual(client.ask(get()).status, 502)

    def test_ended_without_an_answer(self):
        """The request was sent: it must not be sent again to another endpoint, for it may not be repeatable."""
        taken = []

        def script(wire):
            taken.append(wire.read_request())

        first, second = self.upstream(script), self.upstream(script)
        proxy = self.serve(f"127.0.0.1:{first.port}", f"127.0.0.1:{second.port}")
        response = self.ask(proxy, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        self.assertEqual((response.status, len(taken)), (502, 1))

    def test_unknown_name_is_a_warning(self):
        """nginx refuses to start; here the name may come later, and the others serve meanwhile."""
        alive = self.named("alive")
        proxy = self.serve("no-such-host.invalid:80", f"127.0.0.1:{alive.port}")
        self.assertEqual(self.bodies(proxy, 6), ["alive"] * 6)
        proxy.log_line(r"\[warn\].*no-such-host\.invalid", "error.log")

    @needs_localhost
    def test_name_with_addresses(self):
        alive = RawServer(answering(answer(b"local")))
        self.addCleanup(alive.stop)
        proxy = self.serve(f"localhost:{alive.port}")
        self.assertEqual(self.bodies(proxy, 4), ["local"] * 4)


if __name__ == "__main__":
    unittest.main()
