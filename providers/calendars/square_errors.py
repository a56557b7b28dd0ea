"""Converts Square's refusals and failures to the port's errors and values."""

from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from square.core.api_error import ApiError

from providers.calendars.calendar_http import retry_after
from providers.calendars.port import CalendarDeniedError, CalendarUnavailableError, RefusedThere, TakenThere

T = TypeVar("T")
NOT_FOUND, OUTDATED = 404, 409

ONCE: Any = {"max_retries": 0}
"""The options of every request. The SDK must not retry, because our tasks do."""


class SquareRefusedError(CalendarUnavailableError):
    """Square refused the request with the message `words`.

    If the caller does not handle this error, the request is retried later.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"Square rejects the request: {words}")
        self.status, self.words = status, words


def ask(call: Callable[[], T]) -> T:
    """Returns the response. Raises the port's errors and SquareRefusedError."""
    try:
        return call()
    except ApiError as error:
        raise _meaning(error) from None
    except httpx.HTTPError as error:
        raise CalendarUnavailableError(f"Square does not respond ({type(error).__name__}).") from None


def ask_for(call: Callable[[], T]) -> T | None:
    """Returns the response, or None if the object does not exist."""
    try:
        return ask(call)
    except SquareRefusedError as error:
        if error.status == NOT_FOUND:
            return None
        raise


def refusal(error: SquareRefusedError) -> TakenThere | RefusedThere:
    """Returns the outcome for a booking or a move that Square has refused."""
    taken = "not available" in error.words.lower() or "CONFLICT" in error.words
    return TakenThere() if taken else RefusedThere(f"Square rejected the booking: {error.words}")


def _meaning(error: ApiError) -> CalendarUnavailableError | CalendarDeniedError:
    """Classifies a failure as temporary, as a problem that a person must fix, or as a refusal."""
    status = error.status_code or 0
    if status == 429:
        wait = retry_after(str((error.headers or {}).get("retry-after", "")))
        return CalendarUnavailableError("Square limits the rate of requests.", retry_after=wait)
    if status >= 500 or status == 0:
        return CalendarUnavailableError(f"Square has an error (HTTP {status}).")
    if status == NOT_FOUND and not isinstance(error.body, dict):
        # An error page from a proxy does not show whether the object exists.
        return CalendarUnavailableError("Square's response can't be read.")
    if status in (401, 403):
        return CalendarDeniedError(f"Square rejects the credentials (HTTP {status}). Connect it again.")
    return SquareRefusedError(status, str(error.body)[:300])
