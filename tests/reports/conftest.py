"""A mail server for each test, and settings that point to it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.reports.mail import Mailbox, running_mailbox


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture
def posting(settings: Any, mailbox: Mailbox) -> Any:
    """Settings with a mail server; call it to change more of them."""

    def change(**changes: Any) -> None:
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, **changes)

    change(email_url=mailbox.url)
    return change
