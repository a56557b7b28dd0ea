"""Logs one line for each request: route, ids and status. Never a path, body or header."""

import time
from uuid import UUID

import structlog
from flask import Flask, Response, g, request

from telemetry import metrics

log = structlog.get_logger()

NOTED = ("route", "webhook_event_id", "task_id", "slot_opening_id", "appointment_id", "message_id")


def note(**ids: UUID | None) -> None:
    """Adds ids to this request's line and to every later line of the request. The names are in NOTED."""
    structlog.contextvars.bind_contextvars(**{name: str(value) for name, value in ids.items() if value})


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    g.began = time.monotonic()
    structlog.contextvars.bind_contextvars(route=_route())


def _end(response: Response) -> Response:
    seconds = time.monotonic() - g.began
    log.info("request", method=request.method, status=response.status_code, milliseconds=round(seconds * 1000))
    metrics.REQUESTS.labels(_route(), response.status_code).inc()
    metrics.REQUEST_SECONDS.labels(_route()).observe(seconds)
    return response


def _route() -> str:
    # The rule and not the path: a path without a route may contain anything.
    return request.url_rule.rule if request.url_rule else "none"


def _forget(error: BaseException | None) -> None:
    # A thread serves many requests.
    structlog.contextvars.unbind_contextvars(*NOTED)
