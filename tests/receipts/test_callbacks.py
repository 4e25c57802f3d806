"""What a provider posts is kept before it gets its answer; strangers learn nothing."""

import hashlib
import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg.types.json import Jsonb

from harness.gateways import add_gateway
from vestnik.encryption import encrypt
from vestnik.models import DEFAULT_GATEWAY, Gateway, Inbound, ReceiptBody, ReceiptCount, Tries
from vestnik.receipts import callbacks
from vestnik.receipts.counts import receipt_counts, strange_receipts
from vestnik.routing.edits import rotate_receipts_secret
from vestnik.routing.find import lock_gateway
from vestnik.routing.receipts_address import receipts_path


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request sees the gateway as it is now."""
    monkeypatch.setattr(callbacks, "FRESH_SECONDS", -1.0)
    callbacks._doors.clear()


def path_of(gateway: int = DEFAULT_GATEWAY) -> str:
    return receipts_path(Gateway.objects.get(id=gateway))


def post(path: str, body: Any, **extra: Any) -> Any:
    return Client().post(path, json.dumps(body), content_type="application/json", **extra)


def test_receipts_are_kept_before_they_are_acknowledged(ledger: Any) -> None:
    del ledger
    answer = post(path_of(), [{"id": 5, "state": "delivered"}, {"id": 6, "state": "undelivered", "code": "8"}])
    assert answer.status_code == 200
    rows = ReceiptBody.objects.values_list("message_ids", "fates", "codes", "words", "gateway_id")
    assert list(rows) == [([5, 6], [2, 3], ["", "8"], None, DEFAULT_GATEWAY)]


def test_a_wrong_name_a_wrong_secret_and_a_foreign_address_look_the_same(ledger: Any) -> None:
    add_gateway(ledger, "second", settings=Jsonb({"url": "http://localhost"}))
    ledger.execute("UPDATE vestnik_gateway SET receipts_from = ARRAY['10.0.0.0/8', '::1'] WHERE id = 1")
    body = {"id": 5, "state": "delivered"}
    wrong = [
        "/gateways/nobody/receipts/0123456789abcdef",
        f"{path_of()[:-1]}x",
        path_of().replace("default", "second"),
        "/gateways/default/receipts/\u0436",
    ]
    said = [post(path, body) for path in (*wrong, path_of())]
    said += [Client().get(path) for path in (*wrong, path_of())]
    answers = {
        (
            answer.status_code,
            answer.content,
            tuple(item for item in answer.headers.items() if item[0] != "X-Request-ID"),
        )
        for answer in said
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    assert post(path_of(), body, REMOTE_ADDR="10.1.2.3").status_code == 200
    assert post(path_of(), body, REMOTE_ADDR="::ffff:10.1.2.3").status_code == 200
    assert ReceiptBody.objects.filter(gateway_id=DEFAULT_GATEWAY).count() == 2


def test_behind_a_proxy_the_caller_is_who_the_proxy_says(ledger: Any, settings: Any) -> None:
    ledger.execute("UPDATE vestnik_gateway SET receipts_from = ARRAY['10.0.0.0/8'] WHERE id = 1")
    body, through = {"id": 5, "state": "delivered"}, {"HTTP_X_FORWARDED_FOR": "10.1.2.3, 192.0.2.1, 10.9.9.9"}
    answers = []
    for number in (0, 1, 2, 9):
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, num_proxies=number)
        answers.append(post(path_of(), body, REMOTE_ADDR="192.0.2.9", **through).status_code)
    assert answers == [404, 200, 404, 200]


def test_who_tries_too_often_has_to_wait(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    del ledger
    monkeypatch.setattr(
        callbacks, "WRONG_ADDRESSES", callbacks.Limit("receipt address", 2, callbacks.timedelta(hours=1))
    )
    answers = [post("/gateways/x/receipts/y", {}).status_code for _ in range(3)]
    assert answers == [404, 404, 429]
    assert post(path_of(), {"id": 5, "state": "delivered"}).status_code == 200
    assert Tries.objects.count() == 1


def test_what_cannot_be_read_is_refused_and_counted(ledger: Any) -> None:
    del ledger
    answer = post(path_of(), [{"id": 5, "state": "lost"}, {"id": 6, "state": "gone"}])
    assert answer.status_code == 400
    assert 'receipt 1: "state" is none of' in answer.json()["detail"]
    assert not ReceiptBody.objects.exists()
    assert list(ReceiptCount.objects.values_list("kind", "count")) == [("bad", 2)]


def test_one_receipt_that_cannot_be_read_takes_nothing_from_the_others_and_is_counted(
    ledger: Any, caplog: pytest.LogCaptureFixture
) -> None:
    del ledger
    body = [{"id": 5, "state": "delivered"}, {"id": 6, "state": "gone"}, 7, {"id": 8, "state": "sent"}]
    assert post(path_of(), body).status_code == 200
    assert [each.message_ids for each in ReceiptBody.objects.all()] == [[5, 8]]
    assert list(ReceiptCount.objects.values_list("kind", "count")) == [("bad", 2)]
    assert 'receipt 2: "state" is none of' in caplog.text


def test_a_call_with_a_wrong_secret_or_from_a_foreign_address_is_counted_for_its_gateway(ledger: Any) -> None:
    """What a stranger sees is the same; of a name that no gateway has, nobody is told."""
    second = add_gateway(ledger, "second", settings=Jsonb({"url": "http://localhost"}))
    ledger.execute("UPDATE vestnik_gateway SET receipts_from = ARRAY['10.0.0.0/8'] WHERE id = %s", [second])
    body = {"id": 5, "state": "delivered"}
    wrong = [f"{path_of()[:-1]}x", path_of().replace("default", "second"), path_of(second)]
    nobody = "/gateways/nobody/receipts/0123456789abcdef"
    said = {(answer.status_code, answer.content) for path in [*wrong, nobody] for answer in [post(path, body)]}
    assert len(said) == 1
    assert next(iter(said))[0] == 404
    assert [(each.kind, each.count) for each in receipt_counts(DEFAULT_GATEWAY)] == [("forged", 1)]
    assert [(each.kind, each.count) for each in receipt_counts(second)] == [("forged", 2)]
    assert [(each.name, each.count) for each in strange_receipts(within=timedelta(days=1))] == [
        ("default", 1), ("second", 2),
    ]  # fmt: skip


def test_a_call_to_a_name_that_exists_costs_what_one_to_another_does(ledger: Any) -> None:
    """The same statements, so that the time of the answer tells a stranger nothing either."""
    del ledger

    def statements(path: str) -> list[str]:
        with CaptureQueriesContext(connection) as found:
            assert post(path, {"id": 5, "state": "delivered"}).status_code == 404
        return [each["sql"].split("FROM")[0].split("(")[0] for each in found]

    assert statements(f"{path_of()[:-1]}x") == statements("/gateways/nobody/receipts/0123456789abcdef")


def test_a_signature_is_looked_at_and_a_text_that_comes_twice_is_kept_once(ledger: Any) -> None:
    secrets = encrypt({"password": "a", "callback_secret": "s3cret"})
    gateway = add_gateway(ledger, "smsc", kind="smsc", secrets=secrets)
    ledger.execute('UPDATE vestnik_gateway SET settings = \'{"login": "me"}\' WHERE id = %s', [gateway])
    fields = {"id": "v5", "phone": "79111234567", "status": "1"}
    forged = Client().post(path_of(gateway), {**fields, "md5": "0" * 32})
    assert forged.status_code == 403
    signed = hashlib.md5(b"v5:79111234567:1:s3cret").hexdigest()  # noqa: S324 - SMSC's own
    assert Client().post(path_of(gateway), {**fields, "md5": signed}).status_code == 200
    assert ReceiptBody.objects.get().message_ids == [5]
    text = {"phone": "79111234567", "mes": "STOP", "to": "79990000000", "id": "77"}
    text["md5"] = hashlib.md5(b"79111234567:STOP:79990000000:s3cret").hexdigest()  # noqa: S324
    for _ in range(2):
        assert Client().post(path_of(gateway), text).status_code == 200
    assert list(Inbound.objects.values_list("phone", "text")) == [(79111234567, "STOP")]
    assert dict(ReceiptCount.objects.values_list("kind", "count")) == {"forged": 1}


def test_a_disabled_gateway_still_takes_receipts_and_the_path_goes_with_the_key(ledger: Any, settings: Any) -> None:
    ledger.execute("UPDATE vestnik_gateway SET enabled = false WHERE id = 1")
    earlier = path_of()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert path_of() != earlier
    for path in (path_of(), earlier):
        assert post(path, {"id": 5, "state": "delivered"}).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert post(earlier, {"id": 5, "state": "delivered"}).status_code == 404


def test_a_gateway_that_cannot_be_read_asks_the_provider_to_come_again(ledger: Any) -> None:
    broken = add_gateway(ledger, "broken", settings=Jsonb({}))
    assert post(path_of(broken), {"id": 5, "state": "delivered"}).status_code == 503


def test_a_callback_has_the_limits_and_headers_of_every_answer_and_no_line_in_the_log(
    ledger: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It takes a short way past what is for people. Only what is refused is logged, without the secret."""
    del ledger
    caplog.set_level("INFO", "vestnik.web.middleware")
    body = {"id": 5, "state": "delivered"}
    other = Client().get("/health/live")
    for path in (path_of(), f"{path_of()}/"):
        answer = post(path, body)
        assert answer.status_code == 200
        missing = set(other.headers) - set(answer.headers)
        assert missing <= {"Content-Language", "Vary", "Allow"}
    assert caplog.text == ""
    refused = post("/gateways/default/receipts/wrong", body)
    assert "404" in caplog.text
    assert "wrong" not in caplog.text
    assert refused["Content-Security-Policy"] == other["Content-Security-Policy"]
    assert Client().post(path_of(), b"x", content_type="text/plain", CONTENT_LENGTH=str(2**40)).status_code == 413
    assert Client().put(path_of()).status_code == 405


