"""Saves a round trip to Postgres in each transaction by sending BEGIN with the first statement."""

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event

from db.engine import BEHIND_A_POOLER


def send_with_begin(engine: Engine) -> Engine:
    """Makes the transactions of the engine send BEGIN together with their first statement. Returns the same engine.

    Behind a pooler this has no effect, because the first statement of each transaction sets the limits.
    """
    if not engine.get_execution_options().get(BEHIND_A_POOLER):
        event.listen(engine, "do_execute", _execute)
    return engine


def _execute(cursor: psycopg.Cursor[Any], statement: str, parameters: Any, _: object) -> bool:
    """Executes the first statement of a transaction. Returns False if SQLAlchemy must execute the statement."""
    connection = cursor.connection
    if connection.autocommit or connection.info.transaction_status is not TransactionStatus.IDLE:
        return False
    with connection.pipeline():
        cursor.execute(statement, parameters)
    return True
