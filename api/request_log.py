"""Assigns each request an id, which appears in the X-Request-Id response header and in log lines."""

from uuid import uuid4

import structlog
from flask import Flask, Response, g

from telemetry import request_log

HEADER = "X-Request-Id"
BOUND = ("request_id", "api_key_id", "shop_id")


def install(app: Flask) -> None:
    """Adds the id to each response, including errors, and to all log lines of the request."""
    app.before_request(_give_id)
    app.after_request(_answer_id)
    request_log.install(app, bound=BOUND)


def request_id() -> str:
    """The id of the current request."""
    id: str = g.request_id
    return id


def new_request_id() -> str:
    """Returns a new id."""
    return f"req_{uuid4().hex}"


def _give_id() -> None:
    g.request_id = new_request_id()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _answer_id(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    return response
