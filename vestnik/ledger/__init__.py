"""The state machine: every statement that changes a message or a batch, each behind a function.

A message is made (:mod:`~vestnik.ledger.audience`), leased with its batch and handed over
(:mod:`~vestnik.ledger.leases`), and gets its outcome (:mod:`~vestnik.ledger.outcomes`), or it is recalled before
(:mod:`~vestnik.ledger.recalls`). Successes stand in a log (:mod:`~vestnik.ledger.outcome_log`).
:mod:`~vestnik.ledger.fragments` has what the statements share.

The functions write. The caller opens the transaction, knows the reason, and notifies others. Where one locks
what another changes, both say so.
"""
