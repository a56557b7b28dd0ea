"""Database sessions, and row-level security for the dashboard."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.orm import Session, sessionmaker

from db import driver_statements
from db.engine import BEHIND_A_POOLER
from db.sql import compiled

_LIMIT = text("SELECT set_config('role', :role, true), set_config('app.shop_id', :shop_id, true)")
_MINUTES = text("SET LOCAL statement_timeout = '5min'")

Speaker = Session | Connection
"""An object that executes statements. Endpoints use a bare connection, because a session would double their cost."""


class TextSession(Session):
    """A session that executes textual statements with `execute_text`."""

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Executes a statement. Only textual statements without options take the short path."""
        if type(statement) is TextClause and not options:
            return execute_text(self, statement, params)
        return super().execute(statement, params, **options)


def execute_text(speaker: Speaker, statement: TextClause, params: Any = None) -> Any:
    """Passes a textual statement to the driver, with its placeholders already replaced.

    The long path through SQLAlchemy would take a sixth of a worker's time (see `db.driver_statements`).
    """
    connection, sql = connection_of(speaker), _driver_sql(statement)
    if sql is None:
        return connection.execute(statement, params)
    if isinstance(params, list):
        return connection.exec_driver_sql(sql, params)
    return driver_statements.execute(connection, sql, params)


def connection_of(speaker: Speaker) -> Connection:
    return speaker.connection() if isinstance(speaker, Session) else speaker


@lru_cache(maxsize=1000)
def _driver_sql(statement: TextClause) -> str | None:
    """Returns the statement with the driver's placeholders, or None if it has options or bound values."""
    plain = compiled(statement)
    has_values = any(value is not None for value in plain.params.values())
    return None if has_values or statement.get_execution_options() else plain.string


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Returns a session factory. `with sessions(engine).begin() as session:` commits at the end of the block."""
    return sessionmaker(engine, class_=TextSession, expire_on_commit=False)


def sessions_of_autocommit(engine: Engine) -> sessionmaker[Session]:
    """Like `sessions`, for an engine with `autocommit`. The connection of a session leaves autocommit mode."""
    if engine.get_execution_options().get(BEHIND_A_POOLER):
        return sessions(engine)
    return sessions(engine.execution_options(isolation_level="READ COMMITTED"))


def as_dashboard(session: Session, shop_id: uuid.UUID) -> None:
    """Restricts the rest of the transaction to the rows of `shop_id` by row-level security."""
    session.execute(_LIMIT, {"role": "slots_dashboard", "shop_id": str(shop_id)})


def as_api(session: Session, shop_id: uuid.UUID) -> None:
    """Like `as_dashboard`, but for the API's role, which can also book, move and cancel."""
    session.execute(_LIMIT, {"role": "slots_api", "shop_id": str(shop_id)})


def allow_minutes(session: Speaker) -> None:
    """Lets each statement in the rest of the transaction run for up to five minutes, for reading whole tables."""
    session.execute(_MINUTES)
