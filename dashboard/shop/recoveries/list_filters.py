"""Reads the filters of a list from the query string and writes them back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from domain.time_zones import zone_named
from views.customer_search import as_id
from views.recovery_list import ORDERS, ListStatus, RecoveryFilter

PAGE_SIZE = 25
LAST_PAGE = 10_000

TABS: dict[str, tuple[str, tuple[ListStatus, ...] | None]] = {
    "all": ("All", None),
    "open": ("Open", (ListStatus.LOOKING,)),
    "offering": ("Offering", (ListStatus.OFFERING,)),
    "paying": ("Awaiting payment", (ListStatus.HOLDING,)),
    "recovered": ("Recovered", (ListStatus.RECOVERED,)),
    "lost": ("Lost", (ListStatus.LOST,)),
    "by-hand": ("Filled by you", (ListStatus.BY_HAND,)),
}
ORDER_LABELS = {"open first": "Open first", "newest": "Newest first", "by time": "By appointment time"}

DAYS_OF = {"appointment": "Appointments", "result": "Results"}
"""The options for the filter's days: the day of the appointment, or the day of the result in the statistics."""
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilters:
    """The filters in a query string. Invalid values are ignored."""

    tab: str = "all"
    order: str = "open first"
    day_from: date | None = None
    day_until: date | None = None
    days_of: str = "appointment"
    performer: UUID | None = None
    words: str = ""
    page: int = 1

    def wanted(self, zone: str, people: tuple[UUID, ...] | None) -> RecoveryFilter:
        """Returns the filter for the query.

        Days are in the time zone `zone`. `people` are the customers who match the search.
        """
        first = _midnight(self.day_from, zone)
        after = _midnight(self.day_until and self.day_until + timedelta(days=1), zone)
        by_result = self.days_of == "result" and bool(first or after)
        return RecoveryFilter(
            starts_from=None if by_result else first,
            starts_before=None if by_result else after,
            since=(first or EARLIEST) if by_result else None,
            before=(after or LATEST) if by_result else None,
            performer_id=self.performer,
            people=people,
            standings=TABS[self.tab][1],
        )

    def query(self, **other: object) -> dict[str, str]:
        """Returns the query string of these filters, with the filters in `other` replaced, and without defaults."""
        values = {
            "tab": self.tab if self.tab != "all" else "",
            "order": self.order if self.order != "open first" else "",
            "from": self.day_from or "",
            "until": self.day_until or "",
            "days": self.days_of if self.days_of != "appointment" else "",
            "performer": self.performer or "",
            "q": self.words,
            "page": self.page if self.page > 1 else "",
        } | other
        return {name: str(value) for name, value in values.items() if value not in {"", None}}

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return bool(self.words or self.day_from or self.day_until or self.performer)


def read(given: Mapping[str, str]) -> ListFilters:
    """Reads the filters from the arguments of a request."""
    tab, order, page = given.get("tab", "all"), given.get("order", "open first"), given.get("page", "1")
    return ListFilters(
        tab=tab if tab in TABS else "all",
        order=order if order in ORDERS else "open first",
        day_from=_day(given.get("from")),
        day_until=_day(given.get("until")),
        days_of=days_of if (days_of := given.get("days", "")) in DAYS_OF else "appointment",
        performer=as_id(given.get("performer", "")),
        words=given.get("q", "").replace("\0", "").strip()[:100],
        page=min(int(page), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 7 and int(page) else 1,
    )


def _day(value: str | None) -> date | None:
    try:
        day = date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if 1900 < day.year < 3000 else None


def _midnight(day: date | None, zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone_named(zone))
