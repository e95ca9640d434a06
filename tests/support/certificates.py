"""Certificates for one test class, made with the openssl command: an authority and what it signs."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_CRL_CONFIGURATION = """
[ca]
default_ca = test
[test]
database = {folder}/index.txt
default_md = sha256
default_crl_days = 30
"""


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificate:
    """A chain file and its key."""

    def __init__(self, chain, key):
        self.chain, self.key = chain, key
        for path in (chain, key):
            os.chmod(path, 0o644)  # a proxy that dropped its privileges reads them again at a reload

    @property
    def directives(self):
        return f"ssl_certificate {self.chain}; ssl_certificate_key {self.key};"

    @property
    def der(self):
        """The certificate as a peer is shown it."""
        done = subprocess.run(["openssl", "x509", "-in", str(self.chain), "-outform", "DER"],
                              check=True, capture_output=True)
        return done.stdout

    def describe(self, *what):
        """What `openssl x509` says of it."""
        done = subprocess.run(["openssl", "x509", "-in", str(self.chain), "-noout", *what],
                              check=True, capture_output=True, text=True)
        return done.stdout.strip()


class Authority:
    """A root that signs certificates; everything lies in a folder of its own."""

    def __init__(self, name="Tidegate Test Authority"):
        self.folder = Path(tempfile.mkdtemp(prefix="tidegate-certificates-"))
        os.chmod(self.folder, 0o755)
        self._count = 0
        self.root = self._make(name, "EC", ("-addext", "basicConstraints=critical,CA:TRUE"))
        self.file = self.root.chain

    def _make(self, name, kind, extra):
        self._count += 1
        chain, key = self.folder / f"{self._count}.pem", self.folder / f"{self._count}.key"
        algorithm = ("rsa:2048",) if kind == "RSA" else ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
        _openssl("req", "-x509", "-newkey", *algorithm, "-nodes", "-subj", f"/CN={name}", "-days", 30,
                 "-keyout", key, "-out", chain, *extra)
        return Certificate(chain, key)

    def issue(self, *names, kind="EC"):
        """A certificate for names (or addresses, written IP:...), signed by the root. kind: EC or RSA."""
        alternatives = ",".join(name if ":" in name else f"DNS:{name}" for name in names)
        return self._make(names[0].replace("IP:", ""), kind, (
            "-CA", self.root.chain, "-CAkey", self.root.key, "-addext", f"subjectAltName={alternatives}",
            "-addext", "basicConstraints=critical,CA:FALSE"))

    def self_signed(self, name):
        """A certificate nobody vouches for."""
        return self._make(name, "EC", ())

    def revoke(self, *certificates):
        """A revocation list with these certificates."""
        lines = [f"R\t401231235959Z\t250101000000Z\t{each.describe('-serial').split('=')[1]}\tunknown\t/CN=x\n"
                 for each in certificates]
        (self.folder / "index.txt").write_text("".join(lines))
        (self.folder / "ca.conf").write_text(_CRL_CONFIGURATION.format(folder=self.folder))
        file = self.folder / "revoked.pem"
        _openssl("ca", "-config", self.folder / "ca.conf", "-gencrl", "-cert", self.root.chain,
                 "-keyfile", self.root.key, "-out", file)
        os.chmod(file, 0o644)
        return file

    def remove(self):
        shutil.rmtree(self.folder)
