"""What tests of receipts share. The dispatcher is imported late: this file is read before Django is set up."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def sender(ledger: Any) -> Iterator[Any]:
    """A dispatcher of a strict gateway."""
    del ledger
    from harness.stepping import Stepped

    stepped = Stepped(concurrency=20, idempotent=False)
    yield stepped
    stepped.dispatcher.close()
