"""Import and export over REST: answered at once, streamed, in English and Russian."""

import gzip
import io
from typing import Any

import pytest

from harness.cast import as_user, person
from tests.clients.test_import import ENGLISH, HEAD, MOSCOW, RUSSIAN, UNREADABLE, directory, never, workbook
from vestnik.clients.imports.limits import MAX_BYTES

PATH = "/client/import"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BODIES: list[tuple[str, bytes, dict[str, str]]] = [
    ("text/csv", ENGLISH.encode(), {}),
    ("text/csv; charset=windows-1251", RUSSIAN.encode("cp1251"), {}),
    ("application/gzip", gzip.compress(ENGLISH.encode()), {}),
    ("text/csv", gzip.compress(ENGLISH.encode()), {"HTTP_CONTENT_ENCODING": "gzip"}),
    (XLSX, workbook([["phone", "code", "tag", "timezone"], ["79111234567", 999, "вип", MOSCOW]]), {}),
]


@pytest.mark.parametrize(("kind", "content", "headers"), BODIES)
def test_a_file_as_the_body_is_answered_at_once_with_a_job(
    operator: Any, kind: str, content: bytes, headers: dict[str, str]
):
    answer = operator.generic("POST", f"{PATH}?mode=create&on_error=abort", content, content_type=kind, **headers)
    assert answer.status_code == 202, answer.content
    job = answer.json()
    assert answer["Location"] == f"{PATH}/{job['id']}"
    assert (job["state"], job["mode"], job["on_error"], job["created_by"]) == ("waiting", "create", "abort", "olga")
    assert operator.get(answer["Location"]).json() == job


def test_a_file_in_a_form_is_taken_with_its_options(operator: Any):
    file = io.BytesIO(ENGLISH.encode())
    file.name = "clients.csv"
    answer = operator.post(PATH, {"file": file, "mode": "create", "on_error": "abort"}, format="multipart")
    assert answer.status_code == 202, answer.content
    assert (answer.json()["mode"], answer.json()["on_error"]) == ("create", "abort")


@pytest.mark.parametrize(("content", "reason"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE])
def test_what_is_no_table_is_a_400_that_says_why(operator: Any, content: bytes, reason: str):
    answer = operator.generic("POST", PATH, content, content_type="text/csv")
    assert answer.status_code == 400
    assert content == b"" or reason in answer.json()["file"][0]


def test_other_kinds_of_body_are_a_415_and_wrong_options_a_400(operator: Any):
    def status(query: str, kind: str, **headers: str) -> Any:
        return operator.generic("POST", PATH + query, ENGLISH.encode(), content_type=kind, **headers)

    assert status("", "application/json").status_code == 415
    assert status("", "image/png").status_code == 415
    assert status("", "text/csv", HTTP_CONTENT_ENCODING="br").status_code == 415
    assert list(status("?mode=replace", "text/csv").json()) == ["mode"]
    assert list(status("?on_error=ignore", "text/csv").json()) == ["on_error"]
    assert operator.post(PATH, {"file": "text"}, format="multipart").status_code == 400


def test_a_body_that_is_cut_off_is_refused():
    from django.test import RequestFactory
    from rest_framework.exceptions import ParseError
    from rest_framework.request import Request

    from vestnik.api.imports import CsvParser

    request = Request(RequestFactory().post(PATH, b"", content_type="text/csv", CONTENT_LENGTH="5000"))
    with pytest.raises(ParseError, match="shorter"):
        CsvParser().parse(io.BytesIO(ENGLISH.encode()), "text/csv", {"request": request})


def test_a_body_that_is_too_large_is_refused(operator: Any):
    large = operator.generic("POST", PATH, b"x", content_type="text/csv", CONTENT_LENGTH=str(MAX_BYTES + 2**21))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


def test_a_viewer_may_look_at_imports_and_export_and_not_import(operator: Any, viewer: Any):
    assert viewer.generic("POST", PATH, ENGLISH.encode(), content_type="text/csv").status_code == 403
    job = operator.generic("POST", PATH, ENGLISH.encode(), content_type="text/csv").json()["id"]
    for path in (f"{PATH}/{job}", f"{PATH}/{job}/refused", "/client/export"):
        assert viewer.get(path).status_code == 200
    assert viewer.get(f"{PATH}/999").status_code == 404
    assert viewer.get(f"{PATH}/999/refused").json()["code"] == "not_found"


def test_too_many_that_wait_are_a_429(operator: Any):
    from vestnik.clients.imports.uploads import MAX_WAITING

    answers = [
        operator.generic("POST", PATH, ENGLISH.encode(), content_type="text/csv") for _ in range(MAX_WAITING + 1)
    ]
    assert [answer.status_code for answer in answers] == [202] * MAX_WAITING + [429]
    assert answers[-1]["Retry-After"]


