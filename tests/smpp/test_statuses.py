"""Every command_status of the documentation, and what it means for a message and for a bind."""

from dataclasses import replace

import pytest

from tests.smpp.cast import SETTINGS
from vestnik.gateways.outcome import Kind
from vestnik.gateways.smpp.statuses import STATUSES, bind_outcome, submit_outcome

R, T, U, A = Kind.REFUSED, Kind.THROTTLED, Kind.UNAUTHORIZED, Kind.AMBIGUOUS
#: SMPP 3.4, 5.1.3, in its order; 5.0, 4.7.6; Infobip's page.
TABLE = [
    (0x01, R), (0x02, R), (0x03, R), (0x04, T), (0x05, A), (0x06, R), (0x07, R), (0x08, A), (0x0A, R), (0x0B, R),
    (0x0C, A), (0x0D, U), (0x0E, U), (0x0F, U), (0x11, A), (0x13, A), (0x14, T), (0x15, R), (0x33, R), (0x34, R),
    (0x40, R), (0x42, R), (0x43, R), (0x44, R), (0x45, R), (0x48, R), (0x49, R), (0x50, R), (0x51, R), (0x53, U),
    (0x54, R), (0x55, R), (0x58, T), (0x61, R), (0x62, R), (0x63, R), (0x64, T), (0x65, R), (0x66, R), (0x67, A),
    (0xC0, R), (0xC1, R), (0xC2, R), (0xC3, R), (0xC4, R), (0xFE, R), (0xFF, A),
    (0x100, U), (0x101, U), (0x102, T), (0x103, U), (0x104, R), (0x105, R), (0x106, R),
    (0x107, A), (0x108, A), (0x109, A), (0x10A, A), (0x10B, A), (0x10C, A), (0x10D, A), (0x10E, A), (0x10F, A),
    (0x110, A), (0x111, A), (0x112, A),
    (0x22, R), (0x9F, R), (0x4A1, A),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), TABLE)
def test_a_documented_status_has_its_outcome(status: int, kind: Kind) -> None:
    outcome = submit_outcome(status, SETTINGS)
    assert (outcome.kind, outcome.code) == (kind, f"smpp_{status:#x}")
    assert STATUSES[status].name in outcome.detail
    assert outcome.retry_after == (1.0 if kind is T else None)


def test_no_row_is_missing() -> None:
    assert {status for status, _ in TABLE} == STATUSES.keys()


#: What SMPP 5.0, 4.7.6, added to 3.4, from 0x100 on and without a gap.
ADDED = (
    "SERTYPUNAUTH", "PROHIBITED", "SERTYPUNAVAIL", "SERTYPDENIED", "INVDCS", "INVSRCADDRSUBUNIT", "INVDSTADDRSUBUNIT",
    "INVBCASTFREQINT", "INVBCASTALIAS_NAME", "INVBCASTAREAFMT", "INVNUMBCAST_AREAS", "INVBCASTCNTTYPE",
    "INVBCASTMSGCLASS", "BCASTFAIL", "BCASTQUERYFAIL", "BCASTCANCELFAIL", "INVBCAST_REP", "INVBCASTSRVGRP",
    "INVBCASTCHANIND",
)  # fmt: skip


def test_every_status_that_smpp_5_added_has_its_own_name() -> None:
    named = {status: row.name for status, row in STATUSES.items() if 0x100 <= status < 0x400}
    assert named == {0x100 + place: f"ESME_R{name}" for place, name in enumerate(ADDED)}


@pytest.mark.parametrize("status", range(0x107, 0x113))
def test_a_status_of_broadcasts_says_nothing_about_a_message_and_leaves_it_in_doubt(status: int) -> None:
    assert submit_outcome(status, SETTINGS).kind is A


@pytest.mark.parametrize("status", [0x09, 0x10, 0x46, 0x400, 0x4FF, 0x500, 0xFFFFFFFF])
def test_a_reserved_status_leaves_the_message_in_doubt(status: int) -> None:
    outcome = submit_outcome(status, SETTINGS)
    assert outcome.kind is A
    assert outcome.detail == f"status {status:#010x}"
    assert not outcome.server_error


@pytest.mark.parametrize("status", [0x08, 0xFF, 0x4A1])
def test_an_error_of_the_smsc_itself_feeds_the_breaker(status: int) -> None:
    assert submit_outcome(status, SETTINGS).server_error


def test_the_settings_say_what_the_providers_own_codes_mean() -> None:
    own = replace(
        SETTINGS, account_codes=frozenset({0x400, 0xFF}), throttle_codes=frozenset({0x401}),
        refused_codes=frozenset({0x402}),
    )  # fmt: skip
    kinds = [submit_outcome(status, own).kind for status in (0x400, 0xFF, 0x401, 0x402, 0x403)]
    assert kinds == [U, U, T, R, A]


@pytest.mark.parametrize(("status", "kind"), [
    (0x0D, U), (0x0E, U), (0x0F, U), (0x53, U), (0x100, U), (0x101, U),
    # Another session of ours is still open there, or it has no room: later it takes us.
    (0x05, Kind.NOT_SENT), (0x08, Kind.NOT_SENT), (0x14, Kind.NOT_SENT), (0x58, Kind.NOT_SENT), (0x4FF, Kind.NOT_SENT),
])  # fmt: skip
def test_a_refused_bind_sends_nothing(status: int, kind: Kind) -> None:
    outcome = bind_outcome(status)
    assert outcome.kind is kind
    assert outcome.transport_failure is (kind is Kind.NOT_SENT)
