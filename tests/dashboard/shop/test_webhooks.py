"""Owners add webhook endpoints, view deliveries, and resend them."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_slot
from tests.dashboard.shop.conftest import StaffBrowser

PLACE = "/app/settings/webhooks"
URL = "https://hooks.example/slots"


def one(session: Session, statement: str) -> Built:
    session.rollback()
    return session.execute(text(statement)).one()


@pytest.fixture
def page(desk: StaffBrowser, session: Session) -> str:
    """The page of a new endpoint."""
    answer = desk.post(PLACE, form=PLACE, url=URL, description="Till", types="slot.opened")
    assert answer.status_code == 200
    assert re.search(r"whsec_[A-Za-z0-9+/=]{44}", answer.text)
    return f"{PLACE}/{one(session, 'SELECT id FROM webhook_endpoints').id}"


def test_a_new_endpoint_shows_its_secret_once(desk: StaffBrowser, page: str, session: Session) -> None:
    endpoint = one(session, "SELECT * FROM webhook_endpoints")
    assert (endpoint.url, endpoint.description, endpoint.types) == (URL, "Till", ["slot.opened"])
    assert "whsec_" not in desk.get(page).text
    assert URL in desk.get(PLACE).text


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://127.0.0.1/", "x", "https://user@hooks.example/"])
def test_a_wrong_address_is_refused_beside_its_field(desk: StaffBrowser, session: Session, url: str) -> None:
    answer = desk.post(PLACE, form=PLACE, url=url)
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text
    assert one(session, "SELECT count(*) FROM webhook_endpoints").count == 0


def test_deliveries_are_shown_and_sent_again(desk: StaffBrowser, page: str, session: Session) -> None:
    shop = one(session, "SELECT shops.* FROM shops JOIN webhook_endpoints e ON e.shop_id = shops.id")
    a_slot(session, shop)
    attempt = {"at": "2026-01-01T00:00:00Z", "status_code": 500, "duration_ms": 7, "answer": "<no>", "error": None}
    session.execute(
        text("UPDATE webhook_deliveries SET status = 'failed', tries = 10, attempts = :log"),
        {"log": json.dumps([attempt])},
    )
    session.commit()
    shown = desk.get(page).text
    assert "slot.opened" in shown
    assert "&lt;no&gt;" in shown
    delivery = one(session, "SELECT * FROM webhook_deliveries")
    assert desk.post(f"{page}/deliveries/{delivery.id}/resend", form=page).status_code == 303
    assert one(session, "SELECT status, tries FROM webhook_deliveries") == ("pending", 0)
    session.execute(text("UPDATE webhook_deliveries SET status = 'failed'"))
    session.commit()
    assert desk.post(f"{page}/resend-failed", form=page, hours="24").status_code == 303
    assert one(session, "SELECT status FROM webhook_deliveries").status == "pending"


def test_an_endpoint_is_tested_changed_and_deleted(desk: StaffBrowser, page: str, session: Session) -> None:
    assert desk.post(f"{page}/test", form=page).status_code == 303
    assert one(session, "SELECT type FROM events WHERE type = 'endpoint.test'")
    assert "whsec_" in desk.post(f"{page}/rotate-secret", form=page).text
    assert desk.post(f"{page}/status", form=page, status="disabled").status_code == 303
    assert "Disabled by your team" in desk.get(page).text
    assert desk.post(f"{page}/status", form=page, status="enabled").status_code == 303
    assert desk.post(f"{page}/delete", form=page).status_code == 303
    assert desk.get(page).status_code == 404


def test_a_refused_webhook_keeps_what_was_typed(desk: StaffBrowser) -> None:
    answer = desk.post("/app/settings/webhooks", url="ftp://hooks.example/", description="Till")
    assert answer.status_code == 422
    assert 'value="ftp://hooks.example/" aria-invalid="true"' in answer.text
    assert 'value="Till"' in answer.text


def test_fields_in_the_description_of_an_event_are_set_as_code(desk: StaffBrowser) -> None:
    shown = desk.get(PLACE).text
    assert "<code>previous</code> contains the old values." in shown
    assert "`" not in shown
