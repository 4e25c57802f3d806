"""Endpoints in the ledger that go to servers of the tests."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from harness.webhook_receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def _allow_private(settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, webhook_allow_private=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def endpoint_of(ledger: Any) -> Callable[..., Any]:
    """Makes an endpoint that goes to a server of the test, which learns its secret."""
    del ledger
    from vestnik.models import WebhookEventType
    from vestnik.webhooks.endpoints import create_endpoint

    def made(receiver: Receiver, *types: str) -> Any:
        row, secret = create_endpoint(
            url=receiver.url, event_types=types or WebhookEventType.values, description="", actor=None
        )
        receiver.secrets.append(secret)
        return row

    return made
