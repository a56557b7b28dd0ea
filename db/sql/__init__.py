"""Loads the statements in the .sql files of this folder."""

from collections.abc import Iterable
from importlib.resources import files

from sqlalchemy import TextualSelect, column, text


def read(name: str) -> str:
    """Returns the statement in the file with this name."""
    return files("db.sql").joinpath(name).read_text(encoding="utf-8")


def selecting(statement: str, names: Iterable[str]) -> TextualSelect:
    """Declares the columns of the statement's result, in order.

    SQLAlchemy then prepares the result once. Doing so at each execution takes a third of the time of a short
    statement. The values are not converted after the driver has returned them.
    """
    return text(statement).columns(*(column(name) for name in names))
