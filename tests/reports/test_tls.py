"""The report leaves by TLS or not at all, where EMAIL_URL says TLS; and only to whom the certificate names."""

from typing import Any

import pytest

from harness.cast import administrator
from harness.simulator import TLS
from tests.reports.days import until_now
from tests.reports.mail import Mailbox, running_mailbox
from vestnik.db.clock import database_now
from vestnik.models import ReportSent
from vestnik.reports.delivery import send_reports_of

pytestmark = pytest.mark.usefixtures("ledger")
GOOD, OF_ANOTHER_HOST = TLS / "cert.pem", TLS / "elsewhere.pem"


def send(posting: Any, url: str) -> int:
    posting(email_url=url)
    administrator("anna")
    return send_reports_of(until_now(), now=database_now())


def with_login(mailbox: Mailbox, scheme: str) -> str:
    return mailbox.url.replace("smtp://", f"{scheme}://robot:s3cret@")


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-made certificates are as good as an authority's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(GOOD))


@pytest.mark.usefixtures("trusted")
def test_by_starttls_the_password_and_the_letter_go_sealed(posting: Any) -> None:
    with running_mailbox(starttls=GOOD) as server:
        assert send(posting, with_login(server, "smtp+tls")) == 1
        assert (server.passwords, server.sealed) == ([b"s3cret"], [True])
        assert server.recipients == ["anna@example.org"]


@pytest.mark.usefixtures("trusted")
def test_by_tls_from_the_first_byte_too(posting: Any) -> None:
    with running_mailbox(tls=GOOD) as server:
        assert send(posting, with_login(server, "smtp+ssl")) == 1
        assert server.recipients == ["anna@example.org"]


@pytest.mark.parametrize("scheme", ["smtp+tls", "smtp+ssl"])
def test_a_certificate_that_nobody_vouches_for_gets_neither_letter_nor_password(posting: Any, scheme: str) -> None:
    how = {"starttls": GOOD} if scheme == "smtp+tls" else {"tls": GOOD}
    with running_mailbox(**how) as server:
        assert send(posting, with_login(server, scheme)) == 0
        assert (server.passwords, server.letters) == ([], [])
    assert "CERTIFICATE_VERIFY_FAILED" in ReportSent.objects.get().error


def test_a_certificate_of_another_host_gets_nothing(posting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(OF_ANOTHER_HOST))
    with running_mailbox(starttls=OF_ANOTHER_HOST) as server:
        assert send(posting, with_login(server, "smtp+tls")) == 0
        assert (server.passwords, server.letters) == ([], [])
    assert "Hostname mismatch" in ReportSent.objects.get().error


def test_a_server_that_offers_no_tls_gets_nothing_in_the_clear(posting: Any, mailbox: Mailbox) -> None:
    assert send(posting, with_login(mailbox, "smtp+tls")) == 0
    assert (mailbox.passwords, mailbox.letters) == ([], [])
    assert "STARTTLS" in ReportSent.objects.get().error
