"""More tunnels to one endpoint than one source address has ports, in a network of its own with twelve of them."""

import ctypes
import fcntl
import socket
import struct
import unittest
from pathlib import Path

from support import handshake
from support.case import ProxyCase
from support.tunnel import upgrading
from support.wire import Wire

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
IP_BIND_ADDRESS_NO_PORT = 24  # not in Python's socket module

BODY = """
server { listen 127.0.0.9:@port@; location / {
    proxy_pass http://127.0.0.1:@backend@; proxy_websocket on; proxy_bind 127.0.0.2 127.0.0.3; } }
"""


def setUpModule():
    """This process and what it starts get a loopback interface that nobody else uses."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise unittest.SkipTest("only root may have a network of its own")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
    Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40011", encoding="ascii")


class SourcePorts(ProxyCase):
    def tunnel(self, proxy, number):
        """A client from an address of its own, which does not take the port from others."""
        plug = socket.socket()
        plug.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        plug.bind((f"127.0.1.{number + 1}", 0))
        plug.connect(("127.0.0.9", proxy.port))
        wire = Wire(plug)
        self.addCleanup(wire.close)
        return wire.ask(handshake.request()).status

    def test_several_addresses_have_more_ports_than_one(self):
        """The upstream listens on one of the twelve. The warning comes with the tenth."""
        proxy = self.start_nginx(BODY, backend=self.upstream(upgrading(Wire.read_to_end)).port)
        self.assertEqual([self.tunnel(proxy, number) for number in range(18)], [101] * 18)
        self.assertNotIn("local ports", proxy.read("error.log"))
        self.assertEqual([self.tunnel(proxy, number) for number in range(18, 20)], [101] * 2)
        for source in ("127.0.0.2", "127.0.0.3"):
            proxy.log_line(rf"\[warn\].*10 of 12 local ports .* in use by {source}", "error.log")
        self.assertEqual([self.tunnel(proxy, number) for number in range(20, 23)], [101, 101, 500])


if __name__ == "__main__":
    unittest.main()
