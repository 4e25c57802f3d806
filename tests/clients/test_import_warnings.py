"""A number that is no mobile one is imported, and said to be none: in the job, in a file, in the preview."""

import io
from pathlib import Path
from typing import Any

import pytest

from tests.clients.test_import import MOSCOW, counts, imported

HEAD = "phone,tag,timezone\n"
FILE = (
    f"{HEAD}8 342 212-34-56,=vip,{MOSCOW}\n79111234567,vip,{MOSCOW}\n+7 701 123-45-67,vip,{MOSCOW}\n"
    f"8 800 555-35-35,vip,{MOSCOW}\n83422123456,vip,{MOSCOW}\n12,vip,{MOSCOW}\n"
)


def warned(job: Any) -> list[tuple[int, str, int]]:
    from vestnik.clients.imports.warned import warnings_of

    return [(row.line, row.warning, row.phone) for row in warnings_of(job=job)]


def test_a_landline_is_imported_with_a_warning(ledger: Any) -> None:
    job = imported(ledger, FILE)
    assert (job.state, counts(job), job.warnings) == ("done", (6, 4, 0, 0, 2), 2)
    # The line that stands in the file before is refused, and has no warning.
    assert warned(job) == [(2, "phone_not_mobile", 73422123456), (5, "phone_not_mobile", 78005553535)]
    again = imported(ledger, FILE)
    assert (counts(again), again.warnings) == ((6, 0, 0, 4, 2), 2)


@pytest.mark.parametrize(
    ("language", "header", "words"),
    [
        ("en", "line,warning,phone_number", "this is not a mobile number: the message may not arrive"),
        ("ru", "строка,предупреждение,телефон", "это не мобильный номер: сообщение может не дойти"),
    ],
)
def test_the_rows_with_a_warning_are_a_file(ledger: Any, language: str, header: str, words: str) -> None:
    from vestnik.clients.imports.warned import warned_lines

    job = imported(ledger, FILE)
    lines = b"".join(warned_lines(job=job, language=language)).decode("utf-8-sig").splitlines()
    assert lines[0].startswith(header)
    assert lines[1:] == [
        f"2,{words},73422123456,342,'=vip,{MOSCOW}",
        f"5,{words},78005553535,800,vip,{MOSCOW}",
    ]


def test_an_import_that_is_aborted_says_what_it_saw_and_imports_nothing(ledger: Any) -> None:
    job = imported(ledger, FILE, on_error="abort")
    assert (job.state, counts(job), job.warnings) == ("failed", (6, 0, 0, 0, 2), 2)


def test_a_file_of_mobile_numbers_has_no_warning(ledger: Any) -> None:
    job = imported(ledger, f"{HEAD}79111234567,vip,{MOSCOW}\n77011234567,vip,{MOSCOW}\n79401234567,vip,{MOSCOW}\n")
    assert (counts(job), job.warnings, warned(job)) == ((3, 3, 0, 0, 0), 0, [])


def test_an_erased_person_stands_in_no_warning(ledger: Any) -> None:
    from vestnik.clients.erasure import erase_client

    job = imported(ledger, FILE)
    done = erase_client(phone=73422123456, actor=None)
    assert [phone for _line, _warning, phone in warned(job)] == [78005553535]
    assert done.refused_rows >= 1


def test_the_preview_says_it_too(ledger: Any) -> None:
    del ledger
    from harness.cast import person
    from vestnik.clients.imports.columns import Columns
    from vestnik.clients.imports.drafts import keep_draft, preview
    from vestnik.models import ImportMode

    anna = person("anna")
    draft = keep_draft(file=io.BytesIO(FILE.encode()), file_name="f.csv", actor=anna)
    columns = Columns(phone=0, code=None, tag=1, zone=2, count=3)
    rows = preview(job=draft, columns=columns, mode=ImportMode.UPSERT)
    assert [(row.outcome, row.warning) for row in rows] == [
        ("created", "phone_not_mobile"), ("created", None), ("created", None), ("created", "phone_not_mobile"),
        ("refused", None), ("refused", None),
    ]  # fmt: skip


def test_jobs_that_are_forgotten_take_their_warnings_with_them(ledger: Any) -> None:
    from vestnik.clients.imports.runner import run_jobs
    from vestnik.models import ImportJob, ImportWarnedRow

    job = imported(ledger, FILE)
    ledger.execute("UPDATE vestnik_importjob SET created_at = now() - interval '31 days' WHERE id = %s", [job.id])
    run_jobs(stopped=lambda: False)
    assert (ImportJob.objects.count(), ImportWarnedRow.objects.count()) == (0, 0)


def test_rest_the_console_and_the_command_line_say_it(ledger: Any, tmp_path: Path) -> None:
    del ledger
    from harness.cast import as_user, browser_of, person
    from tests.cluster.test_import_command import call
    from vestnik.models import ImportJob

    source = tmp_path / "in.csv"
    source.write_text(FILE, encoding="utf-8")
    done = call("import", str(source))
    assert "2 taken with a warning: this is not a mobile number" in done.stderr
    assert "line 2: this is not a mobile number" in done.stderr
    job, olga = ImportJob.objects.get(), person("olga", "administrator")
    operator, browser = as_user(olga), browser_of(olga)
    assert operator.get(f"/client/import/{job.id}").json()["warnings"] == 2
    english = operator.get(f"/client/import/{job.id}/warnings")
    assert english["Content-Type"] == "text/csv; charset=utf-8"
    assert "2,this is not a mobile number: the message may not arrive,73422123456" in english.getvalue().decode()
    russian = operator.get(f"/client/import/{job.id}/warnings", HTTP_ACCEPT_LANGUAGE="ru").getvalue().decode()
    assert "это не мобильный номер" in russian
    assert operator.get("/client/import/999/warnings").status_code == 404
    page = browser.get(f"/console/clients/import/{job.id}").text
    assert "Rows with a warning" in page
    assert "this is not a mobile number" in page
    file = browser.get(f"/console/clients/import/{job.id}/warnings")
    assert file["Content-Disposition"] == f'attachment; filename="warnings-{job.id}.csv"'


def test_the_preview_in_the_console_shows_it(db: None) -> None:
    del db
    from django.core.files.uploadedfile import SimpleUploadedFile

    from harness.cast import browser_of, person

    browser = browser_of(person("olga", "administrator"))
    sent = browser.post("/console/clients/import", {"file": SimpleUploadedFile("f.csv", FILE.encode())})
    page = browser.get(sent["Location"]).text
    assert "with a warning: 2" in page
    assert "this is not a mobile number: the message may not arrive" in page
