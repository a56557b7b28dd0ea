"""Statements too long to stand between lines of Python."""

from importlib.resources import files


def read(name: str) -> str:
    """The text of a statement, by its file's name."""
    return files("db.sql").joinpath(name).read_text(encoding="utf-8")
