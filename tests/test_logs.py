"""Log lines name their request, and show no phone number."""

import json
import logging
import re
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import example, given, settings
from hypothesis import strategies as some

from vestnik.accounts.audit import OBJECTS
from vestnik.logs import FIELDS, OWN_FIELDS, command_logging_config, is_a_bug, logging_config
from vestnik.phones.display import is_named_by_phone
from vestnik.web.middleware import RequestIdMiddleware

STAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"


def line_of(log_format: str, record: logging.LogRecord) -> str:
    """What the configured formatter makes of a record."""
    options = logging_config(log_format)["formatters"]["line"]
    factory = options.pop("()")
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(factory(**options))
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        handler.emit(record)
    return stream.getvalue()


def record(text: str, *values: Any, exc_info: Any = None) -> logging.LogRecord:
    return logging.LogRecord("vestnik.test", logging.INFO, "here", 1, text, values, exc_info)


def a_failure() -> Any:
    try:
        int("no route to 79111234567")
    except ValueError as error:
        return (type(error), error, error.__traceback__)


#: Numbers of +7 in the spellings that people use, with the ten digits that nobody may read.
SPELLINGS = (
    "7{0}{1}{2}{3}", "+7{0}{1}{2}{3}", "8{0}{1}{2}{3}", "{0}{1}{2}{3}", "+7 ({0}) {1}-{2}-{3}", "8 ({0}) {1}-{2}-{3}",
    "8-{0}-{1}-{2}-{3}", "7.{0}.{1}.{2}.{3}", "+7\u00a0{0}\u00a0{1}\u00a0{2}\u00a0{3}",
    "8\u2009{0}\u2009{1}\u2011{2}\u2011{3}",
    "({0}) {1}-{2}-{3}", "{0} {1} {2} {3}", "8~10 7 {0} {1}{2}{3}", "tel:+7{0}{1}{2}{3}", "7\u200b{0}{1}\u200b{2}{3}",
)  # fmt: skip
PHONES = some.builds(
    lambda spelling, digits: (spelling.format(digits[:3], digits[3:6], digits[6:8], digits[8:]), digits),
    some.sampled_from(SPELLINGS),
    some.from_regex(r"9[0-9]{9}", fullmatch=True),
)
REQUEST_IDS = some.one_of(
    some.uuids().map(lambda made: made.hex),
    some.uuids().map(str),
    some.from_regex(r"[A-Za-z0-9._:-]{1,64}", fullmatch=True),
    some.from_regex(r"[a-f]{1,3}[0-9]{11}[a-f]{1,3}", fullmatch=True),
    some.integers(10**10, 10**19).map(str),
)


def answered(given_id: str) -> tuple[str, str]:
    """The id of the answer to a request with this ``X-Request-ID``, and the lines logged while it was answered."""
    lines: list[str] = []

    def answer(_request: HttpRequest) -> HttpResponse:
        options = logging_config("console")["formatters"]["line"]
        formatter = options.pop("()")(**options)
        lines.append(formatter.format(record("anything")))
        lines.append(formatter.format(record("failed", exc_info=a_failure())))
        return HttpResponse()

    response = RequestIdMiddleware(answer)(RequestFactory().get("/health/live", headers={"X-Request-ID": given_id}))
    return response["X-Request-ID"], "\n".join(lines)


@settings(max_examples=300, deadline=None)
@given(REQUEST_IDS)
@example("0f8c2f6d9b5f4b0c79111234567aaaaa")
@example("a79111234567")
@example("12345678901")
@example("91112345-6789-4abc-8def-779111234567")
def test_an_id_of_a_request_that_is_taken_or_made_is_found_whole_in_every_line(given_id: str):
    shown, lines = answered(given_id)
    assert lines.count(f"request_id={shown}") + lines.count(f"request_id='{shown}'") == 2
    assert shown == given_id or is_named_by_phone(given_id)


@settings(max_examples=100, deadline=None)
@given(some.uuids())
def test_an_id_that_we_or_most_clients_make_is_never_taken_for_a_phone(made: UUID):
    assert not is_named_by_phone(made.hex)
    assert not is_named_by_phone(str(made))


@pytest.mark.parametrize(
    "given_id", ["79111234567", "8-911-123-45-67", "sms:79111234567", "9111234567", "7.911.123.4567"]
)
def test_a_request_cannot_be_named_by_a_phone(given_id: str):
    shown, lines = answered(given_id)
    assert shown != given_id
    assert given_id not in lines


