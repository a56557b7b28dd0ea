"""Cells of spreadsheets: written so that no program takes them for a formula, read as they were written."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet begins to compute at: https://owasp.org/www-community/attacks/CSV_Injection"""


def neutral(value: object) -> str:
    """The cell as text; an apostrophe before what would be computed. None is empty."""
    text = "" if value is None else str(value)
    return f"'{text}" if _is_computed(text) else text


def as_meant(cell: str) -> str:
    """The cell without the spaces around it and without the apostrophe that `neutral` puts before it."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and _is_computed(text[1:]) else text


def _is_computed(text: str) -> bool:
    return text.lstrip(" ").startswith(FORMULA_SIGNS)
