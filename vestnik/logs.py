"""The format of logs: one line for each event, for people or as JSON, with the request's id and without phone numbers.

A line names its subject in fields (``mailing``, ``message``, ``client``, …). So one search for an id finds everything
about it in the logs of all processes. Fields of our own ids are written unchanged. In all other values and texts, phone
numbers are masked.

structlog renders the lines, which takes 16 to 22 µs each. There is one for each request and decision, and none for each
message: those have a formatter of their own (:mod:`vestnik.message_lines`).
"""

import logging
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from vestnik.message_lines import MESSAGES_LOGGER, BehindHandler, MessageLines
from vestnik.phones.display import mask_phones

#: The names in ``extra`` that become fields of a line. Libraries use other names, whose values are not known.
FIELDS = frozenset(("batch", "client", "import", "mailing", "task"))
#: Fields that cannot hold a phone, because we create or check their values: ids (the audit's objects give the names of
#: some), and the fields that structlog adds. :class:`vestnik.web.middleware.RequestIdMiddleware` accepts no
#: ``request_id`` that is a phone number.
OWN_FIELDS = FIELDS | {
    "account",
    "action",
    "api_key",
    "draft",
    "gateway",
    "ledger",
    "message",
    "request_id",
    "segment",
    "template",
    "webhook",
    "level",
    "logger",
    "timestamp",
}


def command_logging_config(log_format: str, *, level: str, messages: bool, file: Path | None) -> dict[str, Any]:
    """Return the LOGGING of a command, whose terminal shows only its answer.

    Args:
        log_format: ``console`` or ``json``.
        level: The lowest level that is written.
        messages: Whether to write a line for each message, too.
        file: The file for all lines. If it is None, only warnings are written, to stderr.
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
    """Return Django's LOGGING.

    Args:
        log_format: ``console`` or ``json``.
        level: The lowest level that is written.
        messages: Whether to write a line for each message, too (:mod:`vestnik.message_lines`).
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
    formatter = {"()": structlog.stdlib.ProcessorFormatter, "processors": last, "foreign_pre_chain": shared}
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
            # A client's mistake is in its answer, and in our own line for the request.
            "django.request": {"level": "ERROR", "filters": ["bugs"]},
            "django.security": {"level": "CRITICAL"},
            MESSAGES_LOGGER: {
                "handlers": ["messages"],
                "propagate": False,
                "level": "INFO" if messages else "CRITICAL",
            },
            # At the level debug, libraries log data: statements, tasks, whole answers.
            **{name: {"level": "INFO"} for name in _TALKATIVE},
            # At the level info, Celery logs each nudge and each tick.
            "celery": {"level": "WARNING"},
        },
        "filters": {"bugs": {"()": "django.utils.log.CallbackFilter", "callback": is_a_bug}},
    }


def _without_phones(name: str, value: Any) -> Any:
    """Return a value with masked phones. A number that looks like a phone becomes a masked text."""
    if name in OWN_FIELDS or value is None or isinstance(value, bool):
        return value
    shown = value if isinstance(value, str) else repr(value)
    masked = mask_phones(shown)
    return value if masked == shown else masked


_TALKATIVE = ("amqp", "asyncio", "django", "kombu", "psycopg", "redis", "urllib3")


def is_a_bug(record: logging.LogRecord) -> bool:
    """Return whether a record has an unexpected exception. A plain 503 is already logged with its request's id.

    Django names the path of the request. The record gets the route in its place: a client can put anything into a path,
    and the path that a provider calls holds a secret.
    """
    request = getattr(record, "request", None)
    if request is not None:
        record.msg = "%s /%s"
        record.args = (request.method, getattr(request.resolver_match, "route", "-").rstrip("/"))
    return record.exc_info is not None


def hide_phones(_logger: logging.Logger, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask phones in all fields but our own ids. This is a structlog processor."""
    for name, value in event.items():
        event[name] = _without_phones(name, value)
    return event
