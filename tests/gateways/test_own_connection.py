"""A gateway's own certificates and proxy: what is taken, what is refused at which field, and when somebody is told."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.gateways.certificates import Authority
from tests.gateways.parts import parts
from vestnik.errors import InvalidInput
from vestnik.gateways.adapters import KINDS, make_adapter
from vestnik.gateways.certificates import expiry_warnings
from vestnik.gateways.own_connection import NAMES
from vestnik.gateways.transport.tunnel import Proxy

NEEDED: Mapping[str, Mapping[str, str]] = {
    "probe": {"url": "https://a.example", "token": "hush"},
    "smpp": {"host": "a.example", "system_id": "me", "password": "hush", "sender": "VESTNIK"},
}
DAY = timedelta(days=1)
PASSPHRASE = BestAvailableEncryption(b"secret")


def wrong(kind: str = "probe", **given: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        make_adapter(kind, {**NEEDED[kind], **given})
    return {name: " ".join(texts) for name, texts in caught.value.fields.items()}


def key(form: PrivateFormat = PrivateFormat.PKCS8, encryption: Any = None) -> str:
    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


def test_certificates_of_its_own_are_how_it_connects(authority: Authority) -> None:
    certificate, own_key = parts(authority.certificate("client"))
    trusted = authority.file.read_text()
    given = {"ca_certificates": f"subject=x\r\n{trusted}\n", "client_certificate": certificate, "client_key": own_key}
    for kind, needed in NEEDED.items():
        options = make_adapter(kind, {**needed, **given}).options
        assert options.authorities == trusted
        assert options.identity == certificate + own_key
        assert "PRIVATE KEY" not in repr(options)
        assert make_adapter(kind, needed).options.identity is None


def test_a_key_is_taken_in_every_form_and_with_what_stands_around_it(authority: Authority) -> None:
    """OpenSSL writes the curve before an old key, and others put certificate and key into one file."""
    path = authority.certificate("client")
    certificate, _ = parts(path)
    both = f"Bag Attributes\n{path.read_text()}"
    assert make_adapter(
        "probe", {**NEEDED["probe"], "client_certificate": certificate, "client_key": both}
    ).options.identity == "".join(parts(path))


def test_what_is_wrong_stands_at_its_field(authority: Authority) -> None:
    certificate, own_key = parts(authority.certificate("client"))
    other = parts(authority.certificate("another"))[1]
    cut = certificate[:200] + certificate[260:]
    old = key(PrivateFormat.TraditionalOpenSSL, PASSPHRASE)
    for given, field, said in (
        ({"ca_certificates": "a certificate"}, "ca_certificates", "BEGIN CERTIFICATE"),
        ({"ca_certificates": cut}, "ca_certificates", "cannot be read"),
        ({"ca_certificates": certificate + own_key}, "ca_certificates", "contains a private key"),
        ({"client_certificate": certificate + own_key}, "client_certificate", "contains a private key"),
        ({"client_certificate": certificate}, "client_key", "needs its key"),
        ({"client_key": own_key}, "client_certificate", "needs its certificate"),
        ({"client_certificate": certificate, "client_key": other}, "client_key", "not the key"),
        ({"client_certificate": certificate, "client_key": certificate}, "client_key", "one private key"),
        ({"client_certificate": certificate, "client_key": own_key + other}, "client_key", "one private key"),
        ({"client_certificate": certificate, "client_key": key(encryption=PASSPHRASE)}, "client_key", "passphrase"),
        ({"client_certificate": certificate, "client_key": old}, "client_key", "passphrase"),
        ({"client_certificate": certificate, "client_key": own_key.replace("M", "!")}, "client_key", "cannot be read"),
        ({"proxy": "socks5://a.example:1"}, "proxy", "Enter an address"),
        ({"proxy": "https://a.example:1"}, "proxy", "http://proxy.example.org:3128"),
        ({"proxy": "http://a.example:1/path"}, "proxy", "http://proxy.example.org:3128"),
        ({"proxy": "http://me:hush@a.example:1"}, "proxy", "their own fields"),
        ({"proxy_login": "me"}, "proxy", "address"),
        ({"proxy": "http://a.example:1", "proxy_password": "x"}, "proxy_login", "needs a login"),
        ({"proxy": "http://a.example:1", "proxy_login": "a:b"}, "proxy_login", "cannot contain a colon"),
    ):
        found = wrong(**given)
        assert list(found) == [field], (given, found)
        assert said in found[field], (given, found)
        assert "hush" not in str(found)
        assert own_key.splitlines()[1] not in str(found)


def test_a_session_over_smpp_takes_no_proxy() -> None:
    assert "proxy" in wrong("smpp", proxy="http://a.example:1")


def test_the_login_at_the_proxy_arrives_as_it_was_entered() -> None:
    login, password = "имя@фирма", "p:a/s s%20w#ö"
    given = {"proxy": "http://proxy.example:3128", "proxy_login": login, "proxy_password": password}
    url = make_adapter("probe", {**NEEDED["probe"], **given}).options.proxy
    plain = make_adapter("probe", {**NEEDED["probe"], "proxy": "http://proxy.example"}).options.proxy
    host, port, authorization = Proxy.read(str(url))
    assert (host, port) == ("proxy.example", 3128)
    assert base64.b64decode(authorization.removeprefix(b"Basic ")).decode() == f"{login}:{password}"
    assert Proxy.read(str(plain)) == ("proxy.example", 80, b"")


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [
        (-DAY, 31 * DAY, None),
        (-DAY, 30 * DAY, "expires on"),
        (-2 * DAY, -DAY, "expired on"),
        (DAY, 90 * DAY, "valid only from"),
    ],
)
def test_somebody_is_told_before_a_certificate_ends(
    tmp_path: Path, begins: timedelta, ends: timedelta, said: str | None
) -> None:
    long = Authority(tmp_path, ends=365 * DAY)
    certificate, _ = parts(long.certificate("our client", begins=begins, ends=ends))
    trusted = long.file.read_text()
    told = expiry_warnings(own=certificate + trusted, trusted=trusted, now=datetime.now(tz=UTC))
    assert [said in each for each in told if said] == ([True] if said else [])
    assert bool(told) == bool(said)
    assert all("“our client”" in each for each in told)


def test_of_an_authority_that_was_renewed_the_later_certificate_counts(tmp_path: Path) -> None:
    earlier, later, other = (
        Authority(tmp_path / str(number), name, ends=ends)
        for number, (name, ends) in enumerate((("one", -DAY / 2), ("one", 99 * DAY), ("another", DAY)))
        if not (tmp_path / str(number)).mkdir()
    )
    trusted = "".join(each.file.read_text() for each in (later, earlier, other))
    (told,) = expiry_warnings(own="", trusted=trusted, now=datetime.now(tz=UTC))
    assert "“another” expires on" in told


def test_a_kind_that_may_recognise_a_repeated_message_says_what_its_account_is() -> None:
    for adapter in KINDS.values():
        names = {field.name for field in adapter.all_fields()}
        assert bool(adapter.account) == (adapter.facts.knows_repeated_ids is not False), adapter.kind
        assert names >= set(adapter.account)


def test_every_kind_that_connects_takes_them() -> None:
    for adapter in KINDS.values():
        names = {field.name for field in adapter.connection_fields}
        assert names == (NAMES if adapter.kind != "smpp" else {n for n in NAMES if not n.startswith("proxy")})
        assert not names & {field.name for field in adapter.fields}
        assert {field.name for field in adapter.connection_fields if field.is_secret} <= {
            "client_key",
            "proxy_password",
        }
