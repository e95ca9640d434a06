"""The proxies under test, each as a process with one configuration."""

import os
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from harness import machine

CONFIGURATIONS = Path(__file__).resolve().parents[1] / "config"
PATIENCE = 10
MOST_ENDPOINTS = 10  # so many backends run


class NotSupported(Exception):
    """The proxy refuses the configuration."""


class RunFailed(Exception):
    """A run that gives no figure, and why."""


@dataclass(frozen=True)
class Setting:
    """What an experiment wants of every proxy."""

    tls: bool = False
    upstream_keepalive: bool = False
    workers: int = 1
    cores: frozenset = frozenset({machine.PROXY_CORE})
    endpoints: int = 1
    backend_in_load: bool = False  # the load program is the only backend
    balance: str = ""  # nginx's directive for the upstream

    def __post_init__(self):
        assert 1 <= self.endpoints <= MOST_ENDPOINTS, self.endpoints


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(done, what):
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise RunFailed(what)
        time.sleep(0.01)


def _accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A program in a session of its own, pinned, with all that it starts."""

    def __init__(self, name, command, folder, cores, port, backend_in_load=None):
        """`backend_in_load`: the address where the load program has to be its backend."""
        self.name, self.port, self.backend_in_load = name, port, backend_in_load
        self.output = folder / "output"
        with open(self.output, "wb") as output:
            self._process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=machine.confine(cores),
            )
        wait_until(lambda: self._process.poll() is not None or _accepts(port), f"{command[0]} does not listen")
        if self._process.poll() is not None:
            raise RunFailed(f"{command[0]} ended at once: {self.output.read_text()[-500:]}")
        time.sleep(0.1)  # a master that listens may not have started its workers yet
        self.processes = machine.processes_of_session(self._process.pid)

    def cpu(self):
        return sum(machine.cpu_seconds(process) for process in self.processes)

    def pss(self):
        return sum(machine.pss_kib(process) for process in self.processes)

    def stop(self):
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def end(self):
        """Ends in order, so that it can write what it has counted."""
        self._process.terminate()
        if self._process.wait(PATIENCE) != 0:
            raise RunFailed(f"{self.name} ended with {self._process.returncode}: {self.output.read_text()[-500:]}")


def rest(programs):
    """Waits until none of them has anything more to do, so that they do not disturb the next run."""
    before = -1.0

    def idle():
        nonlocal before
        time.sleep(0.05)
        last, before = before, sum(program.cpu() for program in programs)
        return before - last < 0.0005

    wait_until(idle, "a program does not come to rest")


class Proxy:
    """How one kind of proxy is configured and started. Subclasses say the commands."""

    name = ""
    template = None

    def __init__(self, binary, folder, certificate, backend_ports):
        self.binary, self.folder, self.certificate = binary, folder / self.name, certificate
        self.backends = [f"127.0.0.1:{port}" for port in backend_ports]
        self.folder.mkdir()
        self.folder.chmod(0o777)

    def version(self):
        raise NotImplementedError

    def words(self, setting, backends):
        """What stands between @ in the template."""
        raise NotImplementedError

    def check(self, file):
        raise NotImplementedError

    def command(self, file, setting, port, backend):
        raise NotImplementedError

    def start(self, setting):
        port = free_port()
        backends = [f"127.0.0.1:{free_port()}"] if setting.backend_in_load else self.backends[:setting.endpoints]
        file = None
        if self.template:
            words = {"port": port, "backend": backends[0], "workers": setting.workers, **self.words(setting, backends)}
            text = (CONFIGURATIONS / self.template).read_text()
            file = self.folder / self.template
            # The first lines of a template speak about the names themselves.
            file.write_text(re.sub(r"@(\w+)@", lambda match: str(words[match[1]]), text))
            done = subprocess.run(
                self.check(file), cwd=self.folder, capture_output=True, text=True, check=False,
                preexec_fn=machine.confine(setting.cores),
            )
            if done.returncode != 0:
                said = (done.stderr + done.stdout).strip().splitlines() or ["without a word"]
                raise NotSupported(said[0].replace(f"{self.folder}/", ""))
        return Process(self.name, self.command(file, setting, port, backends[0]), self.folder, setting.cores, port,
                       backends[0] if setting.backend_in_load else None)


class Nginx(Proxy):
    name = "nginx"
    template = "nginx.conf"
    user = "www-data"

    def version(self):
        return machine.version(self.binary, "-v")

    def words(self, setting, backends):
        tls = (
            f"ssl_certificate {self.certificate}/certificate.pem;\n"
            f"        ssl_certificate_key {self.certificate}/key.pem;\n"
            "        ssl_protocols TLSv1.3;\n"
            "        ssl_session_tickets on;"
        )
        return {
            "user": self.user,
            "descriptors": machine.descriptor_limit(),
            "connections": machine.descriptor_limit() - 500,
            "ssl": " ssl" if setting.tls else "",
            "certificate": tls if setting.tls else "",
            "balance": setting.balance,
            "servers": "\n        ".join(f"server {backend};" for backend in backends),
            "upstream_keepalive": "keepalive 64;\n        keepalive_requests 1000000000;" if setting.upstream_keepalive else "",
            "connection": '""' if setting.upstream_keepalive else '"close"',
        }

    def check(self, file):
        return [self.binary, "-t", "-q", "-p", f"{self.folder}/", "-c", file]

    def command(self, file, setting, port, backend):
        return [self.binary, "-p", f"{self.folder}/", "-c", file]


class Tidegate(Nginx):
    """Runs nginx's own file."""

    name = "tidegate"

    def check(self, file):
        return [self.binary, "-t", "-p", f"{self.folder}/", "-c", file]


