"""Responds to every failure with a short JSON body.

While the database is unavailable, the status is 503, and senders retry.
"""

import structlog
from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from db.unavailable import error_kind, is_unavailable
from telemetry.error_origin import reason_of, where
from webhooks.json_response import error_response

log = structlog.get_logger()

RETRY_SECONDS = "5"
KEPT_HEADERS = frozenset({"Allow", "Retry-After"})


def install(app: Flask) -> None:
    """Registers handlers for every exception that an endpoint raises."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _refused(error: HTTPException) -> ResponseReturnValue:
    headers = {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    return error_response(error.name, error.code or 500, headers)


def _failed(error: Exception) -> ResponseReturnValue:
    if is_unavailable(error):
        log.warning("database_unavailable", reason=reason_of(error))
        return error_response("Service Unavailable", 503, {"Retry-After": RETRY_SECONDS})
    log.error("request_failed", error=error_kind(error), where=where(error))
    return error_response("Internal Server Error", 500)
