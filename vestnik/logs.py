"""What logs look like: one line an event, for people or as JSON, with the request's id and without phone numbers."""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

from vestnik.gateway.masking import mask_phones


def logging_config(log_format: str) -> dict[str, Any]:
    """Django's LOGGING.

    Args:
        log_format: ``console`` or ``json``.
    """
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
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
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # What a client did wrong is in its answer, and in our own line for the request.
            "django.request": {"level": "ERROR", "filters": ["bugs"]},
            "django.security": {"level": "CRITICAL"},
        },
        "filters": {"bugs": {"()": "django.utils.log.CallbackFilter", "callback": is_a_bug}},
    }


def is_a_bug(record: logging.LogRecord) -> bool:
    """Does the line tell of an exception that nobody expected? A mere 503 was told of before, with its request's id."""
    return record.exc_info is not None


def hide_phones(_logger: logging.Logger, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: whatever looks like a phone number is masked in every text of the line."""
    for name, value in event.items():
        if isinstance(value, str) and name != "timestamp":
            event[name] = mask_phones(value)
    return event
