"""API keys in the settings: owners create, list and revoke them; each key is shown only once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.access import api_keys, api_requests
from tests.builders import Built, a_number, a_shop, insert
from tests.dashboard.shop.conftest import StaffBrowser

PATH = "/app/settings/api-keys"
KEY = re.compile(r"slots_test_[0-9a-f-]{36}_[0-9a-f]{64}")


def test_a_new_key_is_shown_once_and_noted(desk: StaffBrowser, session: Session, mia: Built) -> None:
    answer = desk.post(PATH, label="Booking system", scope="write", expires="90")
    shown = KEY.search(answer.text)
    assert shown
    assert not KEY.search(desk.get(PATH).text)
    owner = api_requests.begin(session, api_keys.parse(shown[0])).owner
    assert owner is not None
    assert (owner.shop_id, owner.label, owner.scope) == (mia.shop_id, "Booking system", "write")
    session.rollback()
    noted = session.execute(text("SELECT actor FROM audit_logs WHERE event = 'ApiKeyCreated'")).scalar_one()
    assert noted == str(mia.id)
    left = session.execute(text("SELECT expires_at - clock_timestamp() FROM api_keys")).scalar_one()
    assert timedelta(days=89) < left <= timedelta(days=90)


def test_a_revoked_key_is_refused(desk: StaffBrowser, session: Session) -> None:
    shown = KEY.search(desk.post(PATH, label="Old", scope="read", expires="").text)
    assert shown
    presented = api_keys.parse(shown[0])
    assert presented
    assert desk.post(f"{PATH}/{presented.id}/revoke", form=PATH).status_code == 303
    session.rollback()
    assert api_requests.begin(session, presented) is None
    assert "revoked" in desk.get(PATH).text


@pytest.mark.parametrize("wrong", [{"label": ""}, {"label": "x" * 101}, {"scope": "admin"}, {"expires": "7"}])
def test_an_invalid_form_creates_no_key(desk: StaffBrowser, session: Session, wrong: dict[str, str]) -> None:
    answer = desk.post(PATH, **({"label": "A", "scope": "read", "expires": ""} | wrong))
    assert answer.status_code == 422
    assert session.execute(text("SELECT count(*) FROM api_keys")).scalar_one() == 0


def test_only_owners_see_keys(app: Flask, session: Session, mia: Built) -> None:
    lee = insert(session, "staff", shop_id=mia.shop_id, name="Lee", phone=a_number(), role="staff")
    session.commit()
    theirs = StaffBrowser(app.test_client(), session).signs_in(lee)
    assert theirs.get(PATH).status_code == 403
    assert "API keys" not in theirs.get("/app/settings").text


def test_keys_of_another_shop_are_neither_seen_nor_revoked(desk: StaffBrowser, session: Session) -> None:
    other = api_keys.create(session, a_shop(session).id, label="Theirs", scope="read", live=False, by="operator")
    session.commit()
    assert "Theirs" not in desk.get(PATH).text
    assert desk.post(f"{PATH}/{other.id}/revoke", form=PATH).status_code == 404
    session.rollback()
    assert session.execute(text("SELECT revoked_at FROM api_keys")).scalar_one() is None
