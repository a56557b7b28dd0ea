"""Loads the statements in the .sql files of this folder."""

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import Compiled, TextClause, TextualSelect, column, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


def read(name: str) -> str:
    """Returns the statement in the file with this name."""
    return files("db.sql").joinpath(name).read_text(encoding="utf-8")


def selecting(statement: str, names: Iterable[str]) -> TextualSelect:
    """Declares the columns of the statement's result, in order.

    SQLAlchemy then prepares the result once. Preparing it at each execution would take a third of the time of a short
    statement. The values are returned as the driver returns them, without a conversion.
    """
    return text(statement).columns(*(column(name) for name in names))


def any_of(name: str) -> str:
    """Returns the SQL for `= ANY` with the ids in the parameter `name`.

    The subquery hides the number of ids from the planner. Otherwise, Postgres would plan the statement at each
    execution, which takes longer than a short statement itself.
    """
    return f"ANY(ARRAY(SELECT unnest(CAST(:{name} AS uuid[]))))"


@lru_cache(maxsize=500)
def composed(statement: str) -> TextClause:
    """Returns `text(statement)`, and the same object for the same text.

    A session compiles each object once. For a statement that a function composes from constants.
    """
    return text(statement)


def compiled(statement: TextClause) -> Compiled:
    """Compiles a textual statement. Its `string` has the driver's placeholders, for `Connection.exec_driver_sql`.

    SQLAlchemy examines a `text()` and its parameters at each execution, which takes longer than the driver needs.
    """
    return statement.compile(dialect=_DIALECT)
