"""An import in the console: the file, its columns, the preview, the job, and by whom."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from harness.cast import browser_of, person
from tests.clients.test_import import UNREADABLE, never
from vestnik.clients.imports.runner import run_jobs
from vestnik.models import Client, ImportJob, ImportState

PATH = "/console/clients/import"
SHOP = (
    "ФИО;Мобильный;Группа;Пояс\n"
    "Иванов;8 (911) 123-45-67;вип;Europe/Moscow\n"
    "Петрова;+7 922 000-00-00;;Asia/Omsk\n"
    "Ким;911;вип;\n"
)
SMALL = b"a,b\nc,d\n"
FORM = {"phone": "1", "tag": "2", "zone": "3", "header": "on", "mode": "upsert", "on_error": "skip"}


def uploaded(browser: Browser, content: bytes | str = SHOP, name: str = "магазин.csv") -> int:
    """The id of the import that a file becomes."""
    data = content.encode("cp1251") if isinstance(content, str) else content
    answer = browser.post(PATH, {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.text
    return int(answer["Location"].removeprefix(f"{PATH}/").removesuffix("/columns"))


def test_a_file_is_looked_at_before_it_is_imported(as_olga: Any) -> None:
    job = uploaded(as_olga)
    page = as_olga.get(f"{PATH}/{job}/columns").text
    assert "магазин.csv" in page
    for place in (1, 2, 3):
        assert f'<option value="{place}" selected>' in page
    assert "Of the first 3 rows: 1 new, 0 changed, 0 unchanged, 2 refused" in page
    assert "+7 911 123-45-67" in page
    assert "the tag is missing" in page
    assert not Client.objects.exists()
    corrected = as_olga.post(f"{PATH}/{job}/preview", {**FORM, "tag_for_all": "новый"}).text
    assert "Of the first 3 rows: 2 new, 0 changed, 0 unchanged, 1 refused" in corrected
    assert "<html" not in corrected


def test_columns_that_cannot_be_are_told_beside_them_and_in_the_preview(as_olga: Any) -> None:
    job = uploaded(as_olga)
    wrong = {**FORM, "tag": "1", "phone": ""}
    told = as_olga.post(f"{PATH}/{job}/preview", wrong).text
    assert "Choose the column of the phone numbers." in told
    answer = as_olga.post(f"{PATH}/{job}/columns", {**FORM, "tag": "1"})
    assert (answer.status_code, "This column is matched already." in answer.text) == (400, True)
    assert ImportJob.objects.get().state == ImportState.RECEIVING
    assert as_olga.post(f"{PATH}/{job}/columns", {**FORM, "phone": "77"}).status_code == 400


def test_a_table_of_which_nothing_is_known_asks_for_the_phone(as_olga: Any) -> None:
    page = as_olga.get(f"{PATH}/{uploaded(as_olga, SMALL)}/columns").text
    assert "Match the columns to preview" in page
    assert "This field is required" not in page


def test_an_import_runs_and_shows_its_counts_and_refused_rows(as_olga: Any) -> None:
    job = uploaded(as_olga)
    answer = as_olga.post(f"{PATH}/{job}/columns", FORM)
    assert answer["Location"] == f"{PATH}/{job}"
    waiting = as_olga.get(f"{PATH}/{job}").text
    assert f'hx-get="{PATH}/{job}?part=live"' in waiting
    assert "Cancel this import?" in waiting
    assert as_olga.get(f"{PATH}/{job}/columns")["Location"] == f"{PATH}/{job}"
    assert as_olga.post(f"{PATH}/{job}/columns", FORM)["Location"] == f"{PATH}/{job}"


def test_what_an_import_did_is_shown_and_its_refused_rows_are_a_file(ledger: Any) -> None:
    del ledger  # not rolled back: the importer's own connection sees the file
    committed = browser_of(person("olga", "operator"))
    job = uploaded(committed)
    committed.post(f"{PATH}/{job}/columns", FORM)
    run_jobs(stopped=never)
    live = committed.get(f"{PATH}/{job}?part=live").text
    assert "hx-get" not in live
    assert "this is not a +7 phone number" in live
    assert "done, rows refused" in live
    assert "магазин.csv" in committed.get(PATH).text
    answer = committed.get(f"{PATH}/{job}/refused")
    assert answer["Content-Disposition"] == f'attachment; filename="refused-{job}.csv"'
    assert answer.getvalue().decode().splitlines()[1:] == [
        "3,the tag is missing,Петрова,'+7 922 000-00-00,,Asia/Omsk",
        "4,this is not a +7 phone number: write it like +7 911 123-45-67,Ким,911,вип,",
    ]
    assert Client.objects.get().phone_number == 79111234567
    assert "cannot be taken back" in committed.post(f"{PATH}/{job}/cancel", follow=True).text


def test_an_import_that_waits_can_be_cancelled_and_a_file_forgotten(as_olga: Any) -> None:
    job = uploaded(as_olga)
    as_olga.post(f"{PATH}/{job}/columns", FORM)
    assert "was cancelled" in as_olga.post(f"{PATH}/{job}/cancel", follow=True).text
    assert ImportJob.objects.get().state == ImportState.FAILED
    other = uploaded(as_olga)
    assert "was discarded" in as_olga.post(f"{PATH}/{other}/discard", follow=True).text
    assert as_olga.get(f"{PATH}/{other}/columns").status_code == 404
    assert as_olga.post(f"{PATH}/{other}/preview", FORM).status_code == 404


#: What no matching of columns helps.
HOPELESS = [case for case in UNREADABLE if not case[0].startswith("no ") and case[0] != "phone twice"]


@pytest.mark.parametrize(("content", "reason"), [case[1:] for case in HOPELESS], ids=[case[0] for case in HOPELESS])
def test_what_is_no_table_is_told_at_the_file(as_olga: Any, content: bytes, reason: str) -> None:
    answer = as_olga.post(PATH, {"file": SimpleUploadedFile("x.csv", content)})
    assert answer.status_code == 400
    assert not content or reason in answer.text.replace("&#x27;", "'")
    assert not ImportJob.objects.exists()


def test_no_file_is_told_too(as_olga: Any) -> None:
    assert "Choose a file." in as_olga.post(PATH, {}).text


def test_a_viewer_sees_imports_and_starts_none(as_olga: Any, as_victor: Any) -> None:
    job = uploaded(as_olga)
    assert as_victor.get(f"{PATH}/{job}/columns").status_code == 403
    for path in ("", f"/{job}/columns", f"/{job}/preview", f"/{job}/discard", f"/{job}/cancel"):
        assert as_victor.post(f"{PATH}{path}", FORM).status_code == 403
    assert "Upload" not in as_victor.get(PATH).text
    ImportJob.objects.update(state=ImportState.WAITING)
    assert as_victor.get(f"{PATH}/{job}").status_code == 200
    assert "Cancel" not in as_victor.get(f"{PATH}/{job}").text


def test_nobody_else_makes_the_server_read_a_large_file(as_victor: Any) -> None:
    for browser in (as_victor, Browser(enforce_csrf_checks=True)):
        size = str(200 * 2**20)
        kind = "multipart/form-data; boundary=x"
        answer = browser.generic("POST", PATH, b"x", content_type=kind, CONTENT_LENGTH=size)
        assert (answer.status_code, "Your role does not allow this" in answer.text) == (403, True)


def test_an_operator_may_send_a_large_file_and_none_that_is_larger(as_olga: Any) -> None:
    assert uploaded(as_olga, b"phone,tag,timezone\n" + b"79111234567,vip,Europe/Moscow\n" * 100_000) > 0
    size = str(300 * 2**20)
    answer = as_olga.generic("POST", PATH, b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=size)
    assert answer.status_code == 413
