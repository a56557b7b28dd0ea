"""Renders errors as pages, or as JSON for scripts that poll. Never logs paths, because they may contain tokens."""

from dataclasses import dataclass

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from db.unavailable import error_kind, is_unavailable
from telemetry.error_origin import reason_of, where

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ErrorText:
    """The texts of an error page. `short` is the message for scripts; `again` is true if reloading may help."""

    title: str
    lead: str
    short: str
    again: bool = False


FAILURES: dict[int, ErrorText] = {
    400: ErrorText(
        "That didn't work",
        "We couldn't read your request. Please go back and try again.",
        "Bad request",
        again=True,
    ),
    403: ErrorText(
        "We couldn't do that",
        "The request didn't come from this page, so nothing was changed. Please open your link again.",
        "Forbidden",
    ),
    404: ErrorText(
        "Page not found",
        "Please check that you copied the whole link from your message.",
        "Not found",
    ),
    405: ErrorText(
        "That's not possible here", "Please open your link again and use the buttons on the page.", "Not allowed"
    ),
    410: ErrorText(
        "This link has expired",
        "Your appointment was a while ago. If you have questions, please contact the shop.",
        "Gone",
    ),
    413: ErrorText("Request too large", "Your request is larger than this page accepts.", "Too large"),
    500: ErrorText(
        "Something went wrong",
        "This was our fault. Your bookings and payments are safe. Please try again in a moment.",
        "Internal error",
        again=True,
    ),
    503: ErrorText(
        "We'll be right back",
        "Our system is unavailable right now. Your bookings and payments are safe. Please try again in a moment.",
        "Unavailable",
        again=True,
    ),
}
FORM_TOO_OLD = ErrorText(
    "Please try again",
    "This page was open for too long, or your browser blocks cookies. Nothing was changed.",
    "Form expired",
    again=True,
)
RETRY_SECONDS = "5"


def install(app: Flask) -> None:
    """Registers handlers for all errors that views raise."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, lambda error: _answer(400, FORM_TOO_OLD))
    app.register_error_handler(Exception, _unexpected_error)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error  # a redirect
    failure = FAILURES.get(error.code) or ErrorText(error.name, FAILURES[400].lead, error.name)
    answer = _answer(error.code, failure)
    answer.headers.extend({name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}})
    return answer


def _unexpected_error(error: Exception) -> ResponseReturnValue:
    if is_unavailable(error):
        log.warning("database_unavailable", endpoint=request.endpoint, reason=reason_of(error))
        answer = _answer(503, FAILURES[503])
        answer.headers["Retry-After"] = RETRY_SECONDS
        return answer
    # Flask's own handler would log the path, which may contain a token. A traceback could contain secret values.
    log.error("page_failed", endpoint=request.endpoint, error=error_kind(error), where=where(error))
    return _answer(500, FAILURES[500])


def _answer(status: int, failure: ErrorText) -> Response:
    if (request.endpoint or "").endswith("_json"):
        return make_response(jsonify({"error": failure.short}), status)
    return make_response(render_template("failure.html", failure=failure), status)
