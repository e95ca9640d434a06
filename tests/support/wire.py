"""One end of a TCP or unix connection, byte by byte: exact writes, and reads up to a boundary."""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field

from support.waiting import PATIENCE


@dataclass
class Message:
    """A request or a response as it stood on the wire."""

    start: str
    headers: list  # (name, value) in order, names in the case they came in
    body: bytes = b""
    trailers: list = field(default_factory=list)
    raw_head: bytes = b""

    @property
    def status(self):
        return int(self.start.split(" ")[1])

    @property
    def method(self):
        return self.start.split(" ")[0]

    @property
    def target(self):
        return self.start.split(" ")[1]

    def all(self, name):
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name):
        """The value of a header that may stand there once at most, or None."""
        values = self.all(name)
        assert len(values) < 2, f"{name} is there {len(values)} times: {values}"
        return values[0] if values else None


def _fields(lines):
    pairs = []
    for line in lines:
        name, _, value = line.partition(":")
        pairs.append((name, value.strip()))
    return pairs


class Wire:
    """A connected socket with a buffer of what was read and not yet asked for."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(PATIENCE)
        if connected.family != socket.AF_UNIX:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.gone = threading.Event()  # set by a script that has seen the other side go

    @classmethod
    def to(cls, port, host="127.0.0.1", receive_buffer=None):
        """Connects to a TCP port; `receive_buffer` bounds what the kernel takes in for us (bytes)."""
        plug = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plug.settimeout(PATIENCE)
        plug.connect((host, port))
        return cls(plug)

    @classmethod
    def to_unix(cls, path):
        plug = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        plug.connect(path)
        return cls(plug)

    # --- writing -------------------------------------------------------------------------------------
    def send(self, *chunks):
        """Writes each chunk with its own call; Nagle is off, so each leaves as its own segment."""
        for chunk in chunks:
            self.socket.sendall(chunk)
        return self

    def finish(self):
        """Half-closes: the other side reads end-of-file, we can still read. It may have ended the connection already."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- reading -------------------------------------------------------------------------------------
    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def read_until(self, mark):
        """Everything up to and with `mark`."""
        while mark not in self.buffer:
            if not self._more():
                raise EOFError(f"end of stream before {mark!r}, had {self.buffer!r}")
        head, self.buffer = self.buffer.split(mark, 1)
        return head + mark

    def read_exactly(self, count):
        while len(self.buffer) < count:
            if not self._more():
                raise EOFError(f"end of stream after {len(self.buffer)} of {count} bytes")
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_to_end(self):
        """Everything until the other side's end-of-file."""
        while self._more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def ends(self):
        """True when the other side ends the connection (FIN or RST) without sending another byte."""
        if self.buffer:
            return False
        try:
            return not self._more()
        except ConnectionError:
            return True

    # --- HTTP/1 --------------------------------------------------------------------------------------
    def read_head(self):
        raw = self.read_until(b"\r\n\r\n")
        lines = raw[:-4].decode("latin-1").split("\r\n")
        return Message(lines[0], _fields(lines[1:]), raw_head=raw)

    def read_chunked(self):
        """Body and trailers of a chunked message."""
        body = b""
        while True:
            size = int(self.read_until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                break
            body += self.read_exactly(size)
            assert self.read_exactly(2) == b"\r\n", "a chunk must end with CRLF"
        trailers = []
        while (line := self.read_until(b"\r\n")) != b"\r\n":
            trailers += _fields([line[:-2].decode("latin-1")])
        return body, trailers

    def _read_body(self, message):
        if (message.get("Transfer-Encoding") or "").lower() == "chunked":
            message.body, message.trailers = self.read_chunked()
            return True
        length = message.get("Content-Length")
        if length is not None:
            message.body = self.read_exactly(int(length))
        return length is not None

    def read_request(self):
        message = self.read_head()
        self._read_body(message)
        return message

    def read_response(self, method="GET"):
        """The next response to a request with `method`; an interim (1xx) one counts as a response."""
        message = self.read_head()
        if method == "HEAD" or message.status < 200 or message.status in (204, 304):
            return message
        if not self._read_body(message):
            message.body = self.read_to_end()
        return message

    def ask(self, *chunks, method="GET"):
        """Sends and reads one response."""
        return self.send(*chunks).read_response(method)
