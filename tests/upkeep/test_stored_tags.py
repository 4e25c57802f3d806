"""Tags of earlier releases become one with those that look the same, in pieces; nobody is left out meanwhile."""

from typing import Any

import pytest

from harness.rows import add_clients, add_mailing

DIRTY = [" vip", "vip\u00a0", "\u200bvip", "\ufeffvip "]


def never() -> bool:
    return False


def tags_of(ledger: Any) -> dict[str, int]:
    return dict(ledger.execute("SELECT tag, count(*) FROM vestnik_client GROUP BY tag").fetchall())


def filter_of(ledger: Any, mailing: int) -> list[str]:
    ((tags,),) = ledger.execute("SELECT filter_tags FROM vestnik_mailing WHERE id = %s", [mailing]).fetchall()
    return list(tags)


def matched_before(ledger: Any, mailing: int) -> int:
    """How many clients the release before finds: it compares what stands there."""
    statement = (
        "SELECT count(*) FROM vestnik_client c, vestnik_mailing m WHERE m.id = %s AND c.tag = ANY (m.filter_tags)"
    )
    return int(ledger.execute(statement, [mailing]).fetchone()[0])


@pytest.fixture
def pieces_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    from vestnik.upkeep import stored_tags

    monkeypatch.setattr(stored_tags, "PIECE", 2)
    monkeypatch.setattr(stored_tags, "TAGS_AT_ONCE", 2)


@pytest.mark.usefixtures("pieces_of_two")
def test_tags_that_look_alike_become_one(ledger: Any) -> None:
    from vestnik.models import AuditEntry
    from vestnik.upkeep.stored_tags import clean_stored_tags

    for tag in ["vip", *DIRTY, "геро\u0438\u0306", "other", " \u200b"]:
        add_clients(ledger, 5, tag=tag)
    assert clean_stored_tags(stopped=never) == 25
    # There is nothing to make of a tag that cannot be seen.
    assert tags_of(ledger) == {"vip": 25, "герой": 5, "other": 5, " \u200b": 5}
    assert AuditEntry.objects.get(action="client.clean_tags").details == {"rows": 25}
    assert clean_stored_tags(stopped=never) == 0
    assert AuditEntry.objects.count() == 1


@pytest.mark.usefixtures("pieces_of_two")
def test_whoever_is_stopped_goes_on_the_next_time(ledger: Any) -> None:
    from vestnik.upkeep.stored_tags import clean_stored_tags

    for tag in DIRTY:
        add_clients(ledger, 5, tag=tag)
    asked, changed = 0, 0

    def soon() -> bool:
        nonlocal asked
        asked += 1
        return asked % 3 == 0

    rounds = 0
    while done := clean_stored_tags(stopped=soon):
        assert done < 20
        changed, rounds = changed + done, rounds + 1
    assert clean_stored_tags(stopped=never) + changed == 20
    assert rounds > 1
    assert tags_of(ledger) == {"vip": 20}


def test_a_second_process_does_nothing_meanwhile(ledger: Any) -> None:
    from vestnik.db.locks import Lock
    from vestnik.upkeep.stored_tags import clean_stored_tags

    add_clients(ledger, 3, tag=" vip")
    ledger.execute("SELECT pg_advisory_lock(%s)", [int(Lock.CLEAN_TAGS)])
    assert clean_stored_tags(stopped=never) == 0
    ledger.execute("SELECT pg_advisory_unlock(%s)", [int(Lock.CLEAN_TAGS)])
    assert clean_stored_tags(stopped=never) == 3


def test_rows_that_somebody_else_changes_are_waited_for_by_nobody(ledger: Any) -> None:
    from vestnik.db.connection import open_connection
    from vestnik.upkeep.stored_tags import clean_stored_tags

    add_clients(ledger, 3, tag=" vip")
    with open_connection("other") as other, other.transaction():
        other.execute("SELECT FROM vestnik_client ORDER BY id LIMIT 1 FOR UPDATE")
        assert clean_stored_tags(stopped=never) == 2
    assert clean_stored_tags(stopped=never) == 1


@pytest.mark.usefixtures("pieces_of_two")
def test_a_mailing_finds_its_clients_before_meanwhile_and_after(ledger: Any) -> None:
    from vestnik.audience.preview import count_audience
    from vestnik.models import Mailing
    from vestnik.upkeep.stored_tags import clean_stored_tags

    add_clients(ledger, 5, tag=" vip")
    mailing = add_mailing(ledger, tag=" vip")
    counts = []

    def look() -> bool:
        tags = Mailing.objects.get(id=mailing).filter_tags
        audience = count_audience(tags=tags, codes=None)
        counts.append((sum(audience.by_timezone.values()), matched_before(ledger, mailing)))
        return False

    look()
    clean_stored_tags(stopped=look)
    look()
    assert len(counts) > 4
    assert set(counts) == {(5, 5)}
    assert filter_of(ledger, mailing) == [" vip", "vip"]


def test_a_filter_of_an_earlier_release_is_shown_and_edited_as_it_is_seen(ledger: Any) -> None:
    from vestnik.api.mailing_body import MailingSerializer
    from vestnik.console.tags import as_seen
    from vestnik.mailings.fields import fields_of
    from vestnik.models import Mailing
    from vestnik.upkeep.stored_tags import clean_stored_tags

    mailing = add_mailing(ledger, tag=" vip")
    for _ in range(2):
        kept = Mailing.objects.get(id=mailing)
        assert MailingSerializer(kept).data["filter"]["tag"] == ["vip"]
        assert fields_of(kept).filter_tags == ["vip"]
        assert as_seen(kept.filter_tags) == ["vip"]
        clean_stored_tags(stopped=never)
    assert kept.version == 1


def test_a_mailing_that_is_over_stays_as_it_was(ledger: Any) -> None:
    from vestnik.upkeep.stored_tags import clean_stored_tags

    mailing = add_mailing(ledger, tag=" vip")
    ledger.execute("UPDATE vestnik_mailing SET prepared_at = now() WHERE id = %s", [mailing])
    clean_stored_tags(stopped=never)
    assert filter_of(ledger, mailing) == [" vip"]
