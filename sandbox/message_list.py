"""Lists texts as Twilio does: newest first, filtered by numbers and dates, in pages with a `next_page_uri`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.api_calls import SandboxCall
from sandbox.carrier_rules import as_twilio
from sandbox.http_answers import ProviderAnswer
from sandbox.twilio_errors import refusal

PAGE_SIZE, LARGEST_PAGE = 50, 1000
END_OF_TIME = 2**62
PAGING = ("Page", "PageToken", "PageSize")
# Twilio returns and compares times in whole seconds.
PAGE = """
    SELECT * FROM messages
    WHERE direction != 'carrier' AND n < :below
    AND recipient = coalesce(:to, recipient) AND sender = coalesce(:sender, sender)
    AND CAST(created AS INTEGER) BETWEEN :since AND :until
    ORDER BY n DESC LIMIT :limit
"""


def listing(call: SandboxCall) -> ProviderAnswer:
    """Filters by `To`, `From`, `DateSent`, `DateSent>` and `DateSent<` (both inclusive).

    A page has 50 texts unless `PageSize` is given.
    """
    params = call.params
    dates = _dates(params)
    if dates is None:
        return refusal(20001, "DateSent")
    size = min(LARGEST_PAGE, max(1, _number(params.get("PageSize"), PAGE_SIZE)))
    numbers = {"to": params.get("To") or None, "sender": params.get("From") or None}
    below = _number(params.get("PageToken", "").removeprefix("PA"), END_OF_TIME)
    rows = call.tx.execute(PAGE, {**numbers, **dates, "below": below, "limit": size + 1}).fetchall()
    account = call.box.settings.account_sid
    return ProviderAnswer(200, _page(account, params, size, rows))


def _page(account: str, params: Mapping[str, str], size: int, rows: list[Any]) -> dict[str, Any]:
    shown, page = rows[:size], _number(params.get("Page"), 0)
    more = len(rows) > size
    return {
        "first_page_uri": _uri(account, params, size, 0),
        "end": max(0, page * size + len(shown) - 1),
        "previous_page_uri": None,
        "messages": [as_twilio(row, account) for row in shown],
        "uri": _uri(account, params, size, page, params.get("PageToken", "")),
        "page_size": size,
        "start": page * size,
        "next_page_uri": _uri(account, params, size, page + 1, f"PA{shown[-1]['n']}") if more else None,
        "page": page,
    }


def _uri(account: str, params: Mapping[str, str], size: int, page: int, token: str = "") -> str:
    asked: dict[str, Any] = {name: value for name, value in params.items() if name not in PAGING}
    asked |= {"PageSize": size, "Page": page} | ({"PageToken": token} if token else {})
    return f"/2010-04-01/Accounts/{account}/Messages.json?{urlencode(asked)}"


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else default


def _dates(params: Mapping[str, str]) -> dict[str, float] | None:
    """Returns the bounds in Unix seconds, or None if one is invalid."""
    bounds = {"since": 0.0, "until": float(END_OF_TIME)}
    for name in ("DateSent", "DateSent>", "DateSent<"):
        span = _span(name, params[name]) if params.get(name) else (0.0, float(END_OF_TIME))
        if span is None:
            return None
        if name != "DateSent<":
            bounds["since"] = max(bounds["since"], span[0])
        if name != "DateSent>":
            bounds["until"] = min(bounds["until"], span[1])
    return bounds


def _span(name: str, text: str) -> tuple[float, float] | None:
    """Returns the first and last second of a date in UTC, or the single second of a time.

    The value of `DateSent` is always read as a date.
    """
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        return None
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
    if name == "DateSent":
        start = start.replace(hour=0, minute=0, second=0, microsecond=0)
    whole_day = name == "DateSent" or len(text) == len("2026-11-21")
    end = start + timedelta(days=1, seconds=-1) if whole_day else start
    return start.timestamp(), end.timestamp()
