"""The checklist for the first day of a new shop."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_number, a_staff_member, insert
from tests.dashboard.shop.conftest import StaffBrowser


def states(desk: StaffBrowser) -> dict[str, str]:
    """Returns the state of each step as text."""
    page = desk.get("/app/start").text
    return dict(re.findall(r'id="([\w-]+)" data-tone="\w+">\s*<span[^>]*>.*?class="unseen">(\w+): ', page, re.DOTALL))


def test_each_step_says_what_is_missing_and_where_it_is_done(desk: StaffBrowser) -> None:
    page = desk.get("/app/start").text
    assert states(desk)["customers"] == "Missing"
    assert states(desk)["deposit"] == "Done"
    for link in (
        "/app/settings/shop",
        "/app/settings/services",
        "/app/settings/region",
        "/app/customers/import",
        "/app/settings/people",
    ):
        assert f'href="{link}"' in page
    assert "You have not added any customers yet." in page


def test_a_step_done_elsewhere_is_ticked(desk: StaffBrowser, session: Session, salon: Built) -> None:
    a_customer(session, salon)
    insert(session, "services", shop_id=salon.id, name="Cut")
    a_staff_member(session, salon, name="Kim", phone=a_number(), email=None)
    session.execute(text("UPDATE shops SET address = '12 Harbour Street', country = 'GB', test_offer_at = now()"))
    session.commit()
    found = states(desk)
    assert {found[step] for step in ("shop", "region", "service", "customers", "team", "test")} == {"Done"}


def test_the_overview_leads_there_until_slots_can_be_sold(desk: StaffBrowser, session: Session, salon: Built) -> None:
    assert "Finish setting up" in desk.get("/app/").text
    a_customer(session, salon)
    session.execute(text("UPDATE shops SET country = 'GB'"))
    session.commit()
    assert "Finish setting up" not in desk.get("/app/").text


def test_a_test_offer_goes_to_ones_own_phone(desk: StaffBrowser, session: Session, mia: Built) -> None:
    answer = desk.post("/app/start/test-offer", form="/app/start")
    assert answer.status_code == 303
    session.rollback()
    row = session.execute(text("SELECT name, args FROM pending_tasks WHERE name = 'send_test_offer'")).one()
    assert row.args == [str(mia.id)]
    assert "The test offer is on its way to" in desk.get("/app/start").text


@pytest.mark.parametrize(("role", "status"), [("staff", 303), ("read_only", 403)])
def test_a_read_only_member_sends_no_test_offer(
    app: Flask, session: Session, salon: Built, role: str, status: int
) -> None:
    kim = a_staff_member(session, salon, role=role, phone=a_number(), email=None)
    session.commit()
    theirs = StaffBrowser(app.test_client(), session).signs_in(kim)
    assert theirs.post("/app/start/test-offer", form="/app/start").status_code == status
    assert theirs.get("/app/start").status_code == 200
