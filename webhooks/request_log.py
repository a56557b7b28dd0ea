"""The ids that a request to an endpoint adds to its log lines."""

from uuid import UUID

import structlog
from flask import Flask

from telemetry import request_log

NOTED = ("webhook_event_id", "task_id", "slot_opening_id", "appointment_id", "message_id")


def note(**ids: UUID | None) -> None:
    """Adds ids to this request's line and to every later line of the request. The names are in NOTED."""
    structlog.contextvars.bind_contextvars(**{name: str(value) for name, value in ids.items() if value})


def install(app: Flask) -> None:
    """Logs one line for each request."""
    request_log.install(app, bound=NOTED)
