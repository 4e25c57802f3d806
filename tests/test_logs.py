"""Log lines name their request, and show no phone number."""

import json
import logging
import re
from io import StringIO
from typing import Any

import pytest
import structlog
from structlog.stdlib import ProcessorFormatter

from vestnik.logs import command_logging_config, is_a_bug, logging_config

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


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("text", ["short", "a text that is longer than the column", "", '79111234567\nтекст "quoted"'])
@pytest.mark.parametrize("fields", [{}, {"mailing": 7, "client": None}, {"task": "it's 79111234567", "batch": "plain"}])
def test_a_line_looks_as_structlog_would_write_it(log_format: str, text: str, fields: dict[str, Any]):
    options = logging_config(log_format)["formatters"]["line"]
    ours = options.pop("()")(**options)
    given = record(text)
    vars(given).update(fields)
    with structlog.contextvars.bound_contextvars(request_id="r 79111234567", mailing=8):
        lines = [ours.format(given), ProcessorFormatter.format(ours, given)]
    one, other = (re.sub(STAMP, "", line) for line in lines)
    if log_format == "json":
        assert json.loads(one) == json.loads(other)
    else:
        assert one == other
    assert all(re.search(STAMP, line) for line in lines)


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