@pytest.mark.usefixtures("ledger")
def test_the_whole_way_with_refused_rows_in_both_languages():
    from vestnik.clients.imports.runner import run_jobs

    operator = as_user(person("olga"))
    content = f"{HEAD}79110000001,,=a,{MOSCOW}\n79110000001,,b,{MOSCOW}\n123,,=cmd,{MOSCOW}\n"
    job = operator.generic("POST", PATH, content.encode(), content_type="text/csv").json()["id"]
    assert run_jobs(stopped=never) == 1
    found = operator.get(f"{PATH}/{job}").json()
    assert {name: found[name] for name in ("state", "rows", "created", "refused", "error")} == {
        "state": "done", "rows": 3, "created": 1, "refused": 2, "error": "",
    }  # fmt: skip
    assert [(each["reason"], each["rows"]) for each in found["refused_by_reason"]] == [
        ("duplicate", 1), ("phone_wrong", 1),
    ]  # fmt: skip
    assert found["refused_by_reason"][1]["text"] == "this is not a +7 phone number: write it like +7 911 123-45-67"
    english = operator.get(f"{PATH}/{job}/refused")
    assert english["Content-Type"] == "text/csv; charset=utf-8"
    assert english.getvalue().decode().splitlines() == [
        "\ufeffline,reason,phone_number,mobile_operator_code,tag,timezone",
        "3,duplicate of line 2,79110000001,,b,Europe/Moscow",
        "4,this is not a +7 phone number: write it like +7 911 123-45-67,123,,'=cmd,Europe/Moscow",
    ]
    russian = operator.get(f"{PATH}/{job}/refused", HTTP_ACCEPT_LANGUAGE="ru-RU,ru;q=0.9,en;q=0.8").getvalue().decode()
    reason = "это не номер с кодом +7: напишите в виде +7 911 123-45-67"
    assert russian.splitlines()[2] == f"4,{reason},123,,'=cmd,Europe/Moscow"
    assert directory() == [(79110000001, 911, "=a", MOSCOW)]


FAILING: list[tuple[str, str, str]] = [
    (f"{HEAD}123,,a,{MOSCOW}\n", "1 rows are refused, so nothing", "Отклонено строк: 1, поэтому ничего"),
    (f'{HEAD}79110000001,,"open,{MOSCOW}\n', "Line 2 is not valid CSV", "Строка 2 — не CSV"),
]


@pytest.mark.parametrize(("content", "english", "russian"), FAILING)
@pytest.mark.usefixtures("ledger")
def test_why_an_import_failed_is_told_in_the_language_of_whoever_asks(content: str, english: str, russian: str):
    from vestnik.clients.imports.runner import run_jobs

    operator = as_user(person("olga"))
    # Who sent the file spoke Russian; the worker that reads it speaks to nobody.
    sent = operator.generic(
        "POST", f"{PATH}?on_error=abort", content.encode(), content_type="text/csv", HTTP_ACCEPT_LANGUAGE="ru"
    )
    run_jobs(stopped=never)
    for language, words in (("en", english), ("ru", russian)):
        job = operator.get(sent["Location"], HTTP_ACCEPT_LANGUAGE=language).json()
        assert (job["state"], words in job["error"]) == ("failed", True), job


def test_what_is_no_table_is_told_in_russian_too(operator: Any):
    for content, words in ((b"\x89PNG\r\n\x1a\n", "картинка PNG"), (b"phone,tag\n", "среди них нет timezone")):
        answer = operator.generic("POST", PATH, content, content_type="text/csv", HTTP_ACCEPT_LANGUAGE="ru")
        assert words in answer.json()["file"][0]


@pytest.mark.parametrize(
    ("query", "phones"),
    [({}, 3), ({"tag": "vip"}, 1), ({"mobile_operator_code": "922"}, 1), ({"phone_number": "7911"}, 2)],
)
def test_an_export_has_the_filters_of_the_list(operator: Any, query: dict[str, str], phones: int):
    for phone, tag in (("79110000001", "vip"), ("79110000002", "a'%s"), ("79220000003", "b")):
        body = {"phone_number": phone, "tag": tag, "timezone": MOSCOW}
        assert operator.post("/client/", body).status_code == 201
    answer = operator.get("/client/export", query)
    assert answer["Content-Disposition"] == 'attachment; filename="clients.csv"'
    lines = answer.getvalue().decode().splitlines()
    assert (lines[0], len(lines)) == ("\ufeffphone_number,mobile_operator_code,tag,timezone", 1 + phones)
    assert operator.get("/client/export", {"tag": "\x00"}).status_code == 400
