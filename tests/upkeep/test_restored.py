"""A ledger out of a backup knows it, and sends nothing before somebody has looked at it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from psycopg.conninfo import make_conninfo

from harness.cast import person
from harness.fake_transport import TIMEOUT
from harness.rows import FIRST, add_clients, assert_totals_are_rows, ledger_now
from harness.stepping import Stepped, begin, mailing, tick
from vestnik.cluster.backup import dump, load
from vestnik.cluster.processes import wait_for
from vestnik.db.connection import Connection
from vestnik.errors import ClusterError
from vestnik.ledger.check import check_totals
from vestnik.mailings.actions import cancel, resume
from vestnik.models import AuditEntry, Login, Mailing, MailingState, PauseCode
from vestnik.upkeep.restored import Held, hold, hold_if_restored, place_of
from vestnik.upkeep.sweep import sweep
from vestnik.workers.sending import Sending


def from_elsewhere(ledger: Connection) -> None:
    """Make the ledger one that was in another database."""
    assert hold_if_restored(ledger) is None
    ledger.execute("UPDATE vestnik_ledgeridentity SET database = database + 1")


def column(ledger: Connection, statement: str) -> list[Any]:
    return [row[0] for row in ledger.execute(statement.encode()).fetchall()]


@pytest.fixture
def in_the_middle(ledger: Connection) -> Iterator[Mailing]:
    """A mailing to four, two of them on their way, when the backup was made."""
    made = begin(ledger, 4)
    stepped = Stepped(concurrency=2)
    stepped.step()
    assert len(stepped.gateway.pending) == 2
    yield made
    stepped.until_empty()
    stepped.dispatcher.close()


def test_a_ledger_where_it_always_was_is_left_alone(ledger: Connection, in_the_middle: Mailing) -> None:
    assert hold_if_restored(ledger) is None
    assert hold_if_restored(ledger) is None
    assert Mailing.objects.get(id=in_the_middle.id).state == MailingState.RUNNING


def test_what_ran_is_paused_and_what_was_queued_is_in_doubt_and_stays_queued(
    ledger: Connection, in_the_middle: Mailing
) -> None:
    from_elsewhere(ledger)
    assert hold_if_restored(ledger) == Held(mailings=1, messages=4, logins=0)
    held = Mailing.objects.get(id=in_the_middle.id)
    assert (held.state, held.pause_code) == (MailingState.PAUSED, PauseCode.RESTORED)
    assert column(ledger, "SELECT DISTINCT (state, in_doubt) FROM vestnik_message_now") == [("0", "t")]
    assert column(ledger, "SELECT DISTINCT state FROM vestnik_batch") == ["ready"]
    assert check_totals(ledger) == []
    assert AuditEntry.objects.get(action="ledger.restored").details == {"mailings": 1, "messages": 4, "logins": 0}
    assert hold_if_restored(ledger) is None, "once is enough"


def test_a_worker_that_connects_holds_it_back_before_it_claims_anything(ledger: Connection) -> None:
    begin(ledger, 4)
    from_elsewhere(ledger)
    stepped = Stepped(concurrency=2)
    stepped.step(5)
    stepped.dispatcher.close()
    assert stepped.gateway.phones == []
    assert column(ledger, "SELECT state FROM vestnik_mailing") == ["paused"]


def test_the_sending_thread_of_a_worker_holds_it_back_before_it_claims_anything(ledger: Connection) -> None:
    """Without a keeper beside it: the process that runs a dispatcher gives it the check."""
    begin(ledger, 4)
    from_elsewhere(ledger)
    thread = Sending("restored")
    thread.start()
    try:
        assert wait_for(lambda: column(ledger, "SELECT state FROM vestnik_mailing") == ["paused"], seconds=10)
    finally:
        thread.stop()
        thread.join(20)
    assert column(ledger, "SELECT DISTINCT (state, high_water IS NULL) FROM vestnik_batch") == [("ready", "t")]


@pytest.mark.parametrize("idempotent", [True, False])
def test_after_a_resume_it_goes_on_and_without_an_answer_ends_unknown(ledger: Connection, idempotent: bool) -> None:
    made = begin(ledger, 4)
    from_elsewhere(ledger)
    hold_if_restored(ledger)
    resume(mailing_id=made.id, actor=None)
    stepped = Stepped(concurrency=4, idempotent=idempotent)
    stepped.step()
    assert sorted(stepped.gateway.phones) == [FIRST + n for n in range(4)]
    stepped.gateway.answer(count=3)
    stepped.gateway.answer(TIMEOUT)
    stepped.step()
    stepped.dispatcher.close()
    if not idempotent:
        assert sorted(column(ledger, "SELECT state FROM vestnik_message_now")) == [1, 1, 1, 7]


def test_cancelled_instead_nobody_is_said_to_have_got_nothing(ledger: Connection) -> None:
    made = begin(ledger, 4)
    from_elsewhere(ledger)
    hold_if_restored(ledger)
    cancel(mailing_id=made.id, actor=None)
    tick(ledger)
    assert column(ledger, "SELECT DISTINCT state FROM vestnik_message_now") == [7]
    assert_totals_are_rows(ledger, made.id)


def test_what_was_scheduled_starts_paused_unless_it_was_released_before(ledger: Connection) -> None:
    add_clients(ledger, 3)
    waits, released = mailing(), mailing()
    from_elsewhere(ledger)
    assert hold_if_restored(ledger) == Held(mailings=2, messages=0, logins=0)
    assert resume(mailing_id=released.id, actor=None).state == MailingState.SCHEDULED
    tick(ledger)
    assert Mailing.objects.get(id=waits.id).state == MailingState.PAUSED
    assert Mailing.objects.get(id=released.id).state == MailingState.RUNNING
    doubts = "SELECT bool_and(in_doubt) FROM vestnik_message_now GROUP BY mailing_id ORDER BY mailing_id"
    assert column(ledger, doubts) == [True, False]


def test_what_is_built_after_the_resume_is_not_in_doubt(ledger: Connection) -> None:
    add_clients(ledger, 4)
    made = mailing()
    from_elsewhere(ledger)
    hold_if_restored(ledger)
    sweep(ledger, idempotent=True, stopped=lambda: False)
    assert Mailing.objects.get(id=made.id).state == MailingState.PAUSED
    resume(mailing_id=made.id, actor=None)
    tick(ledger)
    assert column(ledger, "SELECT in_doubt FROM vestnik_message_now") == [False] * 4


def test_ids_and_tokens_jump_ahead_and_never_back(ledger: Connection) -> None:
    begin(ledger, 1)
    ledger.execute("SELECT setval('vestnik_message_id_seq', 1000)")
    least = (int(ledger_now(ledger).timestamp()) - 1_700_000_000) * 1_000_000
    (token,) = column(ledger, "SELECT last_value FROM vestnik_lease_numbers")
    hold(ledger)
    (first,) = column(ledger, "SELECT nextval('vestnik_message_id_seq')")
    assert least <= first < least + 600 * 1_000_000
    assert column(ledger, "SELECT nextval('vestnik_lease_numbers')")[0] > token + 1_000_000
    ledger.execute("SELECT setval('vestnik_message_id_seq', %s)", [2**52])
    hold(ledger)
    assert column(ledger, "SELECT nextval('vestnik_message_id_seq')") == [2**52 + 1]


def test_logins_of_the_backup_end(ledger: Connection) -> None:
    user = person("anna")
    expires = ledger_now(ledger) + timedelta(days=1)
    login = Login.objects.create(user=user, refresh_jti="x", expires_at=expires)
    SessionStore().create()
    assert hold(ledger).logins == 1
    login.refresh_from_db()
    assert login.revoked_at is not None
    assert not Session.objects.exists()


@pytest.fixture
def elsewhere(ledger: Connection) -> Iterator[str]:
    """The URL of an empty database beside the ledger."""
    ledger.execute("DROP DATABASE IF EXISTS elsewhere")
    ledger.execute("CREATE DATABASE elsewhere")
    yield make_conninfo(settings.ENVIRONMENT.database_url, dbname="elsewhere")
    ledger.execute("DROP DATABASE elsewhere WITH (FORCE)")


def test_a_copy_made_by_pg_dump_and_pg_restore_knows_what_it_is_and_the_first_ledger_does_not_change(
    ledger: Connection, elsewhere: str, in_the_middle: Mailing, tmp_path: Path
) -> None:
    del in_the_middle
    assert hold_if_restored(ledger) is None
    backup = tmp_path / "ледж ер.dump"
    assert dump(settings.ENVIRONMENT.database_url, backup) > 10_000
    assert backup.stat().st_mode & 0o777 == 0o600
    load(elsewhere, backup)
    with psycopg.connect(elsewhere, autocommit=True) as copy:
        assert hold_if_restored(copy) == Held(mailings=1, messages=4, logins=0)
        assert copy.execute("SELECT state FROM vestnik_mailing").fetchall() == [("paused",)]
        assert check_totals(copy) == []
    assert hold_if_restored(ledger) is None
    assert column(ledger, "SELECT state FROM vestnik_mailing") == ["running"]
    with pytest.raises(ClusterError, match="not empty"):
        load(elsewhere, backup)


def test_a_backup_that_is_damaged_restores_nothing(ledger: Connection, elsewhere: str, tmp_path: Path) -> None:
    del ledger
    backup = tmp_path / "half"
    dump(settings.ENVIRONMENT.database_url, backup)
    backup.write_bytes(backup.read_bytes()[:-3_000])
    with pytest.raises(ClusterError, match="pg_restore failed"):
        load(elsewhere, backup)
    with psycopg.connect(elsewhere) as copy:
        assert copy.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").fetchall() == []


def test_a_backup_that_cannot_be_written_is_one_sentence_and_leaves_nothing(ledger: Connection, tmp_path: Path) -> None:
    del ledger
    with pytest.raises(ClusterError, match="cannot be written"):
        dump(settings.ENVIRONMENT.database_url, tmp_path / "missing" / "file")
    with pytest.raises(ClusterError, match="cannot be reached"):
        dump("postgresql://nobody@127.0.0.1:9/none", tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("hidden", [False, True])
def test_an_ordinary_role_may_ask_where_the_ledger_lives_and_one_that_may_not_does_without(
    ledger: Connection, hidden: bool
) -> None:
    ledger.execute("CREATE ROLE plain")
    ledger.execute("GRANT ALL ON vestnik_ledgeridentity TO plain")
    if hidden:
        ledger.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    try:
        ledger.execute("SET ROLE plain")
        assert hold_if_restored(ledger) is None
        here, known = place_of(ledger)
        assert here == known
        assert here.startswith("hidden/") is hidden
        ledger.execute("RESET ROLE")
        assert hold_if_restored(ledger) is None, "to be allowed to ask is no move"
    finally:
        ledger.execute("RESET ROLE")
        ledger.execute("GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")
        ledger.execute("DROP OWNED BY plain")
        ledger.execute("DROP ROLE plain")
