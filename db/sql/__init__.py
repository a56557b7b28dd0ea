"""Loads the statements that are kept in .sql files."""

from importlib.resources import files


def read(name: str) -> str:
    """The statement in the file of this name."""
    return files("db.sql").joinpath(name).read_text(encoding="utf-8")
