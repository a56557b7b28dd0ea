"""The overview: slot recovery statistics of this week and this month."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.session_access import reading, signed_in
from domain.statistics import Day, Period, periods, span
from views import page_versions, recovery_counts

bp = Blueprint("overview", __name__)


@bp.get("/")
def show() -> ResponseReturnValue:
    """Shows the statistics, each linked to its list."""
    shop = signed_in().shop
    wanted = periods(signed_in().now, shop.timezone)
    with reading() as rows:
        version = page_versions.of_shop(rows, shop.id) if page_frame.part_only() else ""
        if old := page_frame.nothing_new(version, page_frame.SELDOM):
            return old
        found = recovery_counts.of_periods(rows, shop.id, wanted, zone=shop.timezone)
        days = recovery_counts.by_day(rows, shop.id, wanted[1], zone=shop.timezone)
        hours = recovery_counts.by_hour(rows, shop.id, zone=shop.timezone)
    return page_frame.page(
        "shop/overview.html",
        follows=url_for("shop.streams.of_shop"),
        version=version,
        periods=wanted,
        figures=found,
        days=_all_days(wanted[1], days),
        hours=hours,
        span=span,
    )


def _all_days(period: Period, found: list[Day]) -> list[Day]:
    """Every day of the period, also those without slots."""
    known = {day.day: day for day in found}
    dates = [period.first + timedelta(days=number) for number in range((period.last - period.first).days + 1)]
    return [known.get(date, Day(date)) for date in dates]
