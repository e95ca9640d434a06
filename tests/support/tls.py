"""TLS with its seams visible: whether close_notify came, how large each record is, what was resumed."""

import socket
import ssl
import threading

from support.waiting import PATIENCE


class TlsPlug:
    """What Wire needs of a socket, over TLS. Each sendall() of up to 16384 bytes is one record. Reading gives b"" only
    after close_notify; an end without it raises ssl.SSLEOFError, as a truncation attack would look. One thread may read
    while another writes."""

    def __init__(self, plain, context, **options):
        self.plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._state = threading.Lock()  # of the TLS object, which is not for two threads; never held while waiting
        self._sending = threading.Lock()  # keeps records in order; taken before _state
        self.tls = context.wrap_bio(self._incoming, self._outgoing, **options)
        self._run(self.tls.do_handshake)

    @property
    def family(self):
        return self.plain.family

    def take_outgoing(self):
        """Encrypted bytes that were not sent yet, for a test that sends them in its own way."""
        return self._outgoing.read()

    def _flush(self):
        if self._outgoing.pending == 0:
            return  # does not wait for a writer that waits for room
        with self._sending:
            with self._state:
                data = self.take_outgoing()
            self.plain.sendall(data)

    def _call(self, call, *arguments):
        with self._state:
            return call(*arguments)

    def _run(self, call, *arguments):
        while True:
            try:
                result = self._call(call, *arguments)
            except ssl.SSLWantReadError:
                self._flush()
                data = self.plain.recv(65536)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                self._flush()  # the alert
                raise
            else:
                self._flush()
                return result

    def recv(self, count):
        try:
            return self._run(self.tls.read, count)
        except ssl.SSLZeroReturnError:
            return b""  # close_notify, after ours

    def sendall(self, data):
        for at in range(0, len(data), 16384):
            with self._sending:
                with self._state:
                    self.tls.write(data[at:at + 16384])
                    record = self.take_outgoing()
                self.plain.sendall(record)

    def send(self, data):
        self.sendall(data)
        return len(data)

    def shutdown(self, how):
        """SHUT_WR sends close_notify and leaves TCP as it is: that alone must end a direction."""
        if how != socket.SHUT_WR:
            self.plain.shutdown(how)
            return
        with self._state:
            # It would read on behind our end, and takes data that comes there for an error.
            unread = self._incoming.read()
            try:
                self.tls.unwrap()
            except ssl.SSLWantReadError:
                pass  # theirs has not come yet
            if unread:
                self._incoming.write(unread)
        self._flush()

    def settimeout(self, seconds):
        self.plain.settimeout(seconds)

    def setsockopt(self, *option):
        self.plain.setsockopt(*option)

    def close(self):
        self.plain.close()


def connect(port, context, name="example.com", session=None, receive_buffer=None):
    """A client's plug, after the handshake."""
    plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(PATIENCE)
    try:
        plain.connect(("127.0.0.1", port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return TlsPlug(plain, context, server_hostname=name, session=session)
    except BaseException:
        plain.close()
        raise


def client_context(authority, version=None, certificate=None, protocols=(), ciphers=None):
    """A client that verifies what it is shown. version: only this ssl.TLSVersion."""
    context = ssl.create_default_context(cafile=authority.file)
    if version:
        context.minimum_version = context.maximum_version = version
    if certificate:
        context.load_cert_chain(certificate.chain, certificate.key)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def server_context(certificate, version=None, authority=None):
    """An upstream's side. authority: clients must show a certificate that it signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    if version:
        context.minimum_version = context.maximum_version = version
    if authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.file)
    return context


def encrypted(script, context, sessions=None):
    """A script of RawServer that speaks TLS; a client that breaks the handshake off is not its failure. `sessions`
    is given each TLS object."""

    def serve(wire):
        try:
            wire.socket = TlsPlug(wire.socket, context, server_side=True)
        except (ssl.SSLError, ConnectionError):
            return
        if sessions is not None:
            sessions.append(wire.socket.tls)
        script(wire)

    return serve
