"""Markdown elements of the generated pages."""

from collections.abc import Iterable, Sequence

MADE_BY = "<!-- Computed by `make docs`. -->"


def page(title: str, *parts: str) -> str:
    """Returns a whole page, with a comment that marks the page as generated."""
    return "\n\n".join((f"# {title}", MADE_BY, *parts)) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table. Vertical bars in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def code(text: object) -> str:
    return f"`{text}`"


def sentence(thing: object) -> str:
    """Returns the first paragraph of a docstring on one line, or an empty string if there is no docstring."""
    return " ".join((thing.__doc__ or "").strip().split("\n\n")[0].split())
