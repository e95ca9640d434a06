"""What some machines lack and some tests need: a name in the hosts file, IPv6 on the loopback interface."""

import socket
import unittest


def _knows_localhost():
    try:
        return bool(socket.getaddrinfo("localhost", None))
    except socket.gaierror:
        return False


def _has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


HAS_IPV6 = _has_ipv6()

needs_localhost = unittest.skipUnless(_knows_localhost(), "nobody on this machine knows the name localhost")
needs_ipv6 = unittest.skipUnless(HAS_IPV6, "the loopback interface of this machine has no ::1")
