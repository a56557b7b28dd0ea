"""Logs and counts HTTP requests. Logs the route, status, duration and bound ids, but never a path, body or header."""

import time
from collections.abc import Iterable
from functools import partial
from typing import Any

import structlog
from flask import Flask, Response, g, request

from telemetry import metrics


def install(app: Flask, *, bound: Iterable[str]) -> None:
    """Installs the log. `bound`: names that the app's requests bind to their log lines besides the route."""
    names = ("route", *bound)
    # The logger is bound once, because structlog sets up an unbound logger again for each line.
    log = structlog.get_logger(__name__).bind()
    app.before_request(_begin)
    app.after_request(partial(_end, log))
    # Threads are reused, so the values are removed at the end of each request.
    app.teardown_request(lambda error: structlog.contextvars.unbind_contextvars(*names))


def _begin() -> None:
    g.began = time.monotonic()
    structlog.contextvars.bind_contextvars(route=_route())


def _end(log: Any, response: Response) -> Response:
    seconds = time.monotonic() - g.began
    log.info("request", method=request.method, status=response.status_code, milliseconds=round(seconds * 1000))
    metrics.REQUESTS.labels(_route(), response.status_code).inc()
    metrics.REQUEST_SECONDS.labels(_route()).observe(seconds)
    return response


def _route() -> str:
    # The route is logged instead of the path, because an unknown path may contain private data.
    return request.url_rule.rule if request.url_rule else "none"
