"""A real TURN server, and a client that asks it for an allocation."""

import asyncio
import base64
import datetime
import hashlib
import re
import shutil
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aioice.turn import create_turn_endpoint
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.processes import START_TIMEOUT, Process, free_port

# Seconds; aioice would repeat itself for much longer.
PATIENCE = 10

# What these tests need and no operator does. The CLI has a fixed port.
LOCAL = ("listening-ip=127.0.0.1", "relay-ip=127.0.0.1", "realm=turn.test", "no-cli")

# For calls on this machine, whose server is told ``relay_only``.
SECRET = "north"
FOR_CALLS = (
    "use-auth-secret", f"static-auth-secret={SECRET}", "allow-loopback-peers",
    "verbose",  # says when an allocation has ended
)  # fmt: skip


def relay_only(*urls: str) -> dict[str, str]:
    """What the server is told where media may go through these relays and no other way."""
    return {
        "TURN_URLS": ",".join(urls),
        "TURN_SECRET": SECRET,
        "ICE_TRANSPORT_POLICY": "relay",
    }


# What the server is told for credentials that end within a test.
BRIEF = {"DJANGO_SETTINGS_MODULE": "tests.support.brief_credentials"}


class Coturn(Process):
    """coturn on free ports of 127.0.0.1; ``options`` are lines of its configuration."""

    def __init__(self, directory: Path, options: Sequence[str]) -> None:
        program = shutil.which("turnserver")
        assert program, "coturn is missing: install it (make test does, on Debian)."
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = make_certificate(directory)
        lines = [
            *options,
            *LOCAL,
            f"listening-port={self.port}",
            f"tls-listening-port={self.tls_port}",
            f"cert={directory / 'cert.pem'}",
            f"pkey={directory / 'key.pem'}",
            f"userdb={directory / 'turndb'}",
            f"pidfile={directory / 'turnserver.pid'}",
            "log-file=stdout",
        ]
        (directory / "turnserver.conf").write_text("\n".join(lines) + "\n")
        super().__init__([program, "-c", str(directory / "turnserver.conf")], {})

    @property
    def urls(self) -> list[str]:
        """One for every way to it, as operators write them."""
        return [
            f"turn:127.0.0.1:{self.port}",
            f"turn:127.0.0.1:{self.port}?transport=tcp",
            f"turns:localhost:{self.tls_port}?transport=tcp",
        ]

    async def start(self) -> None:
        await super().start()
        async with asyncio.timeout(START_TIMEOUT):
            for port in (self.port, self.tls_port):
                while not await self._listens(port):
                    assert self.running, self.output
                    await asyncio.sleep(0.05)

    async def _listens(self, port: int) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    async def allocate(self, url: str, username: str, credential: str) -> tuple[str, int]:
        """The relayed address, given up again. Raises aioice's ``TransactionFailed``."""
        match = re.fullmatch(r"(turns?):([^:]+):(\d+)(?:\?transport=(\w+))?", url)
        assert match is not None
        context = ssl.create_default_context(cafile=self.certificate)
        async with asyncio.timeout(PATIENCE):
            transport, closed = await create_turn_endpoint(
                _Closed,
                (match[2], int(match[3])),
                username,
                credential,
                ssl=context if match[1] == "turns" else None,
                transport=match[4] or "udp",
            )
            address: tuple[str, int] = transport.get_extra_info("sockname")
            transport.close()
            await closed.event.wait()
        return address


class _Closed(asyncio.DatagramProtocol):
    """Tells when an allocation has ended."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def connection_lost(self, error: Any) -> None:
        self.event.set()


def make_certificate(directory: Path) -> Path:
    """``cert.pem`` for localhost, signed by itself, and ``key.pem``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = directory / "cert.pem"
    path.write_bytes(certificate.public_bytes(pem))
    (directory / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def trust(certificate: Path) -> str:
    """The argument by which Chromium takes a certificate without anybody's signature."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    digest = hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).digest()
    return f"--ignore-certificate-errors-spki-list={base64.b64encode(digest).decode()}"
