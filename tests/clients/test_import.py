"""An import: files as people's spreadsheets save them, exact counts, and nothing half done."""

import gzip
import io
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

HEAD = "phone_number,mobile_operator_code,tag,timezone\n"
MOSCOW = "Europe/Moscow"


def never() -> bool:
    return False


def add(content: bytes | str, mode: str = "upsert", on_error: str = "skip") -> Any:
    from vestnik.clients.imports.jobs import add_job
    from vestnik.models import ImportMode, OnError

    data = content.encode() if isinstance(content, str) else content
    return add_job(file=io.BytesIO(data), mode=ImportMode(mode), on_error=OnError(on_error), actor=None)


def run(ledger: Any, job: Any) -> Any:
    from vestnik.clients.imports.runner import run_job

    assert run_job(ledger, job.id, stopped=never)
    job.refresh_from_db()
    return job


def imported(ledger: Any, content: bytes | str, mode: str = "upsert", on_error: str = "skip") -> Any:
    return run(ledger, add(content, mode, on_error))


def counts(job: Any) -> tuple[int, int, int, int, int]:
    """Rows, created, updated, unchanged, refused."""
    return job.rows, job.created, job.updated, job.unchanged, job.refused


def directory() -> list[tuple[int, int, str, str]]:
    from vestnik.models import Client

    rows = Client.objects.order_by("phone_number")
    return list(rows.values_list("phone_number", "mobile_operator_code", "tag", "timezone"))


def error(job: Any) -> str:
    from vestnik.clients.imports.jobs import error_of

    return error_of(job)


def reasons(job: Any) -> list[tuple[int, str]]:
    from vestnik.models import ImportRefusal

    return list(ImportRefusal.objects.filter(job=job).order_by("line").values_list("line", "reason"))


