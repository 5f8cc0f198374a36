"""How Framme logs: one JSON object a line on standard error, each with the id of the request or task it belongs to, and nothing about a child.

Every text is redacted. Of an exception its type and where it came from are kept, and its words redacted; of a database error only the SQLSTATE, since the
server's words may repeat what a row holds.
"""

import logging.config
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from gunicorn import glogging

from apps.ui.redaction import redact

LONGEST_TEXT = 2000
MOST_FRAMES = 30
PROJECT = Path(__file__).resolve().parent.parent

Event = dict[str, Any]


def told_exception(_logger: object, _method: str, event: Event) -> Event:
    """Puts in place of `exc_info` what may be told of it: never the values that a traceback's lines would show."""
    kind, error, trace = _exception(event.pop("exc_info", None))
    if error is not None:
        sqlstate = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
        event["exception"] = f"{kind.__module__}.{kind.__qualname__}"
        event["said"] = f"SQLSTATE {sqlstate}" if sqlstate else str(error)
        event["frames"] = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-MOST_FRAMES:]]
    return event


def redacted(_logger: object, _method: str, event: Event) -> Event:
    return {name: _redacted(value) for name, value in event.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value, LONGEST_TEXT)
    if isinstance(value, dict):
        return {redact(str(name)): _redacted(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_redacted(inner) for inner in value]
    return value if isinstance(value, int | float | bool | None) else redact(str(value), LONGEST_TEXT)


def _exception(told: Any) -> tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]:
    if isinstance(told, BaseException):
        return type(told), told, told.__traceback__
    return told if isinstance(told, tuple) and told[1] is not None else (None, None, None)


def _short(path: str) -> str:
    """From the project's root, or from the package's: where somebody has installed it is nobody's business."""
    ours = Path(path)
    return str(ours.relative_to(PROJECT)) if ours.is_relative_to(PROJECT) else path.rsplit("site-packages/", 1)[-1]


SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    told_exception,
]
SETTINGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": SHARED,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redacted, structlog.processors.JSONRenderer(ensure_ascii=False)],
            "use_get_message": True,
        }
    },
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "framme": {"level": "INFO"},
        "gunicorn.error": {"level": "INFO"},
        # Every answer of 400 and above has a line of ours already; what fails while answering is told here.
        "django.request": {"level": "ERROR"},
    },
}


def configure(settings: dict[str, Any] = SETTINGS) -> None:
    """Django calls this with its LOGGING; gunicorn before there is a Django."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class Gunicorn(glogging.Logger):
    """Gunicorn's own lines go the same way as all others; requests are told by our middleware, which knows who asked."""

    def setup(self, cfg: Any) -> None:
        configure()
