"""The flags that start no service, and those that say where everything is."""

import os
import re
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from support.case import ProxyCase
from support.handshake import get
from support.proxy import run
from support.raw_server import answer, answering

GOOD = """
daemon off;
events {}
http {
    upstream pool { server 127.0.0.1:7000 weight=2; server 127.0.0.1:7001; }
    server {
        listen 127.0.0.1:8000;
        server_name example.com *.example.com;
        client_max_body_size 8m;
        location / { proxy_pass http://pool; proxy_read_timeout 1h; proxy_set_header Host $host; }
        location = /exact { proxy_pass http://127.0.0.1:7000/other; }
    }
}
"""
GOOD_TOML = """
[upstream.pool]
servers = ["127.0.0.1:7000"]

[[server]]
listen = ["127.0.0.1:8000"]

[[server.location]]
path = "/"
proxy_pass = "http://pool"
"""


class CommandLine(ProxyCase):
    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory(prefix="tidegate-e2e-")))

    def file(self, text, name="proxy.conf"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run_with(self, text, *flags, name="proxy.conf"):
        return run("-p", f"{self.folder}/", "-c", self.file(text, name), *flags)

    # --- versions and misuse -------------------------------------------------------------------------
    def test_version(self):
        short, long = run("-v"), run("-V")
        for done in (short, long):
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout + done.stderr, r"tidegate[ /](version: )?.*\d+\.\d+\.\d+")
        self.assertGreater(len(long.stdout + long.stderr), len(short.stdout + short.stderr))

    def test_help(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for flag in ("-c", "-p", "-e", "-g", "-t", "-T", "-s", "-v", "-V", "--print-config", "--directives"):
            self.assertRegex(done.stdout, rf"(?m)(^|[\s,]){re.escape(flag)}\b")

    def test_directives(self):
        done = run("--directives")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^\| `proxy_pass` \| http\[s\]://UPSTREAM\[URI\] \| location \| ")

    def test_unknown_flag(self):
        done = run("--no-such-flag")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--no-such-flag", done.stderr)

    def test_missing_file(self):
        done = run("-t", "-p", f"{self.folder}/", "-c", "nowhere.conf")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nowhere.conf", done.stderr)
        self.assertIn("No such file or directory", done.stderr)

    # --- -t ------------------------------------------------------------------------------------------
    def test_check_says_ok(self):
        for text, name in ((GOOD, "proxy.conf"), (GOOD_TOML, "proxy.toml")):
            with self.subTest(name):
                done = self.run_with(text, "-t", name=name)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stdout + done.stderr, r"\bok\b")

    def test_check_starts_nothing(self):
        self.run_with(GOOD.replace("daemon off;", "pid tidegate.pid;"), "-t")
        self.assertFalse((self.folder / "tidegate.pid").exists())

    def test_every_error_with_its_place(self):
        text = """events {}
http {
    server {
        lisen 8000;
        location / {
            proxy_pass http://nowhere;
            proxy_read_timeout 10parsecs;
        }
        proxy_http_version;
    }
    worker_processes 2;
}
"""
        done = self.run_with(text, "-t")
        self.assertEqual(done.returncode, 1)
        for place, words in (("4:9", "lisen"), ("6:", "nowhere"), ("7:", "10parsecs"), ("9:9", "proxy_http_version"),
                             ("11:5", "worker_processes")):
            with self.subTest(place):
                self.assertRegex(done.stderr, rf"(?m)proxy\.conf:{place}.*{words}")
        self.assertIn("listen", done.stderr, "did you mean")
        self.assertRegex(done.stderr, r"(?m)^[\s\d|]*lisen 8000;$", "the line itself")
        self.assertRegex(done.stderr, r"(?m)^[\s|]*\^", "a caret under it")

    def test_every_error_of_toml_with_its_place(self):
        text = GOOD_TOML.replace("proxy_pass =", "proxy_passs =").replace("listen =", "listn =")
        done = self.run_with(text, "-t", name="proxy.toml")
        self.assertEqual(done.returncode, 1)
        for line, words in ((6, "listn"), (10, "proxy_passs")):
            self.assertRegex(done.stderr, rf"(?m)proxy\.toml:{line}:\d+.*{words}")

    def test_syntax_errors(self):
        for text, place in (("events {\n", "1:8"), ("events {}\n}\n", "2:1"), ("daemon off\nevents {}\n", "1:"),
                            ('error_log "open;\n', "1:11")):
            with self.subTest(text):
                done = self.run_with(text, "-t")
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"proxy.conf:{place}", done.stderr)

    def test_error_in_an_included_file(self):
        self.file("bogus 1;\n", "part.conf")
        done = self.run_with("events {}\nhttp {\n    include part.conf;\n}\n", "-t")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"part\.conf:1:1.*bogus")

    def test_unknown_host_is_a_warning(self):
        done = self.run_with(GOOD.replace("127.0.0.1:7001", "no-such-host.invalid:7001"), "-t")
        self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
    def test_unknown_user(self):
        done = self.run_with("user no-such-user;" + GOOD, "-t")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no-such-user", done.stderr)

    # --- what a configuration comes to ---------------------------------------------------------------
    def test_dump_names_every_file(self):
        self.file("server { listen 127.0.0.1:8001; }\n", "part.conf")
        done = self.run_with("events {}\nhttp {\n    include part.conf;\n}\n", "-T")
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("proxy.conf", "part.conf", "include part.conf;", "listen 127.0.0.1:8001;"):
            self.assertIn(words, done.stdout)

    def test_printed_configuration_loads_to_the_same(self):
        for text, name in ((GOOD, "proxy.conf"), (GOOD_TOML, "proxy.toml")):
            with self.subTest(name):
                first = self.run_with(text, "--print-config", name=name)
                self.assertEqual(first.returncode, 0, first.stderr)
                second = self.run_with(first.stdout, "--print-config", name="printed.toml")
                self.assertEqual(second.returncode, 0, second.stderr)
                self.assertEqual(second.stdout, first.stdout)
        self.assertIn("proxy_pass", first.stdout)

    # --- where everything is -------------------------------------------------------------------------
    def test_globals_and_error_log(self):
        """-g gives directives, -e the error log before a configuration is read."""
        backend = self.upstream(answering(answer()))
        proxy = self.start(
            "http { access_log @folder@/seen.log; server { listen 127.0.0.1:@port@;"
            " location / { proxy_pass http://127.0.0.1:@backend@; } } } events {}",
            arguments=("-g", "pid tidegate.pid; daemon off;", "-e", "early.log"), backend=backend.port)
        self.assertEqual(self.client(proxy.port).ask(get()).status, 200)
        proxy.log_line('" 200 ', "seen.log")
        self.assertTrue((proxy.folder / "early.log").exists())

    def test_prefix_is_for_the_file_too(self):
        """As in nginx; and for the error log."""
        self.file(GOOD, "relative.conf")
        done = run("-t", "-p", self.folder, "-c", "relative.conf")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.file("bogus;", "bogus.conf")
        self.assertEqual(run("-p", self.folder, "-c", "bogus.conf", "-e", "first.log").returncode, 1)
        self.assertIn("bogus.conf:1:1", (self.folder / "first.log").read_text())

    def test_long_options(self):
        file = self.file(GOOD)
        done = run("--test", "--prefix", f"{self.folder}/", "--config", file)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_bad_globals(self):
        done = self.run_with(GOOD, "-t", "-g", "bogus on;")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bogus", done.stderr)


if __name__ == "__main__":
    unittest.main()
