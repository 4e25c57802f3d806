"""The format of logs: one line for each event, for people or as JSON, with the request's id and without phone numbers.

A line names its subject in fields (``mailing``, ``message``, ``client``, …), so that one search for an id
finds everything about it in the logs of all processes. Meaning decides what is masked: a field of our own ids is
written whole, and every other value and text loses the middle of each phone number in it.
"""

import json
import logging
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from vestnik.message_lines import MESSAGES_LOGGER, BehindHandler, MessageLines
from vestnik.phones.display import mask_phones

#: What may stand in a line as a field, given as ``extra``; libraries give others, which may hold anything.
FIELDS = frozenset(("batch", "client", "import", "mailing", "task"))
#: Fields whose values we make or check ourselves, so that no phone can stand in them: ids (those of decisions are named
#: by the audit's objects), and what structlog adds.
#: ``request_id``: :class:`vestnik.web.middleware.RequestIdMiddleware` takes no id that is a phone number.
OWN_FIELDS = FIELDS | {
    "account",
    "action",
    "api_key",
    "gateway",
    "ledger",
    "message",
    "request_id",
    "level",
    "logger",
    "timestamp",
}


def command_logging_config(log_format: str, *, level: str, messages: bool, file: Path | None) -> dict[str, Any]:
    """The LOGGING of a command of the operator, whose terminal is for its answer.

    Args:
        log_format: ``console`` or ``json``.
        level: the least level that is written.
        messages: write a line for each message, too.
        file: where lines go; None: warnings go to stderr, and nothing else is written.
    """
    config = logging_config(log_format, level=level, messages=messages and file is not None)
    for handler in config["handlers"].values():
        if file is None:
            handler["level"] = "WARNING"
        else:
            rotating = {"maxBytes": 64 * 1024 * 1024, "backupCount": 1, "encoding": "utf-8", "delay": True}
            handler.pop("()", None)
            handler |= {"class": "logging.handlers.RotatingFileHandler", "filename": str(file), **rotating}
    return config


def logging_config(log_format: str, *, level: str = "info", messages: bool = True) -> dict[str, Any]:
    """Django's LOGGING.

    Args:
        log_format: ``console`` or ``json``.
        level: the least level that is written.
        messages: write a line for each message, too (:mod:`vestnik.message_lines`).
    """
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=FIELDS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    last = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        hide_phones,
        renderer,
    ]
    formatter = {"()": Lines, "log_format": log_format, "processors": last, "foreign_pre_chain": shared}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter, "messages": {"()": MessageLines, "log_format": log_format}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
            "messages": {"()": BehindHandler, "formatter": "messages"},
        },
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            # What a client did wrong is in its answer, and in our own line for the request.
            "django.request": {"level": "ERROR", "filters": ["bugs"]},
            "django.security": {"level": "CRITICAL"},
            MESSAGES_LOGGER: {
                "handlers": ["messages"],
                "propagate": False,
                "level": "INFO" if messages else "CRITICAL",
            },
            # At the level debug libraries write what passes through them: statements, tasks, whole answers.
            **{name: {"level": "INFO"} for name in _TALKATIVE},
            # A line for each nudge and each tick.
            "celery": {"level": "WARNING"},
        },
        "filters": {"bugs": {"()": "django.utils.log.CallbackFilter", "callback": is_a_bug}},
    }


class Lines(structlog.stdlib.ProcessorFormatter):
    """Writes plain lines, nearly all of them, without structlog's chain of processors: in a quarter of the time.

    Args:
        log_format: ``console`` or ``json``.
        chain: structlog's, for the others, which look the same.
    """

    def __init__(self, *, log_format: str, **chain: Any) -> None:
        super().__init__(**chain)
        self._line = _as_json if log_format == "json" else _as_text

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines if it has an exception."""
        if record.exc_info or record.stack_info:
            return super().format(record)
        given = vars(record)
        fields = {name: given[name] for name in _ORDERED_FIELDS if name in given}
        told = {**structlog.contextvars.get_contextvars(), **fields}
        masked = {name: _without_phones(name, value) for name, value in told.items()}
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return self._line(stamp, record.levelname.lower(), mask_phones(record.getMessage()), record.name, masked)


def _without_phones(name: str, value: Any) -> Any:
    """The value of a field as a log may show it; a number that reads as a phone becomes a masked text."""
    if name in OWN_FIELDS or value is None or isinstance(value, bool):
        return value
    shown = value if isinstance(value, str) else repr(value)
    masked = mask_phones(shown)
    return value if masked == shown else masked


_ORDERED_FIELDS = sorted(FIELDS)
_encoder = json.JSONEncoder(ensure_ascii=False, default=repr)


def _as_text(stamp: str, level: str, event: str, logger: str, told: Mapping[str, Any]) -> str:
    words = "".join(f" {name}={_shown(told[name])}" for name in sorted(told))
    return f"{stamp} [{level:<9}] {event:<30} [{logger}]{words}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) and not set(value) & set(" \t=\r\n\"'") else repr(value)


def _as_json(stamp: str, level: str, event: str, logger: str, told: Mapping[str, Any]) -> str:
    return _encoder.encode({"event": event, **told, "level": level, "logger": logger, "timestamp": stamp})


_TALKATIVE = ("amqp", "asyncio", "django", "kombu", "psycopg", "redis", "urllib3")


def is_a_bug(record: logging.LogRecord) -> bool:
    """Is the line about an unexpected exception? A plain 503 was logged before, with its request's id."""
    return record.exc_info is not None


def hide_phones(_logger: logging.Logger, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: phone numbers are masked in every field of the line that is none of our own ids."""
    for name, value in event.items():
        event[name] = _without_phones(name, value)
    return event
