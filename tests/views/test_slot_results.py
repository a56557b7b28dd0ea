"""Every statistic assigns a slot to the time of its result. Months and weeks are in the shop's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.shop.recoveries import list_filters
from domain.statistics import Period
from tests.builders import Built, a_customer, a_shop, a_slot_freed_by, an_appointment, an_offer
from views import recovery_counts, recovery_list, what_if

ZONE = "Pacific/Auckland"
MAY = Period("May", date(2026, 5, 1), date(2026, 5, 31))
JUNE = Period("June", date(2026, 6, 1), date(2026, 6, 30))
MONTHS = (MAY, JUNE)
NEW_MONTH = datetime(2026, 5, 31, 12, tzinfo=UTC)
"""The midnight at which both June and a week begin in Auckland."""
BORDERS = ((NEW_MONTH - timedelta(seconds=1), MAY), (NEW_MONTH, JUNE))
EVERYTHING = Period("", date(2026, 4, 1), date(2026, 8, 31))


def a_result(session: Session, shop: Built, at: datetime, *, closed_as: str | None = None, days: int = 40) -> Built:
    """Inserts a slot that was freed five days before, and sold for £55 or closed at `at`.

    `days` is the number of days from the result to the start of the slot.
    """
    starts_at = at + timedelta(days=days)
    slot = a_slot_freed_by(session, a_customer(session, shop), starts_at=starts_at)
    if closed_as is None:
        sold = {"source_slot_opening_id": slot.id, "price_cents": 5500, "confirmed_at": at}
        an_appointment(session, a_customer(session, shop), starts_at=starts_at, **sold)
    values = {"id": slot.id, "status": "expired" if closed_as else "filled", "closed_as": closed_as, "at": at}
    statement = "UPDATE slot_openings SET status = :status, closed_as = :closed_as, updated_at = :at WHERE id = :id"
    session.execute(text(statement), values)
    session.commit()
    return slot


def money_of(session: Session, shop: Built, period: Period) -> int:
    return recovery_counts.of_period(session, shop.id, period, zone=ZONE).statistics.money_recovered


def in_the_list(session: Session, shop: Built, period: Period) -> set[object]:
    given = {"from": period.first.isoformat(), "until": period.last.isoformat(), "days": "result"}
    wanted = list_filters.read(given).wanted(ZONE, None)
    return set(recovery_list.ids(session, shop.id, wanted, order="newest", limit=100))


@pytest.mark.parametrize(("at", "month"), BORDERS)
def test_money_counts_when_the_slot_was_sold(session: Session, at: datetime, month: Period) -> None:
    """The appointment is in July, but the revenue belongs to the month in which the slot was sold."""
    shop = a_shop(session, timezone=ZONE)
    slot = a_result(session, shop, at)
    assert {one.name: money_of(session, shop, one) for one in MONTHS} == {
        one.name: 5500 if one == month else 0 for one in MONTHS
    }
    assert [one for one in MONTHS if in_the_list(session, shop, one)] == [month]
    assert in_the_list(session, shop, month) == {slot.id}


@pytest.mark.parametrize(("at", "month"), BORDERS)
def test_a_lost_slot_counts_when_it_was_closed(session: Session, at: datetime, month: Period) -> None:
    shop = a_shop(session, timezone=ZONE)
    slot = a_result(session, shop, at, closed_as="too_near")
    an_offer(session, slot, a_customer(session, shop), status="expired")
    for one in MONTHS:
        found = recovery_counts.of_period(session, shop.id, one, zone=ZONE).statistics
        assert found.lost == (one == month)
        assert sum(recovery_counts.lost_by_reason(session, shop.id, one, zone=ZONE).values()) == found.lost
        history = what_if.history(session, shop.id, one, zone=ZONE)
        assert (history.closed if history else 0) == found.recovered + found.lost


def test_the_chart_and_the_totals_agree(session: Session) -> None:
    """The slots are sold on a Sunday for the next Monday, exactly at the boundary, and for the next month."""
    shop = a_shop(session, timezone=ZONE)
    for at, days in ((NEW_MONTH - timedelta(hours=3), 1), (NEW_MONTH, 2), (NEW_MONTH + timedelta(days=9), 30)):
        a_result(session, shop, at, days=days)
    total, days_found = recovery_counts.with_days(session, shop.id, EVERYTHING, EVERYTHING, zone=ZONE)
    by_day = {day.day: day.money for day in days_found}
    assert by_day == {date(2026, 5, 31): 5500, date(2026, 6, 1): 5500, date(2026, 6, 10): 5500}
    assert total.statistics.money_recovered == sum(by_day.values())
    for month in MONTHS:
        assert money_of(session, shop, month) == sum(
            money for day, money in by_day.items() if month.first <= day <= month.last
        )


def test_a_result_counts_at_the_latest_at_the_start(session: Session) -> None:
    """A slot that was closed after its start, because the system was stopped, is lost at its start."""
    shop = a_shop(session, timezone=ZONE)
    a_result(session, shop, NEW_MONTH + timedelta(days=3), closed_as="too_near", days=-4)
    found = [recovery_counts.of_period(session, shop.id, one, zone=ZONE).statistics.lost for one in MONTHS]
    assert found == [1, 0]


def test_an_open_slot_counts_when_it_was_cancelled(session: Session) -> None:
    shop = a_shop(session, timezone=ZONE)
    slot = a_slot_freed_by(session, a_customer(session, shop), starts_at=NEW_MONTH + timedelta(days=200))
    freed = """UPDATE appointments SET cancelled_at = :at
                WHERE id = (SELECT source_appointment_id FROM slot_openings WHERE id = :id)"""
    session.execute(text(freed), {"id": slot.id, "at": NEW_MONTH})
    session.commit()
    found = [recovery_counts.of_period(session, shop.id, one, zone=ZONE).statistics for one in MONTHS]
    assert [(one.cancelled, one.under_way) for one in found] == [(0, 0), (1, 1)]
