"""What messages ended with is counted batch by batch, each once, and anew where something has changed."""

from typing import Any

import pytest

from harness.fake_transport import REFUSED, TIMEOUT
from harness.stepping import Stepped, begin
from vestnik.db.connection import Connection
from vestnik.mailings.unknown import resend_unknown
from vestnik.models import BatchOutcomes, Mailing
from vestnik.statistics import outcomes
from vestnik.statistics.outcomes import forget_outcomes, outcomes_of


def sent_with(ledger: Connection, outcome: Any, count: int = 5) -> Mailing:
    made = begin(ledger, count)
    stepped = Stepped(concurrency=64, idempotent=False)
    stepped.step()
    stepped.gateway.answer(outcome)
    stepped.step(4)
    stepped.dispatcher.close()
    return made


def told(mailing: Mailing) -> list[tuple[str, str, int]]:
    return [(count.state, count.code, count.count) for count in outcomes_of(mailing.id).counts]


def test_refusals_are_counted_by_code_with_the_words_of_the_gateway(ledger: Connection) -> None:
    made = sent_with(ledger, REFUSED)
    found = outcomes_of(made.id)
    assert found.whole
    assert [(count.state, count.code, count.count) for count in found.counts] == [("failed", REFUSED.code, 5)]
    assert found.counts[0].words == REFUSED.detail


def test_what_was_counted_is_not_read_again(ledger: Connection) -> None:
    made = sent_with(ledger, REFUSED)
    outcomes_of(made.id)
    BatchOutcomes.objects.update(outcomes=[[4, "kept", 5, ""]])
    assert told(made) == [("failed", "kept", 5)]


def test_what_has_changed_is_counted_anew(ledger: Connection) -> None:
    made = sent_with(ledger, TIMEOUT)
    assert told(made) == [("unknown", TIMEOUT.code, 5)]
    resend_unknown(mailing_id=made.id, actor=None)
    assert told(made) == []
    stepped = Stepped(concurrency=64, idempotent=False)
    stepped.step()
    stepped.gateway.answer(REFUSED)
    stepped.step(4)
    stepped.dispatcher.close()
    # Refused by a gateway that recognises nothing: the first attempt may have been delivered all the same.
    assert told(made) == [("unknown", REFUSED.code, 5)]


def test_much_is_counted_in_pieces(ledger: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sent_with(ledger, REFUSED)
    monkeypatch.setattr(outcomes, "PATIENCE", 0.0)
    assert not outcomes_of(made.id).whole


def test_what_was_counted_of_deleted_batches_is_forgotten(ledger: Connection) -> None:
    made = sent_with(ledger, REFUSED)
    outcomes_of(made.id)
    ledger.execute("DELETE FROM vestnik_batch")
    forget_outcomes()
    assert not BatchOutcomes.objects.exists()
