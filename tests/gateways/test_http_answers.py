"""The kind ``http``: what an answer and a receipt mean is what the rules say, and what they do not say is in doubt."""

import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sockets import raw_server, read_request
from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import BadCallback, Callback, ConnectionOptions, Fate, HttpAnswer, Receipt
from vestnik.gateways.adapters import make_adapter
from vestnik.gateways.adapters.http import Http
from vestnik.gateways.check import check
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome

NOW = 1_700_000_000.0
ID = 96_000_000_000_000
BODY = '{"to": "{{phone}}", "text": "{{text}}", "id": {{id}}}'
URL = "https://api.example.org/v1/messages"


def http(**settings: Any) -> Http:
    adapter = make_adapter("http", {"url": URL, "body": BODY, **settings})
    assert isinstance(adapter, Http)
    return adapter


def outcome(body: Any, status: int = 200, *, retry_after: str | None = None, **settings: Any) -> Outcome:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return http(**settings).outcome(HttpAnswer(status, headers, raw, NOW))


def faults(**settings: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        http(**settings)
    return {name: " ".join(texts) for name, texts in caught.value.fields.items()}


# -- successes


@pytest.mark.parametrize(
    ("body", "status", "rules", "good"),
    [
        (b"", 202, {}, True), (b"", 302, {}, False), (b"", 202, {"success_statuses": "200, 201"}, False),
        ({"status": "OK"}, 200, {"success_at": "/status", "success_values": "OK, sent"}, True),
        ({"status": "ok"}, 200, {"success_at": "/status", "success_values": "OK"}, False),
        ({"code": 0}, 200, {"success_at": "/code", "success_values": "0"}, True),
        ({"code": True}, 200, {"success_at": "/code", "success_values": "true"}, True),
        ({"code": True}, 200, {"success_at": "/code", "success_values": "1"}, False),
        ([{"sms": {"a/b~": "x"}}], 200, {"success_at": "/0/sms/a~1b~0"}, True),
        ([], 200, {"success_at": "/0"}, False), ({"id": None}, 200, {"success_at": "/id"}, False),
        ({"id": ""}, 200, {"success_at": "/id"}, False), ({"id": {}}, 200, {"success_at": "/id"}, False),
        (b"<html>", 200, {"success_at": "/status"}, False),
        (b"OK: 5", 200, {"success_at": "^OK: [0-9]+$"}, True), (b"ERR: 5", 200, {"success_at": "^OK"}, False),
        (b"<r><code>0</code></r>", 200, {"success_at": "<code>([0-9]+)</code>", "success_values": "0"}, True),
        ({"status": "OK"}, 500, {"success_at": "/status"}, False),
    ],
)  # fmt: skip
def test_a_success_has_its_status_and_its_value(body: Any, status: int, rules: dict[str, str], good: bool) -> None:
    found = outcome(body, status, **rules)
    assert (found is SUCCESS) == good
    assert good or found.kind is Kind.AMBIGUOUS


def test_the_providers_id_is_kept_for_its_receipts() -> None:
    found = outcome({"data": [{"id": 12345}]}, id_at="/data/0/id")
    assert (found.kind, found.provider_ids) == (Kind.SUCCESS, ("12345",))
    assert outcome(b"OK id=ab-1.", id_at="id=([a-z0-9-]+)").provider_ids == ("ab-1",)
    for odd in ({}, {"data": [{"id": "x" * 101}]}, {"data": [{"id": "a\nb"}]}, {"data": [{"id": None}]}):
        assert outcome(odd, id_at="/data/0/id") is SUCCESS


# -- what is no success

RULES = {
    "success_at": "/status", "success_values": "OK", "code_at": "/error/code", "words_at": "/error/message",
    "throttled_codes": "http_429, 12", "account_codes": "http_401, http_403, 7",
    "refused_codes": "17, bad phone, http_4xx",
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code", "kind", "named"),
    [
        (200, 17, Kind.REFUSED, "17"), (200, "bad phone", Kind.REFUSED, "bad phone"), (500, 17, Kind.REFUSED, "17"),
        (200, 12, Kind.THROTTLED, "12"), (400, 7, Kind.UNAUTHORIZED, "7"), (401, None, Kind.UNAUTHORIZED, "http_401"),
        (429, None, Kind.THROTTLED, "http_429"), (404, None, Kind.REFUSED, "http_404"),
        (200, 99, Kind.AMBIGUOUS, "99"), (503, None, Kind.AMBIGUOUS, "http_503"),
        (200, None, Kind.AMBIGUOUS, "garbage"),
        (503, 99, Kind.AMBIGUOUS, "99"), (302, None, Kind.AMBIGUOUS, "http_302"),
    ],
)  # fmt: skip
def test_a_code_means_what_its_list_says_and_an_unknown_one_is_in_doubt(
    status: int, code: Any, kind: Kind, named: str
) -> None:
    error = {"message": "no subscriber +7 911 000 00 01"} | ({} if code is None else {"code": code})
    found = outcome({"status": "FAIL", "error": error}, status, **RULES)
    assert (found.kind, found.code, found.answered) == (kind, named, True)
    assert found.detail == "no subscriber +7911***0001"
    assert found.server_error == (kind is Kind.AMBIGUOUS and status >= 500)


def test_all_codes_may_refuse_but_only_those_that_stand_where_codes_do() -> None:
    rules = RULES | {"refused_codes": "*"}
    assert outcome({"error": {"code": "new"}}, 200, **rules).kind is Kind.REFUSED
    assert outcome({"error": {"code": 12}}, 200, **rules).kind is Kind.THROTTLED
    assert outcome(b"<html>", 200, **rules).kind is Kind.AMBIGUOUS


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Kind.UNAUTHORIZED), (429, Kind.THROTTLED), (400, Kind.REFUSED), (500, Kind.AMBIGUOUS)]
)
def test_a_status_that_says_more_counts_before_all_codes_and_a_5xx_is_never_a_refusal(status: int, kind: Kind) -> None:
    rules = RULES | {"refused_codes": "*"}
    assert outcome({"error": {"code": "new"}}, status, **rules).kind is kind


