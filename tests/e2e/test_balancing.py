"""Balancing methods over real connections: tunnels that count, keys that stay, places that are waited for."""

import threading
import unittest

from support import handshake
from support.case import ProxyCase
from support.handshake import get
from support.ports import free_port
from support.raw_server import answer
from support.tunnel import echoing, upgrading
from support.waiting import eventually


class Balancing(ProxyCase):
    def body(self, proxy, target="/"):
        return self.ask(proxy, get(target)).body.decode()

    def test_least_conn_counts_tunnels(self):
        """Where round robin would go by turns, the endpoint whose tunnels have ended gets the next ones."""
        def greeting(name):
            return upgrading(lambda wire: (wire.send(name), wire.read_to_end()))

        backends = [self.upstream(greeting(name)) for name in (b"a", b"b")]
        proxy = self.start_pool("least_conn; " + " ".join(f"server 127.0.0.1:{b.port};" for b in backends), workers=2)
        tunnels = [self.open_tunnel(proxy) for _ in range(6)]
        self.assertEqual([b.connections for b in backends], [3, 3])
        for tunnel in tunnels:
            if tunnel.read_exactly(1) == b"a":
                tunnel.close()
        eventually(lambda: proxy.read("access.log").count(" 101 ") == 3, "the tunnels to end")
        for _ in range(3):
            self.open_tunnel(proxy)
        self.assertEqual([b.connections for b in backends], [6, 3])

    def test_least_conn_counts_on_after_a_reload(self):
        old, new = self.upstream(echoing), self.upstream(echoing)
        proxy = self.start_pool(f"least_conn; server 127.0.0.1:{old.port};")
        for _ in range(4):
            self.open_tunnel(proxy)
        proxy.reload(pool=f"least_conn; server 127.0.0.1:{old.port} weight=2; server 127.0.0.1:{new.port};")
        # Until the new configuration is at work tunnels go to the only endpoint there was.
        eventually(lambda: self.open_tunnel(proxy) and new.connections, "the first tunnel to the new endpoint")
        held = old.connections
        for _ in range(held // 2 - 1):
            self.open_tunnel(proxy)
        self.assertEqual((old.connections, new.connections), (held, held // 2))

    def test_max_conns_and_backup(self):
        small, backup = self.upstream(echoing), self.upstream(echoing)
        proxy = self.start_pool(f"server 127.0.0.1:{small.port} max_conns=2; server 127.0.0.1:{backup.port} backup;", workers=2)
        for _ in range(5):
            self.open_tunnel(proxy)
        self.assertEqual((small.connections, backup.connections), (2, 3))

    def test_max_conns_without_a_queue(self):
        proxy = self.start_pool(f"server 127.0.0.1:{self.upstream(echoing).port} max_conns=1;")
        self.open_tunnel(proxy)
        self.assertEqual(self.ask(proxy, handshake.request()).status, 502)
        proxy.log_line("no live upstreams", "error.log")

    def test_max_conns_survives_a_reload(self):
        backend, other = self.upstream(echoing), self.upstream(echoing)
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port} max_conns=2;")
        tunnels = [self.open_tunnel(proxy) for _ in range(2)]
        proxy.reload(pool=f"server 127.0.0.1:{backend.port} max_conns=2 weight=9; server 127.0.0.1:{other.port};")
        eventually(lambda: self.ask(proxy, handshake.request()).status == 101, "the new configuration")
        self.assertEqual((backend.connections, other.connections), (2, 1))
        for tunnel in tunnels:
            self.assertEqual(tunnel.send(b"x").read_exactly(1), b"x")

    def test_queue_serves_in_order(self):
        """Those who wait get the place that becomes free one after the other, as they came."""
        backend = self.upstream(echoing)
        proxy = self.start_pool(f"server 127.0.0.1:{backend.port} max_conns=1; queue 10 timeout=30s;", workers=2)
        holder = self.open_tunnel(proxy)
        waiting = []
        for number in range(3):
            client = self.client(proxy.port)
            client.send(handshake.request(target=f"/{number}"))
            waiting.append(client)
            self.settle(proxy)
        for client in waiting:
            holder.close()
            self.assertEqual(client.read_response().status, 101)
            self.assertEqual(client.send(b"x").read_exactly(1), b"x")
            holder = client
        self.assertEqual(backend.connections, 4)

    def test_full_queue(self):
        proxy = self.start_pool(f"server 127.0.0.1:{self.upstream(echoing).port} max_conns=1; queue 1 timeout=30s;")
        self.open_tunnel(proxy)
        answers = []
        for _ in range(2):
            client = self.client(proxy.port)
            client.send(handshake.request())
            answers.append(client)
        # One of the two waits; for the other there is no place.
        proxy.log_line("the queue is full while connecting to upstream", "error.log")
        self.settle(proxy)
        self.assertEqual(self.ask(proxy, handshake.request()).status, 502)

    def test_time_in_the_queue_runs_out(self):
        proxy = self.start_pool(f"server 127.0.0.1:{self.upstream(echoing).port} max_conns=1; queue 5 timeout=100ms;")
        self.open_tunnel(proxy)
        self.assertEqual(self.ask(proxy, handshake.request()).status, 502)
        proxy.log_line("the time in the queue ran out", "error.log")

    def test_client_that_leaves_the_queue_makes_room(self):
        proxy = self.start_pool(f"server 127.0.0.1:{self.upstream(echoing).port} max_conns=1; queue 1 timeout=30s;")
        holder = self.open_tunnel(proxy)
        leaver = self.client(proxy.port)
        leaver.send(handshake.request())
        self.settle(proxy)
        self.assertEqual(self.ask(proxy, handshake.request()).status, 502)
        leaver.close()
        proxy.log_line(" 499 ", "access.log")
        stayer = self.client(proxy.port)
        stayer.send(handshake.request())
        holder.close()
        self.assertEqual(stayer.read_response().status, 101)

    def test_hash_keeps_keys_together(self):
        """Each key stays with its backend, the backends share the keys, and only the keys of a lost one move."""
        for method in ("hash $arg_room", "hash $arg_room consistent"):
            with self.subTest(method):
                backends = {name: self.named(name) for name in "abc"}
                proxy = self.start_pool(f"{method}; " + " ".join(f"server 127.0.0.1:{b.port};" for b in backends.values()),
                                   workers=2)
                rooms = [f"/?room={number}" for number in range(30)]
                before = {room: self.body(proxy, room) for room in rooms}
                self.assertEqual(set(before.values()), set("abc"))
                self.assertEqual({room: self.body(proxy, room) for room in rooms}, before)
                backends["b"].stop()
                for room in rooms:
                    expected = before[room] if before[room] != "b" else self.body(proxy, room)
                    self.assertIn(expected, "ac")
                    self.assertEqual(self.body(proxy, room), expected)

    def test_ip_hash(self):
        backends = [self.named(name) for name in "abc"]
        proxy = self.start_pool("ip_hash; " + " ".join(f"server 127.0.0.1:{b.port};" for b in backends), workers=2)
        self.assertEqual(len({self.body(proxy) for _ in range(9)}), 1)

    def test_random(self):
        backends = [self.named(name) for name in "ab"]
        proxy = self.start_pool("random two; " + " ".join(f"server 127.0.0.1:{b.port};" for b in backends))
        seen = set()
        for _ in range(200):  # by chance: that one of two is missed 200 times does not happen
            seen.add(self.body(proxy))
        self.assertEqual(seen, {"a", "b"})

    def test_least_time_prefers_the_faster(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def slow(wire):
            wire.read_head()
            release.wait(0.05)
            wire.send(answer(b"slow"))

        backends = [self.upstream(slow), self.named("fast")]
        proxy = self.start_pool("least_time header; " + " ".join(f"server 127.0.0.1:{b.port};" for b in backends))
        bodies = [self.body(proxy) for _ in range(20)]
        self.assertEqual(bodies[2:], ["fast"] * 18)

    def test_drain(self):
        draining, other = self.upstream(echoing), self.upstream(echoing)
        proxy = self.start_pool(f"server 127.0.0.1:{draining.port};")
        tunnel = self.open_tunnel(proxy)
        proxy.reload(pool=f"server 127.0.0.1:{draining.port} drain; server 127.0.0.1:{other.port};")
        eventually(lambda: self.open_tunnel(proxy) and other.connections, "the new configuration")
        before = draining.connections
        for _ in range(4):
            self.open_tunnel(proxy)
        self.assertEqual(draining.connections, before)
        self.assertEqual(tunnel.send(b"x").read_exactly(1), b"x")

    def test_all_backups_down_too(self):
        proxy = self.start_pool(f"server 127.0.0.1:{free_port()}; server 127.0.0.1:{free_port()} backup;")
        self.assertEqual(self.ask(proxy).status, 502)


if __name__ == "__main__":
    unittest.main()
