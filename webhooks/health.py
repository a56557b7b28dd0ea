"""Health checks for supervisors and load balancers. They need no authentication and reveal no details."""

import time
from collections.abc import Callable
from functools import cache

import structlog
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from db import clock, migrating
from db.tasks import job_runs
from db.unavailable import is_read_only
from telemetry.error_origin import reason_of
from webhooks.json_response import json_response
from webhooks.request import IncomingRequest
from webhooks.response_models import Alive, NotReady, Ready
from webhooks.web_dependencies import WebDependencies

log = structlog.get_logger()


def alive(request: IncomingRequest) -> ResponseReturnValue:
    """Reports that the process is running. Checks no dependencies, because a restart would not repair them."""
    return json_response(Alive(alive=True))


def ready(request: IncomingRequest) -> ResponseReturnValue:
    """Reports whether webhooks can be recorded. An unavailable Redis only delays their processing."""
    sessions = request.dependencies.sessions
    missing = _missing_in_database(sessions)
    if missing == "read_only":
        # New connections are made to the primary. This check would otherwise reuse its connection indefinitely.
        sessions.kw["bind"].dispose()
    if missing:
        return json_response(NotReady(ready=False, reason=[missing]), 503)
    degraded = [name for name, is_healthy in CHECKS.items() if not is_healthy(request.dependencies)]
    return json_response(Ready(ready=True, degraded=degraded))


def _missing_in_database(sessions: sessionmaker[Session]) -> str | None:
    try:
        with sessions.begin() as session:
            if is_read_only(session):
                return "read_only"
            revision = migrating.revision(session)
    except ProgrammingError:
        return "schema"
    except SQLAlchemyError as error:
        log.warning("not_ready", reason=reason_of(error))
        return "database"
    # Revisions are numbered. A newer revision belongs to a deployment in progress and is compatible with this code.
    return None if revision is not None and revision >= _newest() else "schema"


@cache
def _newest() -> str:
    return migrating.head() or ""


def _redis_takes_messages(dependencies: WebDependencies) -> bool:
    return dependencies.broker.takes_messages()


def _jobs_run(dependencies: WebDependencies) -> bool:
    """Whether no periodic job has missed two runs. Missed runs mean that beat or a worker is down."""
    with dependencies.sessions.begin() as session:
        return not job_runs.overdue(session)


def _clocks_agree(dependencies: WebDependencies) -> bool:
    """Whether the clocks of this machine and the database agree. If not, valid signatures are refused."""
    with dependencies.sessions.begin() as session:
        return abs(time.time() - clock.now(session).timestamp()) < CLOCKS_MAY_DIFFER_SECONDS


CLOCKS_MAY_DIFFER_SECONDS = 5.0
CHECKS: dict[str, Callable[[WebDependencies], bool]] = {
    "redis": _redis_takes_messages,
    "jobs": _jobs_run,
    "clock": _clocks_agree,
    "stripe_signatures": lambda dependencies: not dependencies.refusals.many_of("stripe"),
    "twilio_signatures": lambda dependencies: not dependencies.refusals.many_of("twilio"),
}
"""The checks whose failure delays processing but does not prevent recording."""
