"""Everything the bench needs and may not find: the programs built, nginx and HAProxy installed, a certificate."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}")


def build():
    """Tidegate and the load programs as they are installed; returns its folder."""
    folder = ROOT / "build" / "package"
    print("bench: building", file=sys.stderr)
    _run(ROOT / "scripts" / "build-package", "-DTIDEGATE_EXAMPLES=OFF")
    return folder


def install_anchors(names):
    """nginx and HAProxy from Debian. The service that Debian starts with a new package is stopped again."""
    for name in names:
        if shutil.which(name) or Path(f"/usr/sbin/{name}").exists():
            continue
        print(f"bench: installing {name}", file=sys.stderr)
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        _run("apt-get", "-qq", "update")
        _run("apt-get", "-qq", "-y", "--no-install-recommends", "install", name, env=quiet)
        _run("service", name, "stop")


def make_certificate(folder):
    """A self-signed ECDSA certificate on P-256; HAProxy wants both parts in one file."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    _run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
    )
    (folder / "both.pem").write_text(certificate.read_text() + key.read_text())
    for each in folder.glob("*.pem"):
        each.chmod(0o644)  # for proxies that have become somebody else
    return folder
