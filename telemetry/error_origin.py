"""Describes where an error was raised.

The description omits the message, because messages from Postgres quote the rejected row.
"""

import traceback

MOST_CAUSES = 5


def where(error: BaseException | None) -> str:
    """Returns the classes and tracebacks of the error and its causes, with the first cause last."""
    parts: list[str] = []
    while error is not None and len(parts) < MOST_CAUSES:
        parts.append(f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}")
        error = error.__cause__ or error.__context__
    return "because of ".join(parts)
