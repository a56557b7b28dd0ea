"""Structured logs: one JSON line per hop, carrying the ids that were bound on the way in.

Nothing here can keep a caller from logging a phone number; `domain.phone.mask` is what they log instead.
"""

import logging
import sys

import structlog

CHATTY = ("stripe", "urllib3", "twilio", "celery.worker.strategy", "celery.app.trace")
"""They say what our own lines say better, and some of it holds phone numbers or results."""


def configure(*, process: str, level: str = "INFO") -> None:
    """Sets up logging for a process; `process` (web, worker, beat) is on every line. Logs go to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _named(process),
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
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _named(process: str) -> structlog.typing.Processor:
    def name(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        line["process"] = process
        return line

    return name
