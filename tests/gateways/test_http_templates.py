"""The kind ``http``: a request says exactly the text, and a template that could say another thing is refused at entry.

Bodies are read back by readers that are not ours: Python's json, defusedxml, parse_qsl.
"""

import base64
import gettext
import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import Request
from vestnik.gateways.adapters import make_adapter
from vestnik.gateways.adapters.http import Http
from vestnik.gateways.dry_run import dry_run
from vestnik.gateways.words import translated

ID, PHONE = 96_000_000_000_000, 79110000001
URL = "https://api.example.org/v1/messages"
JSON = '{"to": "{{phone}}", "text": "{{text}}", "id": {{id}}, "from": "{{sender}}"}'
FORM = "to={{phone_plus}}&text={{text}}&id={{id}}&from={{sender}}"
XML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<message id="{{id}}" from=\'{{sender}}\'><to>{{phone}}</to>'
    '<text lang="ru" also="{{text}}">{{text}}</text></message>'
)
#: Everything that a text may hold: PostgreSQL holds no NUL, but a template must not rely on it.
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60) | st.sampled_from(
    [
        '"', "\\", "\\u0041", '","id":1,"x":"', "{{text}}", "{{secret}}", "{", "}}", "%s%d%(text)s", "a&b=c+d%20",
        "#?/..", "\r\n\r\nGET / HTTP/1.1", "\0", "\x1b[31m", "\u202eabc", "👋🏽\ufe0f", "</text><to>7", "]]>", "<!--",
        "&#0;", " \t ",
    ]
)  # fmt: skip


def http(**settings: Any) -> Http:
    adapter = make_adapter("http", {"url": URL, "body": JSON, "sender": "Вестник", "secret": "hush-hush", **settings})
    assert isinstance(adapter, Http)
    return adapter


def request(text: str = "Привет", *, lasts: float = 7_200, **settings: Any) -> Request:
    return http(**settings).compose(text, expires_at=time.time() + lasts)(ID, PHONE)


def faults(**settings: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        http(**settings)
    return {name: " ".join(texts) for name, texts in caught.value.fields.items()}


# -- what is written


@given(text=TEXTS)
def test_a_json_body_holds_exactly_the_text(text: str) -> None:
    found = json.loads(request(text).body)
    assert found == {"to": str(PHONE), "text": text, "id": ID, "from": "Вестник"}


@given(text=TEXTS)
def test_a_form_holds_exactly_the_text(text: str) -> None:
    found = parse_qsl(request(text, format="form", body=FORM).body.decode("ascii"), strict_parsing=True)
    assert found == [("to", f"+{PHONE}"), ("text", text), ("id", str(ID)), ("from", "Вестник")]


@given(text=TEXTS)
def test_xml_holds_exactly_the_text_or_a_sign_for_what_no_xml_can_hold(text: str) -> None:
    root = ElementTree.fromstring(request(text, format="xml", body=XML).body)
    expected = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    assert root.find("text").text == expected
    assert root.find("text").get("also") == expected
    assert (root.get("id"), root.get("from"), root.find("to").text) == (str(ID), "Вестник", str(PHONE))


@given(text=TEXTS)
def test_an_address_holds_exactly_the_text_and_no_line_of_its_own(text: str) -> None:
    url = "https://api.example.org/send/{{phone}}?text={{text}}&from={{sender}}"
    adapter = http(url=url, method="GET", body="")
    made = adapter.compose(text, expires_at=time.time())(ID, PHONE)
    parts = urlsplit(made.target)
    assert unquote(parts.path) == f"/send/{PHONE}"
    assert parse_qsl(parts.query, strict_parsing=True) == [("text", text), ("from", "Вестник")]
    assert made.encode(adapter.authority).count(b"\r\n") == 4
    assert made.body == b""


@given(text=TEXTS)
def test_no_text_makes_a_header(text: str) -> None:
    settings = {"headers": "X-Id: {{id}}\nAuthorization: Bearer {{secret}}"}
    head, _, _ = request(text, **settings).encode("api.example.org").partition(b"\r\n\r\n")
    names = [line.split(b":")[0] for line in head.split(b"\r\n")[1:]]
    assert names == [b"Host", b"User-Agent", b"X-Id", b"Authorization", b"Content-Type", b"Content-Length"]


def test_every_placeholder_stands_for_what_its_help_says() -> None:
    body = json.dumps({
        name: f"{{{{{name}}}}}"
        for name in ("text", "phone", "expires_at", "expires_at_unix", "expires_in", "expires_in_minutes", "login")
    })  # fmt: skip
    settings = {"login": "me", "headers": "Authorization: Basic {{basic}}\nX-Key: {{ secret }}", "body": body}
    made = request(lasts=7_230, **settings)
    found = json.loads(made.body)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["expires_at"])
    assert 7_220 <= int(found["expires_at_unix"]) - time.time() <= 7_230
    assert 7_220 <= int(found["expires_in"]) <= 7_230
    assert (found["expires_in_minutes"], found["login"]) == ("120", "me")
    headers = dict(made.headers)
    assert headers["X-Key"] == "hush-hush"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"me:hush-hush"


