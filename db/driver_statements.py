"""Executes a statement with the driver, and returns its rows as a result of SQLAlchemy.

At each execution of a textual statement, SQLAlchemy creates an execution context and determines the columns of the
result again, which takes longer than the driver needs for a short statement.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData


class DriverResult(IteratorResult[Any]):
    """The rows of a statement. `rowcount` is the number of rows that the statement returned or changed."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        # A statement without a result has no columns and no rows.
        returned = cursor.pgresult
        names = tuple(returned.fname(column) for column in range(returned.nfields)) if returned else ()
        super().__init__(_columns(names), iter(cursor.fetchall() if names else ()))
        self.rowcount = cursor.rowcount


@lru_cache(maxsize=1000)
def _columns(names: tuple[bytes | None, ...]) -> SimpleResultMetaData:
    return SimpleResultMetaData([name.decode() if name else "" for name in names])


def execute(connection: Connection, sql: str, parameters: Mapping[str, Any] | None) -> DriverResult:
    """Executes a statement with the driver's placeholders. Events and errors are those of `exec_driver_sql`."""
    cursor: Any = connection.connection.cursor()
    events, values = connection.engine.dispatch, parameters or {}
    try:
        for listener in events.before_cursor_execute:
            listener(connection, cursor, sql, values, None, False)
        if not any(run(cursor, sql, values, None) for run in connection.dialect.dispatch.do_execute):
            cursor.execute(sql, values)
        for listener in events.after_cursor_execute:
            listener(connection, cursor, sql, values, None, False)
        return DriverResult(cursor)
    except BaseException as error:
        if isinstance(error, Exception) and not isinstance(error, psycopg.Error):
            raise
        # Raises SQLAlchemy's error. Closes the connection if the server dropped it or the statement was interrupted.
        connection._handle_dbapi_exception(error, sql, values, cursor, None)
