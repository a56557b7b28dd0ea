"""Owners connect booking systems: the required fields, the stored values, and the required role."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from providers.calendars.credentials import CredentialBox
from settings.calendars import CalendarSettings
from settings.loading import load
from tests.builders import Built, a_number, a_shop, a_staff_member
from tests.dashboard.shop.conftest import TOKEN, StaffBrowser

PLACE = "/app/settings/calendars"
KEY = "cal_live_0123456789"
COUNTS = {
    "account": "Lou's account",
    "complete": True,
    "appointments": 212,
    "with_phone": 180,
    "without_phone": 12,
    "agreed": 3,
    "new": 170,
}


def rows(session: Session, statement: str, **values: Any) -> list[Any]:
    session.rollback()
    return list(session.execute(text(statement), values).all())


def connects(desk: StaffBrowser, **fields: str) -> Any:
    entered = {"kind": "calcom", "api_key": KEY, "name": "Rota"} | fields
    return desk.post(f"{PLACE}/connect", form=f"{PLACE}/connect?kind={entered['kind']}", **entered)


def set_settings(session: Session, **values: object) -> None:
    session.rollback()
    session.execute(text("UPDATE calendars SET settings = settings || :new"), {"new": json.dumps(values)})
    session.commit()


@pytest.fixture
def page(desk: StaffBrowser) -> str:
    """The page of a calendar whose preview is not ready yet."""
    answer = connects(desk)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


@pytest.fixture
def imported(desk: StaffBrowser, session: Session, page: str) -> str:
    set_settings(session, preview=COUNTS)
    assert desk.post(f"{page}/import", form=page, consent="booking form").status_code == 303
    session.execute(text("UPDATE pending_tasks SET settled_at = now()"))
    session.commit()
    return page


def test_credentials_are_stored_encrypted_and_never_shown(desk: StaffBrowser, session: Session, page: str) -> None:
    (row,) = rows(session, "SELECT * FROM calendars")
    assert (row.kind, row.name, row.status) == ("calcom", "Rota", "paused")
    assert (row.settings["stage"], KEY in json.dumps(row.settings)) == ("preview", False)
    assert KEY not in row.credentials
    assert CredentialBox(load(CalendarSettings)).decrypt(row.credentials) == {"api_key": KEY}
    shown = desk.get(page)
    assert shown.headers["Refresh"]
    assert KEY not in shown.text + desk.get(PLACE).text
    tasks = rows(session, "SELECT name, args FROM pending_tasks WHERE name LIKE '%calendar'")
    assert tasks == [("preview_calendar", [str(row.id)])]
    (entry,) = rows(session, "SELECT because, actor FROM audit_logs WHERE event = 'CalendarChanged'")
    assert "Rota" in entry.because


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("api_key", {"api_key": ""}),
        ("api_key", {"api_key": "two words"}),
        ("api_key", {"api_key": "x" * 2001}),
        ("api_key", {"api_key": "clé"}),
        ("calendar_id", {"calendar_id": "x" * 81}),
        ("user_id", {"kind": "acuity"}),
        ("token", {"kind": "square"}),
        ("url", {"kind": "ics", "url": "http://calendar.example/rota.ics"}),
        ("url", {"kind": "ics", "url": "https://10.0.0.1/rota.ics"}),
        ("url", {"kind": "ics", "url": "https://169.254.169.254/rota.ics"}),
        ("url", {"kind": "ics", "url": "rota"}),
    ],
)
def test_wrong_input_is_refused_beside_its_field(
    desk: StaffBrowser, session: Session, field: str, fields: dict[str, str]
) -> None:
    answer = connects(desk, **fields)
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    assert KEY not in answer.text
    assert rows(session, "SELECT 1 FROM calendars") == []


def test_a_form_that_is_sent_twice_connects_one_calendar(desk: StaffBrowser, session: Session) -> None:
    first, again, renamed = connects(desk), connects(desk), connects(desk, name="Other")
    assert first.location == again.location == renamed.location
    assert len(rows(session, "SELECT 1 FROM calendars")) == 1
    assert len(rows(session, "SELECT 1 FROM pending_tasks WHERE name = 'preview_calendar'")) == 1


def test_a_form_that_is_sent_twice_at_once_connects_one_calendar(
    app: Flask, desk: StaffBrowser, session: Session, mia: Built
) -> None:
    forms = [desk, *(StaffBrowser(app.test_client(), session).has_signed_in(mia) for _ in range(2))]
    place = f"{PLACE}/connect"
    tokens = [TOKEN.search(one.get(f"{place}?kind=calcom").text)[1] for one in forms]
    entered = {"kind": "calcom", "api_key": KEY, "name": "Rota"}

    def send(number: int) -> str:
        answer = forms[number].web.post(place, data=entered | {"csrf_token": tokens[number]})
        return str(answer.location)

    with ThreadPoolExecutor(3) as pool:
        places = set(pool.map(send, range(3)))
    assert len(places) == 1
    assert len(rows(session, "SELECT 1 FROM calendars")) == 1


@pytest.mark.parametrize("other", [{"api_key": "cal_live_9876543210"}, {"calendar_id": "2"}])
def test_other_credentials_or_settings_connect_another_calendar(
    desk: StaffBrowser, session: Session, other: dict[str, str]
) -> None:
    assert connects(desk).location != connects(desk, **other).location
    assert len(rows(session, "SELECT 1 FROM calendars")) == 2


def test_a_disconnected_calendar_can_be_connected_again(desk: StaffBrowser, page: str) -> None:
    assert desk.post(f"{page}/disconnect", form=page).status_code == 303
    assert connects(desk).location != page


def test_another_shop_connects_the_same_account(app: Flask, desk: StaffBrowser, session: Session) -> None:
    first = connects(desk)
    other = a_staff_member(session, a_shop(session, name="Other"), phone=a_number())
    session.commit()
    again = connects(StaffBrowser(app.test_client(), session).has_signed_in(other))
    assert again.location != first.location


def test_an_unknown_booking_system_is_refused(desk: StaffBrowser) -> None:
    assert connects(desk, kind="fax").status_code == 400


def test_the_preview_is_shown_and_nothing_is_imported_before_it(
    desk: StaffBrowser, session: Session, page: str
) -> None:
    assert desk.post(f"{page}/import", form=page).status_code == 303
    assert rows(session, "SELECT status FROM calendars") == [("paused",)]
    set_settings(session, preview=COUNTS)
    shown = desk.get(page).text
    assert "212 appointments, 180 customers with a phone number, 12 without." in shown
    assert "3 customers can be asked by text now" in shown
    assert "173 customers can be asked" in shown
    assert desk.post(f"{page}/import", form=page, consent="x" * 201).status_code == 422
    assert desk.post(f"{page}/import", form=page, consent="booking form").status_code == 303
    (row,) = rows(session, "SELECT status, settings - 'entered' FROM calendars")
    assert row == ("active", {"consent": "booking form"})
    assert rows(session, "SELECT 1 FROM pending_tasks WHERE name = 'start_calendar'") == [(1,)]
    assert "Source of consent: booking form" in desk.get(page).text


def test_a_failed_preview_is_a_sentence_and_is_tried_again(desk: StaffBrowser, session: Session, page: str) -> None:
    set_settings(session, preview={"error": "The calendar rejects the credentials (HTTP 401). Connect it again."})
    session.execute(text("UPDATE pending_tasks SET settled_at = now()"))
    session.commit()
    assert "rejects the credentials" in desk.get(page).text
    assert desk.post(f"{page}/preview", form=page).status_code == 303
    waiting = "SELECT name FROM pending_tasks WHERE settled_at IS NULL"
    assert rows(session, waiting) == [("preview_calendar",)]


def test_a_calendar_is_read_paused_resumed_and_disconnected(
    desk: StaffBrowser, session: Session, imported: str
) -> None:
    desk.post(f"{imported}/sync", form=imported)
    desk.post(f"{imported}/sync", form=imported)
    waiting = "SELECT name FROM pending_tasks WHERE settled_at IS NULL ORDER BY created_at"
    assert rows(session, waiting) == [("sync_calendar",)]
    desk.post(f"{imported}/pause", form=imported)
    assert rows(session, "SELECT status FROM calendars") == [("paused",)]
    desk.post(f"{imported}/resume", form=imported)
    assert rows(session, "SELECT status FROM calendars") == [("active",)]
    assert desk.post(f"{imported}/disconnect", form=imported).status_code == 303
    assert rows(session, "SELECT status FROM calendars") == [("paused",)]
    assert "Disconnecting" in desk.get(PLACE).text
    desk.post(f"{imported}/resume", form=PLACE)
    assert rows(session, "SELECT status FROM calendars") == [("paused",)]
    assert rows(session, waiting)[-1] == ("disconnect_calendar",)


def test_problems_are_shown(desk: StaffBrowser, session: Session, imported: str) -> None:
    session.execute(text("UPDATE calendars SET status = 'broken', last_error = 'The calendar <is> closed.'"))
    session.commit()
    for path in (PLACE, imported):
        assert "The calendar &lt;is&gt; closed." in desk.get(path).text


@pytest.mark.parametrize("role", ["staff", "read_only"])
def test_only_owners_see_and_change_calendars(
    desk: StaffBrowser, stranger: StaffBrowser, session: Session, salon: Built, page: str, role: str
) -> None:
    member = a_staff_member(session, salon, role=role, name="Kim", phone=a_number(), email=None)
    session.commit()
    kim = StaffBrowser(desk.web.application.test_client(), session).signs_in(member)
    for path in (PLACE, page, f"{PLACE}/connect?kind=calcom"):
        assert kim.get(path).status_code == 403
    for action in ("import", "preview", "pause", "resume", "sync", "disconnect"):
        assert kim.post(f"{page}/{action}", form="/app/appointments").status_code == 403
    assert kim.post(f"{PLACE}/connect", form="/app/appointments", kind="calcom", api_key=KEY).status_code == 403


def test_changes_require_a_recent_sign_in(desk: StaffBrowser, session: Session, page: str) -> None:
    set_settings(session, preview=COUNTS)
    session.execute(text("UPDATE staff_sessions SET reauthenticated_at = now() - interval '1 hour'"))
    session.commit()
    answer = desk.post(f"{page}/import", form=page)
    assert "/app/login" in answer.location
    assert rows(session, "SELECT status FROM calendars") == [("paused",)]


def test_a_calendar_of_another_shop_is_not_found(desk: StaffBrowser, session: Session, page: str) -> None:
    other = a_shop(session, name="The other shop")
    session.execute(text("UPDATE calendars SET shop_id = :id, name = 'Theirs'"), {"id": other.id})
    session.commit()
    assert desk.get(page).status_code == 404
    assert "Theirs" not in desk.get(PLACE).text
    for action in ("import", "preview", "pause", "resume", "sync", "disconnect"):
        assert desk.post(f"{page}/{action}", form=PLACE).status_code == 404