@pytest.mark.parametrize(
    ("form", "body", "plus"),
    [
        ("json", '{"to": "{{phone_plus}}", "text": "{{text}}"}', b'"+79110000001"'),
        ("form", "to={{phone_plus}}&text={{text}}", b"to=%2B79110000001&"),
        ("xml", "<a to='{{phone_plus}}'>{{text}}</a>", b"'+79110000001'"),
    ],
)
def test_the_plus_is_escaped_where_it_would_be_a_space(form: str, body: str, plus: bytes) -> None:
    url = f"{URL}/{{{{phone_plus}}}}?to={{{{phone_plus}}}}"
    made = request(url=url, format=form, body=body, headers="X-To: {{phone_plus}}")
    assert made.target == f"/v1/messages/%2B{PHONE}?to=%2B{PHONE}"
    assert ("X-To", f"+{PHONE}") in made.headers
    assert plus in made.body


def test_a_mailing_that_is_nearly_over_still_has_a_whole_minute_and_a_second() -> None:
    body = '{"to":"{{phone}}","text":"{{text}}","s":{{expires_in}},"m":{{expires_in_minutes}}}'
    found = json.loads(request(lasts=-5, body=body).body)
    assert (found["s"], found["m"]) == (1, 1)


@pytest.mark.parametrize(
    ("form", "body", "content_type"),
    [
        ("json", JSON, "application/json"), ("form", FORM, "application/x-www-form-urlencoded"),
        ("xml", XML, "application/xml; charset=utf-8"),
    ],
)  # fmt: skip
def test_the_content_type_is_the_formats_unless_a_header_says_another(form: str, body: str, content_type: str) -> None:
    assert dict(request(format=form, body=body).headers) == {"Content-Type": content_type}
    own = request(format=form, body=body, headers="content-type: application/vnd.sms")
    assert dict(own.headers) == {"content-type": "application/vnd.sms"}


# -- what is refused, with its place


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"to": "{{phone}}",\n "text": "{{txt}}"}', "Line 2, column 11: There is no {{txt}} here. Did you mean {{te"),
        ('{"to": "{{phone}}", "text": "{{weather}}"}', "Line 1, column 30: There is no {{weather}} here. There ar"),
        ('{"to": "{{phone}}", "text": "{{text"}', "Line 1, column 30: “{{” opens a placeholder"),
        ('{"to": "{{phone}}",\n"text": {{text}}}', 'column 9: A text in JSON needs quotes: write "{{text}}"'),
        ('{"to": "{{phone}}", "text": "{{text}}"', "Line 1, column 39: This is not JSON"),
        ('{"to": {{phone}}, "text": "{{text}}",}', "Line 1, column 3"),
        ('{"to": "{{phone}}", "text": "{{text}}", "text": "x"}', "Line 1, column 30: {{text}} is not allowed here"),
        ('{"to": "{{phone}}", "text": "{{text}}", "n": NaN}', "NaN is not JSON"),
        ('{"to": "{{phone}}"}', "The text is missing"), ('{"text": "{{text}}"}', "The phone number is missing"),
        ("", "The text is missing"), ("[" * 10_000, "This is not JSON"),
    ],
)  # fmt: skip
def test_a_wrong_json_body_is_refused_with_its_place(body: str, said: str) -> None:
    found = faults(body=body)
    assert found.keys() == {"body"}
    assert said in found["body"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("to={{phone}}&text={{text}}&", "Line 1, column 28: This is not a form"),
        ("to={{phone}}&\ntext={{text}}", "Line 1, column 14: This is not a form"),
        ("to={{phone}}&text=Hello {{text}}", "Line 1, column 24"), ("to={{phone}}&text={{text}}&x=%zz", "column 30"),
        ("to={{phone}}&text={{text}}&x=é", "column 30"), (JSON, "This is not a form"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_refused_with_its_place(body: str, said: str) -> None:
    assert said in faults(format="form", body=body)["body"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<a><to>{{phone}}</to>\n<text>{{text}}</txt></a>", "Line 2, column 17: This is not XML: mismatched tag"),
        ("<a to='{{phone}}'><!-- {{text}} --></a>", "Line 1, column 24: {{text}} is not allowed here"),
        ("<a to='{{phone}}'><![CDATA[{{text}}]]></a>", "Line 1, column 28: {{text}} is not allowed here"),
        ("<a to='{{phone}}'><?x {{text}}?></a>", "{{text}} is not allowed here"),
        ("<a to='{{phone}}'><{{text}}/></a>", "This is not XML"), ("<a to='{{phone}}' x={{text}}/>", "This is not XML"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a to='{{phone}}'>{{text}}&x;</a>", "A document type is not allowed"),
        ("<?xml version='1.0' encoding='windows-1251'?><a to='{{phone}}'>{{text}}</a>", "sent as UTF-8"),
        ("<a to='{{phone}}'>{{text}}&nbsp;</a>", "This is not XML"), ("{{text}} {{phone}}", "This is not XML"),
    ],
)  # fmt: skip
def test_wrong_xml_is_refused_with_its_place(body: str, said: str) -> None:
    assert said in faults(format="xml", body=body)["body"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://{{sender}}.example.org/", "no placeholder in its host"), ("api.example.org", "Enter an address"),
        ("ftp://api.example.org/{{text}}", "Enter an address"), ("https://me:hush-hush@a.example/", "without a login"),
        ("https://a.example/?t={{text}}&to={{phone}}#x", "“#” is not allowed"),
        ("https://a.example/?t={{text}}&to={{phone}}&x=a b", "Line 1, column 47: “ ” is not allowed"),
        ("https://a.example/?t={{tekst}}&to={{phone}}", "Line 1, column 22: There is no {{tekst}} here. Did you mean"),
        ("https://a.example:0/{{text}}", "Enter an address"), ("https://a.example/%zz{{text}}", "“%” is not allowed"),
    ],
)  # fmt: skip
def test_a_wrong_address_is_refused_with_its_place(url: str, said: str) -> None:
    found = faults(url=url)
    assert said in found["url"]
    assert "hush" not in found["url"]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ("X-Key: 1\nAuthorization {{secret}}", "Line 2, column 1: Write a header as Name: value"),
        ("X-Key: {{text}}", "Line 1, column 8: There is no {{text}} here"), ("X-Key: {{sender}}", "no {{sender}} here"),
        ("X-A: 1\nhost: b.example", "Line 2, column 1: “host” is written by Vestnik"),
        ("Transfer-Encoding: chunked", "written by Vestnik"), ("Proxy-Authorization: x", "written by Vestnik"),
        ("X-Key: 1\nx-key: 2", "Line 2, column 1: “x-key” occurs here"), ("X-Key: é", "Line 1, column 8: A header"),
        (": x", "Write a header"), ("X Y: 1", "Write a header"),
    ],
)  # fmt: skip
def test_a_wrong_header_is_refused_with_its_place(headers: str, said: str) -> None:
    assert said in faults(headers=headers)["headers"]


