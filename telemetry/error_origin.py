"""Describes errors for the log.

`where` omits the message, because messages from Postgres quote the rejected row.
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


def reason_of(error: BaseException) -> str:
    """Returns the driver's class and the first line of the message of a server's error, such as Postgres or Redis.

    The first line states why the server can't be used, such as a wrong password. It contains no password. The
    following lines may quote a row. Use this function only for the errors of an unavailable server, or if the
    statement has no private parameters.
    """
    original = getattr(error, "orig", None) or error
    return ": ".join([type(original).__name__, *str(original).strip().splitlines()[:1]])