def test_without_lists_only_what_http_says_of_all_is_known() -> None:
    assert outcome(b"", 429, retry_after="7") == Outcome(
        kind=Kind.THROTTLED, code="http_429", detail="http_429", retry_after=7.0, answered=True
    )
    assert outcome(b"", 403).kind is Kind.UNAUTHORIZED
    assert outcome(b"no", 400).kind is Kind.AMBIGUOUS


@pytest.mark.parametrize(
    ("lists", "kinds"),
    [
        ({"account_codes": "no_money"}, "account account throttled"),
        ({"throttled_codes": "17"}, "account account throttled"),
        ({"account_codes": "no_money", "throttled_codes": "17", "refused_codes": "*"}, "account account throttled"),
        ({"account_codes": "no_money", "refused_codes": "http_4xx"}, "account account throttled"),
        ({"throttled_codes": "http_403", "account_codes": "http_401"}, "account throttled throttled"),
        ({"refused_codes": "http_401, http_429", "account_codes": "7", "throttled_codes": "8"},
         "refused account refused"),
        ({"account_codes": "http_429", "throttled_codes": "8"}, "account account account"),
    ],
)  # fmt: skip
def test_401_403_and_429_keep_their_meaning_unless_a_list_names_them(lists: dict[str, str], kinds: str) -> None:
    words = {"account": Kind.UNAUTHORIZED, "throttled": Kind.THROTTLED, "refused": Kind.REFUSED}
    rules = {"code_at": "/code", **lists}
    for status, word in zip((401, 403, 429), kinds.split(), strict=True):
        found = outcome({"code": "other"}, status, **rules)
        assert found.kind is words[word], status


# A code of the provider's own that a list names says more than the status and than a sign of success.
LISTS = {
    "code_at": "/error_code", "account_codes": "2, 3", "throttled_codes": "4", "refused_codes": "5, http_204",
}  # fmt: skip
SIGN = {"success_at": "/status", "success_values": "OK"}
EVERY = {"refused_codes": "*", "account_codes": "3"}