def test_what_templates_use_must_be_there() -> None:
    assert "{{secret}} is used in a template" in faults(secret="", headers="X-Key: {{secret}}")["secret"]
    assert "{{sender}} is used in a template" in faults(sender="")["sender"]
    assert faults(headers="Authorization: Basic {{basic}}").keys() == {"login"}
    assert "ASCII" in faults(secret="тайна", headers="X-Key: {{secret}}")["secret"]
    assert "GET has no body" in faults(method="GET", url=f"{URL}?t={{{{text}}}}&to={{{{phone}}}}")["body"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = {"success_at": "(", "throttled_codes": "http_999", "receipt_id_at": "/~2"}
    found = faults(url="nowhere", body="{", headers="x", **wrong)
    assert found.keys() >= {"url", "body", "headers", *wrong}


# -- the dry run


def test_a_dry_run_shows_the_exact_request_without_secrets() -> None:
    adapter = http(
        url=f"{URL}?key={{{{secret}}}}", headers="Authorization: Basic {{basic}}\nX-Key: {{secret}}", login="me",
        secret="hush-hush&more", body='{"to": "{{phone}}", "text": "{{text}}", "key": "{{secret}}"}',
    )  # fmt: skip
    shown = dry_run(adapter, message_id=ID, phone=PHONE, text="Привет", expires_at=time.time())
    assert shown.split("\r\n") == [
        "POST /v1/messages?key=%2A%2A%2A%2A%2A%2A%2A%2A HTTP/1.1",
        "Host: api.example.org",
        "User-Agent: vestnik",
        f"Authorization: Basic {base64.b64encode(b'me:********').decode()}",
        "X-Key: ********",
        "Content-Type: application/json",
        f"Content-Length: {len(json.dumps({'to': '0' * 11, 'text': '', 'key': '*' * 8})) + 12}",
        "",
        '{"to": "79110000001", "text": "Привет", "key": "********"}',
    ]
    real = adapter.compose("Привет", expires_at=time.time())(ID, PHONE)
    assert "hush-hush%26more" in real.target


def test_the_adapter_shows_no_secret_when_it_is_printed() -> None:
    assert "hush" not in f"{http()!r}"


def test_a_fault_can_be_told_in_russian_with_its_place() -> None:
    with (Path(__file__).parents[2] / "vestnik/locale/ru/LC_MESSAGES/django.mo").open("rb") as file:
        russian = gettext.GNUTranslations(file).gettext
    with pytest.raises(InvalidInput) as caught:
        http(body='{"to": "{{phone}}",\n"text": "{{txt}}"}')
    (said,) = caught.value.fields["body"]
    expected = "Строка 2, знак 10: Подстановки {{txt}} здесь нет. Может быть, {{text}}?"
    assert translated(said, russian) == expected
