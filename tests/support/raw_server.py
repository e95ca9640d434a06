"""A scriptable upstream: each connection it accepts runs a function of the test that reads and writes raw bytes."""

import os
import socket
import threading

from support.waiting import PATIENCE, Overdue
from support.wire import Wire


class RawServer:
    """Listens at once, on a port of its own choice or on a unix path; `script(wire)` serves each connection."""

    def __init__(self, script, host="127.0.0.1", port=0, path=None):
        self._script = script
        self._wires = []
        self._failures = []
        self._threads = []
        self._changed = threading.Condition()
        self._listener = self._listen(host, port, path)
        self.address = path or self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @staticmethod
    def _listen(host, port, path):
        family = socket.AF_UNIX if path else socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(path or (host, port))
        if path:
            os.chmod(path, 0o777)  # a proxy that dropped its privileges may connect
        listener.listen(128)
        return listener

    @property
    def port(self):
        return self.address

    def _accept(self):
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return  # closed by stop()
            wire = Wire(connected)
            thread = threading.Thread(target=self._serve, args=(wire,), daemon=True)
            with self._changed:
                self._wires.append(wire)
                self._threads.append(thread)
                self._changed.notify_all()
            thread.start()

    def _serve(self, wire):
        try:
            self._script(wire)
        except (OSError, EOFError):
            pass  # the other side went away: the test sees that from its own end
        except BaseException as failure:  # pylint: disable=broad-except
            self._failures.append(failure)
        finally:
            wire.close()

    @property
    def connections(self):
        """How many connections were accepted so far."""
        with self._changed:
            return len(self._wires)

    def wait_for_connections(self, count):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._wires) >= count, PATIENCE):
                raise Overdue(f"{len(self._wires)} of {count} connections came")

    def stop(self):
        """Stops listening, ends every connection, and raises what went wrong in a script."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        except OSError:
            pass
        self._listener.close()
        self._acceptor.join(PATIENCE)
        for wire, thread in zip(self._wires, self._threads):
            try:
                wire.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            thread.join(PATIENCE)
        if self._failures:
            raise self._failures[0]


def answer(body=b"ok", status="200 OK", headers=()):
    """The bytes of a response with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def answering(response):
    """A script that gives the same bytes to every request until the connection ends."""

    def script(wire):
        while True:
            wire.read_request()
            wire.send(response)

    return script


def recording(requests, response=answer()):
    """A script that also appends every request to `requests` (any object with append)."""

    def script(wire):
        while True:
            requests.append(wire.read_request())
            wire.send(response)

    return script
