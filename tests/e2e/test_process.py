"""The process: its flags, its files, its signals, and whom it becomes."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import threading
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from support import handshake
from support.case import ProxyCase
from support.handshake import get
from support.ports import free_port
from support.proxy import BINARY, NGINX, fill
from support.raw_server import answer, answering
from support.tunnel import echoing
from support.waiting import PATIENCE, eventually
from support.wire import Wire

SERVER = "server { listen 127.0.0.1:@port@; location / { proxy_pass http://127.0.0.1:@backend@; } }"


class ProcessCase(ProxyCase):
    def serve(self, **values):
        backend = self.upstream(answering(answer()))
        return self.start_nginx(SERVER, backend=backend.port, **values)


class Signals(ProcessCase):
    def test_term_ends_at_once(self):
        """Even with a request under way and a tunnel open."""
        waiting = threading.Semaphore(0)

        def script(wire):
            if wire.read_request().get("Upgrade"):
                wire.send(handshake.SWITCHING)
            waiting.release()
            wire.read_to_end()

        proxy = self.start_toml(self.upstream(script).port)
        clients = [self.client(proxy.port) for _ in range(2)]
        clients[0].send(get())
        clients[1].send(handshake.request())
        for _ in clients:
            self.assertTrue(waiting.acquire(timeout=PATIENCE))
        proxy.signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(), 0)
        self.assertFalse(proxy.pid_file.exists())

    def test_int_ends_at_once(self):
        proxy = self.serve()
        proxy.signal(signal.SIGINT)
        self.assertEqual(proxy.wait(), 0)
        self.assertFalse(proxy.pid_file.exists())

    def test_signals_of_a_binary_upgrade_are_ignored(self):
        proxy = self.start_toml(self.upstream(echoing).port)
        tunnel = self.open_tunnel(proxy)
        for number, name in ((signal.SIGUSR2, "USR2"), (signal.SIGWINCH, "WINCH")):
            proxy.signal(number)
            proxy.log_line(rf"signal {name} is ignored: .* QUIT", "error.log")
        self.assertEqual(tunnel.send(b"x").read_exactly(1), b"x")

    def test_quit_lets_requests_finish(self):
        waiting, release = threading.Event(), threading.Event()

        def script(wire):
            wire.read_request()
            waiting.set()
            release.wait(PATIENCE)
            wire.send(answer(b"finished"))

        proxy = self.start_toml(self.upstream(script).port)
        client = self.client(proxy.port)
        client.send(get())
        self.assertTrue(waiting.wait(PATIENCE))
        proxy.signal(signal.SIGQUIT)
        eventually(lambda: self.refused(proxy.port), "the listener to be closed")
        self.assertIsNone(proxy.process.poll())
        release.set()
        response = client.read_response()
        self.assertEqual(response.body, b"finished")
        self.assertTrue(client.ends())
        self.assertEqual(proxy.wait(), 0)

    def test_quit_closes_idle_connections(self):
        proxy = self.serve()
        client = self.client(proxy.port)
        self.assertEqual(client.ask(get()).status, 200)
        proxy.signal(signal.SIGQUIT)
        self.assertTrue(client.ends())
        self.assertEqual(proxy.wait(), 0)

    @staticmethod
    def refused(port):
        with socket.socket() as plug:
            return plug.connect_ex(("127.0.0.1", port)) != 0

    def test_dead_client_is_no_end(self):
        """Writing to a connection that was reset must not kill the process (SIGPIPE)."""
        proxy = self.serve()
        for _ in range(20):
            client = self.client(proxy.port)
            client.send(get() * 50)
            client.reset()
        self.assertEqual(self.ask(proxy).status, 200)


class Files(ProcessCase):
    def test_pid_file(self):
        proxy = self.serve()
        self.assertEqual(int(proxy.pid_file.read_text()), proxy.process.pid)
        proxy.stop()
        self.assertFalse(proxy.pid_file.exists())

    def test_access_log_is_nginx_combined(self):
        proxy = self.serve()
        with Wire.to(proxy.port) as client:
            client.ask(get("/path?q", ["Referer: http://r.example/", "User-Agent: test \"agent\""]))
        line = proxy.log_line(r"^.+$").group(0)
        self.assertRegex(line, r'^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] '
                               r'"GET /path\?q HTTP/1\.1" 200 2 "http://r\.example/" "test \\x22agent\\x22"')

    def test_no_request_can_forge_a_line(self):
        proxy = self.serve()
        with Wire.to(proxy.port) as client:
            client.ask(get("/%0a127.0.0.1", ["User-Agent: \xff\x9b31m\\"]))
        line = proxy.log_line(r"^.+\n").group(0)
        self.assertEqual(len(proxy.read("access.log").splitlines()), 1)
        self.assertIn(r"\xFF\x9B31m\x5C", line)

    def test_access_log_off(self):
        backend = self.upstream(answering(answer()))
        proxy = self.start_nginx("access_log off; " + SERVER, backend=backend.port)
        self.assertEqual(self.ask(proxy).status, 200)
        proxy.signal(signal.SIGQUIT)
        proxy.wait()
        self.assertEqual(proxy.read("access.log"), "")

    def test_error_log_has_nginx_line_form(self):
        proxy = self.start_nginx(SERVER, backend=free_port())
        self.assertEqual(self.ask(proxy).status, 502)
        line = proxy.log_line(r"^.*Connection refused.*$", "error.log").group(0)
        self.assertRegex(line, r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: \*\d+ ")
        self.assertIn(f"{proxy.process.pid}#", line)
        self.assertRegex(line, r', client: 127\.0\.0\.1, server: [^,]*, request: "GET [^ "]+ HTTP/1\.1", upstream: "127\.0\.0\.1:')
        self.assertEqual(proxy.read("error.log").count("[error]"), 1)

    def test_reopen(self):
        proxy = self.serve()
        self.ask(proxy)
        proxy.log_line('" 200 ')
        (proxy.folder / "access.log").rename(proxy.folder / "access.log.1")
        done = subprocess.run([BINARY, "-p", f"{proxy.folder}/", "-c", proxy.file, "-s", "reopen"],
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        eventually((proxy.folder / "access.log").exists, "the new log")
        self.ask(proxy)
        proxy.log_line('" 200 ')
        self.assertEqual(len((proxy.folder / "access.log.1").read_text().splitlines()), 1)


class Starting(ProcessCase):
    def test_address_in_use(self):
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        folder = self.enterContext(TemporaryDirectory(prefix="tidegate-e2e-"))
        file = Path(folder, "proxy.conf")
        file.write_text(fill(NGINX.replace("@body@", SERVER), {"port": port, "backend": 1, "workers": 2}))
        done = subprocess.run([BINARY, "-p", folder, "-c", file], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)
        said = done.stderr + Path(folder, "error.log").read_text()
        self.assertIn("Address already in use", said)
        self.assertIn(f"127.0.0.1:{port}", said)
        self.assertFalse(Path(folder, "tidegate.pid").exists())

    def test_daemon(self):
        """The command returns when the service listens; the pid file names the daemon."""
        backend = self.upstream(answering(answer()))
        port = free_port()
        folder = Path(self.enterContext(TemporaryDirectory(prefix="tidegate-e2e-")))
        folder.chmod(0o777)
        file = folder / "proxy.conf"
        text = NGINX.replace("@body@", SERVER).replace("daemon off", "daemon on")
        file.write_text(fill(text, {"port": port, "backend": backend.port, "workers": 1}))
        done = subprocess.run([BINARY, "-p", f"{folder}/", "-c", file], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        pid = int(eventually(lambda: (folder / "tidegate.pid").exists() and (folder / "tidegate.pid").read_text(),
                             "the pid file"))
        self.addCleanup(self.end, pid)
        with Wire.to(port) as client:
            self.assertEqual(client.ask(get()).status, 200)
        self.assertEqual(os.getsid(pid), os.getpgid(pid), "a session of its own")
        stopped = subprocess.run([BINARY, "-p", f"{folder}/", "-c", file, "-s", "stop"], capture_output=True,
                                 text=True, timeout=PATIENCE, check=False)
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        eventually(lambda: not (folder / "tidegate.pid").exists(), "the daemon to end")

    @staticmethod
    def end(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    @unittest.skipUnless(os.geteuid() == 0, "only root has privileges to drop")
    def test_root_becomes_an_unprivileged_user(self):
        for user, expected in (("", "nobody"), ("user daemon;", "daemon")):
            with self.subTest(user):
                proxy = self.start(NGINX.replace("@body@", SERVER).replace("events", user + " events"), backend=1)
                account = pwd.getpwnam(expected)
                workers = proxy.descendants()[1:] or proxy.descendants()  # the ones that speak to strangers
                for pid in workers:
                    self.assert_is(pid, account)

    def assert_is(self, pid, account):
        """Every thread: real, effective, saved and filesystem ids, and no group left over."""
        for task in Path(f"/proc/{pid}/task").iterdir():
            status = (task / "status").read_text()
            self.assertEqual(re.search(r"Uid:\s+(.*)", status).group(1).split(), [str(account.pw_uid)] * 4)
            self.assertEqual(re.search(r"Gid:\s+(.*)", status).group(1).split(), [str(account.pw_gid)] * 4)
            self.assertNotIn("0", re.search(r"Groups:(.*)", status).group(1).split())


class SignalFlags(ProcessCase):
    def send(self, proxy, word):
        return subprocess.run([BINARY, "-p", f"{proxy.folder}/", "-c", proxy.file, "-s", word],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def test_stop_and_quit(self):
        for word in ("stop", "quit"):
            with self.subTest(word):
                proxy = self.serve()
                self.assertEqual(self.send(proxy, word).returncode, 0)
                self.assertEqual(proxy.wait(), 0)

    def test_unknown_word(self):
        proxy = self.serve()
        done = self.send(proxy, "explode")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("explode", done.stderr)
        self.assertEqual(self.ask(proxy).status, 200)

    def test_nobody_there(self):
        proxy = self.serve()
        proxy.stop()
        proxy.folder.mkdir()
        self.addCleanup(shutil.rmtree, proxy.folder)
        proxy.write(NGINX.replace("@body@", SERVER))
        done = self.send(proxy, "stop")
        self.assertEqual(done.returncode, 1)
        self.assertIn("tidegate.pid", done.stderr)


if __name__ == "__main__":
    unittest.main()
