"""Whatever a stranger posts, the answer is a 4xx that says why: never a 500, never a page of HTML."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import client_body, mailing_body
from harness.rest import in_future

PATHS = ["/client/", "/sender/notifications", "/auth/login/"]


def post(client: APIClient, path: str, body: Any) -> Any:
    """As JSON in ASCII, so that halves of surrogate pairs get through."""
    return send(client, path, json.dumps(body).encode())


def send(client: APIClient, path: str, body: bytes, content_type: str = "application/json") -> Any:
    return client.generic("POST", path, body, content_type=content_type)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "required"),
        (b"{", "JSON"),
        (b"not json", "JSON"),
        (b'{"a": 1', "JSON"),
        (b'{"tag": NaN}', "NaN"),
        (b'{"tag": -Infinity}', "NaN"),
        (b'{"tag": "a", "tag": "b"}', "twice"),
        (b'{"filter": {"tag": null, "tag": ["vip"]}}', "twice"),
        (b'{"tag": "\xff\xfe"}', "UTF-8"),
        ('{"tag": "vip"}'.encode("utf-16"), "UTF-8"),
        (b'{"tag": ' + b"9" * 5000 + b"}", "digits"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested"),
        (b"[]", "dictionary"),
        (b"null", "data"),
        (b'"text"', "dictionary"),
        (b"7", "dictionary"),
        (b"true", "dictionary"),
    ],
)
def test_a_body_that_is_no_object_of_json_is_a_400(operator: APIClient, path: str, body: bytes, word: str):
    answer = send(operator, path, body)
    assert answer.status_code == 400
    assert word in answer.content.decode()


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_ten_megabytes_is_a_413(operator: APIClient, path: str):
    answer = send(operator, path, b'{"tag": "' + b"x" * 10_000_000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("length", ["-1", "abc", "1" * 30, "1_0"])
def test_a_wrong_content_length_is_a_400(operator: APIClient, length: str):
    assert operator.generic("POST", "/client/", b"{}", CONTENT_LENGTH=length).status_code == 400


def test_a_body_of_unknown_length_is_not_taken_for_an_empty_one(operator: APIClient):
    client = operator.post("/client/", client_body()).json()
    answer = operator.generic(
        "PATCH", f"/client/{client['id']}", b"", content_type="application/json", HTTP_TRANSFER_ENCODING="chunked"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "length_required")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_a_body_that_is_not_json_is_a_415(operator: APIClient, path: str, media: str):
    assert send(operator, path, b"tag=vip", media).status_code == 415


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sender/notifications/{mailing}/pause"),
        ("POST", "/sender/notifications/{mailing}/resume"),
        ("POST", "/sender/notifications/{mailing}/cancel"),
        ("DELETE", "/sender/notifications/{mailing}"),
        ("DELETE", "/client/{client}"),
        ("DELETE", "/auth/keys/{key}"),
    ],
)
def test_where_no_body_is_needed_one_that_is_not_json_is_refused_all_the_same(
    operator: APIClient, method: str, path: str
):
    mailing = operator.post("/sender/notifications", mailing_body()).json()["id"]
    client = operator.post("/client/", client_body()).json()["id"]
    key = operator.post("/auth/keys/", {"name": "CRM", "role": "operator"}).json()["id"]
    path = path.format(mailing=mailing, client=client, key=key)
    assert operator.generic(method, path, b"a=1", content_type="text/plain").status_code == 415
    assert operator.generic(method, path, b"{", content_type="application/json").status_code == 400
    assert operator.get(f"/sender/notifications/{mailing}").json()["state"] == "scheduled"
    assert operator.get(f"/client/{client}").status_code == 200
    assert len(operator.get("/auth/keys/").json()) == 1


def test_a_charset_that_decompresses_or_is_unknown_does_no_harm(operator: APIClient):
    body = json.dumps(client_body()).encode()
    for charset in ("bz2_codec", "utf-7", "no-such", "latin-1"):
        assert send(operator, "/client/", body, f"application/json; charset={charset}").status_code in (201, 400)


WRONG_CLIENTS = [
    ("phone_number", value)
    for value in (
        "9111234567",
        "+79111234567",
        "89111234567",
        "7911123456",
        "791112345678",
        "7911123456a",
        "",
        " ",
        None,
        True,
        1.5,
        [],
        {},
        9111234567,
        10**30,
        -1,
        "٧9111234567",
        "79111234567\n",
        "79111234567\x00",
        "７９１１１２３４５６７",
    )
] + [
    *[
        ("mobile_operator_code", v)
        for v in ("91", "9111", "abc", "", None, True, 9.5, 1000, -1, [], {}, "９１１", 10**40)
    ],
    *[("tag", value) for value in ("", None, 5, True, [], {}, "x" * 65, "a\x00b", "\ud800")],
    *[
        ("timezone", v)
        for v in ("", None, 3, "Moscow", "europe/moscow", "UTC+3", "localtime", "../etc/passwd", "E\x00")
    ],
]


@pytest.mark.parametrize(("field", "value"), WRONG_CLIENTS)
def test_a_wrong_field_of_a_client_is_a_400_that_names_it(operator: APIClient, field: str, value: Any):
    answer = post(operator, "/client/", client_body(**{field: value}))
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


@pytest.mark.parametrize("field", ["phone_number", "tag", "timezone"])
def test_a_missing_field_of_a_client_is_a_400_that_names_it(operator: APIClient, field: str):
    body = client_body()
    del body[field]
    answer = operator.post("/client/", body)
    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.parametrize("tag", ["vip", "постоянный клиент", "🙂👨‍👩‍👧", "x" * 64, "two  spaces", "<b>", "' OR 1=1 --"])
def test_a_tag_is_kept_as_it_was_typed(operator: APIClient, tag: str):
    made = operator.post("/client/", client_body(tag=tag))
    assert made.status_code == 201
    assert made.json()["tag"] == tag
    assert [row["tag"] for row in operator.get("/client/", {"tag": tag}).json()] == [tag]


def _filters() -> list[Any]:
    both = {"tag": ["vip"], "operator_code": [911]}
    return [
        None,
        [],
        "vip",
        7,
        {},
        {"tag": None},
        {"operator_code": None},
        {**both, "timezone": "Europe/Moscow"},
        {**both, "Tag": ["vip"]},
        {**both, "tag": []},
        {**both, "operator_code": []},
        {**both, "tag": "vip"},
        {**both, "tag": [""]},
        {**both, "tag": [7]},
        {**both, "tag": [None]},
        {**both, "tag": [["vip"]]},
        {**both, "tag": ["x" * 65]},
        {**both, "tag": ["a\x00b"]},
        {**both, "tag": ["\ud800"]},
        {**both, "tag": {"vip": 1}},
        {**both, "tag": [f"t{number}" for number in range(1001)]},
        {**both, "operator_code": 911},
        {**both, "operator_code": ["911"]},
        {**both, "operator_code": [True]},
        {**both, "operator_code": [911.5]},
        {**both, "operator_code": [1000]},
        {**both, "operator_code": [-1]},
        {**both, "operator_code": [10**40]},
        {**both, "operator_code": [None]},
    ]


WRONG_MAILINGS = [
    *[("filter", value) for value in _filters()],
    *[("message_text", value) for value in ("", None, 5, True, [], {}, "x" * 2001, "a\x00b", "\udc00")],
    *[("name", value) for value in (None, 5, [], "x" * 201, "a\x00b")],
    *[
        (field, value)
        for field in ("start_time", "end_time")
        for value in (
            "",
            None,
            5,
            1e300,
            True,
            [],
            {},
            "tomorrow",
            "2030-01-01",
            "2030-01-01T10:00:00",
            "12:00",
            "2030-13-01T00:00:00Z",
            "2030-02-30T00:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+14:00",
            "2030-01-01T10:00:00+99:00",
            "2030-01-01T10:00:00\x00Z",
            "२०३०-01-01T10:00:00Z",
        )
    ],
    ("end_time", "2020-01-01T00:00:00Z"),
]


@pytest.mark.parametrize(("field", "value"), WRONG_MAILINGS)
def test_a_wrong_field_of_a_mailing_is_a_400_that_names_it(operator: APIClient, field: str, value: Any):
    answer = post(operator, "/sender/notifications", mailing_body(**{field: value}))
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


@pytest.mark.parametrize("field", ["filter", "message_text", "end_time"])
def test_a_missing_field_of_a_mailing_is_a_400_that_names_it(operator: APIClient, field: str):
    body = mailing_body()
    del body[field]
    answer = operator.post("/sender/notifications", body)
    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.parametrize(("start", "end"), [(2, 1), (1, 1)])
def test_reversed_times_are_a_400(operator: APIClient, start: int, end: int):
    instant = {1: in_future(days=1), 2: in_future(days=2)}
    answer = operator.post("/sender/notifications", mailing_body(start_time=instant[start], end_time=instant[end]))
    assert (answer.status_code, list(answer.json())) == (400, ["end_time"])


@pytest.mark.parametrize("offset", ["+23:59", "-23:59", "+14:00", "Z", "+05:45", "-00:00"])
def test_any_offset_of_iso_8601_is_the_same_instant(operator: APIClient, offset: str):
    from datetime import datetime

    text = f"2031-05-05T12:00:00{offset}"
    answer = operator.post("/sender/notifications", mailing_body(end_time=text))
    assert answer.status_code == 201
    shown = operator.get(f"/sender/notifications/{answer.json()['id']}").json()["end_time"]
    assert datetime.fromisoformat(shown) == datetime.fromisoformat(text)


@pytest.mark.parametrize("text", ["Привет!", "🙂" * 2000, "it's <b>&amp;", "  spaced\n\r\t ", "x", "x\u202e", "\uffff"])
def test_a_text_is_kept_as_it_was_typed(operator: APIClient, text: str):
    answer = operator.post("/sender/notifications", mailing_body(message_text=text))
    assert answer.status_code == 201
    assert operator.get(f"/sender/notifications/{answer.json()['id']}").json()["message_text"] == text


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/client/", "page_size=0", "page_size"),
        ("/client/", "page_size=10001", "page_size"),
        ("/client/", "page_size=x", "page_size"),
        ("/client/", "page_size=" + "9" * 100, "page_size"),
        ("/client/", "cursor=x", "cursor"),
        ("/client/", "cursor=after-" + "9" * 30, "cursor"),
        ("/client/", "mobile_operator_code=91", "mobile_operator_code"),
        ("/client/", "mobile_operator_code=%D9%A9%D9%A1%D9%A1", "mobile_operator_code"),
        ("/client/", "phone_number=abc", "phone_number"),
        ("/client/", "phone_number=" + "7" * 12, "phone_number"),
        ("/client/", "tag=%00", "tag"),
        ("/client/", "timezone=%00", "timezone"),
        ("/sender/notifications", "page_size=-1", "page_size"),
        ("/sender/notifications/statistics", "cursor=%00", "cursor"),
    ],
)
def test_a_wrong_question_is_a_400_that_names_it(operator: APIClient, path: str, query: str, field: str):
    answer = operator.get(f"{path}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [field])
