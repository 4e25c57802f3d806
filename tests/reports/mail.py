"""A real SMTP server that keeps what it gets, and may be told to misbehave."""

import email
import email.policy
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.sockets import closed_port

#: It logs every line of every conversation; those of our side are what tests look at.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Mailbox:
    """What an SMTP server took.

    ``refusal``: its answer to every letter, while set; ``before``: runs at each one; ``passwords``: all it was told.
    """

    def __init__(self) -> None:
        self.passwords: list[bytes] = []
        self.sealed: list[bool] = []
        self.letters: list[EmailMessage] = []
        self.refusal = ""
        self.tries = 0
        self.before: Callable[[], None] = lambda: None
        self.url = ""

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.tries += 1
        self.sealed.append(session.ssl is not None)
        self.before()
        if self.refusal:
            return self.refusal
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append(cast("EmailMessage", letter))
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        return sorted(str(letter["To"]) for letter in self.letters)


@contextmanager
def running_mailbox(*, starttls: Path | None = None, tls: Path | None = None) -> Iterator[Mailbox]:
    """An SMTP server on a free port, in a thread of its own.

    Args:
        starttls: it insists on STARTTLS with this certificate.
        tls: it speaks TLS from the first byte, with this one. The key is in ``key.pem`` beside either.
    """
    mailbox = Mailbox()

    def told(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        mailbox.passwords.append(login.password)
        return AuthResult(success=True)

    controller = Controller(
        mailbox,
        hostname="localhost" if tls or starttls else "127.0.0.1",
        port=closed_port(),
        authenticator=told,
        auth_require_tls=starttls is not None,
        require_starttls=starttls is not None,
        tls_context=_context(starttls),
        ssl_context=_context(tls),
    )
    controller.start()
    try:
        mailbox.url = f"smtp://{controller.hostname}:{controller.port}"
        yield mailbox
    finally:
        controller.stop()


def _context(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    """Its text, or its HTML."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
