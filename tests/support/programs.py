"""Backends as processes of their own: real Tornado, python websockets and Node services."""

import os
import select
import signal
import subprocess
import time
from pathlib import Path

from support.waiting import PATIENCE, Overdue

TESTS = Path(__file__).resolve().parent.parent
BACKENDS = TESTS / "support" / "backends"
PYTHON = "/usr/bin/python3"  # the one that has Debian's tornado and websockets
NODE_ENVIRONMENT = {**os.environ, "TIDEGATE_NODE_MODULES": str(TESTS / "browser" / "node_modules")}


def read_line(stream, what):
    """One line of a pipe, before the deadline."""
    deadline = time.monotonic() + PATIENCE
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise Overdue(f"{what} said nothing in {PATIENCE:g} s")
        piece = os.read(stream.fileno(), 1)
        if not piece:
            raise AssertionError(f"{what} ended before it was ready")
        line += piece
    return line.decode()


class Program:
    """A backend process that says `ready PORT` when it listens."""

    def __init__(self, *command, environment=None):
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment, start_new_session=True
        )
        word, port = read_line(self.process.stdout, command[-1]).split()
        assert word == "ready", word
        self.port = int(port)

    def kill(self):
        """Ends the process at once, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.stop()

    def hang(self):
        """Stops the process where it is: the kernel goes on taking its connections, and nobody answers."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def go_on(self):
        """The end of hang()."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.go_on()  # one that hangs would not notice
        self.process.wait(PATIENCE)
        self.process.stdout.close()


def tornado_echo(port=0):
    """A Tornado WebSocketHandler; `port` only to come back on the port of one that was killed."""
    return Program(PYTHON, str(BACKENDS / "tornado_echo.py"), str(port))


def websockets_echo():
    return Program(PYTHON, str(BACKENDS / "websockets_echo.py"))


def node_echo():
    return Program("node", str(BACKENDS / "ws_echo.js"), environment=NODE_ENVIRONMENT)


def socketio_server(name):
    return Program("node", str(BACKENDS / "socketio_server.js"), name, environment=NODE_ENVIRONMENT)


def run_node(script, *arguments):
    """Runs a client of BACKENDS to its end and returns what it printed."""
    done = subprocess.run(
        ["node", str(BACKENDS / script), *arguments],
        env=NODE_ENVIRONMENT, capture_output=True, timeout=PATIENCE * 2, check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{script} failed: {done.stderr.decode()}")
    return done.stdout.decode()


def node_client(url, protocol, *messages):
    """The report of ws_client.js."""
    return run_node("ws_client.js", url, protocol, *messages)


def socketio_client(url, count):
    """The report of socketio_client.js."""
    return run_node("socketio_client.js", url, str(count))