def workbook(rows: list[list[object]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ROWS = [["79111234567", "999", "вип", MOSCOW], ["79210000001", "", "new, old", "Asia/Omsk"]]
AS_KEPT = [(79111234567, 999, "вип", MOSCOW), (79210000001, 921, "new, old", "Asia/Omsk")]
RUSSIAN = (
    'Телефон;Код оператора;Тег;Часовой пояс\n79111234567;999;вип;Europe/Moscow\n79210000001;;"new, old";Asia/Omsk\n'
)
ENGLISH = 'phone_number,mobile_operator_code,tag,timezone\n79111234567,999,вип,Europe/Moscow\n79210000001,,"new, old",Asia/Omsk\n'  # noqa: E501
GOOD: dict[str, bytes] = {
    "utf-8": ENGLISH.encode(),
    "utf-8 with a byte order mark": ENGLISH.encode("utf-8-sig"),
    "windows-1251 with semicolons": RUSSIAN.encode("cp1251"),
    "tabs": RUSSIAN.replace(";", "\t").encode(),
    "windows line ends": ENGLISH.replace("\n", "\r\n").encode(),
    "old mac line ends": ENGLISH.replace("\n", "\r").encode(),
    "excel's sep line": ("sep=;\n" + RUSSIAN).encode(),
    "other columns and order": (
        "id;Time zone;TAG;note;Phone Number;operator code\n1;Europe/Moscow;вип;x;79111234567;999\n"
        "2;Asia/Omsk;new, old;;79210000001;\n"
    ).encode(),
    "empty lines": ENGLISH.replace("\n", "\n\n,,,\n").encode(),
    "no line end": ENGLISH.rstrip("\n").encode(),
    "utf-16 of Excel and Notepad": RUSSIAN.replace(";", "\t").encode("utf-16"),
    "gzip": gzip.compress(ENGLISH.encode()),
    "two gzips joined": gzip.compress(ENGLISH[:60].encode()) + gzip.compress(ENGLISH[60:].encode()),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=list(GOOD))
def test_a_file_as_spreadsheets_save_it_is_read(ledger: Any, content: bytes):
    job = imported(ledger, content)
    assert (job.state, counts(job)) == ("done", (2, 2, 0, 0, 0)), job.error
    assert directory() == AS_KEPT


def test_a_workbook_is_read_with_numbers_as_numbers(ledger: Any):
    rows: list[list[object]] = [
        ["Телефон", "код", "тег", "таймзона"],
        [79111234567, 999, "вип", MOSCOW],
        [None],
        [79210000001.0, None, 7, "Asia/Omsk"],
    ]
    job = imported(ledger, workbook(rows))
    assert (job.state, counts(job)) == ("done", (2, 2, 0, 0, 0)), job.error
    assert directory() == [AS_KEPT[0], (79210000001, 921, "7", "Asia/Omsk")]


BAD: list[tuple[str, str]] = [
    (",911,vip,Europe/Moscow", "phone_missing"),
    ("123,911,vip,Europe/Moscow", "phone_wrong"),
    ('"7,91112E+10",911,vip,Europe/Moscow', "phone_rounded"),
    ("8911OOO4567,911,vip,Europe/Moscow", "phone_letters"),
    ("7011234567.0,911,vip,Europe/Moscow", "phone_wrong"),
    ("\u200b \u00a0,911,vip,Europe/Moscow", "phone_missing"),
    ("79111234567,91,vip,Europe/Moscow", "code_wrong"),
    ("79111234567,9111,vip,Europe/Moscow", "code_wrong"),
    ("79111234567,abc,vip,Europe/Moscow", "code_wrong"),
    ("79111234567,911,,Europe/Moscow", "tag_missing"),
    ("79111234567,911," + "x" * 65 + ",Europe/Moscow", "tag_long"),
    ("79111234567,911,vip,", "zone_missing"),
    ("79111234567,911,vip,Mars/Base", "zone_unknown"),
    ("79111234567,911,vip,Якутия", "zone_unclear"),
    ("79111234567,911,vip,5", "zone_number"),
    ("79111234567,911,vip,Europe/Moscow,more", "too_many_cells"),
    ("79111234567", "tag_missing"),
]


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_a_wrong_row_is_refused_with_its_line_and_reason_and_the_others_are_imported(
    ledger: Any, row: str, reason: str
):
    job = imported(ledger, f"{HEAD}79110000001,,a,{MOSCOW}\n{row}\n79110000002,,a,{MOSCOW}\n")
    assert (job.state, counts(job)) == ("done", (3, 2, 0, 0, 1))
    assert reasons(job) == [(3, reason)]
    assert [phone for phone, *_ in directory()] == [79110000001, 79110000002]


@pytest.mark.parametrize(("row", "reason"), BAD[:4])
def test_with_abort_one_wrong_row_leaves_the_directory_as_it_was(ledger: Any, row: str, reason: str):
    job = imported(ledger, f"{HEAD}79110000001,,a,{MOSCOW}\n{row}\n", on_error="abort")
    assert (job.state, counts(job)) == ("failed", (2, 0, 0, 0, 1))
    assert error(job) == "1 rows are refused, so nothing was imported."
    assert (directory(), reasons(job)) == ([], [(3, reason)])


def test_a_phone_that_stands_twice_counts_once_the_first_time(ledger: Any):
    job = imported(ledger, f"{HEAD}79110000001,,a,{MOSCOW}\n+7 911 000-00-01,,b,{MOSCOW}\n89110000001,,c,{MOSCOW}\n")
    assert counts(job) == (3, 1, 0, 0, 2)
    assert reasons(job) == [(3, "duplicate"), (4, "duplicate")]
    assert directory() == [(79110000001, 911, "a", MOSCOW)]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("create", (4, 1, 0, 0, 3)), ("update", (4, 0, 2, 1, 1)), ("upsert", (4, 1, 2, 1, 0))],
)
def test_the_mode_decides_about_phones_that_are_there_and_that_are_not(
    ledger: Any, mode: str, expected: tuple[int, ...]
):
    imported(ledger, f"{HEAD}79110000001,,a,{MOSCOW}\n79110000002,,a,{MOSCOW}\n79110000003,,a,{MOSCOW}\n")
    content = (
        f"{HEAD}79110000001,,a,{MOSCOW}\n79110000002,,b,{MOSCOW}\n79110000003,905,a,{MOSCOW}\n79110000004,,a,{MOSCOW}\n"
    )
    job = imported(ledger, content, mode)
    assert counts(job) == expected
    if mode == "create":
        assert reasons(job) == [(2, "exists"), (3, "exists"), (4, "exists")]
    if mode == "update":
        assert reasons(job) == [(5, "absent")]


