"""The calendar of a day or a week, with booked, offered and cancelled times."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import reading, signed_in
from domain.calendar_days import ROWS_OF_AN_HOUR, Rows, hours_shown, midnight, rows_of, week_of
from domain.money import locale_named
from domain.time_zones import zone_named
from views import appointment_list, calendar
from views.calendar import CalendarEntry
from views.customer_search import as_id

bp = Blueprint("calendar", __name__, url_prefix="/calendar")

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 1)
GONE = frozenset({"cancelled", "voided"})


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and its rows in the grid of a day."""

    entry: CalendarEntry
    rows: Rows


@dataclass(frozen=True, slots=True)
class CalendarColumn:
    """The calendar of one performer on one day; `id` is None for appointments without a performer."""

    id: UUID | None
    name: str
    placed: list[Placed]


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """One day of the week view, with the entries that take place between its midnights, `begins` and `ends`."""

    day: date
    begins: datetime
    ends: datetime
    entries: list[CalendarEntry]


@bp.get("")
def show() -> ResponseReturnValue:
    """Shows one day, or with `view=week` the week that contains it."""
    day = _day()
    return _week(day) if request.args.get("view") == "week" else _one_day(day)


def _day() -> date:
    today = signed_in().now.astimezone(zone_named(signed_in().shop.timezone)).date()
    try:
        wanted = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return wanted if EARLIEST <= wanted <= LATEST else today


def _one_day(day: date) -> ResponseReturnValue:
    shop = signed_in().shop
    with reading() as rows:
        found = calendar.entries(
            rows, shop.id, first=midnight(day, shop.timezone), last=midnight(day + timedelta(days=1), shop.timezone)
        )
        performers = appointment_list.performers(rows, shop.id)
        bookable = appointment_list.bookable_performers(rows, shop.id)
    live = [one for one in found if one.status not in GONE]
    busy = {one.performer_id for one in live}
    performers = {id: name for id, name in performers.items() if id in bookable or id in busy}
    columns = _columns(live, performers, day)
    hours = hours_shown(placed.rows for column in columns for placed in column.placed)
    return page_frame.page(
        "shop/calendar_day.html",
        day=day,
        noon=midnight(day, shop.timezone) + timedelta(hours=12),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        today=_today(),
        columns=columns,
        hours=hours,
        first_row=hours.start * ROWS_OF_AN_HOUR,
        cancelled=[one for one in found if one.status in GONE],
        agenda=live,
        performers=performers,
    )


def _today() -> date:
    return signed_in().now.astimezone(zone_named(signed_in().shop.timezone)).date()


def _columns(entries: list[CalendarEntry], performers: dict[UUID, str], day: date) -> list[CalendarColumn]:
    """Returns a column for each performer, and a column for appointments without a performer, if there are any."""
    by_performer: defaultdict[UUID | None, list[Placed]] = defaultdict(list)
    zone = signed_in().shop.timezone
    for entry in entries:
        by_performer[entry.performer_id].append(Placed(entry, rows_of(entry.starts_at, entry.ends_at, day, zone)))
    columns = [CalendarColumn(id, name or "No name", by_performer.get(id, [])) for id, name in performers.items()]
    if None in by_performer or not columns:
        name = "Anyone" if columns else signed_in().shop.name or "Your shop"
        columns.insert(0, CalendarColumn(None, name, by_performer.get(None, [])))
    return columns


def _week(day: date) -> ResponseReturnValue:
    shop = signed_in().shop
    days = week_of(day, locale_named(shop.locale).first_week_day)
    performer = as_id(request.args.get("performer", ""))
    with reading() as rows:
        found = calendar.entries(
            rows,
            shop.id,
            first=midnight(days[0], shop.timezone),
            last=midnight(days[-1] + timedelta(days=1), shop.timezone),
        )
        performers = appointment_list.performers(rows, shop.id)
    shown = [entry for entry in found if performer is None or entry.performer_id == performer]
    return page_frame.page(
        "shop/calendar_week.html",
        day=day,
        days=[_day_of_week(one, shown) for one in days],
        before=days[0] - timedelta(days=7),
        after=days[0] + timedelta(days=7),
        today=_today(),
        performers=performers,
        performer=performer,
        gone=GONE,
    )


def _day_of_week(day: date, entries: list[CalendarEntry]) -> DayOfWeek:
    timezone = signed_in().shop.timezone
    begins, ends = midnight(day, timezone), midnight(day + timedelta(days=1), timezone)
    return DayOfWeek(day, begins, ends, [one for one in entries if one.starts_at < ends and one.ends_at > begins])
