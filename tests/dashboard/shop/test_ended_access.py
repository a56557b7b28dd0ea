"""A change of a member's address invalidates the codes and invitations that were sent to the old address, and the
sessions that were opened with them, whichever program makes the change.
"""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.builders import Built, a_number, a_staff_member
from tests.dashboard.shop.conftest import StaffBrowser, link_of

PLACE = "/app/appointments"
BY_SQL = {
    "leaves": "UPDATE staff SET phone = NULL, email = NULL WHERE id = :id",
    "gets another number": "UPDATE staff SET phone = '+447700900555' WHERE id = :id",
    "is no longer confirmed": "UPDATE staff SET confirmed_at = NULL WHERE id = :id",
    "is deleted": "DELETE FROM staff WHERE id = :id",
}


@pytest.fixture
def kim(session: Session, salon: Built) -> Built:
    member = a_staff_member(session, salon, role="staff", name="Kim", phone=a_number(), email="kim@salon.example")
    session.commit()
    return member


@pytest.fixture
def theirs(app: Flask, session: Session) -> StaffBrowser:
    """Kim's browser."""
    return StaffBrowser(app.test_client(), session)


def change(session: Session, statement: str, member: Built) -> None:
    session.rollback()
    session.execute(text(statement), {"id": member.id})
    session.commit()


@pytest.mark.parametrize("what", BY_SQL)
def test_a_code_asked_for_before_opens_nothing_afterwards(
    theirs: StaffBrowser, kim: Built, session: Session, what: str
) -> None:
    theirs.asks_for_a_code(kim.phone)
    code = theirs.newest_code()
    change(session, BY_SQL[what], kim)
    assert theirs.types(code).status_code == 422


@pytest.mark.parametrize("what", BY_SQL)
def test_a_session_ends_with_the_change(theirs: StaffBrowser, kim: Built, session: Session, what: str) -> None:
    theirs.signs_in(kim)
    change(session, BY_SQL[what], kim)
    assert theirs.get(PLACE).status_code == 303


def test_a_code_for_the_other_address_stays_good(theirs: StaffBrowser, kim: Built, session: Session) -> None:
    theirs.asks_for_a_code(kim.email)
    change(session, BY_SQL["gets another number"], kim)
    assert theirs.types(theirs.newest_code()).status_code == 303


def test_another_name_or_the_same_number_spelled_otherwise_ends_nothing(
    theirs: StaffBrowser, kim: Built, session: Session
) -> None:
    theirs.signs_in(kim)
    spelled = f"{kim.phone[:4]} {kim.phone[4:]}"
    change(session, f"UPDATE staff SET phone = '{spelled}', name = 'Kim Lee' WHERE id = :id", kim)
    assert theirs.get(PLACE).status_code == 200


def test_has_left_on_the_page_ends_a_code_asked_for_before(
    theirs: StaffBrowser, desk: StaffBrowser, kim: Built
) -> None:
    theirs.asks_for_a_code(kim.phone)
    code = theirs.newest_code()
    desk.post(f"/app/settings/people/{kim.id}/leave", form="/app/settings")
    assert theirs.types(code).status_code == 422


def test_a_number_changed_on_the_page_opens_nothing_any_more(
    theirs: StaffBrowser, desk: StaffBrowser, kim: Built
) -> None:
    theirs.asks_for_a_code(kim.phone)
    code = theirs.newest_code()
    fields = {"name": "Kim", "phone": "+447700900556", "email": kim.email, "role": "staff"}
    desk.post(f"/app/settings/people/{kim.id}", **fields)
    assert theirs.types(code).status_code == 422


def test_a_former_member_cannot_return_with_an_old_invitation(
    theirs: StaffBrowser, desk: StaffBrowser, kim: Built, session: Session
) -> None:
    fields = {"name": "Kim", "phone": "+447700900556", "email": kim.email, "role": "staff"}
    desk.post(f"/app/settings/people/{kim.id}", **fields)
    link = link_of(session, "Kim")
    desk.post(f"/app/settings/people/{kim.id}/leave", form="/app/settings")
    assert theirs.post(link, form="/app/login").status_code == 410


def test_a_sign_in_at_the_moment_of_leaving_leaves_no_session(
    engine: Engine, theirs: StaffBrowser, kim: Built, session: Session
) -> None:
    """The change is written but not yet committed when the member enters the correct code."""
    theirs.asks_for_a_code(kim.phone)
    code = theirs.newest_code()
    typed = threading.Thread(target=theirs.types, args=(code,))
    with engine.begin() as leaving:
        leaving.execute(text(BY_SQL["leaves"]), {"id": kim.id})
        typed.start()
        with engine.connect() as watch:
            while not watch.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
                watch.rollback()
    typed.join()
    session.rollback()
    assert session.execute(text("SELECT count(*) FROM staff_sessions WHERE revoked_at IS NULL")).scalar() == 0
