"""A certificate authority of the rig's own, and browsers' databases that trust it."""

from pathlib import Path

from tests.networks.namespaces import run

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """Keeps what it issues as certbot does: ``live/HOST/fullchain.pem`` and ``privkey.pem``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.key = directory / "ca.key"
        self.certificate = directory / "ca.pem"
        run(
            "openssl", "req", "-x509", *KEY, "-days", "2", "-subj", "/CN=Duet's networks",
            "-keyout", str(self.key), "-out", str(self.certificate),
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip

    def issue(self, host: str) -> None:
        live = self.directory / "live" / host
        live.mkdir(parents=True)
        request, extensions = live / "request.pem", live / "extensions"
        extensions.write_text(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n")
        run(
            "openssl", "req", *KEY, "-subj", f"/CN={host}",
            "-keyout", str(live / "privkey.pem"), "-out", str(request),
        )  # fmt: skip
        run(
            "openssl", "x509", "-req", "-in", str(request), "-days", "2", "-CAcreateserial",
            "-CA", str(self.certificate), "-CAkey", str(self.key),
            "-extfile", str(extensions), "-out", str(live / "fullchain.pem"),
        )  # fmt: skip

    def trusted_in(self, database: Path) -> None:
        """Make an NSS database, as in a Firefox profile or in ~/.pki/nssdb for Chromium."""
        database.mkdir(parents=True, exist_ok=True)
        name = f"sql:{database}"
        run("certutil", "-d", name, "-N", "--empty-password")
        run("certutil", "-d", name, "-A", "-t", "C,,", "-n", "duet", "-i", str(self.certificate))