@pytest.mark.parametrize(
    ("body", "rules", "kind"),
    [
        ({"error_code": 3}, {}, Kind.UNAUTHORIZED), ({"error_code": 4}, {}, Kind.THROTTLED),
        ({"error_code": 5}, {}, Kind.REFUSED), ({"error_code": 9}, {}, Kind.SUCCESS), ({}, {}, Kind.SUCCESS),
        (b"<html>", {}, Kind.SUCCESS),
        ({"status": "OK", "error_code": 3}, SIGN, Kind.UNAUTHORIZED),
        ({"status": "OK", "error_code": 9}, SIGN, Kind.SUCCESS), ({"status": "OK"}, SIGN, Kind.SUCCESS),
        # All codes: 0 is no error, and a sign of success says more than "every other code".
        ({"error_code": 9}, EVERY, Kind.REFUSED), ({"error_code": 3}, EVERY, Kind.UNAUTHORIZED),
        ({"error_code": 0}, EVERY, Kind.SUCCESS), ({}, EVERY, Kind.SUCCESS),
        ({"status": "OK", "error_code": 9}, EVERY | SIGN, Kind.SUCCESS),
        ({"status": "OK", "error_code": 3}, EVERY | SIGN, Kind.UNAUTHORIZED),
        ({"status": "FAIL", "error_code": 9}, EVERY | SIGN, Kind.REFUSED),
        ({"status": "FAIL", "error_code": 0}, EVERY | SIGN, Kind.REFUSED),
    ],
)  # fmt: skip
def test_a_listed_code_counts_before_a_status_and_a_sign_of_success(
    body: Any, rules: dict[str, str], kind: Kind
) -> None:
    for status in (200, 201):
        found = outcome(body, status, id_at="/id", **(LISTS | rules))
        assert found.kind is kind
        if kind is not Kind.SUCCESS:
            assert found.code == str(body["error_code"])
            assert found.answered


@pytest.mark.parametrize(
    ("status", "rules", "kind"),
    [
        (202, {}, Kind.SUCCESS), (204, {}, Kind.REFUSED), (204, {"success_statuses": "200, 204"}, Kind.SUCCESS),
        (204, {"success_at": "(x)"}, Kind.SUCCESS), (204, {"success_at": "(y)"}, Kind.REFUSED),
        (204, {"refused_codes": "http_2xx"}, Kind.SUCCESS),
        (204, {"refused_codes": "http_2xx", "success_statuses": "200"}, Kind.REFUSED),
    ],
)  # fmt: skip
def test_a_listed_status_counts_before_a_hundred_of_statuses_but_not_before_a_sign_of_success(
    status: int, rules: dict[str, str], kind: Kind
) -> None:
    assert outcome(b"x", status, **(LISTS | rules)).kind is kind


@given(
    code=st.sampled_from(["2", "3", "4", "5", "9", "0", ""]), status=st.integers(100, 599),
    sign=st.booleans(), words=st.text(max_size=5),
)  # fmt: skip
def test_no_status_and_no_sign_makes_a_listed_code_a_success(code: str, status: int, sign: bool, words: str) -> None:
    body = {"error_code": code, "status": "OK" if sign else words, "id": words}
    meant = {"2": Kind.UNAUTHORIZED, "3": Kind.UNAUTHORIZED, "4": Kind.THROTTLED, "5": Kind.REFUSED}
    for rules in (LISTS, LISTS | SIGN, LISTS | {"success_statuses": "2xx, 4xx"}):
        found = outcome(body, status, **rules).kind
        assert found is meant.get(code, found)


def test_an_answer_of_a_megabyte_cannot_keep_an_expression_busy() -> None:
    evil = http(success_at="^(([a-z])+.)+[A-Z]([a-z])+$", code_at="(a*)*b", words_at="(x+x+)+y")
    body = b"a" * 1_000_000 + b"!" + b"x" * 40_000
    before = time.process_time()
    assert evil.outcome(HttpAnswer(200, {}, body, NOW)).kind is Kind.AMBIGUOUS
    assert time.process_time() - before < 5


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"\0" * 100, b"[" * 60_000, "é".encode("utf-16")])
def test_no_answer_breaks_a_rule(body: bytes) -> None:
    for status in (200, 302, 404, 500, 599):
        found = outcome(body, status, **RULES, id_at="(.*)")
        assert found.kind in Kind


# -- wrong rules


