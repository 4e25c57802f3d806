"""Certificates and keys as people paste them (PEM, RFC 7468), and how long they hold. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from vestnik.gateways.words import Sentence, gettext_noop, sentence

#: Somebody is told that a certificate ends when so much time is left.
SOON = timedelta(days=30)
_KEY = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_A_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class BadPem(Exception):
    """What was pasted cannot be used. ``said``: what to enter; nothing of the text is quoted."""

    def __init__(self, template: str) -> None:
        super().__init__(template)
        self.said = sentence(template)


def clean_certificates(text: str) -> str:
    """Return the certificates that stand in ``text``, without what programs write around them.

    Raises:
        BadPem: there is none, one cannot be read, or a private key stands among them, which would not be kept secret.
    """
    if _A_KEY_BEGINS.search(text):
        raise BadPem(
            gettext_noop("It contains a private key, which would not be kept secret here. Enter certificates only.")
        )
    blocks = _CERTIFICATE.findall(text)
    if not blocks:
        raise BadPem(gettext_noop("Enter certificates in PEM: each begins with -----BEGIN CERTIFICATE-----."))
    pem = "\n".join([*blocks, ""])
    list(_read(pem))
    return pem


def clean_key(text: str) -> str:
    """Return the private key that stands in ``text``, in PKCS #8. What stands beside it is left out.

    Raises:
        BadPem: there is none or more than one, it cannot be read, or it has a passphrase.
    """
    found = [match.group() for match in _KEY.finditer(text)]
    if len(found) != 1:
        raise BadPem(gettext_noop("Enter one private key in PEM: it begins with -----BEGIN PRIVATE KEY-----."))
    if "ENCRYPTED" in found[0]:
        raise BadPem(
            gettext_noop("The key has a passphrase. Enter it without one, as this command writes it: openssl pkey.")
        )
    try:
        key = load_pem_private_key(found[0].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadPem(gettext_noop("The private key cannot be read. Copy the whole file.")) from error
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def belong_together(certificates: str, key: str) -> bool:
    """Whether ``key`` is the one of the first of ``certificates``. Both are clean."""
    of_certificate = next(_read(certificates)).public_key()
    own = load_pem_private_key(key.encode(), password=None).public_key()
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    return of_certificate.public_bytes(*form) == own.public_bytes(*form)


def expiry_warnings(*, own: str, trusted: str, now: datetime) -> list[Sentence]:
    """Say which certificates do not hold now, or end within :data:`SOON`.

    Args:
        own: our certificate, the first of these; the others are its issuers. Empty: we have none. A key in it is no
            matter.
        trusted: those of authorities. Of several with one name, the one that ends last counts.
        now: with its zone.
    """
    found = [_warning(certificate, _OWN, now) for certificate in list(_read(own))[:1]]
    in_order = sorted(_read(trusted), key=lambda each: each.not_valid_after_utc)
    latest = {certificate.subject: certificate for certificate in in_order}
    found += [_warning(certificate, _TRUSTED, now) for certificate in latest.values()]
    return [each for each in found if each is not None]


#: Not valid yet, not valid any more, and valid for some days only: of our own certificate, of the authority's.
_OWN = (
    gettext_noop("The client certificate “%(name)s” is valid only from %(day)s on."),
    gettext_noop("The client certificate “%(name)s” expired on %(day)s. Enter a new one."),
    gettext_noop("The client certificate “%(name)s” expires on %(day)s. Enter a new one before."),
)
_TRUSTED = (
    gettext_noop("The CA certificate “%(name)s” is valid only from %(day)s on."),
    gettext_noop("The CA certificate “%(name)s” expired on %(day)s. Enter a new one."),
    gettext_noop("The CA certificate “%(name)s” expires on %(day)s. Enter a new one before."),
)


def _warning(certificate: x509.Certificate, templates: Sequence[str], now: datetime) -> Sentence | None:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begins:
        template, day = templates[0], begins
    elif now >= ends:
        template, day = templates[1], ends
    elif now >= ends - SOON:
        template, day = templates[2], ends
    else:
        return None
    return sentence(template, name=_name(certificate), day=day.astimezone(UTC).date())


def _name(certificate: x509.Certificate) -> str:
    """The common name, or else the whole subject."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    text = str(names[0].value) if names else certificate.subject.rfc4514_string()
    return "".join(char for char in text if char.isprintable())[:100]


def _read(pem: str) -> Iterator[x509.Certificate]:
    for block in _CERTIFICATE.findall(pem):
        try:
            certificate = x509.load_pem_x509_certificate(block.encode())
            # Some of what is wrong with one is noticed only where it is asked for.
            _name(certificate), certificate.not_valid_after_utc, certificate.public_key()
        except (ValueError, UnsupportedAlgorithm) as error:
            raise BadPem(gettext_noop("A certificate cannot be read. Copy the whole file.")) from error
        yield certificate
