"""Database sessions, and row-level security for the dashboard."""

import uuid

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session, sessionmaker

from db.engine import BEHIND_A_POOLER

_LIMIT = text("SELECT set_config('role', :role, true), set_config('app.shop_id', :shop_id, true)")
_MINUTES = text("SET LOCAL statement_timeout = '5min'")

Speaker = Session | Connection
"""An object that executes statements. Endpoints use a bare connection, because a session would double their cost."""


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Returns a session factory. `with sessions(engine).begin() as session:` commits at the end of the block."""
    return sessionmaker(engine, expire_on_commit=False)


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
