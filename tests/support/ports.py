"""Free TCP ports for a program that must be told its port before it starts."""

import random
import socket

from support.machine import HAS_IPV6

_claims = []  # one abstract socket for each port handed out: held until this process ends


def _below_ephemeral():
    """Ports the kernel never gives to an outgoing connection, so that nothing takes one between choice and use."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        lowest = int(file.read().split()[0])
    return range(10000, max(lowest, 12000))


def _claim(port):
    """Tells other test processes that `port` is taken, by a name that vanishes with this process."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0tidegate-test-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


_HOSTS = ((socket.AF_INET, "0.0.0.0"), *([(socket.AF_INET6, "::1")] if HAS_IPV6 else []))


def _bindable(port):
    for family, host in _HOSTS:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def free_port():
    """A port that nobody listens on and no other test process running now will be given."""
    candidates = _below_ephemeral()
    for _ in range(1000):
        port = random.choice(candidates)
        if _bindable(port) and _claim(port):
            return port
    raise RuntimeError("no free port found")
