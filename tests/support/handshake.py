"""The bytes of a WebSocket handshake (RFC 6455 section 4) and of small frames, for tests on raw sockets."""

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the answer to KEY, both from RFC 6455 section 1.3

SWITCHING = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
).encode()


def request(method="GET", version="HTTP/1.1", target="/", extra=(), *, host="example.com", upgrade="websocket",
            connection="Upgrade", key=KEY, websocket_version="13"):
    """A client's handshake; a header given as None is left out."""
    headers = {
        "Host": host,
        "Upgrade": upgrade,
        "Connection": connection,
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": websocket_version,
    }
    lines = [f"{method} {target} {version}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
    lines += extra
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def get(target="/", extra=(), host="example.com", version="HTTP/1.1", method="GET"):
    """An ordinary request without a body."""
    lines = [f"{method} {target} {version}", *([f"Host: {host}"] if host is not None else []), *extra]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def text_frame(text):
    """A masked text frame as a client sends it (mask of zeroes: the payload stays readable); up to 125 bytes."""
    data = text.encode()
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data
