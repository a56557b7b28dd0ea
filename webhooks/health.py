"""For whoever supervises the process: is it alive, and can it take what is brought? No details: anybody may ask."""

from functools import cache

import structlog
from flask import jsonify
from flask.typing import ResponseReturnValue
from redis import Redis, RedisError
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from db import migrate
from webhooks.visit import Visit

log = structlog.get_logger()

REVISION = text("SELECT version_num FROM alembic_version")


def alive(visit: Visit) -> ResponseReturnValue:
    """Depends on nothing: a supervisor that restarts us because Postgres is away would help nobody."""
    return jsonify(alive=True)


def ready(visit: Visit) -> ResponseReturnValue:
    """Ready is who can record what is brought. Without Redis everything is only slower."""
    missing = _missing_of_the_database(visit.wiring.sessions)
    if missing:
        return jsonify(ready=False, because=[missing]), 503
    return jsonify(ready=True) if _is_there(visit.wiring.redis) else jsonify(ready=True, degraded=["redis"])


def _missing_of_the_database(sessions: sessionmaker[Session]) -> str | None:
    try:
        with sessions.begin() as session:
            revision = session.execute(REVISION).scalar_one_or_none()
    except ProgrammingError:
        return "schema"
    except SQLAlchemyError as error:
        log.warning("not_ready", because=type(error).__name__)
        return "database"
    # Revisions are numbered. A newer one is a deployment on its way, which keeps what this code needs.
    return None if revision is not None and revision >= _newest() else "schema"


@cache
def _newest() -> str:
    return migrate.head() or ""


def _is_there(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except (RedisError, OSError):
        return False
