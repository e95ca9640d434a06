"""What runs out: room at a reader that sleeps, memory after a crowd, descriptors. The rest of the service goes on."""

import collections
import os
import resource
import signal
import socket
import struct
import threading
import time
import unittest
from pathlib import Path

from support import handshake, tls
from support.case import ProxyCase
from support.handshake import get
from support.ports import free_port
from support.proxy import NGINX
from support.raw_server import answer, answering
from support.tls_case import TlsCase
from support.tunnel import upgrading
from support.waiting import PATIENCE, eventually
from support.wire import Wire

MIB = 1024 * 1024
BLOCK = os.urandom(MIB)
SAME_USER = 'user = "root"'  # only a process of the same user may have its limits changed without privileges


def descriptors(proxy):
    return [int(name) for name in os.listdir(f"/proc/{proxy.process.pid}/fd")]


def rollup_kib(proxy, name):
    """A line of smaps_rollup: "Rss", "Pss", ..."""
    for line in Path(f"/proc/{proxy.process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise AssertionError(f"no {name} in smaps_rollup")


class SleepingReader(TlsCase):
    """100 MiB for a reader that does not read yet."""

    TOTAL = 100 * MIB

    def pour(self, wire):
        """Sends everything, in the background; gives the number of bytes that were taken so far, as a function."""
        sent = [0]

        def run():
            for _ in range(self.TOTAL // MIB):
                for at in range(0, MIB, 65536):
                    wire.socket.sendall(BLOCK[at:at + 65536])
                    sent[0] += 65536

        wire.socket.settimeout(4 * PATIENCE)
        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        return lambda: sent[0]

    def assert_arrives(self, wire):
        at = 0
        while at < self.TOTAL:
            data = wire.socket.recv(min(self.TOTAL - at, MIB))
            self.assertTrue(data, f"the end after {at} bytes")
            begin = at % MIB
            self.assertTrue((BLOCK + BLOCK)[begin:begin + len(data)] == data, f"other bytes at {at}")
            at += len(data)

    def wait_until_stopped(self, sent):
        """Until a hundred looks in a row find nothing more sent. A sender that is merely slow is no harm: the bounds of
        the test hold for it as well."""
        looks = collections.deque(maxlen=100)

        def stopped():
            looks.append(sent())
            return looks[0] > 0 and len(looks) == looks.maxlen and looks[0] == looks[-1]

        eventually(stopped, "the sender to be stopped")

    def assert_bounded(self, proxy, sender, reader):
        """The proxy never holds more than a little of what is under way, and all of it arrives in the end."""
        Path(f"/proc/{proxy.process.pid}/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        before = proxy.peak_kib()
        sent = self.pour(sender)
        self.wait_until_stopped(sent)
        self.assertLess(sent(), self.TOTAL / 2)
        self.assert_arrives(reader)
        self.assertLess(proxy.peak_kib() - before, 3 * 1024, "KiB more at the peak")

    def check(self, encrypt, open_tunnel):
        """Both directions of a tunnel whose upstream end runs encrypt(script)."""
        ends, release = [], threading.Event()
        upstream = self.upstream(encrypt(upgrading(lambda wire: (ends.append(wire), release.wait(4 * PATIENCE)))))
        self.addCleanup(release.set)
        client, proxy = open_tunnel(upstream.port)
        upstream = eventually(lambda: ends and ends.pop(), "the upstream's end")
        for sender, reader in ((client, upstream), (upstream, client)):
            self.assert_bounded(proxy, sender, reader)
        client.finish()
        self.assertEqual(upstream.socket.recv(1), b"")
        upstream.finish()
        proxy.log_line(r'" 101 .*received=104857600 sent=104857600 closed_by=client reason="eof".* paused=(?!0\.000)')

    def test_plain(self):
        def open_tunnel(backend):
            proxy = self.start_toml(backend)
            return self.open_tunnel(proxy), proxy

        self.check(lambda script: script, open_tunnel)

    def test_tls_on_both_sides(self):
        theirs = tls.server_context(self.authority.issue("upstream.test"))

        def open_tunnel(backend):
            proxy = self.start_tls(backend=backend, scheme="https")
            return self.open_tls_tunnel(proxy), proxy

        self.check(lambda script: tls.encrypted(script, theirs), open_tunnel)


class Crowd(ProxyCase):
    """Thousands of tunnels that come and go at once."""

    TUNNELS = 5000

    def setUp(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.addCleanup(self.listener.close)

    def open_one(self, proxy):
        """Both ends of a tunnel that has carried a byte each way. No thread: 5,000 of them would be the crowd."""
        client = socket.create_connection(("127.0.0.1", proxy.port), PATIENCE)
        client.sendall(handshake.request())
        upstream, _ = self.listener.accept()
        upstream.recv(65536)
        upstream.sendall(handshake.SWITCHING + b"x")
        self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 101 "))
        client.sendall(b"y")
        self.assertEqual(upstream.recv(65536), b"y")
        return client, upstream

    @staticmethod
    def drop(pairs):
        """Every other client resets, the others end in order; so do the upstreams, which lag behind."""
        for number, (client, _) in enumerate(pairs):
            if number % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        for _, upstream in pairs:
            upstream.close()

    def test_memory_returns(self):
        proxy = self.start_toml(self.listener.getsockname()[1])
        self.drop([self.open_one(proxy)])
        idle = eventually(lambda: proxy.read("access.log") and len(descriptors(proxy)), "the first to end")
        before = rollup_kib(proxy, "Anonymous")
        pairs = [self.open_one(proxy) for _ in range(self.TUNNELS)]
        crowded = rollup_kib(proxy, "Anonymous")
        self.drop(pairs)
        eventually(lambda: len(descriptors(proxy)) <= idle, "the tunnels to end")
        eventually(lambda: proxy.read("access.log").count("\n") == self.TUNNELS + 1, "a record of each")
        self.assertLess(rollup_kib(proxy, "Anonymous") - before, (crowded - before) / 4, "KiB more than before")
        self.drop([self.open_one(proxy)])


class Descriptors(ProxyCase):
    """EMFILE: what lives goes on, nothing spins, and it is over when descriptors are there again."""

    @staticmethod
    def leave(proxy, free):
        """Lets the proxy open so many descriptors more."""
        taken = set(descriptors(proxy))
        limit = next(n for n in range(10000) if n - sum(each < n for each in taken) == free)
        hard = resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, (limit, hard))

    @staticmethod
    def cpu_seconds(proxy):
        """Time that the proxy's threads have spent on a processor."""
        tasks = Path(f"/proc/{proxy.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9

    @staticmethod
    def status(proxy):
        with Wire.to(proxy.port) as client:
            return client.ask(get(extra=["Connection: close"])).status

    def test_accepting_rests_and_recovers(self):
        def script(wire):
            head = wire.read_head()
            if head.get("Upgrade"):
                wire.send(handshake.SWITCHING)
                while data := wire.socket.recv(65536):
                    wire.send(data)
            wire.send(answer())

        proxy = self.start_toml(self.upstream(script).port, globals=SAME_USER)
        live = self.open_tunnel(proxy)
        self.leave(proxy, 10)
        crowd = [self.client(proxy.port) for _ in range(30)]
        failure = r"accept\(\) on .* failed: Too many open files"
        proxy.log_line(failure, "error.log")

        refusals = lambda: proxy.read("error.log").count("accept() on")
        count, spent, began = refusals(), self.cpu_seconds(proxy), time.monotonic()
        eventually(lambda: refusals() >= count + 5, "it to try again")
        passed = time.monotonic() - began
        self.assertLess(self.cpu_seconds(proxy) - spent, 0.1 * passed)
        self.assertLess(refusals() - count, 20 * passed + 2, "attempts")
        self.assertEqual(live.send(b"still here").read_exactly(10), b"still here")

        for client in crowd:
            client.close()
        self.assertEqual(self.status(proxy), 200)
        self.assertEqual(live.send(b"and now").read_exactly(7), b"and now")

    def test_upstreams_are_not_blamed(self):
        """The client is told that it is the proxy's fault, and the next one is served as ever."""
        backends = [self.upstream(answering(answer())).port for _ in range(2)]
        proxy = self.start_toml(*backends, globals=SAME_USER)
        idle = len(descriptors(proxy))
        self.leave(proxy, 1)
        self.assertEqual(self.status(proxy), 500)
        proxy.log_line("proxy: Too many open files while connecting to upstream", "error.log")
        eventually(lambda: len(descriptors(proxy)) <= idle, "the descriptors to be closed")
        self.leave(proxy, 100)
        self.assertEqual([self.status(proxy) for _ in range(4)], [200] * 4)
        self.assertNotIn("no live upstreams", proxy.read("error.log"))

    def test_reload_fails_as_a_whole(self):
        """One descriptor for the new address, and two workers: the running configuration stays as it was."""
        server = "server { listen 127.0.0.1:@port@; location / { proxy_pass http://127.0.0.1:@backend@; } }"
        two_servers = server + server.replace("@port@", "@other@")
        whole = "user root;" + NGINX
        proxy = self.start(whole.replace("@body@", server), backend=self.upstream(answering(answer())).port,
                           other=free_port(), workers=2)
        proxy.write(whole.replace("@body@", two_servers))
        self.leave(proxy, 1)
        proxy.signal(signal.SIGHUP)
        proxy.log_line("Too many open files", "error.log")
        proxy.log_line("reload failed; the running configuration stays", "error.log")
        self.leave(proxy, 100)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.values["other"])).close()
        self.assertEqual([self.status(proxy) for _ in range(8)], [200] * 8, "on both workers")
        proxy.signal(signal.SIGHUP)
        proxy.log_line("configuration reloaded", "error.log")
        for _ in range(8):
            with Wire.to(proxy.values["other"]) as client:
                self.assertEqual(client.ask(get()).status, 200)


if __name__ == "__main__":
    unittest.main()
