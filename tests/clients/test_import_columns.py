"""Which column is what: guessed, corrected, shown as it will be read, and then read like that; and cancelled."""

import io
from typing import Any

import pytest

from tests.clients.test_import import MOSCOW, directory, never, workbook

SHOP = (
    "ФИО;Мобильный;Группа клиентов;Пояс;Номер договора\n"
    "Иванов;8 (911) 123-45-67;вип;Europe/Moscow;1\n"
    "Петрова;+7 922 000-00-00;;;2\n"
    "Ким;;вип;Asia/Omsk;3\n"
    "Иванов;79111234567;вип;Europe/Moscow;4\n"
)


def draft(data: bytes | str, *, name: str = "olga") -> Any:
    """A file that an operator has uploaded."""
    from vestnik.clients.imports.drafts import keep_draft
    from vestnik.models import User

    actor, _created = User.objects.get_or_create(username=name, role="operator")
    content = data.encode() if isinstance(data, str) else data
    return keep_draft(file=io.BytesIO(content), file_name="shop.csv", actor=actor)


def matched(job: Any, **changes: Any) -> Any:
    """The guessed columns, with changes."""
    from vestnik.clients.imports.columns import Columns
    from vestnik.clients.imports.drafts import guess_of

    guess = guess_of(job)
    places = {"phone": None, "code": None, "tag": None, "zone": None, **guess.places}
    return Columns(**{**places, "count": len(job.sample[0][1]), "header": guess.header, **changes})


def started(job: Any, columns: Any, *, mode: str = "upsert", on_error: str = "skip") -> Any:
    """The job, imported."""
    from vestnik.clients.imports.drafts import start_draft
    from vestnik.clients.imports.runner import run_jobs
    from vestnik.models import ImportMode, OnError

    actor = job.created_by
    start_draft(job_id=job.id, columns=columns, mode=ImportMode(mode), on_error=OnError(on_error), actor=actor)
    run_jobs(stopped=never)
    job.refresh_from_db()
    return job


def previewed(job: Any, columns: Any, *, mode: str = "upsert") -> list[tuple[int, str, str | None]]:
    from vestnik.clients.imports.drafts import preview
    from vestnik.models import ImportMode

    rows = preview(job=job, columns=columns, mode=ImportMode(mode))
    return [(row.line, row.outcome, row.reason) for row in rows]


# -- guesses


@pytest.mark.parametrize(
    ("table", "places", "header"),
    [
        ([["phone_number", "operator code", "tag", "timezone"]], {"phone": 0, "code": 1, "tag": 2, "zone": 3}, True),
        ([["Имя", "Телефон клиента", "Сегмент"], ["Ким", "89111234567", "вип"]], {"phone": 1, "tag": 2}, True),
        # The name would say the contract, the cells say the phone.
        ([["Номер", "Связь"], ["17-А", "8 911 123-45-67"], ["18-А", ""]], {"phone": 1}, True),
        ([["89111234567", "Europe/Moscow"], ["89111234568", "Asia/Omsk"]], {"phone": 0, "zone": 1}, False),
        ([[79111234567.0]], {"phone": 0}, False),
        ([["a", "b"], ["1", "2"]], {}, True),
        ([["Телефон", "Телефон"], ["", "89111234567"]], {"phone": 1}, True),
        ([["Телефон"]], {"phone": 0}, True),
    ],
)
def test_columns_are_guessed_by_their_names_and_by_what_stands_in_them(
    table: list[list[object]], places: dict[str, int], header: bool, db: None
) -> None:
    from vestnik.clients.imports.guessing import guess_columns

    del db
    guess = guess_columns(table)
    assert (guess.places, guess.header) == (places, header)


# -- previews


@pytest.mark.usefixtures("ledger")
def test_a_preview_tells_what_becomes_of_each_row_and_changes_nothing() -> None:
    job = draft(SHOP.encode("cp1251"))
    columns = matched(job, zone_for_all=MOSCOW)
    assert (columns.phone, columns.tag, columns.zone) == (1, 2, 3)
    expected = [(2, "created", None), (3, "refused", "tag_missing"), (4, "refused", "phone_missing")]
    assert previewed(job, columns) == [*expected, (5, "refused", "duplicate")]
    assert previewed(job, columns, mode="update")[0] == (2, "refused", "absent")
    assert directory() == []


@pytest.mark.usefixtures("ledger")
def test_what_is_previewed_is_what_is_imported() -> None:
    job = draft(SHOP)
    columns = matched(job, tag_for_all="новый", zone_for_all=MOSCOW)
    told = previewed(job, columns)
    job = started(job, columns)
    assert (job.state, job.rows, job.created, job.refused, job.lines) == ("done", 4, 2, 2, 4)
    assert [outcome for _line, outcome, _reason in told] == ["created", "created", "refused", "refused"]
    assert directory() == [(79111234567, 911, "вип", MOSCOW), (79220000000, 922, "новый", MOSCOW)]
    again = draft(SHOP)
    assert [row[1] for row in previewed(again, columns)][:2] == ["unchanged", "unchanged"]
    assert [
        row[1] for row in previewed(again, matched(again, tag_for_all="новый", zone=None, zone_for_all="Asia/Omsk"))
    ][:2] == [
        "updated",
        "updated",
    ]


