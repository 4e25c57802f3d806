"""A real SMTP server that keeps what it gets, and may be told to misbehave."""

import email
import email.policy
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.sockets import closed_port

#: It logs every line of every conversation; those of our side are what tests look at.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Mailbox:
    """What an SMTP server took. ``refusal``: its answer to every letter, while set; ``before``: runs at each one."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusal = ""
        self.tries = 0
        self.before: Callable[[], None] = lambda: None
        self.url = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.tries += 1
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
def running_mailbox() -> Iterator[Mailbox]:
    """An SMTP server on a free port, in a thread of its own."""
    mailbox = Mailbox()
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=closed_port(),
        authenticator=lambda *_: AuthResult(success=True),
        auth_require_tls=False,
    )
    controller.start()
    try:
        mailbox.url = f"smtp://127.0.0.1:{controller.port}"
        yield mailbox
    finally:
        controller.stop()


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    """Its text, or its HTML."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
