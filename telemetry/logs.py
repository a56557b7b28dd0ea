"""Structured logs: one JSON line per hop, carrying the ids that were bound on the way in.

Callers log no phone number whole, no text of a message, no token; `domain.phones.e164.mask` is what they log instead.
What an exception brings along uninvited is taken out here.
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from telemetry import tracing

CHATTY = ("stripe", "urllib3", "twilio", "celery.worker.strategy", "celery.app.trace")
"""They say what our own lines say better, and some of it holds phone numbers or results."""

PHONE = re.compile(r"(\+[1-9][0-9]{2})[0-9]{2,10}([0-9]{2})(?![0-9])")
DETAIL = re.compile(
    r"\nDETAIL:.*?(?=\n(?:[A-Z]+:|\[SQL|\(Background|The above|During handling|Traceback)|\Z)", re.DOTALL
)
"""Postgres tells which row it refused, with all that is in it."""


def configure(*, process: str, level: str = "INFO") -> None:
    """Sets up logging for a process; `process` (web, worker texts, beat) is on every line. Logs go to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _named(process),
        tracing.add_trace_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_what_is_private,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def following(**about: object) -> Iterator[None]:
    """Puts ids on every line of the block. What is bound inside is taken back with them: the next task is another."""
    before = structlog.contextvars.get_contextvars()
    structlog.contextvars.bind_contextvars(**{name: value for name, value in about.items() if value is not None})
    try:
        yield
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**before)


def also_about(**ids: object | None) -> None:
    """What has become known on the way, for the rest of the block of `following`."""
    structlog.contextvars.bind_contextvars(**{name: str(id) for name, id in ids.items() if id is not None})


def without_what_is_private(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """The last guard: exceptions carry rows and numbers that nobody meant to log."""
    for name in ("event", "exception", "error", "reason"):
        if isinstance(line.get(name), str):
            line[name] = PHONE.sub(r"\1…\2", DETAIL.sub("", line[name]))
    return line


def _named(process: str) -> Processor:
    def name(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["process"] = process
        return line

    return name