@pytest.mark.parametrize(
    ("settings", "field", "said"),
    [
        ({"success_at": "/a~2"}, "success_at", "~0 is"), ({"id_at": "(a"}, "id_at", "missing )"),
        ({"code_at": "(?=a)b"}, "code_at", "cannot be read"), ({"words_at": r"(a)\1"}, "words_at", "cannot be read"),
        ({"success_statuses": "200;201"}, "success_statuses", "commas"),
        ({"success_values": "OK"}, "success_at", "the path to it"),
        ({"throttled_codes": "12,,13"}, "throttled_codes", "commas"),
        ({"refused_codes": "http_4x"}, "refused_codes", "http_4xx"),
        ({"throttled_codes": "12", "refused_codes": "17, 12"}, "refused_codes", "here and in throttled_codes"),
        ({"receipt_id_at": "id"}, "receipt_status_at", "the path to it"),
        ({"receipt_id_at": "id", "receipt_status_at": "s"}, "receipt_delivered", "mean delivered"),
        ({"receipt_delivered": "D", "receipt_undelivered": "U, D"}, "receipt_undelivered", "is here and in"),
        ({"check_url": "https://other.example/balance"}, "check_url", "host and port of the first"),
        ({"check_url": "https://api.example.org/{{phone}}"}, "check_url", "no {{phone}} here"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_at_its_field(settings: dict[str, str], field: str, said: str) -> None:
    assert said in faults(**settings)[field]


# -- receipts


def called(body: bytes = b"", *, query: Any = (), form: Any = ()) -> Callback:
    return Callback(
        method="POST", url="https://vestnik.example/x", headers={}, query=tuple(query), form=tuple(form), body=body,
        address="192.0.2.1", now=NOW,
    )  # fmt: skip


FORM = {
    "receipt_id_at": "messageId", "receipt_status_at": "status", "receipt_code_at": "err",
    "receipt_delivered": "DELIVRD, READ", "receipt_undelivered": "UNDELIV, EXPIRED", "receipt_on_its_way": "ENROUTE",
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        ("DELIVRD", Fate.DELIVERED), ("READ", Fate.DELIVERED), ("UNDELIV", Fate.UNDELIVERED),
        ("EXPIRED", Fate.UNDELIVERED), ("ENROUTE", Fate.ON_ITS_WAY), ("delivrd", Fate.ACCEPTED), ("?", Fate.ACCEPTED),
    ],
)  # fmt: skip
def test_a_status_means_what_its_list_says_and_another_one_changes_nothing(status: str, fate: Fate) -> None:
    pairs = [("messageId", "a-1"), ("status", status), ("err", "17")]
    expected = (Receipt(fate=fate, provider_id="a-1", code="17", words=status),)
    for callback in (
        called(form=pairs), called(query=pairs), called(orjson.dumps(dict(pairs))),
    ):  # fmt: skip
        received = http(**FORM).received(callback)
        assert received.receipts == expected
        assert received.reply == b"OK"


def test_one_call_may_bring_many_with_our_ids() -> None:
    rules = {
        "receipt_list_at": "/data/items", "receipt_id_at": "/ref", "receipt_status_at": "/state/name",
        "receipt_id_is": "ours", "receipt_delivered": "ok", "receipt_reply": "accepted",
    }  # fmt: skip
    items = [{"ref": str(ID), "state": {"name": "ok"}}, {"ref": ID + 1, "state": {"name": "no"}}]
    received = http(**rules).received(called(orjson.dumps({"data": {"items": items}})))
    assert [(each.message_id, each.fate) for each in received.receipts] == [
        (ID, Fate.DELIVERED), (ID + 1, Fate.ACCEPTED),
    ]  # fmt: skip
    assert received.reply == b"accepted"
    for bad in ({}, {"data": {"items": {}}}, {"data": {"items": [{"ref": "x", "state": {"name": "ok"}}]}}):
        with pytest.raises(BadCallback):
            http(**rules).received(called(orjson.dumps(bad)))
    mixed = [{"ref": "x", "state": {"name": "ok"}}, *items, {"ref": ID}, 5]
    found = http(**rules).received(called(orjson.dumps({"data": {"items": mixed}})))
    assert found.receipts == received.receipts
    assert found.reply == b"accepted"
    assert found.bad == (
        "receipt 1: what stands at /ref is not an id of ours", "receipt 4: no status stands at /state/name",
        "receipt 5: no id stands at /ref",
    )  # fmt: skip


@pytest.mark.parametrize(
    "pairs", [[], [("messageId", "a")], [("status", "READ")], [("messageId", ""), ("status", "x")]]
)
def test_a_callback_without_its_id_or_status_is_refused(pairs: Any) -> None:
    with pytest.raises(BadCallback):
        http(**FORM).received(called(form=pairs))


def test_without_rules_receipts_are_in_our_own_form() -> None:
    (receipt,) = http().received(called(orjson.dumps({"id": ID, "state": "delivered"}))).receipts
    assert (receipt.message_id, receipt.fate) == (ID, Fate.DELIVERED)


# -- what the answer to a check says

ACCOUNT_LISTS = {
    "code_at": "/error/code", "words_at": "/error/text", "account_codes": "no_money", "throttled_codes": "busy",
    "refused_codes": "blocked, *", "balance_at": "/balance", "success_at": "/status", "success_values": "OK",
}  # fmt: skip
_NO_LOGIN, _SLOWLY, _SETTINGS = "accept our login", "asks to wait", "does not accept our settings"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        ("200 OK", {"balance": 12.5}, None), ("200 OK", {"balance": 0}, None),
        ("200 OK", {"balance": 1, "error": {"code": 0}}, None),  # `*` is of messages: a balance may have any code
        ("200 OK", {"balance": 1, "error": {"code": "no_money", "text": "top up"}}, f"{_NO_LOGIN}|(no_money: top up)"),
        ("200 OK", {"error": {"code": "no_money"}}, f"{_NO_LOGIN}|no_money"),
        ("200 OK", {"balance": 1, "error": {"code": "blocked"}}, f"{_SETTINGS}|blocked"),
        ("201 OK", {"balance": 1, "error": {"code": "busy", "text": "later"}}, f"{_SLOWLY}|(busy: later)"),
        ("200 OK", {"error": {"text": "who are you?"}}, "nothing at the path to the balance|who are you?"),
        ("200 OK", {"balance": None}, "nothing at the path to the balance"),
        ("200 OK", "<html>Welcome</html>", "nothing at the path to the balance|Welcome"),
        ("402 No", {"error": {"code": "no_money", "text": "top up"}}, f"{_NO_LOGIN}|(no_money: top up)"),
        ("401 No", {"error": {"text": "bad key hush-hush"}}, f"{_NO_LOGIN}|bad key"),
        ("400 No", {"error": {"code": "blocked", "text": "no"}}, f"{_SETTINGS}|(blocked: no)"),
        ("503 No", {}, "reports a problem"), ("404 No", "nothing here", "is not HTTP"),
    ],
)  # fmt: skip
def test_a_check_is_good_only_if_no_listed_code_and_the_balance_stand_in_its_answer(
    status: str, body: Any, said: str | None
) -> None:
    raw = body.encode() if isinstance(body, str) else orjson.dumps(body)

    def play(connection: Any) -> None:
        read_request(connection)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)

    with raw_server(play) as url:
        adapter = http(url=f"{url}/v1", check_url=f"{url}/balance", secret="hush-hush", **ACCOUNT_LISTS)
        found = check(adapter, timeout=5, options=ConnectionOptions())
    assert found.good is (said is None)
    assert "hush-hush" not in found.words
    if said is not None:
        assert all(part in found.words for part in said.split("|")), found.words


