"""Counts and times the requests of the pages, by route and status.

Metrics are labelled with the URL rule instead of the path, because paths of customer pages contain tokens.
"""

import time

from flask import Flask, Response, g, request

from telemetry import metrics


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    g.request_began = time.monotonic()


def _count(response: Response) -> Response:
    """Measures the time until the response begins, because an event stream lasts for minutes."""
    route = request.url_rule.rule if request.url_rule else "none"
    metrics.REQUESTS.labels(route, response.status_code).inc()
    if (began := g.pop("request_began", None)) is not None:
        metrics.REQUEST_SECONDS.labels(route).observe(time.monotonic() - began)
    return response
