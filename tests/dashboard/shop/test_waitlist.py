"""The waiting list on the shop's pages."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from dashboard.shop.waiting import waitlist_form
from tests.builders import Built, a_customer, a_slot, insert
from tests.dashboard.shop.conftest import StaffBrowser

ENTRIES = text("SELECT * FROM waitlist_entries ORDER BY created_at")


def add(desk: StaffBrowser, customer: Built, **wishes: object) -> int:
    path = f"/app/customers/{customer.id}/waitlist"
    return desk.post(path, form=path, **wishes).status_code  # type: ignore[no-any-return]


def test_staff_add_a_customer_with_wishes(desk: StaffBrowser, session: Session, salon: Built) -> None:
    ana = a_customer(session, salon, name="Ana Silva")
    cut = insert(session, "services", shop_id=salon.id, name="Cut")
    session.commit()
    wishes = {"service_id": str(cut.id), "weekdays": ["1", "3"], "time_until": "12:00", "notice_hours": "2"}
    assert add(desk, ana, **wishes, priority="1", priority_reason="Was turned away.") == 303
    session.rollback()
    (entry,) = session.execute(ENTRIES).all()
    assert (entry.service_id, entry.weekdays, entry.notice_minutes, entry.source) == (cut.id, [1, 3], 120, "staff")
    page = desk.get("/app/waitlist").text
    assert "Ana Silva" in page
    assert "Cut, Monday, Wednesday, before 12:00" in page


def test_a_priority_without_a_reason_is_refused_and_nothing_typed_is_lost(
    desk: StaffBrowser, session: Session, salon: Built
) -> None:
    ana = a_customer(session, salon)
    session.commit()
    path = f"/app/customers/{ana.id}/waitlist"
    wishes = {"priority": "1", "note": "By the window", "date_from": "2031-02-30", "weekdays": "9"}
    answer = desk.post(path, form=path, **wishes)
    assert answer.status_code == 422
    assert "Enter the reason for the priority." in answer.text
    assert "Enter a date." in answer.text
    assert 'id="wrong-weekdays"' in answer.text
    assert "By the window" in answer.text
    assert session.execute(ENTRIES).all() == []


def test_staff_cannot_add_a_wish_for_days_that_are_over(desk: StaffBrowser, session: Session, salon: Built) -> None:
    ana = a_customer(session, salon)
    session.commit()
    assert add(desk, ana, date_until="2026-01-31") == 422
    assert session.execute(ENTRIES).all() == []


def test_staff_remove_an_entry_and_it_is_kept(desk: StaffBrowser, session: Session, salon: Built) -> None:
    ana = a_customer(session, salon)
    entry = insert(session, "waitlist_entries", shop_id=salon.id, customer_id=ana.id)
    session.commit()
    path = f"/app/customers/{ana.id}/waitlist"
    assert desk.post(f"/app/waitlist/{entry.id}/leave", form=path).status_code == 303
    session.rollback()
    (left,) = session.execute(ENTRIES).all()
    assert left.status == "left"


def test_the_page_of_a_slot_says_why_a_customer_is_next(desk: StaffBrowser, session: Session, salon: Built) -> None:
    ana = a_customer(session, salon, name="Ana Silva")
    insert(session, "waitlist_entries", shop_id=salon.id, customer_id=ana.id, priority=2, priority_reason="Ill.")
    slot = a_slot(session, salon)
    session.commit()
    page = desk.get(f"/app/slot-openings/{slot.id}").text
    assert "On the waiting list since" in page
    assert "priority 2" in page


@pytest.mark.parametrize("typed", ["17:00+01:00", "17:00Z", "17", "24:00", "17:00:00.5"])
def test_a_wish_is_a_time_of_the_wall_clock(typed: str) -> None:
    """A time with an offset can't be compared with the other end of the wish."""
    form = MultiDict({"time_from": typed, "time_until": "18:00"})
    found = waitlist_form.read(form, {}, {}, today=date(2030, 1, 1))
    assert found.wrong == {"time_from": "Enter a time like 17:00."}
