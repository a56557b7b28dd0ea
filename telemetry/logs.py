"""Structured logs, with a JSON line for each step. Lines contain the ids that the caller has bound.

Callers must not log a full phone number (see `domain.phones.e164.mask`), the text of a message or a token. This
module removes private data from exceptions.
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from telemetry import tracing

LEAST_LEVELS = {
    # Their lines duplicate ours and may contain phone numbers or results.
    **dict.fromkeys(("stripe", "urllib3", "twilio", "celery.worker.strategy", "celery.app.trace"), logging.WARNING),
    # When Flower asks a worker for its settings, Celery parses the address of the broker to mask the password. For an
    # address with TLS, kombu then warns about "insecure SSL behaviour", although all connections verify certificates.
    "kombu.connection": logging.ERROR,
}

PHONE = re.compile(r"(\+[1-9][0-9]{2})[0-9]{2,10}([0-9]{2})(?![0-9])")
DETAIL = re.compile(
    r"\nDETAIL:.*?(?=\n(?:[A-Z]+:|\[SQL|\(Background|The above|During handling|Traceback)|\Z)", re.DOTALL
)
"""Matches DETAIL, in which Postgres quotes the rejected row."""


def configure(*, process: str, level: str = "INFO") -> None:
    """Sets up logging for a process.

    Every line contains `process` (web, worker texts, beat). Logs go to stderr.
    """
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
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                remove_private_data,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for logger, least in LEAST_LEVELS.items():
        logging.getLogger(logger).setLevel(least)


@contextmanager
def context(**values: object) -> Iterator[None]:
    """Adds these values to every line logged in the block. Values that are bound inside the block apply until its
    end.
    """
    before = structlog.contextvars.get_contextvars()
    structlog.contextvars.bind_contextvars(**{name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**before)


def bind(**ids: object | None) -> None:
    """Adds ids to the remaining lines of the enclosing `context`."""
    structlog.contextvars.bind_contextvars(**{name: str(id) for name, id in ids.items() if id is not None})


def remove_private_data(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Masks phone numbers, and removes rows that exceptions quote."""
    for name in ("event", "exception", "error", "reason"):
        if isinstance(line.get(name), str):
            line[name] = PHONE.sub(r"\1…\2", DETAIL.sub("", line[name]))
    return line


def _named(process: str) -> Processor:
    def name(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["process"] = process
        return line

    return name
