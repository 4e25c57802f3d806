"""Certificates made for a test: an authority of its own, and what it vouches for."""

import ipaddress
import itertools
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


class Authority:
    """Vouches for certificates. ``file``: its own one.

    Args:
        folder: where files are written.
        name: its own.
        ends: when its own certificate ends, from now.
    """

    def __init__(self, folder: Path, name: str = "an authority of tests", *, ends: timedelta = _DAY) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        certificate = self._sign(self._name, self._key, [x509.BasicConstraints(ca=True, path_length=None)], -_DAY, ends)
        self.file = self._write(certificate)

    def certificate(
        self, *names: str, begins: timedelta = -_DAY, ends: timedelta = _DAY, self_signed: bool = False
    ) -> Path:
        """A certificate with its key, in one PEM file.

        Args:
            names: host names and addresses that it is for; of a client: what it is called.
            begins: when it begins to be valid, from now.
            ends: when it ends.
            self_signed: the authority does not vouch for it.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(names[0])
        extensions = [x509.SubjectAlternativeName([_general(name) for name in names])]
        signed_by = (subject, key) if self_signed else (self._name, self._key)
        return self._write(self._sign(subject, key, extensions, begins, ends, signed_by), key)

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extensions: Sequence[x509.ExtensionType],
        begins: timedelta,
        ends: timedelta,
        signed_by: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None = None,
    ) -> x509.Certificate:
        issuer, signing = signed_by or (subject, key)
        now = datetime.now(tz=UTC)
        made = x509.CertificateBuilder(
            issuer, subject, key.public_key(), x509.random_serial_number(), now + begins, now + ends
        )
        for extension in extensions:
            made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return made.sign(signing, hashes.SHA256())

    def _write(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | None = None) -> Path:
        path = self._folder / f"{next(self._numbers)}.pem"
        data = certificate.public_bytes(serialization.Encoding.PEM)
        if key is not None:
            data += key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        path.write_bytes(data)
        return path


def server(certificate: Path, **changes: Any) -> ssl.SSLContext:
    """The TLS of a server with this certificate; ``changes`` are attributes of the context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
