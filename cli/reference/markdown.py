"""Markdown as the computed pages use it."""

from collections.abc import Iterable, Sequence

MADE_BY = "<!-- Computed: `slots docs` writes this page. -->"


def page(title: str, *parts: str) -> str:
    """A whole page, with the note that it is not written by hand."""
    return "\n\n".join((f"# {title}", MADE_BY, *parts)) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells may hold code; a bar in one is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def code(text: object) -> str:
    return f"`{text}`"


def sentence(thing: object) -> str:
    """The first paragraph of a docstring, on one line; empty where there is none."""
    return " ".join((thing.__doc__ or "").strip().split("\n\n")[0].split())
