"""The pages as a backend serves them: complete, from nowhere else, and nothing but them."""

import http.client
import os
import re
import unittest
from pathlib import Path

from examples.backends import BackendCase
from support.waiting import PATIENCE

PAGES = Path(os.environ.get("TIDEGATE_PAGES", ""))
DOCUMENTS = ("/", "/log-viewer.html", "/trend-chart.html")
# Everything a page loads or links to: attributes, module imports.
REFERENCE = re.compile(r"""(?:\b(?:src|href)=|\bfrom |\bimport )["']([^"']+)["']""")


@unittest.skipUnless(os.environ.get("TIDEGATE_PAGES"), "built without the pages")
class Pages(BackendCase):
    def setUp(self):
        backend = self.start("echo", "--pages", PAGES)
        self.connection = http.client.HTTPConnection(*backend.host_and_port, timeout=PATIENCE)
        self.addCleanup(self.connection.close)

    def get(self, path, method="GET"):
        self.connection.request(method, path)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def test_every_reference_leads_to_something_on_the_same_host(self):
        todo, seen = list(DOCUMENTS), set()
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            seen.add(path)
            answer, body = self.get(path)
            self.assertEqual(answer.status, 200, path)
            if "/vendor/" in path or not answer.headers["Content-Type"].startswith("text/"):
                continue
            for reference in REFERENCE.findall(body.decode()):
                self.assertNotRegex(reference, r"^(\w+:|//)", path)
                todo.append("/" + reference.removeprefix("./"))
        for needed in ("/vendor/uPlot.esm.js", "/vendor/uPlot.min.css", "/style.css", "/connection.js"):
            self.assertIn(needed, seen)

    def test_a_page_may_load_nothing_from_elsewhere(self):
        for path in DOCUMENTS:
            answer, _ = self.get(path)
            self.assertEqual(answer.headers["Content-Security-Policy"], "default-src 'self'; frame-ancestors 'none'")
            self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")

    def test_head_tells_the_length_without_the_body(self):
        answer, body = self.get("/style.css", "HEAD")
        self.assertEqual((answer.status, body), (200, b""))
        self.assertEqual(int(answer.headers["Content-Length"]), (PAGES / "style.css").stat().st_size)
        self.assertEqual(self.get("/style.css")[1], (PAGES / "style.css").read_bytes())

    def test_other_paths_and_methods_are_refused(self):
        for path in ("/nowhere", "/vendor", "/../CMakeCache.txt", "/%2e%2e/pages.stamp", "/vendor/..%2f..%2fpages.stamp"):
            self.assertEqual(self.get(path)[0].status, 404, path)
        answer, _ = self.get("/", "POST")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"))

    def test_the_chart_library_comes_with_its_license(self):
        self.assertIn(b"MIT", self.get("/vendor/LICENSE")[1])
