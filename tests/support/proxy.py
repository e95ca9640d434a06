"""The real proxy binary as a process: its own folder, its logs, its end."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from support.ports import free_port
from support.waiting import PATIENCE, eventually

BINARY = os.environ["TIDEGATE_BINARY"]
_SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|runtime error:")

NGINX = """
worker_processes @workers@;
daemon off;
pid tidegate.pid;
error_log error.log info;
events {}
http {
    access_log access.log;
@body@
}
"""


def fill(text, values):
    """Replaces each @name@, a form that means nothing in either syntax."""
    return re.sub(r"@(\w+)@", lambda match: str(values[match.group(1)]), text)


def run(*arguments, folder=None):
    """Runs the binary to its end, for flags that start no service."""
    done = subprocess.run(
        [BINARY, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if _SANITIZER.search(done.stderr):
        raise AssertionError(done.stderr)
    return done


class Proxy:
    """One running proxy. `configuration` may name @port@ (chosen here, also as .port) and any of `values`."""

    def __init__(self, configuration, syntax="conf", arguments=(), **values):
        self.folder = Path(tempfile.mkdtemp(prefix="tidegate-e2e-"))
        os.chmod(self.folder, 0o777)  # a proxy started as root becomes somebody else and may still reopen its logs
        self.port = values.setdefault("port", free_port())
        self.values = {"folder": self.folder, "workers": 1, **values}
        self.file = self.folder / f"proxy.{syntax}"
        self.configuration = configuration
        self.write(configuration)
        self._told = False  # its early end was reported already
        self._stderr = open(self.folder / "stderr", "wb")
        self.process = subprocess.Popen(
            [BINARY, "-p", f"{self.folder}/", "-c", self.file, *arguments],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self._stderr, stderr=self._stderr,
        )

    def write(self, configuration):
        """(Over)writes the configuration file, in one step: a reload that is still to come must not read half of it."""
        written = self.file.with_name(self.file.name + ".new")
        written.write_text(fill(configuration, self.values), encoding="utf-8")
        written.replace(self.file)

    def reload(self, **values):
        """`-s reload` of the configuration it began with, with other values; they come into force soon after."""
        self.values.update(values)
        self.write(self.configuration)
        done = run("-p", f"{self.folder}/", "-c", self.file, "-s", "reload")
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    # --- state ---------------------------------------------------------------------------------------
    @property
    def pid_file(self):
        return self.folder / "tidegate.pid"

    def wait_until_listening(self):
        """The pid file appears only when every listening socket listens."""

        def ready():
            if self.process.poll() is not None:
                self._told = True
                raise AssertionError(f"the proxy ended with {self.process.returncode}:\n{self.output()}")
            return self.pid_file.exists() and self.pid_file.read_text().strip()

        eventually(ready, "the pid file")
        return self

    def read(self, name):
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def output(self):
        """What it printed, and its error log."""
        return self.read("stderr") + self.read("error.log")

    def log_line(self, pattern, name="access.log"):
        """The first match of `pattern` in a log, waited for: a record is written after the bytes went out."""
        return eventually(lambda: re.search(pattern, self.read(name), re.MULTILINE), f"{pattern!r} in {name}")

    def descendants(self):
        """Process ids of the proxy and of the processes it started."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def resident_kib(self):
        """VmRSS of the whole service."""
        total = 0
        for pid in self.descendants():
            status = Path(f"/proc/{pid}/status").read_text()
            total += int(re.search(r"VmRSS:\s+(\d+)", status).group(1))
        return total

    def peak_kib(self):
        """VmHWM: the most that was resident at once."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))

    # --- end -----------------------------------------------------------------------------------------
    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """The exit status."""
        return self.process.wait(PATIENCE)

    def stop(self):
        """Ends the proxy and fails if it had crashed, or a sanitizer spoke."""
        alive = self.process.poll() is None
        if alive:
            self.signal(signal.SIGTERM)
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        self._stderr.close()
        output = self.output()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._told:
            return
        if self.process.returncode != 0 or _SANITIZER.search(output):
            raise AssertionError(f"the proxy ended with {self.process.returncode}:\n{output}")
