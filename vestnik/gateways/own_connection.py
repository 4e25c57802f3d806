"""What a gateway's connections may need beside address and account: certificates, and a proxy. Pure.

Kinds that connect take these fields among their own; the adapter gives what was entered as :class:`ConnectionOptions`.
"""

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from vestnik.errors import InvalidInput
from vestnik.gateways.certificates import belong_together
from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.fields import Field, Wanted
from vestnik.gateways.transport.tls import show_identity, trust_too
from vestnik.gateways.words import gettext_noop, sentence

#: For all kinds that can speak TLS.
TLS_FIELDS = (
    Field(
        name="ca_certificates", label=gettext_noop("CA certificates"), wanted=Wanted.CERTIFICATES,
        help=gettext_noop(
            "Only if the provider's certificate comes from an authority of its own: that authority's certificates, PEM."
            " They are trusted instead of the machine's. Empty: the machine's are."
        ),
    ),
    Field(
        name="client_certificate", label=gettext_noop("Client certificate"), wanted=Wanted.CERTIFICATES,
        help=gettext_noop(
            "Only if the provider asks for one (mutual TLS): yours, PEM, then those that issued it. The key goes below."
        ),
    ),
    Field(
        name="client_key", label=gettext_noop("Key of the client certificate"), wanted=Wanted.PRIVATE_KEY,
        needs="client_certificate",
        help=gettext_noop("The private key of that certificate, PEM, without a passphrase."),
    ),
)  # fmt: skip
#: For kinds that speak HTTP.
HTTP_FIELDS = (
    *TLS_FIELDS,
    Field(
        name="proxy", label=gettext_noop("Proxy"), wanted=Wanted.URL, example="http://proxy.example.org:3128",
        help=gettext_noop(
            "Only if the provider can be reached through an HTTP proxy alone. It must allow CONNECT to the provider."
        ),
    ),
    Field(
        name="proxy_login", label=gettext_noop("Proxy login"),
        help=gettext_noop("Empty if the proxy asks for none (Basic)."),
    ),
    Field(
        name="proxy_password", label=gettext_noop("Proxy password"), wanted=Wanted.SECRET, needs="proxy_login",
        help=gettext_noop("The password that belongs to that login."),
    ),
)  # fmt: skip
#: Names of all these fields.
NAMES = frozenset(each.name for each in HTTP_FIELDS)


def connection_options(settings: Mapping[str, Any]) -> ConnectionOptions:
    """How connections are made with these settings, each of which is checked by itself.

    Raises:
        InvalidInput: by field, what does not fit together.
    """
    found = {name: str(settings.get(name) or "") for name in NAMES}
    wrong = {**_wrong_certificate(found), **_wrong_proxy(found)}
    if wrong:
        raise InvalidInput(wrong)
    options = ConnectionOptions(
        authorities=found["ca_certificates"] or None,
        identity=found["client_certificate"] + found["client_key"] or None,
        proxy=_proxy_url(found),
    )
    _refuse_what_openssl_does(options)
    return options


def _wrong_certificate(found: Mapping[str, str]) -> dict[str, list[str]]:
    certificate, key = found["client_certificate"], found["client_key"]
    if certificate and not key:
        return {"client_key": [sentence(gettext_noop("The client certificate needs its key."))]}
    if key and not certificate:
        return {"client_certificate": [sentence(gettext_noop("The key needs its certificate."))]}
    if certificate and not belong_together(certificate, key):
        return {"client_key": [sentence(gettext_noop("This is not the key of the client certificate."))]}
    return {}


def _wrong_proxy(found: Mapping[str, str]) -> dict[str, list[str]]:
    proxy, login, password = found["proxy"], found["proxy_login"], found["proxy_password"]
    if (login or password) and not proxy:
        return {"proxy": [sentence(gettext_noop("Enter the proxy's address, or leave its login and password empty."))]}
    if proxy and (urlsplit(proxy).scheme != "http" or urlsplit(proxy).path):
        template = gettext_noop("Enter an address such as %(example)s.")
        return {"proxy": [sentence(template, example="http://proxy.example.org:3128")]}
    if password and not login:
        return {"proxy_login": [sentence(gettext_noop("The proxy password needs a login."))]}
    # In Basic the first colon ends the login (RFC 7617, 2).
    if ":" in login:
        return {"proxy_login": [sentence(gettext_noop("A proxy login cannot contain a colon."))]}
    return {}


def _proxy_url(found: Mapping[str, str]) -> str | None:
    proxy = found["proxy"]
    if not proxy or not found["proxy_login"]:
        return proxy or None
    login, password = (quote(found[name], safe="") for name in ("proxy_login", "proxy_password"))
    return proxy.replace("http://", f"http://{login}:{password}@", 1)


def _refuse_what_openssl_does(options: ConnectionOptions) -> None:
    """OpenSSL has rules of its own, such as the least length of a key: they are told here, not when something is sent.

    Raises:
        InvalidInput: by field.
    """
    loads = (
        ("ca_certificates", trust_too, options.authorities), ("client_certificate", show_identity, options.identity)
    )  # fmt: skip
    for field, load, pem in loads:
        try:
            if pem:
                load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), pem)
        except ssl.SSLError as error:
            template = gettext_noop("OpenSSL does not take it: %(reason)s.")
            reason = (error.reason or str(error)).replace("_", " ").lower()
            raise InvalidInput({field: [sentence(template, reason=reason)]}) from error
