"""The test case all end-to-end tests stand on: what it starts, it ends, and a crash anywhere is a failure."""

import socket
import unittest

from support import handshake
from support.handshake import get
from support.ports import free_port
from support.proxy import NGINX, Proxy
from support.raw_server import RawServer, answer, answering
from support.wire import Wire

# The same service in the native format, for one location; `settings` are lines of the server.
TOML = """
worker_processes = @workers@
pid = "tidegate.pid"
error_log = "error.log"
access_log = "access.log"
@globals@

[upstream.backend]
servers = @servers@

[[server]]
listen = ["127.0.0.1:@port@"]
@settings@

[[server.location]]
path = "/"
proxy_pass = "http://backend"
@location@
"""

# One pool behind one location; requests for upgrades are passed on.
POOL = """
upstream pool { @pool@ }
@more@
server {
    listen 127.0.0.1:@port@ @listen@;
    location / { proxy_pass @scheme@://pool; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
                 proxy_set_header Connection "upgrade"; @location@ }
}
"""


class ProxyCase(unittest.TestCase):
    """Starts proxies and backends for one test and stops them behind it."""

    maxDiff = None

    def start(self, configuration, **values):
        """A proxy with a whole configuration file, listening."""
        proxy = Proxy(configuration, **values)
        self.addCleanup(proxy.stop)
        return proxy.wait_until_listening()

    def start_nginx(self, body, **values):
        """A proxy in nginx syntax; `body` stands inside http {}."""
        return self.start(NGINX.replace("@body@", body), **values)

    def start_pool(self, pool, location="", more="", listen="", scheme="http", **values):
        """A proxy in nginx syntax over one pool; `pool` stands inside upstream {}, `location` inside location {}, `more`
        beside them, and `listen` behind the address."""
        return self.start_nginx(POOL, pool=pool, location=location, more=more, listen=listen, scheme=scheme, **values)

    def start_toml(self, *backends, globals="", settings="", location="", **values):
        """A proxy in TOML over backends given by port or "unix:path"."""
        names = [backend if isinstance(backend, str) else f"127.0.0.1:{backend}" for backend in backends]
        servers = "[" + ", ".join(f'"{name}"' for name in names) + "]"
        return self.start(TOML, syntax="toml", servers=servers, globals=globals, settings=settings,
                          location=location, **values)

    def upstream(self, script, **where):
        """A scriptable raw upstream."""
        server = RawServer(script, **where)
        self.addCleanup(server.stop)
        return server

    def named(self, name, *headers):
        """An upstream that answers with its name, and with these header lines."""
        return self.upstream(answering(answer(name.encode(), headers=headers)))

    def deaf_port(self):
        """A port that completes no more TCP handshakes: one listener that never accepts, its queue filled."""
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", free_port()))  # a test may want it at another address as well
        listener.listen(0)
        for _ in range(8):
            filler = socket.socket()
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        probe = socket.socket()
        self.addCleanup(probe.close)
        probe.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            probe.connect(listener.getsockname())
        return listener.getsockname()[1]

    def backend(self, program):
        """Takes over a started Program."""
        self.addCleanup(program.stop)
        return program

    def ask(self, proxy, request=get(), method="GET"):
        """The answer to one request of a client of its own."""
        with Wire.to(proxy.port) as client:
            return client.ask(request, method=method)

    def settle(self, proxy):
        """Requests that fail before they get to a pool tell that those before them have been read: each worker looks at
        its own in turn."""
        for _ in range(20):
            self.ask(proxy, get(host=None))

    def client(self, port, **options):
        """A raw client connection."""
        wire = Wire.to(port, **options)
        self.addCleanup(wire.close)
        return wire

    def upgrade(self, client):
        """Makes a client's connection its end of a tunnel."""
        self.assertEqual(client.ask(handshake.request()).status, 101)
        return client

    def open_tunnel(self, proxy):
        """A client's end of a new tunnel."""
        return self.upgrade(self.client(proxy.port))
