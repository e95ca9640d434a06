"""A real nameserver (dnsmasq) whose records a test changes, and may kill."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from support.ports import free_port
from support.waiting import PATIENCE, eventually

DNSMASQ = "/usr/sbin/dnsmasq"
_A = 1


def _question(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", _A, 1)


class Nameserver:
    """Knows the names below `test` that it is given, with a TTL of one second, and denies all others."""

    def __init__(self, hosts, services=()):
        self.folder = Path(tempfile.mkdtemp(prefix="tidegate-dns-"))
        os.chmod(self.folder, 0o755)  # started as root it becomes somebody else
        self.port = free_port()
        self.process = None
        self._known = set()
        self._gone = set()
        self.start(hosts, services)

    def start(self, hosts, services=()):
        """Starts it (again) with these records. `hosts`: addresses by name; `services`: --srv-host of dnsmasq."""
        self._write(hosts)
        self.process = subprocess.Popen(
            [DNSMASQ, "--keep-in-foreground", "--conf-file=/dev/null", f"--port={self.port}", "--bind-interfaces",
             "--listen-address=127.0.0.1", "--no-resolv", "--no-hosts", f"--addn-hosts={self.folder}/hosts",
             "--local=/test/", "--local-ttl=1", f"--pid-file={self.folder}/pid", f"--log-facility={self.folder}/log",
             *(f"--srv-host={service}" for service in services)],
            stdin=subprocess.DEVNULL,
        )
        self._wait_for(hosts)

    def set(self, hosts):
        """Replaces the addresses, and waits until they are what it answers."""
        self._write(hosts)
        self.process.send_signal(signal.SIGHUP)
        self._wait_for(hosts)

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def addresses(self, name):
        """What it answers to a question for the IPv4 addresses of a name (over UDP, so a few at most)."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.2)
            try:
                client.connect(("127.0.0.1", self.port))
                client.send(_question(name))
                reply = client.recv(4096)
            except OSError:
                return None  # it has not begun yet
        count = struct.unpack(">H", reply[6:8])[0]
        records = reply[len(_question(name)):]
        # Each record: pointer to the name, type, class, TTL, length, four bytes.
        return {socket.inet_ntoa(records[16 * number + 12:16 * number + 16]) for number in range(count)}

    def _write(self, hosts):
        self._gone = self._known - set(hosts) or {"nothing.test"}
        self._known = set(hosts)
        lines = [f"{address} {name}\n" for name, addresses in hosts.items() for address in addresses]
        (self.folder / "hosts").write_text("".join(lines), encoding="ascii")

    def _wait_for(self, hosts):
        for name, addresses in hosts.items():
            few = len(addresses) <= 20  # that fit into one datagram
            expected = {address for address in addresses if ":" not in address}
            eventually(lambda: (found := self.addresses(name)) is not None and (not few or found == expected),
                       f"the answer for {name}")
        for name in self._gone:
            eventually(lambda: self.addresses(name) == set(), f"the end of {name}")
