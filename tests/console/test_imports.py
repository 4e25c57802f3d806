"""An import in the console: the file, its columns, the preview, the job, and by whom."""

import re
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
    assert "cannot be undone" in committed.post(f"{PATH}/{job}/cancel", follow=True).text


def test_refused_rows_are_corrected_by_one_click_on_their_reason(ledger: Any) -> None:
    del ledger  # not rolled back: the importer's own connection sees the file
    olga, victor = browser_of(person("olga", "operator")), browser_of(person("victor", "viewer"))
    job = uploaded(olga, "Мобильный;Группа;Пояс\n89111234567;вип;Масква\n89111234568;вип;Масква\n911;вип;Омск\n")
    olga.post(f"{PATH}/{job}/columns", {**FORM, "phone": "0", "tag": "1", "zone": "2"})
    run_jobs(stopped=never)
    page = re.sub(r"\s+", " ", olga.get(f"{PATH}/{job}").text)
    assert '<span class="v-num">2</span> × this is not a time zone' in page
    assert "“Масква”</h3>" in page
    assert '<td class="v-clip">Масква</td>' in page
    assert '<option value="Europe/Moscow" selected>' in page
    fix = {"reason": "zone_unknown", "fix": "zone", "zone": "Europe/Moscow", "cell": "Масква"}
    assert f"{PATH}/{job}/correct" not in victor.get(f"{PATH}/{job}").text
    assert victor.post(f"{PATH}/{job}/correct", fix).status_code == 403
    assert "not an IANA time zone" in olga.post(f"{PATH}/{job}/correct", {**fix, "zone": "Moon"}, follow=True).text
    assert "no such fix" in olga.post(f"{PATH}/{job}/correct", {**fix, "fix": "magic"}, follow=True).text

    answer = olga.post(f"{PATH}/{job}/correct", fix)
    assert answer["Location"] == f"{PATH}/{job + 1}"
    run_jobs(stopped=never)
    assert f"Corrected rows of import no. {job}" in olga.get(f"{PATH}/{job + 1}").text
    assert set(Client.objects.values_list("timezone", flat=True)) == {"Europe/Moscow"}
    page = re.sub(r"\s+", " ", olga.get(f"{PATH}/{job}").text)
    assert f'2 rows were corrected: <a href="{PATH}/{job + 1}">' in page
    assert "imported meanwhile" in olga.post(f"{PATH}/{job}/correct", fix, follow=True).text
    # The file has the rows that are left; over REST it has all.
    assert [line.split(",")[0] for line in olga.get(f"{PATH}/{job}/refused").getvalue().decode().splitlines()[1:]] == [
        "4"
    ]
    assert "An import refused 1 row." in olga.get("/console/").text


def test_how_unclear_numbers_are_read_is_asked_with_the_names_of_their_columns(ledger: Any) -> None:
    del ledger  # not rolled back: the importer's own connection sees the file
    olga = browser_of(person("olga", "operator"))
    cells = ["0,5;5;5", "1,234;1,234;1", "1;1;1,234"]
    rows = "".join(f"8911123456{n};вип;Europe/Moscow;{each}\n" for n, each in enumerate(cells))
    job = uploaded(olga, f"Мобильный;Группа;Пояс;weight;price;balance\n{rows}")
    form = {**FORM, "phone": "0", "tag": "1", "zone": "2"}
    for place, name in ((3, "weight"), (4, "price"), (5, "balance")):
        form |= {f"keep_{place}": "on", f"name_{place}": name, f"type_{place}": "number"}
    olga.post(f"{PATH}/{job}/columns", form)
    run_jobs(stopped=never)
    page = re.sub(r"\s+", " ", olga.get(f"{PATH}/{job}").text)
    assert "Import with a decimal comma: 1,234 is 1.234, and 1.234 is 1234 (balance, price)</button>" in page
    assert "Import with a decimal point: 1,234 is 1234, and 1.234 is 1.234 (balance, price)</button>" in page
    assert "Leave the value out and import </button>" in page
    olga.post(f"{PATH}/{job}/correct", {"reason": "number_unclear", "fix": "point"})
    run_jobs(stopped=never)
    assert list(Client.objects.order_by("phone_number").values_list("attributes", flat=True)) == [
        {"weight": 0.5, "price": 5, "balance": 5}, {"weight": 1.234, "price": 1234, "balance": 1},
        {"weight": 1, "price": 1, "balance": 1234},
    ]  # fmt: skip


def test_each_unknown_time_zone_has_its_own_choice_and_is_chosen_before_only_where_one_is_likely(ledger: Any) -> None:
    del ledger  # not rolled back: the importer's own connection sees the file
    olga = browser_of(person("olga", "operator"))
    rows = "".join(
        f"8911123{n:04d};вип;{zone}\n" for n, zone in enumerate(["Масква"] * 3 + ["Владик"] * 2 + ["5"])
    )  # fmt: skip
    job = uploaded(olga, f"Мобильный;Группа;Пояс\n{rows}")
    olga.post(f"{PATH}/{job}/columns", {**FORM, "phone": "0", "tag": "1", "zone": "2"})
    run_jobs(stopped=never)
    page = re.sub(r"\s+", " ", olga.get(f"{PATH}/{job}").text)
    moscow, vladik, number = re.findall(r'<section class="v-refused".*?</section>', page)
    assert "“Масква”</h3>" in moscow
    assert '<option value="Europe/Moscow" selected>' in moscow
    assert "“Владик”</h3>" in vladik
    assert '<option value="" selected>Choose a time zone<' in vladik
    assert 'name="cell" value="Владик"' in vladik
    assert "required" in vladik
    assert '<option value="" selected>' in number
    fix = {"reason": "zone_unknown", "fix": "zone", "cell": "Владик"}
    assert "not an IANA time zone" in olga.post(f"{PATH}/{job}/correct", {**fix, "zone": ""}, follow=True).text
    olga.post(f"{PATH}/{job}/correct", {**fix, "zone": "Asia/Vladivostok"})
    run_jobs(stopped=never)
    assert list(Client.objects.values_list("timezone", flat=True)) == ["Asia/Vladivostok"] * 2


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