@pytest.mark.usefixtures("ledger")
def test_a_table_without_a_header_and_with_numbers_is_imported_whole() -> None:
    job = draft(workbook([[79111234567, "вип"], [79220000000.0, None]]))
    assert job.lines is None
    job = started(job, matched(job, tag=1, tag_for_all="x", zone_for_all=MOSCOW))
    assert directory() == [(79111234567, 911, "вип", MOSCOW), (79220000000, 922, "x", MOSCOW)]


@pytest.mark.parametrize("columns", ["a;b;c\n1;2;3\n", "a,b,c\n1,2,3\n", "a\tb\tc\n1\t2\t3\n"])
def test_the_delimiter_is_seen_where_no_column_has_a_known_name(columns: str, db: None) -> None:
    del db
    assert len(draft(columns).sample[0][1]) == 3


@pytest.mark.parametrize(
    ("changes", "mode", "field"),
    [
        ({"tag": 1}, "upsert", "tag"),
        ({"tag": None}, "create", "tag"),
        ({"zone": None}, "upsert", "zone"),
        ({"code": 99}, "upsert", "code"),
        ({"tag_for_all": "t" * 65}, "upsert", "tag_for_all"),
        ({"zone_for_all": "Mars/Olympus"}, "upsert", "zone_for_all"),
        ({"tag": None, "zone": None}, "update", None),
    ],
)
def test_columns_that_cannot_be_are_refused_at_their_field(
    changes: dict[str, Any], mode: str, field: str | None, db: None
) -> None:
    from vestnik.errors import InvalidInput

    del db
    job = draft(SHOP)
    if field is None:
        previewed(job, matched(job, **changes), mode=mode)
        return
    with pytest.raises(InvalidInput) as refused:
        previewed(job, matched(job, **changes), mode=mode)
    assert field in refused.value.fields


def test_a_large_table_keeps_a_small_sample(db: None) -> None:
    from vestnik.clients.imports.drafts import SAMPLE_ROWS

    del db
    assert len(draft("phone\n" + "79111234567\n" * 5_000).sample) == SAMPLE_ROWS
    wide = ",".join(f"column {number}" for number in range(90))
    assert 1 < len(draft(f"{wide}\n" + (",".join(["x" * 300] * 90) + "\n") * 500).sample) < 20


# -- drafts


@pytest.mark.usefixtures("ledger")
def test_an_account_has_one_draft_and_a_started_one_cannot_start_again() -> None:
    from vestnik.clients.imports.drafts import discard_draft, preview, start_draft
    from vestnik.errors import StateForbids
    from vestnik.models import ImportJob, ImportMode, ImportPiece, OnError

    first, other, second = draft(SHOP), draft(SHOP, name="boris"), draft(SHOP)
    assert set(ImportJob.objects.values_list("id", flat=True)) == {other.id, second.id}
    columns = matched(second, tag_for_all="x", zone_for_all=MOSCOW)
    with pytest.raises(StateForbids):
        start_draft(
            job_id=first.id, columns=columns, mode=ImportMode.UPSERT, on_error=OnError.SKIP, actor=other.created_by
        )
    assert started(second, columns).state == "done"
    for action in (
        lambda: started(second, columns),
        lambda: preview(job=second, columns=columns, mode=ImportMode.UPSERT),
        lambda: discard_draft(job=second),
    ):
        with pytest.raises(StateForbids):
            action()
    discard_draft(job=other)
    assert not ImportPiece.objects.exists()
    assert len(directory()) == 2


# -- cancelling


def test_a_cancelled_import_leaves_nothing_wherever_it_is(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from vestnik.clients.imports import jobs, runner
    from vestnik.errors import StateForbids
    from vestnik.models import AuditEntry, ImportMode, ImportPiece, ImportState, OnError

    def add() -> Any:
        rows = b"".join(b"7911%07d,vip,Europe/Moscow\n" % number for number in range(6_000))
        content = io.BytesIO(b"phone,tag,timezone\n" + rows)
        return jobs.add_job(file=content, mode=ImportMode.UPSERT, on_error=OnError.SKIP, actor=None)

    waiting = add()
    jobs.cancel_job(job_id=waiting.id, actor=None)
    reading = add()
    runner.run_job(ledger, reading.id, stopped=never, progress=lambda _: jobs.cancel_job(job_id=reading.id, actor=None))
    writing = add()
    whole = runner.keep_refused

    def cancelled_meanwhile(*arguments: Any) -> None:
        whole(*arguments)
        jobs.cancel_job(job_id=writing.id, actor=None)

    monkeypatch.setattr(runner, "keep_refused", cancelled_meanwhile)
    runner.run_job(ledger, writing.id, stopped=never)
    for job in (waiting, reading, writing):
        job.refresh_from_db()
        assert (job.state, jobs.error_of(job)) == (ImportState.FAILED, "It was cancelled, so nothing was imported.")
        with pytest.raises(StateForbids, match="finished"):
            jobs.cancel_job(job_id=job.id, actor=None)
    assert (directory(), ImportPiece.objects.count()) == ([], 0)
    assert AuditEntry.objects.filter(action="client.import").count() == 0
    assert AuditEntry.objects.filter(action="client.import_cancel").count() == 3
