"""Where an error came from, without what it says of itself: Postgres quotes the row it refused, names and all."""

import traceback

MOST_CAUSES = 5


def where(error: BaseException | None) -> str:
    """The lines of code it came through and the kinds of errors, the first cause last."""
    told: list[str] = []
    while error is not None and len(told) < MOST_CAUSES:
        told.append(f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}")
        error = error.__cause__ or error.__context__
    return "because of ".join(told)