@settings(max_examples=300, deadline=None)
@given(
    PHONES,
    some.sampled_from(
        ["{}", "no route to {}", "id=5 phone={} bad", '{{"phone": "{}"}}', "abc{}xyz", "Key (phone)=({})"]
    ),
)
def test_a_phone_is_whole_in_no_text_field_or_exception(phone: tuple[str, str], around: str):
    written, digits = phone
    text = around.format(written)
    failure = ValueError(text)
    lines = []
    for log_format in ("console", "json"):
        options = logging_config(log_format)["formatters"]["line"]
        formatter = options.pop("()")(**options)
        with structlog.contextvars.bound_contextvars(route=text, detail={"of": text}, number=int(f"7{digits}")):
            lines += [
                formatter.format(record("%s", text)),
                formatter.format(record(text, exc_info=(ValueError, failure, None))),
            ]
    assert digits not in re.sub(r"[\s().\-\u200b\u2009\u2011]|\\\\u[0-9a-f]{4}|\\\\x[0-9a-f]{2}", "", " | ".join(lines))


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("field", sorted(OWN_FIELDS - {"level", "logger", "timestamp", "request_id"}))
def test_an_id_of_ours_with_eleven_digits_is_written_whole(log_format: str, field: str):
    with structlog.contextvars.bound_contextvars(**{field: 79111234567}):
        assert "79111234567" in line_of(log_format, record("decided"))


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_line_names_its_request_and_masks_phones(log_format: str):
    line = line_of(log_format, record("sent to %s and +7 (926) 123-45-67", 79111234567))
    assert "r-1" in line
    assert "vestnik.test" in line
    assert "9111234567" not in line
    assert "123-45" not in line
    assert line.count("\n") == 1


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_traceback_is_whole_but_for_phones(log_format: str):
    line = line_of(log_format, record("failed", exc_info=a_failure()))
    assert "a_failure" in line
    assert "no route to 7911***4567" in line


def test_a_line_has_its_time_level_text_and_logger_and_then_its_fields_by_name():
    given = record("a text, and %d", 79111234567)
    vars(given).update(task="it's 79111234567", client=None, mailing=7, batch="plain")
    line = line_of("console", given)
    assert re.match(STAMP, line)
    assert re.sub(STAMP, "", line) == (
        " [info     ] a text, and 7911***4567        [vestnik.test]"
        ' batch=plain client=None mailing=7 request_id=r-1 task="it\'s 79111234567"\n'
    )
    found = json.loads(line_of("json", given))
    assert re.fullmatch(STAMP, found.pop("timestamp"))
    assert found == {
        "event": "a text, and 7911***4567", "level": "info", "logger": "vestnik.test", "request_id": "r-1",
        "batch": "plain", "client": None, "mailing": 7, "task": "it's 79111234567",
    }  # fmt: skip


def test_json_is_one_object_a_line():
    found = json.loads(line_of("json", record("привет %d", 1)))
    assert (found["event"], found["level"], found["request_id"]) == ("привет 1", "info", "r-1")


def test_what_a_line_is_about_is_a_field_and_nothing_else_comes_in():
    given = record("decided")
    given.mailing, given.secret = 7, "hidden"
    found = json.loads(line_of("json", given))
    assert found["mailing"] == 7
    assert "secret" not in found
    assert "mailing=7" in line_of("console", given)


def test_a_command_writes_into_its_clusters_logs_and_warns_in_the_terminal(tmp_path):
    config = command_logging_config("json", level="info", messages=True, file=tmp_path / "commands.log")
    assert {handler["filename"] for handler in config["handlers"].values()} == {str(tmp_path / "commands.log")}
    alone = command_logging_config("json", level="info", messages=True, file=None)
    assert {handler["level"] for handler in alone["handlers"].values()} == {"WARNING"}
    assert alone["loggers"]["vestnik.messages"]["level"] == "CRITICAL"


def test_only_unexpected_exceptions_pass_as_bugs():
    assert is_a_bug(record("failed", exc_info=a_failure()))
    assert not is_a_bug(record("Service Unavailable"))


def test_the_audits_ids_are_known_to_the_logs_but_for_those_that_may_be_something_else():
    """A number on the stop list is a phone; people name attributes; a route is also a path in lines of libraries."""
    assert {"attribute", "stop_list", "route"} == OBJECTS - OWN_FIELDS
    assert FIELDS <= OWN_FIELDS
