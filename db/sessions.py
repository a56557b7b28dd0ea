"""Sessions, and the dashboard's view of one shop."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session, sessionmaker

_AS_DASHBOARD = text("SELECT set_config('role', 'slots_dashboard', true), set_config('app.shop_id', :shop_id, true)")

Speaker = Session | Connection
"""Whatever a single statement can be sent through. A door does without a session, which costs it as much again."""


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A factory of sessions; `with sessions(engine).begin() as session:` commits at the end of the block."""
    return sessionmaker(engine, expire_on_commit=False)


def as_dashboard(session: Session, shop_id: uuid.UUID) -> None:
    """Put the rest of this transaction under row-level security: the rows of `shop_id` and no others."""
    session.execute(_AS_DASHBOARD, {"shop_id": str(shop_id)})
