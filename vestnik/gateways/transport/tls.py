"""TLS of one connection, without its socket: encrypted bytes go in and come out (``ssl.SSLObject``)."""

import os
import ssl
from pathlib import Path

from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.transport.failures import TransportError

#: Where distributions keep the trusted certificates: Debian and Alpine, Red Hat, SUSE, macOS and BSD.
_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
#: Bytes: the longest piece of plain text in one record (RFC 8446, 5.1).
_RECORD = 16_384
#: Alerts by which a server refuses our certificate. In TLS 1.3 they come after our side of the handshake is over, but
#: the server's is not: it has read no request yet (RFC 8446, 4.4.2.4 and 6.2). "Decrypt error" is what OpenSSL says
#: when the authority has the right name and another key.
_CERTIFICATE_REFUSED = (
    "ALERT_BAD_CERTIFICATE", "ALERT_UNSUPPORTED_CERTIFICATE", "ALERT_CERTIFICATE_REVOKED", "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_UNKNOWN", "ALERT_UNKNOWN_CA", "ALERT_ACCESS_DENIED", "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_DECRYPT_ERROR",
)  # fmt: skip


def make_context(options: ConnectionOptions, *, protocol: str | None = "http/1.1") -> ssl.SSLContext:
    """The rules for all connections to one gateway: TLS 1.2 at least, certificates and names checked.

    Args:
        options: whom to trust, and our own certificate.
        protocol: what is spoken inside, as ALPN names it; None: it has no such name.

    Raises:
        OSError: a file cannot be read.
        ssl.SSLError: a file or a text holds no certificate or key.
    """
    trusted = options.authorities
    # Python adds the machine's certificates where it is given none; so those to trust instead are given at once.
    file = options.verify_file or (None if trusted else _authorities())
    context = ssl.create_default_context(cafile=file, cadata=trusted)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    # Newer Pythons refuse certificates with harmless faults of form, and authorities that companies make have them.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if protocol is not None:
        context.set_alpn_protocols([protocol])
    if options.client_certificate:
        context.load_cert_chain(options.client_certificate)
    if options.identity:
        show_identity(context, options.identity)
    return context


def trust_too(context: ssl.SSLContext, pem: str) -> None:
    """Trust these certificates, beside those that are trusted already.

    Raises:
        ssl.SSLError: OpenSSL does not take them.
    """
    context.load_verify_locations(cadata=pem)


def show_identity(context: ssl.SSLContext, pem: str) -> None:
    """Show this certificate to a server that asks. ``pem``: the certificate, those that issued it, and its key.

    OpenSSL reads it from a file only: this one is in memory, has no name, and is gone afterwards.

    Raises:
        ssl.SSLError: OpenSSL does not take it.
    """
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, pem.encode())
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _authorities() -> str | None:
    """The machine's trusted certificates, also where Python was built for another distribution."""
    default = ssl.get_default_verify_paths().cafile
    return next((path for path in (default, *_AUTHORITIES) if path and Path(path).is_file()), None)


class TlsLayer:
    """The TLS of one connection.

    Args:
        context: of :func:`make_context`.
        host: the gateway's name or address, which its certificate must have.
        session: of an earlier connection, to resume.
    """

    __slots__ = ("_answered", "_incoming", "_outgoing", "_tls", "closed", "established")

    def __init__(self, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host, session=session)
        #: The handshake is over on our side.
        self.established = False
        #: The gateway has said that it sends nothing more.
        self.closed = False
        self._answered = False

    @property
    def session(self) -> ssl.SSLSession | None:
        """What a next connection may resume; there is one after the first answer."""
        return self._tls.session

    def start(self) -> bytes:
        """Begin the handshake; what is to be written."""
        self._shake_hands()
        return self.pending()

    def pending(self) -> bytes:
        """What TLS itself has to write now."""
        return self._outgoing.read()

    def encrypt(self, data: bytes) -> bytes:
        """Turn plain bytes into what is to be written.

        Raises:
            TransportError: the connection is over.
        """
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise TransportError("tls", _words(error)) from error
        return self._outgoing.read()

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the gateway; return the plain ones that are whole.

        Raises:
            TransportError: the certificate is not trusted, or the bytes are not TLS.
        """
        self._incoming.write(data)
        if not self.established and not self._shake_hands():
            return b""
        plain = self._read()
        self._answered = self._answered or bool(plain)
        return plain

    def end(self) -> None:
        """The gateway has closed the connection.

        Raises:
            TransportError: in the middle of the handshake, or without saying so in TLS: the answer may be cut.
        """
        if not self.established:
            raise TransportError("tls", "the gateway closed the connection in the TLS handshake")
        if not self.closed:
            raise TransportError("reset", "the connection was cut without TLS's close_notify")

    def _shake_hands(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise TransportError("tls", _words(error)) from error
        except ValueError as error:  # a certificate of a form that Python's check of names does not read
            raise TransportError("tls", str(error)) from error
        self.established = True
        return True

    def _read(self) -> bytes:
        parts: list[bytes] = []
        try:
            while self._incoming.pending:
                part = self._tls.read(_RECORD)
                if not part:
                    self.closed = True
                    break
                parts.append(part)
            while self._tls.pending():
                parts.append(self._tls.read(_RECORD))
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True
        except ssl.SSLError as error:
            if not parts:
                raise self._broken(error) from error
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _broken(self, error: ssl.SSLError) -> TransportError:
        if not self._answered and (error.reason or "").endswith(_CERTIFICATE_REFUSED):
            return TransportError("tls", f"the gateway refuses our certificate: {_words(error)}", not_sent=True)
        return TransportError("reset", _words(error))


def _words(error: ssl.SSLError) -> str:
    """OpenSSL's words without the file and line that Python adds."""
    checked = getattr(error, "verify_message", "")
    return checked or (error.reason or str(error)).replace("_", " ").lower()