def test_an_update_leaves_what_the_file_is_silent_about(ledger: Any):
    imported(ledger, f"{HEAD}79110000001,905,a,{MOSCOW}\n79110000002,,b,{MOSCOW}\n")
    job = imported(ledger, "phone,tag\n79110000001,c\n79110000002,\n", "update")
    assert counts(job) == (2, 0, 1, 1, 0)
    assert directory() == [(79110000001, 905, "c", MOSCOW), (79110000002, 911, "b", MOSCOW)]


def test_a_ported_number_keeps_its_operator_unless_the_file_names_one(ledger: Any):
    imported(ledger, f"{HEAD}79110000001,905,a,{MOSCOW}\n")
    imported(ledger, f"{HEAD}79110000001,,b,{MOSCOW}\n")
    assert directory() == [(79110000001, 905, "b", MOSCOW)]


BOMB = gzip.compress((HEAD + f"79110000001,,a,{MOSCOW}\n" * 2_000_000).encode())
UNREADABLE: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "empty"),
    ("spaces", b"  \n\n", "empty"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
    ("random bytes", random.Random(1).randbytes(5_000), "control characters"),
    ("utf-16 that does not say so", ENGLISH.encode("utf-16-le"), "UTF-16"),
    ("an old workbook", b"\xd0\xcf\x11\xe0" + bytes(500), "Excel 97"),
    ("json", b'{"phone": 1}', "JSON"),
    ("no header", b"79110000001,,a,Europe/Moscow\n", "must name the columns"),
    ("no phone", b"tag,timezone\na,b\n", "phone_number is missing"),
    ("no zone", b"phone,tag\n79110000001,a\n", "timezone is missing"),
    ("phone twice", b"phone,phone number,tag,timezone\n", "twice"),
    ("10,000 columns", (",".join(f"c{n}" for n in range(10_000)) + "\n").encode(), "more than 100 columns"),
    ("a line without end", b"phone,tag," + b"x" * 200_000, "characters or more"),
    ("broken utf-8", (ENGLISH * 5).encode() + b"\xff\xd1\n", "broken"),
    ("gzip cut off", gzip.compress(ENGLISH.encode())[:-12], "cut off"),
    ("gzip damaged", b"\x1f\x8b\x08\x00" + b"x" * 50, "damaged"),
    ("a zip bomb of rows", BOMB, "zip bomb"),
    ("a zip bomb of zeros", gzip.compress(bytes(50_000_000)), "control characters"),
    ("gzip of a picture", gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(50)), "control characters"),
    ("zip that is none", b"PK\x03\x04" + bytes(200), "damaged"),
]


@pytest.mark.parametrize(("content", "reason"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE])
@pytest.mark.usefixtures("db")
def test_what_is_no_table_is_refused_at_once_with_the_reason(content: bytes, reason: str):
    from vestnik.errors import InvalidInput
    from vestnik.models import ImportJob

    with pytest.raises(InvalidInput, match=reason):
        add(content)
    assert not ImportJob.objects.exists()


LATE: list[tuple[str, str]] = [
    ('79110000002,,"never closed\n79110000003', "is not valid CSV"),
    ("79110000002,," + "x" * 70_000, "characters or more"),
]