class BrokenOff:
    """A body whose caller goes away."""

    def read(self, *_args: int) -> bytes:
        raise OSError("the caller has gone")

    readline = read


def no_room(*_args: Any) -> None:
    raise RuntimeError("no room")


def test_no_trouble_puts_the_secret_into_a_log(
    ledger: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also at the level debug, whatever goes wrong, in our view or in a middleware around it."""
    del ledger
    for logger in ("", "django", "django.request", "django.security", *logging.root.manager.loggerDict):
        caplog.set_level("DEBUG", logger)
    path, body = path_of(), {"id": 5, "state": "delivered"}
    secret, client = path.rsplit("/", 1)[1], Client(raise_request_exception=False)
    form = {"content_type": "multipart/form-data; boundary=x"}
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        away = client.post(path, json.dumps(body), content_type="application/json")
        cursor.execute("SET default_transaction_read_only = off")
    assert (away.status_code, away["Retry-After"], away.json()["code"]) == (503, "5", "ledger_unavailable")
    assert "Traceback" not in caplog.text
    assert client.put(path).status_code == 405
    assert client.post(path, b"no part", **form).status_code == 400
    gone = {"wsgi.input": BrokenOff(), "CONTENT_LENGTH": "9", "CONTENT_TYPE": "text/plain"}
    assert client.generic("POST", path, **gone).status_code == 400
    with monkeypatch.context() as patch:
        patch.setattr("vestnik.api.receipts.take_callback", no_room)
        assert client.post(path, body).status_code == 500
    assert "a bug in POST /gateways/" in caplog.text
    assert caplog.text.count("RuntimeError: no room") == 1
    with monkeypatch.context() as patch:
        patch.setattr("vestnik.api.receipts.cast", no_room)
        assert client.post(path, body).status_code == 500
    assert caplog.text.count("RuntimeError: no room") == 2
    assert secret not in caplog.text
    assert not [record for record in caplog.records if secret in f"{record.msg} {record.args}"]


def test_after_a_rotation_both_addresses_count_for_a_day_or_the_new_one_at_once(ledger: Any) -> None:
    body = {"id": 5, "state": "delivered"}

    def rotated(*, at_once: bool) -> str:
        with transaction.atomic():
            gateway = lock_gateway(name="default")
            rotate_receipts_secret(gateway=gateway, at_once=at_once, actor=None)
        return path_of()

    first = path_of()
    second = rotated(at_once=False)
    assert first != second
    assert [post(path, body).status_code for path in (first, second)] == [200, 200]
    ledger.execute("UPDATE vestnik_gateway SET receipts_before_until = now() - interval '1 second'")
    assert [post(path, body).status_code for path in (first, second)] == [404, 200]
    rotated(at_once=False)
    last = rotated(at_once=True)
    assert [post(path, body).status_code for path in (first, second, last)] == [404, 404, 200]
