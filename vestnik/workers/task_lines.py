"""The log lines of Celery's processes: our own settings hold, and a task has the id of the request that sent it.

Beat's ticks say nothing.
"""

import logging
from typing import Any

import structlog
from celery import signals

from vestnik.broker import REQUEST_HEADER

log = logging.getLogger(__name__)


def leave_logging_alone(**_: Any) -> None:
    """Celery sets no level and no handler when somebody listens: Django has set both by our settings."""


def begin(task: Any = None, **_: Any) -> None:
    """Take the request's id over, in the thread that runs the task."""
    request = str((getattr(task.request, "headers", None) or {}).get(REQUEST_HEADER) or "")
    if request:
        structlog.contextvars.bind_contextvars(request_id=request)
        log.info("nudged", extra={"task": task.name})


def end(**_: Any) -> None:
    """The next task may be another request's."""
    structlog.contextvars.unbind_contextvars("request_id")


signals.setup_logging.connect(leave_logging_alone)
signals.task_prerun.connect(begin)
signals.task_postrun.connect(end)
