"""What a list is narrowed to, read from the address and written back into it: Back and bookmarks keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
    "by-hand": ("Sold by hand", (ListStatus.BY_HAND,)),
}
ORDER_WORDS = {"open first": "Open ones first", "newest": "Newest first", "by time": "By time"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilters:
    """What stands in the address; whatever makes no sense there is left out."""

    tab: str = "all"
    order: str = "open first"
    day_from: date | None = None
    day_until: date | None = None
    performer: UUID | None = None
    words: str = ""
    page: int = 1

    def wanted(self, zone: str, people: tuple[UUID, ...] | None) -> RecoveryFilter:
        """Days are the shop's; `people` are those whom the words mean."""
        return RecoveryFilter(
            starts_from=_midnight(self.day_from, zone),
            starts_before=_midnight(self.day_until and self.day_until + timedelta(days=1), zone),
            performer_id=self.performer,
            people=people,
            standings=TABS[self.tab][1],
        )

    def query(self, **other: object) -> dict[str, str]:
        """For an address that asks for the same, but for `other`. What is usual isn't said."""
        values = {
            "tab": self.tab if self.tab != "all" else "",
            "order": self.order if self.order != "open first" else "",
            "from": self.day_from or "",
            "until": self.day_until or "",
            "performer": self.performer or "",
            "q": self.words,
            "page": self.page if self.page > 1 else "",
        } | other
        return {name: str(value) for name, value in values.items() if value not in {"", None}}

    @property
    def narrowed(self) -> bool:
        """Whether more could be seen without the filters."""
        return bool(self.words or self.day_from or self.day_until or self.performer)


def read(given: Mapping[str, str]) -> ListFilters:
    """From the arguments of a request."""
    tab, order, page = given.get("tab", "all"), given.get("order", "open first"), given.get("page", "1")
    return ListFilters(
        tab=tab if tab in TABS else "all",
        order=order if order in ORDERS else "open first",
        day_from=_day(given.get("from")),
        day_until=_day(given.get("until")),
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
