"""The pace in the settings, and the overview's sentence about a shorter reply window."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db import clock
from domain.statistics import month_before, periods
from tests.builders import Built, a_customer, reload
from tests.dashboard.shop.conftest import StaffBrowser

LOST_WITH_FOUR_ASKED = """
WITH slot AS (
  INSERT INTO slot_openings (shop_id, starts_at, ends_at, status, closed_as, created_at)
  VALUES (:shop, CAST(:at AS timestamptz), CAST(:at AS timestamptz) + interval '30 minutes', 'expired', 'too_near',
          now())
  RETURNING id)
INSERT INTO slot_offers (shop_id, slot_opening_id, customer_id, status, cooldown_until)
SELECT :shop, slot.id, customer, 'expired', now() FROM slot, unnest(CAST(:customers AS uuid[])) customer
"""
ONE_IN_FIVE_LATE = "UPDATE slot_offers SET late_yes_at = now() WHERE shop_id = :shop AND customer_id = :customer"


def a_month_of_lost_slots(session: Session, salon: Built, slots: int) -> None:
    """Inserts slots that were lost last month.

    For each slot, five customers were asked, although 60 could have been asked.
    """
    now = clock.now(session)
    first = month_before(periods(now, salon.timezone)[1]).first
    people = [a_customer(session, salon, name=f"Customer {number}") for number in range(60)]
    for number in range(slots):
        at = now.replace(year=first.year, month=first.month, day=2, hour=1) + timedelta(hours=number)
        asked = [person.id for person in people[:5]]
        session.execute(text(LOST_WITH_FOUR_ASKED), {"shop": salon.id, "at": at, "customers": asked})
    session.execute(text(ONE_IN_FIVE_LATE), {"shop": salon.id, "customer": people[0].id})
    session.commit()


def test_an_owner_reads_what_a_shorter_time_to_reply_would_have_brought(
    desk: StaffBrowser, session: Session, salon: Built
) -> None:
    a_month_of_lost_slots(session, salon, 12)
    page = desk.get("/app/").text
    assert "to reply, you would have filled about " in page
    assert "more of last month's 12 slots (probably " in page
    assert "based on your last 60 offers, of which 12 got a YES" in page


def test_it_is_silent_below_fifty_offers(desk: StaffBrowser, session: Session, salon: Built) -> None:
    a_month_of_lost_slots(session, salon, 9)
    assert "you would have filled" not in desk.get("/app/").text


def test_it_is_silent_where_the_pace_adapts(desk: StaffBrowser, session: Session, salon: Built) -> None:
    a_month_of_lost_slots(session, salon, 12)
    session.execute(text("UPDATE shops SET pace = 'adaptive' WHERE id = :id"), {"id": salon.id})
    session.commit()
    assert "you would have filled" not in desk.get("/app/").text


def test_the_pace_is_chosen_in_the_settings(desk: StaffBrowser, session: Session, salon: Built) -> None:
    form = {"pace": "adaptive", "offer_window_least_minutes": "4"}
    assert desk.post("/app/settings/pace", **form).status_code == 303
    session.rollback()
    row = reload(session, "shops", salon.id)
    assert (row.pace, row.offer_window_least_minutes) == ("adaptive", 4)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"pace": "hasty", "offer_window_least_minutes": "4"}, "Choose one from the list."),
        ({"pace": "fixed", "offer_window_least_minutes": "0"}, "Enter a whole number from 1 to 1440."),
    ],
)
def test_a_wrong_pace_is_refused_beside_its_field(desk: StaffBrowser, form: dict[str, str], error: str) -> None:
    answer = desk.post("/app/settings/pace", **form)
    assert answer.status_code == 422
    assert error in answer.text