class Haproxy(Proxy):
    name = "haproxy"
    template = "haproxy.cfg"

    def version(self):
        return machine.version(self.binary, "-v")

    def words(self, setting, backends):
        return {
            # It counts two descriptors for each and refuses to start beyond the limit.
            "tunnels": machine.descriptor_limit() // 2 - 250,
            "ssl": f"ssl crt {self.certificate}/both.pem" if setting.tls else "",
            "upstream_keepalive": "option http-keep-alive" if setting.upstream_keepalive else "option http-server-close",
        }

    def check(self, file):
        return [self.binary, "-c", "-q", "-f", file]

    def command(self, file, setting, port, backend):
        return [self.binary, "-db", "-f", file]


class Floor(Proxy):
    """The bare relay; it knows no protocol and so no TLS and no kept upstream connections."""

    name = "floor"

    def version(self):
        return "bare epoll relay, level-triggered, one 256 KiB buffer"

    def start(self, setting):
        if setting.tls:
            raise NotSupported("the bare relay has no TLS")
        return super().start(setting)

    def command(self, file, setting, port, backend):
        return [self.binary, f"--listen=127.0.0.1:{port}", f"--backend={backend}", f"--workers={setting.workers}"]


class WorkerEngine(Floor):
    """The bare relay on net::EventLoop: the way Tidegate waits."""

    name = "worker"

    def version(self):
        return f"bare relay on an event loop of Asio's, waiting by way of {self.name}"

    def command(self, file, setting, port, backend):
        return [self.binary, f"--listen=127.0.0.1:{port}", f"--backend={backend}", f"--engine={self.name}"]


class NestedEngine(WorkerEngine):
    """The bare relay on an epoll set nested in Asio's reactor."""

    name = "nested"


class AsioEngine(WorkerEngine):
    """The bare relay on Asio's own reactor."""

    name = "asio"


KINDS = {kind.name: kind for kind in (Tidegate, Nginx, Haproxy, Floor)}
ENGINES = {kind.name: kind for kind in (WorkerEngine, NestedEngine, AsioEngine)}
