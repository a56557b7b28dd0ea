"""Adds the ids in a request to its log lines."""

from uuid import UUID

import structlog
from flask import Flask

from telemetry import request_log

NOTED = ("webhook_event_id", "task_id", "slot_opening_id", "appointment_id", "message_id")


def note(**ids: UUID | None) -> None:
    """Adds ids, whose names are in NOTED, to this request's summary line and to all later lines of the request."""
    structlog.contextvars.bind_contextvars(**{name: str(value) for name, value in ids.items() if value})


def install(app: Flask) -> None:
    """Logs a line for each request."""
    request_log.install(app, bound=NOTED)
