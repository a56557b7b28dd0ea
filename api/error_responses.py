"""Responds to all errors with problem details. While the database is unavailable, the status is 503."""

import json

import structlog
from flask import Flask, Response
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from api.problems import BY_STATUS, CONTENT_TYPE, ProblemError
from api.request_log import HEADER, new_request_id, request_id
from db.unavailable import error_kind, is_unavailable
from telemetry.error_origin import reason_of, where

log = structlog.get_logger()

RETRY_SECONDS = "5"
KEPT_HEADERS = frozenset({"Allow", "Retry-After"})


def install(app: Flask) -> None:
    """Registers handlers for all exceptions that requests raise."""
    app.register_error_handler(ProblemError, response_to)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failed)


def response_to(problem: ProblemError) -> Response:
    """Returns the response for a problem."""
    return Response(
        json.dumps(problem.as_json(request_id())),
        problem.status,
        headers=dict(problem.headers),
        content_type=CONTENT_TYPE,
    )


def refusal(status: int) -> tuple[list[tuple[str, str]], bytes]:
    """Returns the headers and body of an error that the web server detects before it calls the application."""
    id = new_request_id()
    log.info("request_refused", status=status, request_id=id)
    headers = [("content-type", CONTENT_TYPE), (HEADER.lower(), id)]
    if status == 503:
        headers.append(("retry-after", RETRY_SECONDS))
    return headers, json.dumps(ProblemError(BY_STATUS[status]).as_json(id)).encode()


def _http_error(error: HTTPException) -> Response:
    headers = {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    return response_to(ProblemError(BY_STATUS.get(error.code or 500, "bad_request"), headers=headers))


def _failed(error: Exception) -> Response:
    if is_unavailable(error):
        log.warning("database_unavailable", reason=reason_of(error))
        return response_to(ProblemError("unavailable", headers={"Retry-After": RETRY_SECONDS}))
    if isinstance(error, DataError):
        # The models accepted a value that Postgres can't store. The caller can correct the value.
        log.warning("value_not_storable", error=error_kind(error), where=where(error))
        return response_to(ProblemError("invalid", "A value is outside the range that can be stored."))
    log.error("request_failed", error=error_kind(error), where=where(error))
    return response_to(ProblemError("internal_error"))
