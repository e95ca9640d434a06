"""`cmake --install`: what an administrator finds afterwards, and what a second installation leaves alone."""

import os
import re
import subprocess
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

BUILD = os.environ["TIDEGATE_BUILD"]


class Install(unittest.TestCase):
    def setUp(self):
        self.root = Path(self.enterContext(TemporaryDirectory(prefix="tidegate-e2e-")))

    def install(self, prefix):
        subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], env={**os.environ, "DESTDIR": str(self.root)},
                       stdout=subprocess.DEVNULL, timeout=60, check=True)

    def in_root(self, path):
        return self.root / path.lstrip("/")

    def test_usual_places(self):
        for prefix, etc in (("/usr", "/etc"), ("/usr/local", "/usr/local/etc"), ("/opt/tidegate", "/opt/tidegate/etc")):
            with self.subTest(prefix):
                self.install(prefix)
                binary, sample = f"{prefix}/sbin/tidegate", f"{etc}/tidegate/tidegate.toml"
                unit = self.in_root(f"{prefix}/lib/systemd/system/tidegate.service").read_text()
                starts = re.findall(r"^ExecStart(?:Pre)?=(\S+) .*-c (\S+)", unit, re.MULTILINE)
                self.assertEqual(starts, [(binary, sample)] * 2)
                self.assertNotIn("@sbin@", unit)
                checked = subprocess.run([self.in_root(binary), "-t", "-c", self.in_root(sample)],
                                         capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual((checked.returncode, checked.stderr.count("warning")), (0, 0), checked.stderr)

    def test_an_edited_configuration_stays(self):
        self.install("/usr")
        sample = self.in_root("/etc/tidegate/tidegate.toml")
        sample.write_text("# mine\n")
        self.install("/usr")
        self.assertEqual(sample.read_text(), "# mine\n")


if __name__ == "__main__":
    unittest.main()
