"""For whoever supervises the process: is it alive, and can it take what is brought? No details: anybody may ask."""

from collections.abc import Callable
from functools import cache

import structlog
from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from db import job_runs, migrating
from webhooks.request import IncomingRequest
from webhooks.web_dependencies import WebDependencies

log = structlog.get_logger()


def alive(visit: IncomingRequest) -> ResponseReturnValue:
    """Depends on nothing: a supervisor that restarts us because Postgres is away would help nobody."""
    return jsonify(alive=True)


def ready(visit: IncomingRequest) -> ResponseReturnValue:
    """Ready is who can record what is brought. Without Redis everything is only slower."""
    missing = _missing_of_the_database(visit.wiring.sessions)
    if missing:
        return jsonify(ready=False, reason=[missing]), 503
    degraded = [what for what, is_well in WELL.items() if not is_well(visit.wiring)]
    return jsonify(ready=True, degraded=degraded) if degraded else jsonify(ready=True)


def _missing_of_the_database(sessions: sessionmaker[Session]) -> str | None:
    try:
        with sessions.begin() as session:
            revision = migrating.revision(session)
    except ProgrammingError:
        return "schema"
    except SQLAlchemyError as error:
        log.warning("not_ready", reason=type(error).__name__)
        return "database"
    # Revisions are numbered. A newer one is a deployment on its way, which keeps what this code needs.
    return None if revision is not None and revision >= _newest() else "schema"


@cache
def _newest() -> str:
    return migrating.head() or ""


def _redis_takes_messages(wiring: WebDependencies) -> bool:
    return wiring.broker.takes_messages()


def _jobs_run(wiring: WebDependencies) -> bool:
    """A regular job that has missed two runs means that beat or a worker stands still."""
    with wiring.sessions.begin() as session:
        return not job_runs.overdue(session)


WELL: dict[str, Callable[[WebDependencies], bool]] = {
    "redis": _redis_takes_messages,
    "jobs": _jobs_run,
    "stripe_signatures": lambda wiring: not wiring.refusals.many_of("stripe"),
    "twilio_signatures": lambda wiring: not wiring.refusals.many_of("twilio"),
}
"""What makes everything slower or later when it is not well, and keeps nobody from recording what is brought."""
