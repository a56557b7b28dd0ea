"""The calendar page: its content, and its forms to book, move and cancel appointments and to edit notes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import (
    Built,
    a_customer,
    a_number,
    a_payment,
    a_performer,
    a_shop,
    a_slot,
    a_staff_member,
    an_appointment,
    an_offer,
    insert,
    reload,
)
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.test_forms import is_refused

NEW = "/app/calendar/new"
# The day is two weeks ahead, because midnight may pass between collection and the test.
THAT_DAY = (datetime.now(UTC) + timedelta(days=14)).date()
AT_TEN = datetime(THAT_DAY.year, THAT_DAY.month, THAT_DAY.day, 10, tzinfo=UTC)


@pytest.fixture
def salon(session: Session) -> Built:
    shop = a_shop(session, name="Salon Lou", timezone="UTC", country="GB", deposit_cents=2000)
    session.commit()
    return shop


@pytest.fixture
def ana(session: Session, salon: Built) -> Built:
    customer = a_customer(session, salon, name="Ana Ruiz")
    session.commit()
    return customer


@pytest.fixture
def sam(session: Session, salon: Built) -> Built:
    performer = a_performer(session, salon, name="Sam")
    session.commit()
    return performer


def form(**fields: str) -> dict[str, str]:
    return {"day": THAT_DAY.isoformat(), "at": "10:00", "minutes": "45", "customer": "Ana"} | fields


def booked(session: Session) -> list[Any]:
    session.rollback()
    return list(session.execute(text("SELECT * FROM appointments ORDER BY created_at")))


def tasks(session: Session, name: str) -> int:
    session.rollback()
    count = session.execute(text("SELECT count(*) FROM pending_tasks WHERE name = :name"), {"name": name})
    return int(count.scalar_one())


def test_an_entry_of_several_days_is_on_each_of_them(
    desk: StaffBrowser, session: Session, salon: Built, ana: Built
) -> None:
    an_appointment(session, ana, starts_at=AT_TEN, ends_at=AT_TEN + timedelta(days=7))
    session.commit()
    for number, shown in enumerate([False, *[True] * 8, False], start=-1):
        day = THAT_DAY + timedelta(days=number)
        assert ("Ana Ruiz" in desk.get(f"/app/calendar?day={day}").text) is shown, day

    weeks = {}
    for number in (0, 7):
        page = desk.get(f"/app/calendar?day={THAT_DAY + timedelta(days=number)}&view=week").text
        for section in page.split('<section class="week__day"')[1:]:
            day = re.search(r"day=([0-9-]+)", section)
            assert day is not None
            weeks[day[1]] = re.findall(r"All day|Until 10:00|10:00", section) if "Ana Ruiz" in section else []
    expected = ["10:00", *["All day"] * 6, "Until 10:00"]
    shown_times = [weeks[(THAT_DAY + timedelta(days=number)).isoformat()] for number in range(8)]
    assert shown_times == [[word] for word in expected]
    assert sum(map(len, weeks.values())) == 8


def test_the_day_shows_each_entry_in_its_performers_column(
    desk: StaffBrowser, session: Session, salon: Built, ana: Built, sam: Built
) -> None:
    an_appointment(session, ana, starts_at=AT_TEN, performer_id=sam.id)
    slot = a_slot(session, salon, starts_at=AT_TEN + timedelta(hours=3), performer_id=sam.id)
    an_offer(session, slot, a_customer(session, salon, name="Ben"))
    session.commit()
    page = desk.get(f"/app/calendar?day={THAT_DAY}").text
    column = page[page.index('aria-label="Sam"') :]
    assert re.search(
        r'row-0x row-x8 rows-0x rows-x4" data-tone="calm".*?<strong>Ana Ruiz</strong>', column, re.DOTALL
    )
    assert re.search(r'row-2x row-x0 rows-0x rows-x4" data-tone="wait".*?On offer: sent to Ben', column, re.DOTALL)
    assert "Ana Ruiz" in desk.get(f"/app/calendar?day={THAT_DAY}&view=week").text


def test_cancelled_appointments_are_listed_separately(desk: StaffBrowser, session: Session, ana: Built) -> None:
    an_appointment(session, ana, starts_at=AT_TEN, status="cancelled")
    session.commit()
    page = desk.get(f"/app/calendar?day={THAT_DAY}").text
    assert "Ana Ruiz" in page[page.index('id="cancelled-title"') :]
    assert "calendar__entry" not in page


@pytest.mark.parametrize("day", ["", "tomorrow", "0001-01-01", "9999-12-31", "2026-02-30", "\0"])
def test_a_strange_day_is_today(desk: StaffBrowser, day: str) -> None:
    assert desk.get("/app/calendar", query_string={"day": day}).status_code == 200


def test_an_appointment_is_booked_for_a_known_customer(
    desk: StaffBrowser, session: Session, ana: Built, sam: Built
) -> None:
    answer = desk.post(NEW, **form(performer=str(sam.id), note="Window seat"))
    assert answer.status_code == 303, answer.text
    (row,) = booked(session)
    assert (row.customer_id, row.performer_id, row.starts_at, row.note) == (ana.id, sam.id, AT_TEN, "Window seat")
    assert row.ends_at - row.starts_at == timedelta(minutes=45)


def test_the_service_gives_length_and_price(desk: StaffBrowser, session: Session, salon: Built, ana: Built) -> None:
    cut = insert(session, "services", shop_id=salon.id, name="Cut", duration_minutes=30, price_cents=3500)
    session.commit()
    desk.post(NEW, **form(service=str(cut.id), minutes=""))
    (row,) = booked(session)
    assert (row.service, row.price_cents, row.ends_at - row.starts_at) == ("Cut", 3500, timedelta(minutes=30))


def test_a_new_customer_is_added_and_not_opted_in(desk: StaffBrowser, session: Session) -> None:
    desk.post(NEW, **form(customer="", new_name="Dana", new_phone="07700 900123"))
    (row,) = booked(session)
    dana = reload(session, "customers", row.customer_id)
    assert (dana.name, dana.phone, dana.sms_opt_in) == ("Dana", "+447700900123", False)


def test_a_number_of_a_known_customer_adds_no_customer(desk: StaffBrowser, session: Session, salon: Built) -> None:
    dana = a_customer(session, salon, name="Dana", phone="+447700900123")
    session.commit()
    typed = {"customer": "", "new_name": "Dana R.", "new_phone": "07700 900123"}
    answer = desk.post(NEW, **form(**typed))
    assert "Dana has this number" in is_refused(answer, "new_phone")
    assert booked(session) == []
    desk.post(NEW, **form(**typed, customer_id=str(dana.id)))
    assert [row.customer_id for row in booked(session)] == [dana.id]


def test_of_several_matches_one_is_chosen(desk: StaffBrowser, session: Session, salon: Built, ana: Built) -> None:
    other = a_customer(session, salon, name="Ana Berg")
    session.commit()
    answer = desk.post(NEW, **form())
    assert "Choose one" in is_refused(answer, "customer")
    assert str(other.id) in answer.text
    desk.post(NEW, **form(customer_id=str(other.id)))
    assert [row.customer_id for row in booked(session)] == [other.id]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"day": "x"}, "day", "date"),
        ({"at": "25:00"}, "at", "time"),
        ({"at": "10:00+05:00"}, "at", "time"),
        ({"minutes": "0"}, "minutes", "length"),
        ({"minutes": "9" * 300}, "minutes", "length"),
        ({"minutes": "٤٥"}, "minutes", "length"),
        ({"customer": "Nobody"}, "customer", "No match"),
        ({"customer": ""}, "customer", "name or phone number"),
        ({"new_phone": "12", "customer": ""}, "new_phone", ""),
        ({"price": "many"}, "price", "amount like"),
        ({"note": "x" * 2001}, "note", "2000"),
    ],
)
def test_an_invalid_field_is_refused_and_nothing_booked(
    desk: StaffBrowser, session: Session, ana: Built, fields: dict[str, str], field: str, words: str
) -> None:
    assert words in is_refused(desk.post(NEW, **form(**fields)), field)
    assert booked(session) == []


def test_a_taken_time_is_refused_beside_the_time(
    desk: StaffBrowser, session: Session, salon: Built, ana: Built
) -> None:
    an_appointment(session, a_customer(session, salon, name="Zoe"), starts_at=AT_TEN)
    session.commit()
    assert "This time is taken" in is_refused(desk.post(NEW, **form(at="10:30")), "at")
    assert len(booked(session)) == 1


def test_an_appointment_moves(desk: StaffBrowser, session: Session, ana: Built) -> None:
    booking = an_appointment(session, ana, starts_at=AT_TEN)
    session.commit()
    page = f"/app/appointments/{booking.id}/move"
    assert 'value="10:00"' in desk.get(page).text
    assert desk.post(page, day=THAT_DAY.isoformat(), at="15:15", minutes="60").status_code == 303
    assert reload(session, "appointments", booking.id).starts_at == AT_TEN + timedelta(hours=5, minutes=15)
    assert tasks(session, "free_old_time") == 1
    assert "is past" in is_refused(desk.post(page, day="2020-01-01", at="15:15", minutes="60"), "at")


@pytest.mark.parametrize(("choice", "leads_to"), [("keep", "/app/appointments/"), ("refund", "/refund")])
def test_an_appointment_is_cancelled_and_its_deposit_kept_or_refunded(
    desk: StaffBrowser, session: Session, ana: Built, choice: str, leads_to: str
) -> None:
    booking = an_appointment(session, ana, starts_at=AT_TEN)
    a_payment(session, booking, stripe_payment_intent_id="pi_1")
    session.commit()
    answer = desk.post(f"/app/appointments/{booking.id}/cancel", deposit=choice)
    assert leads_to in answer.location
    assert tasks(session, "create_slot_opening") == 1
    assert reload(session, "appointments", booking.id).status == "cancelled"


def test_a_past_appointment_is_not_cancelled(desk: StaffBrowser, session: Session, ana: Built) -> None:
    booking = an_appointment(session, ana, starts_at=AT_TEN - timedelta(days=20))
    session.commit()
    desk.post(f"/app/appointments/{booking.id}/cancel")
    session.rollback()
    assert reload(session, "appointments", booking.id).status == "booked"


def test_a_note_that_is_too_long_is_refused_beside_its_field(
    desk: StaffBrowser, session: Session, ana: Built
) -> None:
    booking = an_appointment(session, ana, starts_at=AT_TEN)
    session.commit()
    page = f"/app/appointments/{booking.id}"
    answer = desk.post(f"{page}/note", form=page, note="Prefers tea " * 200)
    assert answer.status_code == 422
    assert 'aria-invalid="true" aria-describedby="wrong-note-text">Prefers tea' in answer.text
    assert "Shorten this to 2000 characters." in answer.text


def test_a_note_is_kept_for_the_team(desk: StaffBrowser, session: Session, ana: Built) -> None:
    booking = an_appointment(session, ana, starts_at=AT_TEN)
    session.commit()
    desk.post(f"/app/appointments/{booking.id}/note", form=f"/app/appointments/{booking.id}", note="Prefers tea")
    assert "Prefers tea" in desk.get(f"/app/appointments/{booking.id}").text


def test_those_who_only_look_change_nothing(
    stranger: StaffBrowser, session: Session, salon: Built, ana: Built
) -> None:
    booking = an_appointment(session, ana, starts_at=AT_TEN)
    viewer = a_staff_member(session, salon, phone=a_number(), email="v@salon.example", role="read_only")
    session.commit()
    desk = stranger.signs_in(viewer)
    for what in ("move", "cancel", "note"):
        assert desk.post(f"/app/appointments/{booking.id}/{what}", form="/app/calendar").status_code == 403
    assert desk.get(NEW).status_code == 403
    assert desk.get("/app/calendar").status_code == 200


def test_another_shops_appointment_is_not_found(desk: StaffBrowser, session: Session) -> None:
    theirs = an_appointment(session, a_customer(session, a_shop(session)), starts_at=AT_TEN)
    session.commit()
    for what in ("move", "cancel", "note"):
        answer = desk.post(f"/app/appointments/{theirs.id}/{what}", form=NEW, day="2030-01-01", at="10:00")
        assert answer.status_code == 404
    session.rollback()
    assert reload(session, "appointments", theirs.id).status == "booked"
