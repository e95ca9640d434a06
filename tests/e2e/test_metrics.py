"""The numbers a location with `metrics` gives out, read by the parser of Prometheus' own client library."""

import unittest

from prometheus_client.parser import text_string_to_metric_families

from support.case import ProxyCase
from support.handshake import get
from support.raw_server import answer, answering
from support.tunnel import echoing
from support.wire import Wire

BODY = """
upstream pool { @pool@ }
server {
    listen 127.0.0.1:@port@;
    location / { proxy_pass http://pool; proxy_websocket on; proxy_bind 127.0.0.2; }
    location = /metrics { metrics; }
}
"""


class Metrics(ProxyCase):
    def samples(self, proxy):
        """What the proxy tells now: name and labels to value."""
        told = self.ask(proxy, get("/metrics"))
        self.assertEqual(told.status, 200)
        self.assertEqual(told.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
        return {(sample.name, *sorted(sample.labels.items())): sample.value
                for family in text_string_to_metric_families(told.body.decode())
                for sample in family.samples}

    def of_endpoint(self, samples, name, port):
        return samples[(name, ("endpoint", f"127.0.0.1:{port}"), ("upstream", "pool"))]

    def test_tunnels_and_ports_are_counted(self):
        backend = self.upstream(echoing)
        proxy = self.start_nginx(BODY, pool=f"server 127.0.0.1:{backend.port}; server 127.0.0.1:{backend.port};")
        for _ in range(3):
            self.open_tunnel(proxy)
        samples = self.samples(proxy)
        self.assertEqual(self.of_endpoint(samples, "tidegate_endpoint_leases", backend.port), 3)
        self.assertEqual(self.of_endpoint(samples, "tidegate_endpoint_eligible", backend.port), 1)
        held = ("tidegate_source_ports_held", ("endpoint", f"127.0.0.1:{backend.port}"), ("source", "127.0.0.2"))
        self.assertEqual(samples[held], 3)
        self.assertGreater(samples[("tidegate_source_ports_limit",)], 3)

    def test_an_endpoint_that_is_out_is_not_eligible(self):
        gone = self.upstream(echoing)
        gone.stop()
        alive = self.upstream(answering(answer()))
        proxy = self.start_nginx(BODY, pool=f"server 127.0.0.1:{gone.port} fail_timeout=1h; "
                                            f"server 127.0.0.1:{alive.port};")
        for _ in range(2):
            self.assertEqual(self.ask(proxy).status, 200)
        samples = self.samples(proxy)
        self.assertEqual(self.of_endpoint(samples, "tidegate_endpoint_eligible", gone.port), 0)
        self.assertEqual(self.of_endpoint(samples, "tidegate_endpoint_eligible", alive.port), 1)
        self.assertEqual(self.of_endpoint(samples, "tidegate_endpoint_leases", alive.port), 0)

    def test_only_get_and_head(self):
        proxy = self.start_nginx(BODY, pool="server 127.0.0.1:1;")
        with Wire.to(proxy.port) as client:
            whole = client.ask(get("/metrics"))
            head = client.ask(get("/metrics", method="HEAD"), method="HEAD")
            self.assertEqual(head.status, 200)
            self.assertEqual(head.get("Content-Length"), str(len(whole.body)))
            refused = client.ask(get("/metrics", method="POST"))
        self.assertEqual((refused.status, refused.get("Allow")), (405, "GET, HEAD"))


if __name__ == "__main__":
    unittest.main()
