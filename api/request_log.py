"""Gives each request an id (X-Request-Id), and logs one line for it. Never a path, body or header."""

import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from telemetry import metrics

log = structlog.get_logger()

HEADER = "X-Request-Id"
BOUND = ("request_id", "route", "api_key_id", "shop_id")


def install(app: Flask) -> None:
    """Adds the id to every answer, errors included, and to every log line of the request."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def request_id() -> str:
    """The id of the current request."""
    id: str = g.request_id
    return id


def new_request_id() -> str:
    """A new id."""
    return f"req_{uuid4().hex}"


def _begin() -> None:
    g.began, g.request_id = time.monotonic(), new_request_id()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, route=_route())


def _end(response: Response) -> Response:
    seconds = time.monotonic() - g.began
    response.headers[HEADER] = g.request_id
    log.info("request", method=request.method, status=response.status_code, milliseconds=round(seconds * 1000))
    metrics.REQUESTS.labels(_route(), response.status_code).inc()
    metrics.REQUEST_SECONDS.labels(_route()).observe(seconds)
    return response


def _route() -> str:
    # The rule and not the path: a path without a route may contain anything.
    return request.url_rule.rule if request.url_rule else "none"


def _forget(error: BaseException | None) -> None:
    # A thread serves many requests.
    structlog.contextvars.unbind_contextvars(*BOUND)