def test_a_check_without_a_path_to_the_balance_and_without_codes_needs_a_2xx_alone() -> None:
    plain = http(check_url="https://api.example.org/balance")
    for status, good in ((200, True), (204, True), (302, False), (500, False)):
        assert plain.checked(HttpAnswer(status, {}, b"", NOW)).good is good


# -- over the network


def test_a_message_and_a_check_over_a_real_connection() -> None:
    seen: list[bytes] = []

    def play(connection: Any) -> None:
        while request := read_request(connection):
            seen.append(request)
            body = b'{"balance": 12.5}' if request.startswith(b"GET") else b'{"status": "OK", "id": "a-1"}'
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    with raw_server(play) as url:
        adapter = http(
            url=f"{url}/v1?a=b", headers="Authorization: Bearer {{secret}}\nX-Id: {{id}}", secret="hush-hush",
            success_at="/status", success_values="OK", id_at="/id", check_url=f"{url}/balance", balance_at="/balance",
        )  # fmt: skip
        found = check(adapter, timeout=5, options=ConnectionOptions())
        assert (found.good, found.balance) == (True, "12.5")
        channel = adapter.open(concurrency=1, timeout=5, options=ConnectionOptions())
        try:
            channel.hand_over(ID, 79110000001, channel.prepare("Привет", expires_at=time.time() + 60), 5)
            answers = channel.poll(5)
            while not answers:
                answers = channel.poll(5)
        finally:
            channel.close()
    assert answers[0].outcome.provider_ids == ("a-1",)
    assert seen[0].startswith(b"GET /balance HTTP/1.1\r\n")
    assert b"X-Id" not in seen[0]
    assert all(b"Authorization: Bearer hush-hush\r\n" in request for request in seen)
    head, _, body = seen[1].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1?a=b HTTP/1.1\r\n")
    assert orjson.loads(body) == {"to": "79110000001", "text": "Привет", "id": ID}
