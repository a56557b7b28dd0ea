"""Estimates, for the overview, how a shorter time to reply would have changed last month's result."""

from typing import Any

from sqlalchemy.orm import Session

from dashboard.shop.access.session_access import signed_in
from domain.statistics import month_before, periods
from domain.what_if import what_if
from views.what_if import history


def values(rows: Session) -> dict[str, Any]:
    """Returns the estimate as `what_if`, or None if there is not enough data or no gain."""
    shop = signed_in().shop
    _, month = periods(signed_in().now, shop.timezone)
    found = history(rows, shop.id, month_before(month), zone=shop.timezone)
    return {"what_if": what_if(found) if found else None}
