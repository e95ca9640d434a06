"""What the TLS tests share: certificates once for a class, a server with TLS, clients that verify it."""

from support import tls
from support.case import ProxyCase
from support.certificates import Authority
from support.handshake import get
from support.wire import Wire

LOCATION = """
    location / {
        proxy_pass @scheme@://127.0.0.1:@backend@;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        @location@
    }
"""


def server(settings, listen="ssl"):
    """One virtual server on the port of the test."""
    return f"server {{ listen 127.0.0.1:@port@ {listen}; {settings}\n{LOCATION}}}\n"


class TlsCase(ProxyCase):
    """Certificates for example.com and others, and an authority that clients trust."""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.certificate = cls.authority.issue("example.com")

    def start_tls(self, settings="", backend=1, location="", servers="", scheme="http", **values):
        """A proxy whose first server has the certificate of example.com and `settings`."""
        body = server(self.certificate.directives + settings) + servers
        return self.start_nginx(body, backend=backend, location=location, scheme=scheme, **values)

    def tls_client(self, proxy, name="example.com", session=None, receive_buffer=None, **options):
        """A Wire over TLS to the proxy."""
        context = options.pop("context", None) or tls.client_context(self.authority, **options)
        wire = Wire(tls.connect(proxy.port, context, name, session, receive_buffer))
        self.addCleanup(wire.close)
        return wire

    def open_tls_tunnel(self, proxy, **options):
        """A client's end of a new tunnel, over TLS."""
        return self.upgrade(self.tls_client(proxy, **options))

    def status(self, proxy, name="example.com", host=None, **options):
        """The answer's status to one GET on a connection of its own."""
        client = self.tls_client(proxy, name, **options)
        return client.ask(get(host=host or name)).status
