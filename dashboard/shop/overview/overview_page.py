"""The overview of current recoveries, problems that need attention, and money recovered."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import reading, signed_in
from dashboard.shop.overview.column_charts import ChartColumn, ColumnChart, column_chart
from dashboard.shop.overview.overview_extras import EXTRAS
from dashboard.shop.recoveries.status_labels import doing, stage_label
from domain.money import minor_digits
from domain.statistics import Day, Period, month_before, periods, span, weeks_until
from views import page_versions, recovery_counts, shop_now
from views.recovery_list import ListStatus
from views.shop_now import ShopNow

bp = Blueprint("overview", __name__)

WEEKS = 12
RECOVERIES_SHOWN = 3
SHARES_SHOWN = 5
CHOICES = {"week": "This week", "month": "This month", "last-month": "Last month"}
"""The labels of the periods, by their name in the URL."""


@bp.get("/")
def show() -> ResponseReturnValue:
    """Shows the current recoveries and the statistics of a period. Each number links to its list."""
    shop = signed_in().shop
    week, month = periods(signed_in().now, shop.timezone)
    chosen = request.args.get("period", "month")
    chosen = chosen if chosen in CHOICES else "month"
    period = {"week": week, "month": month, "last-month": month_before(month)}[chosen]
    with reading() as rows:
        version = page_versions.of_shop(rows, shop.id) if page_frame.part_only() else ""
        if old := page_frame.nothing_new(version, page_frame.SELDOM):
            return old
        now = shop_now.shop_now(rows, shop.id, now=signed_in().now, limit=RECOVERIES_SHOWN)
        values = _figures(rows, week, period)
        for extra in EXTRAS:
            values |= extra(rows)
    return page_frame.page(
        "shop/overview.html",
        follows=url_for("shop.streams.of_shop"),
        version=version,
        ask_again=page_frame.SOON if now.under_way else page_frame.SELDOM,
        under_way=now,
        alerts=now.alerts,
        tiles=_tiles(now),
        period=period,
        chosen=chosen,
        choices=CHOICES,
        doing=doing,
        stage_words=stage_label,
        span=span,
        **values,
    )


def _figures(rows: Session, week: Period, period: Period) -> dict[str, Any]:
    """The statistics of the period, the chart of the last weeks, and two charts of the period."""
    shop = signed_in().shop
    weeks = weeks_until(week, WEEKS)
    both = Period("", min(weeks[0].first, period.first), max(week.last, period.last))
    of, by_day = recovery_counts.with_days(rows, shop.id, period, both, zone=shop.timezone)
    days = {day.day: day for day in by_day}
    hours = recovery_counts.by_hour(rows, shop.id, zone=shop.timezone)
    return {
        "of": of.statistics,
        "money_chart": _money_chart(weeks, days),
        "days_chart": _days_chart(period, days),
        "hours_chart": _hours_chart(hours),
        "services": of.services[:SHARES_SHOWN],
        "performers": of.performers[:SHARES_SHOWN],
    }


def _tiles(now: ShopNow) -> list[tuple[str, int, str, str]]:
    """The label, number, path and tone of each count at the top."""
    listing = "shop.appointments.listing"
    counts = now.counts
    return [
        ("On offer", counts[ListStatus.LOOKING] + counts[ListStatus.OFFERING], url_for(listing), "wait"),
        ("Awaiting payment", counts[ListStatus.HOLDING], url_for(listing, tab="paying"), "wait"),
        ("Unread texts", signed_in().unread_texts, url_for("shop.inbox.listing"), "wait"),
        ("Needs attention", len(now.alerts), url_for("shop.notices.listing", show="unread"), "stop"),
    ]


def _money_chart(weeks: list[Period], days: Mapping[date, Day]) -> ColumnChart:
    style, currency = page_frame.style(), signed_in().shop.currency
    path = url_for("shop.appointments.listing", tab="recovered")
    columns = [
        ChartColumn(
            f"Week of {first}",
            (sum(days[day].money for day in _dates(week) if day in days),),
            first if number % 3 == 2 else "",
            _list_of(path, week.first, week.last),
        )
        for number, week in enumerate(weeks)
        for first in (style.short_day(week.first),)
    ]
    unit = 10 ** minor_digits(currency)
    title = f"Money recovered, last {WEEKS} weeks"
    return column_chart(
        "money", title, ("Recovered",), columns, shown=lambda value: style.amount(value, currency), unit=unit
    )


def _days_chart(period: Period, found: Mapping[date, Day]) -> ColumnChart:
    """Returns the chart of every day of the period, including days without slots."""
    path = url_for("shop.appointments.listing")
    style, days = page_frame.style(), [found.get(day, Day(day)) for day in _dates(period)]
    columns = [
        ChartColumn(
            label,
            (day.recovered, day.lost, day.other),
            label if len(days) <= 7 or day.day.day % 7 == 1 else "",
            _list_of(path, day.day, day.day),
        )
        for day in days
        for label in (style.short_day(day.day),)
    ]
    series = ("Recovered", "Lost", "Open or filled by you")
    return column_chart("days", "Cancelled slots by day of the result", series, columns)


def _hours_chart(hours: list[tuple[int, int, int]]) -> ColumnChart:
    columns = [
        ChartColumn(f"{hour:02}:00", (yes, no), f"{hour:02}:00" if hour % 6 == 0 else "") for hour, yes, no in hours
    ]
    return column_chart("hours", "Replies by time of day, last 30 days", ("YES", "NO"), columns)


def _dates(period: Period) -> list[date]:
    return [period.first + timedelta(days=number) for number in range((period.last - period.first).days + 1)]


def _list_of(path: str, first: date, last: date) -> str:
    return f"{path}{'&' if '?' in path else '?'}days=result&from={first}&until={last}"
