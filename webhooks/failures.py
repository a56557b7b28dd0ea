"""Every failure as short JSON. With the database away nothing is acknowledged: 503, and the sender tries again."""

import traceback
from pathlib import Path

import structlog
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

log = structlog.get_logger()

RETRY_SECONDS = "5"
LAST_FRAMES = 12
KEPT_HEADERS = frozenset({"Allow", "Retry-After"})


def install(app: Flask) -> None:
    """Catches all that a route lets out."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(PoolTimeoutError, _database_away)
    app.register_error_handler(DBAPIError, _database_failed)
    app.register_error_handler(Exception, _bug)


def _refused(error: HTTPException) -> ResponseReturnValue:
    headers = {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    return jsonify(error=error.name), error.code or 500, headers


def _database_failed(error: DBAPIError) -> ResponseReturnValue:
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return _database_away(error)
    return _bug(error)


def _database_away(error: Exception) -> ResponseReturnValue:
    """Down, restarting, out of connections, a lock not free in time, a deadlock: weather, all of it."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    log.warning("database_away", because=type(cause or error).__name__)
    return jsonify(error="Service Unavailable"), 503, {"Retry-After": RETRY_SECONDS}


def _bug(error: Exception) -> ResponseReturnValue:
    """Says where and what, not the message: Postgres puts the failing row into it, with a phone and a text."""
    frames = traceback.extract_tb(error.__traceback__)[-LAST_FRAMES:]
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.orig if isinstance(error, DBAPIError) else None
    log.error("door_failed", error=type(cause or error).__name__, where=where)
    return jsonify(error="Internal Server Error"), 500
