"""Says kindly what went wrong: a page for people, JSON for scripts that poll. Never a path: it may hold a token."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from db.unavailable import error_kind, is_unavailable
from telemetry.error_origin import where

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What a person is told, and the same in two words for a script."""

    title: str
    lead: str
    short: str
    again: bool = False
    """Whether opening the same address once more may help."""


FAILURES: dict[int, ErrorText] = {
    400: ErrorText(
        "That didn't work",
        "Something in the request was not as it should be. Please go back and try again.",
        "Bad request",
        again=True,
    ),
    403: ErrorText(
        "That was not done",
        "The request did not come from this page, so nothing was changed. Please open your link again.",
        "Forbidden",
    ),
    404: ErrorText(
        "We can't find this page",
        "Please check that the whole link was copied: the one in your message is complete.",
        "Not found",
    ),
    405: ErrorText("That is not possible here", "Please open your link again and use its buttons.", "Not allowed"),
    410: ErrorText(
        "This link has expired",
        "The appointment it was made for is long over. For anything else, please get in touch with the shop.",
        "Gone",
    ),
    413: ErrorText("That was too much", "The request was larger than this page takes.", "Too large"),
    500: ErrorText(
        "Something went wrong on our side",
        "Nothing was lost: whatever you had paid or booked still stands. Please try again in a moment.",
        "Internal error",
        again=True,
    ),
    503: ErrorText(
        "We'll be right back",
        "We can't reach our records just now. Whatever you had paid or booked still stands. "
        "Please try again in a moment.",
        "Unavailable",
        again=True,
    ),
}
FORM_TOO_OLD = ErrorText(
    "Please try once more",
    "This page was open for a long time, or your browser keeps no cookies. Nothing was changed.",
    "Form expired",
    again=True,
)
RETRY_SECONDS = "5"


def install(app: Flask) -> None:
    """Catches all that a view lets out."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(CSRFError, lambda error: _answer(400, FORM_TOO_OLD))
    app.register_error_handler(Exception, _failed)


def _refused(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error  # a redirect
    failure = FAILURES.get(error.code) or ErrorText(error.name, FAILURES[400].lead, error.name)
    answer = _answer(error.code, failure)
    answer.headers.extend({name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}})
    return answer


def _failed(error: Exception) -> ResponseReturnValue:
    if is_unavailable(error):
        log.warning("database_away", endpoint=request.endpoint, reason=error_kind(error))
        answer = _answer(503, FAILURES[503])
        answer.headers["Retry-After"] = RETRY_SECONDS
        return answer
    # Flask's own handler would write the path into the log, and with it the token; a pretty trace shows variables.
    log.error("page_failed", endpoint=request.endpoint, error=error_kind(error), where=where(error))
    return _answer(500, FAILURES[500])


def _answer(status: int, failure: ErrorText) -> Response:
    if (request.endpoint or "").endswith("_json"):
        return make_response(jsonify({"error": failure.short}), status)
    return make_response(render_template("failure.html", failure=failure), status)