@pytest.mark.parametrize(("tail", "reason"), LATE)
def test_a_file_that_breaks_off_late_fails_and_imports_nothing(ledger: Any, tail: str, reason: str):
    job = imported(ledger, f"{HEAD}79110000001,,a,{MOSCOW}\n{tail}\n")
    assert (job.state, counts(job)) == ("failed", (0, 0, 0, 0, 0))
    assert reason in error(job)
    assert directory() == []


@pytest.mark.usefixtures("db")
def test_a_workbook_bomb_is_refused():
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    from vestnik.errors import InvalidInput

    with pytest.raises(InvalidInput, match="zip bomb"):
        add(out.getvalue())


def test_a_worker_that_dies_leaves_nothing_and_the_next_imports_all(ledger: Any, monkeypatch: pytest.MonkeyPatch):
    from vestnik.clients.imports import runner

    job = add("phone,tag,timezone\n" + "".join(f"7911{n:07d},a,{MOSCOW}\n" for n in range(100)) + "bad,a,b\n")

    def die(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError("the connection is lost")

    for step in ("stage", "keep_refused", "apply", "_finish"):
        whole = getattr(runner, step)

        def dies_after(*args: Any, _whole: Callable[..., Any] = whole, **options: Any) -> None:
            _whole(*args, **options)
            die()

        with monkeypatch.context() as patch:
            patch.setattr(runner, step, dies_after)
            patch.setattr(runner, "MAX_ATTEMPTS", 10)
            with pytest.raises(psycopg.OperationalError):
                runner.run_job(ledger, job.id, stopped=never)
        job.refresh_from_db()
        assert (job.state, directory(), reasons(job)) == ("running", [], [])
    monkeypatch.setattr(runner, "MAX_ATTEMPTS", 10)
    run(ledger, job)
    assert (job.state, counts(job)) == ("done", (101, 100, 0, 0, 1))
    assert len(directory()) == 100


def test_a_job_that_kills_every_worker_is_given_up(ledger: Any, monkeypatch: pytest.MonkeyPatch):
    from vestnik.clients.imports import runner

    job = add(ENGLISH)
    with monkeypatch.context() as patch:
        patch.setattr(runner, "stage", lambda *_, **__: 1 / 0)
        for _ in range(runner.MAX_ATTEMPTS):
            with pytest.raises(ZeroDivisionError):
                runner.run_job(ledger, job.id, stopped=never)
    run(ledger, job)
    assert (job.state, error(job)) == ("failed", "The import failed after 3 attempts.")


def test_a_stopped_worker_gives_the_job_back_and_it_counts_as_no_try(ledger: Any):
    from vestnik.clients.imports import runner

    job = add(ENGLISH)
    for _ in range(5):
        assert runner.run_job(ledger, job.id, stopped=lambda: True)
    job.refresh_from_db()
    assert (job.state, job.attempts, directory()) == ("waiting", 0, [])
    assert run(ledger, job).state == "done"


def test_two_workers_do_one_job_once(ledger: Any):
    from vestnik.clients.imports import runner
    from vestnik.db.connection import open_connection

    job = add(ENGLISH)
    others: list[bool] = []
    with open_connection("other") as other:
        runner.run_job(
            ledger,
            job.id,
            stopped=never,
            progress=lambda _: others.append(runner.run_job(other, job.id, stopped=never)),
        )
        assert others == [False]
        assert not runner.run_job(other, job.id, stopped=never)
    assert directory() == AS_KEPT


def test_an_import_waits_until_another_one_is_through_with_the_directory(ledger: Any):
    from vestnik.clients.imports import runner
    from vestnik.cluster.processes import wait_for
    from vestnik.db.connection import open_connection
    from vestnik.db.locks import Lock

    job = add(ENGLISH)
    waiting = "SELECT FROM pg_stat_activity WHERE application_name = 'vestnik import' AND wait_event = 'advisory'"
    with open_connection("other") as other, open_connection("watch") as watch, ThreadPoolExecutor(1) as threads:
        with other.transaction():
            other.execute("SELECT pg_advisory_xact_lock(%s)", [int(Lock.IMPORT_APPLY)])
            done = threads.submit(runner.run_job, watch, job.id, stopped=never)
            assert wait_for(lambda: bool(ledger.execute(waiting).fetchall()) or done.done(), seconds=10)
            assert (done.done(), directory()) == (False, [])
        assert done.result(timeout=10)
    assert directory() == AS_KEPT


def test_a_client_that_somebody_adds_meanwhile_makes_the_import_begin_again(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
):
    from vestnik.clients.imports import runner

    job = add(ENGLISH, "create")
    whole = runner.keep_refused

    def meanwhile(*args: Any) -> None:
        ledger.execute(
            "INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone)"
            " VALUES (79111234567, 911, 'other', 'Europe/Moscow')"
        )
        whole(*args)

    with monkeypatch.context() as patch:
        patch.setattr(runner, "keep_refused", meanwhile)
        runner.run_job(ledger, job.id, stopped=never)
    assert len(directory()) == 1
    run(ledger, job)
    assert (job.state, counts(job), reasons(job)) == ("done", (2, 1, 0, 0, 1), [(2, "exists")])


def test_the_file_is_gone_when_the_job_is_over_and_the_import_is_on_record(ledger: Any):
    from vestnik.models import AuditEntry, ImportPiece

    job = imported(ledger, ENGLISH)
    assert not ImportPiece.objects.exists()
    entry = AuditEntry.objects.get(action="client.import")
    assert (entry.actor_name, entry.object_id, entry.details["created"]) == ("system", job.id, 2)


def test_a_file_is_kept_piece_by_piece_as_it_is_and_not_packed(ledger: Any):
    content = (HEAD + "".join(f"79{n:09d},,вип,{MOSCOW}\n" for n in range(50_000))).encode()
    add(content)
    kept = ledger.cursor(binary=True).execute("SELECT data FROM vestnik_importpiece ORDER BY number").fetchall()
    assert len(kept) == 2
    assert b"".join(data for (data,) in kept) == content
    packed = "SELECT count(*) FROM vestnik_importpiece WHERE pg_column_compression(data) IS NOT NULL"
    assert ledger.execute(packed).fetchone() == (0,), "the database would take longer to pack it than to write it"


def test_an_import_leaves_the_stop_list_alone(ledger: Any):
    from vestnik.clients.stop_list import stop_phones
    from vestnik.models import StoppedPhone

    stop_phones(phones=[79111234567], reason="", actor=None)
    imported(ledger, ENGLISH)
    assert StoppedPhone.objects.get().phone_number == 79111234567


TAGS = [
    "=1+1",
    "+7",
    "-x",
    "@cmd",
    "'=x",
    "''+",
    "'x",
    'quo"te',
    "a,b",
    "line\nbreak",
    "таб\tтаб",
    "back\\slash",
    "x  y",
    "＝x",
    r"\N",
    "😀",
]


def test_an_export_is_harmless_in_a_spreadsheet_and_comes_back_as_it_was(ledger: Any):
    import csv

    from vestnik.clients.directory import find_clients
    from vestnik.clients.export import export_lines
    from vestnik.models import Client

    Client.objects.bulk_create(
        Client(phone_number=79110000000 + n, mobile_operator_code=n, tag=tag, timezone=MOSCOW)
        for n, tag in enumerate(TAGS)
    )
    before, content = directory(), b"".join(export_lines(find_clients()))
    for row in list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]:
        assert not row[2].startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    unchanged = imported(ledger, content)
    assert counts(unchanged) == (len(TAGS), 0, 0, len(TAGS), 0)
    Client.objects.all().delete()
    again = imported(ledger, content, "create")
    assert counts(again) == (len(TAGS), len(TAGS), 0, 0, 0)
    assert directory() == before
