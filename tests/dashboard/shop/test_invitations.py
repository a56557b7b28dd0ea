"""An address that is entered on a page becomes valid only when its owner confirms it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.access.staff_invitations import MOST_FOR_A_SHOP
from tests.builders import Built, a_number, a_shop, a_staff_member, reload
from tests.dashboard.shop.conftest import StaffBrowser, link_of
from tests.servers import Clock

PEOPLE = "/app/settings/people"
LEE = "+447700900456"


@pytest.fixture
def other(app: Flask, session: Session) -> StaffBrowser:
    """The browser of another person."""
    return StaffBrowser(app.test_client(), session)


def invite(desk: StaffBrowser, **fields: str) -> None:
    given = {"name": "Lee", "phone": LEE, "role": "staff"} | fields
    assert desk.post(PEOPLE, form="/app/settings", **given).status_code == 303


def lee(session: Session) -> Built:
    session.rollback()
    return session.execute(text("SELECT * FROM staff WHERE name = 'Lee'")).one()


def codes_of(session: Session, member: Built) -> int:
    session.rollback()
    count = text("SELECT count(*) FROM otp_codes WHERE staff_id = :id")
    return int(session.execute(count, {"id": member.id}).scalar_one())


def test_a_member_added_on_a_page_gets_no_code_before_confirming(
    desk: StaffBrowser, other: StaffBrowser, session: Session
) -> None:
    invite(desk)
    assert lee(session).confirmed_at is None
    other.asks_for_a_code(LEE)
    assert codes_of(session, lee(session)) == 0
    assert "Invited" in desk.get("/app/settings/people").text


def test_another_shop_that_adds_a_number_does_not_break_its_owners_sign_in(
    app: Flask, desk: StaffBrowser, other: StaffBrowser, session: Session
) -> None:
    """The victim is a member of another shop. Formerly, codes were sent for the newest row with the number."""
    victim = a_staff_member(session, a_shop(session, name="Another"), phone=LEE, email=None, name="Victim")
    session.commit()
    invite(desk)
    other.asks_for_a_code(LEE)
    assert other.types(other.newest_code()).location == "/app/"
    assert codes_of(session, victim) == 1


def test_a_number_written_into_a_confirmed_row_counts_no_sooner(
    desk: StaffBrowser, other: StaffBrowser, session: Session
) -> None:
    mine = session.execute(text("SELECT * FROM staff WHERE name = 'Mia'")).one()
    fields = {"name": "Mia", "phone": LEE, "email": mine.email, "role": "owner"}
    desk.post(f"{PEOPLE}/{mine.id}", **fields)
    session.rollback()
    assert reload(session, "staff", mine.id).phone == mine.phone
    before = codes_of(session, mine)
    other.asks_for_a_code(LEE)
    assert codes_of(session, mine) == before

    assert other.post(link_of(session, "Mia")).status_code == 303
    session.rollback()
    assert reload(session, "staff", mine.id).phone == LEE
    # The session that began with the former number has ended.
    assert desk.get("/app/").status_code == 303


def test_the_link_confirms_and_signs_in_once(desk: StaffBrowser, other: StaffBrowser, session: Session) -> None:
    invite(desk)
    link = link_of(session, "Lee")
    assert "Join Salon Lou" in other.get(link).text
    assert lee(session).confirmed_at is None

    assert other.post(link).status_code == 303
    assert other.get("/app/appointments").status_code == 200
    assert (lee(session).phone, lee(session).role) == (LEE, "staff")
    assert lee(session).confirmed_at is not None
    assert other.get(link).status_code == 410
    assert other.post(link, form="/app/").status_code == 410
    StaffBrowser(desk.web.application.test_client(), session).asks_for_a_code(LEE)
    assert codes_of(session, lee(session)) == 1


def test_one_address_does_not_confirm_the_other(desk: StaffBrowser, other: StaffBrowser, session: Session) -> None:
    """An attacker invites their own e-mail address together with a victim's number.

    Confirming the e-mail address does not confirm the number.
    """
    invite(desk, email="attacker@example.com")
    assert other.post(link_of(session, "Lee", "email")).status_code == 303
    assert (lee(session).email, lee(session).phone) == ("attacker@example.com", None)
    StaffBrowser(desk.web.application.test_client(), session).asks_for_a_code(LEE)
    assert codes_of(session, lee(session)) == 0

    assert other.post(link_of(session, "Lee", "sms"), form="/app/").status_code == 303
    assert (lee(session).email, lee(session).phone) == ("attacker@example.com", LEE)


def test_seven_days_and_no_longer(desk: StaffBrowser, other: StaffBrowser, session: Session, clock: Clock) -> None:
    invite(desk)
    clock.shift(timedelta(days=7))
    assert other.get(link_of(session, "Lee")).status_code == 410
    assert other.post(link_of(session, "Lee"), form="/app/login").status_code == 410


def test_saving_again_sends_another_link_and_ends_the_first(
    desk: StaffBrowser, other: StaffBrowser, session: Session
) -> None:
    invite(desk)
    first = link_of(session, "Lee")
    desk.post(f"{PEOPLE}/{lee(session).id}", name="Lee", phone=LEE, email="", role="staff")
    second = link_of(session, "Lee")
    assert first != second
    assert other.post(first, form="/app/login").status_code == 410
    assert other.post(second).status_code == 303


def test_a_typing_error_is_corrected_before_it_is_confirmed(
    desk: StaffBrowser, other: StaffBrowser, session: Session
) -> None:
    invite(desk, phone="+447700900457")
    wrong = link_of(session, "Lee")
    desk.post(f"{PEOPLE}/{lee(session).id}", name="Lee", phone=LEE, email="", role="staff")
    assert other.post(wrong, form="/app/login").status_code == 410
    assert lee(session).phone == LEE


def test_the_token_is_in_no_table(desk: StaffBrowser, session: Session) -> None:
    invite(desk)
    token = link_of(session, "Lee").rpartition("/")[2]
    assert len(bytes.fromhex(token)) == 16
    for table in ("staff_invitations", "pending_tasks", "messages", "audit_logs", "staff"):
        assert not any(
            token in str(value) for row in session.execute(text(f"SELECT * FROM {table}")) for value in row
        )


def test_an_owner_does_not_lock_themselves_out(desk: StaffBrowser, session: Session, mia: Built) -> None:
    session.execute(text("UPDATE staff SET email = NULL WHERE id = :id"), {"id": mia.id})
    session.execute(text("UPDATE staff_sessions SET revoked_at = NULL"))
    mia = reload(session, "staff", mia.id)
    session.commit()
    desk.post(f"{PEOPLE}/{mia.id}", name="Mia", phone="", email="new@salon.example", role="owner")
    session.rollback()
    assert reload(session, "staff", mia.id) == mia
    assert desk.get("/app/").status_code == 200


def test_invitations_of_a_shop_are_limited(desk: StaffBrowser, session: Session) -> None:
    for _ in range(MOST_FOR_A_SHOP + 2):
        invite(desk, phone=a_number())
    session.rollback()
    assert session.execute(text("SELECT count(*) FROM staff_invitations")).scalar_one() == MOST_FOR_A_SHOP
    tasks = text("SELECT count(*) FROM pending_tasks WHERE name = 'send_invitation'")
    assert session.execute(tasks).scalar_one() == MOST_FOR_A_SHOP


@pytest.mark.parametrize("token", ["0" * 32, "a" * 128, "%00" * 16, "../login", "x"])
def test_no_invented_token_opens_anything(other: StaffBrowser, token: str) -> None:
    assert other.get(f"/app/invitations/{token}").status_code in {303, 404, 410}


def test_another_sites_form_confirms_nothing(desk: StaffBrowser, other: StaffBrowser, session: Session) -> None:
    invite(desk)
    link = link_of(session, "Lee")
    assert other.web.post(link).status_code == 400
    assert other.web.post(link, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert lee(session).confirmed_at is None
