"""Structured logs: one JSON object a line, with the request's id, without what people wrote."""

import sys
from typing import Any

import structlog
from django.db.utils import InterfaceError, OperationalError


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _in_one_line,
        structlog.processors.format_exc_info,
    ]


def _in_one_line(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A database that is away fails every request in the same way: the reason, no stack.

    With stacks, a minute of outage filled the logs and pushed out what had led to it.
    """
    error = event.get("exc_info")
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, OperationalError | InterfaceError):
        del event["exc_info"]
        event["reason"] = " ".join(str(error).split())[:300]
    return event


def logging_settings() -> dict[str, Any]:
    """Django's ``LOGGING``; also sets up structlog so that both write the same lines."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                ],
                "foreign_pre_chain": _shared(),
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json"}
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "httpx": {"level": "WARNING"},
            "uvicorn.error": {"level": "WARNING"},
        },
    }
