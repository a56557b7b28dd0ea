"""A cancellation by the booking system is made in one transaction, or refused with the reason."""

from datetime import UTC, datetime

import pytest

from tests.builders import a_customer, an_appointment, reload
from tests.webhooks.callers import rows, the_only


def test_a_booked_appointment_is_cancelled_and_its_time_goes_on_sale(session, booking_system, appointment):
    booked = appointment()
    answer = booking_system.cancels(booked.id)

    assert (answer.status_code, answer.json) == (202, {"success": True})
    assert reload(session, "appointments", booked.id).status == "cancelled"
    task = the_only(session, "pending_tasks")
    assert (task.name, task.args) == ("create_slot_opening", [str(booked.id)])


def test_an_unpaid_one_waits_for_its_payment_to_be_cancelled(session, booking_system, appointment):
    unpaid = appointment(status="pending_payment")
    assert booking_system.cancels(unpaid.id).status_code == 202
    assert reload(session, "appointments", unpaid.id).status == "pending_payment"
    task = the_only(session, "pending_tasks")
    assert (task.name, task.args) == ("cancel_appointment", [str(unpaid.id), "api"])


@pytest.mark.parametrize("status", ["booked", "pending_payment"])
def test_a_repeat_is_welcome_and_does_nothing_more(session, booking_system, appointment, status):
    made = appointment(status=status)
    answers = [booking_system.cancels(made.id).status_code for _ in range(3)]
    assert answers == [202, 202, 202]
    assert len(rows(session, "pending_tasks")) == 1


JANUARY = datetime(2026, 1, 15, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"starts_at": JANUARY}, "The appointment is past."),
        ({"status": "settled"}, "The appointment is settled or voided."),
        ({"status": "voided"}, "The appointment is settled or voided."),
    ],
)
def test_a_finished_appointment_cannot_be_cancelled(session, booking_system, appointment, given, why):
    answer = booking_system.cancels(appointment(**given).id)
    assert (answer.status_code, answer.json) == (409, {"error": why})
    assert rows(session, "pending_tasks") == []


NOBODYS = "4bf6cc12-8f62-4d0f-8f0b-0d3f1f4b8d55"


@pytest.mark.parametrize("named", [NOBODYS, "1", "x" * 300, "%00", "{}"])
def test_an_unknown_appointment_is_not_found(booking_system, named):
    answer = booking_system.cancels(named)
    assert (answer.status_code, answer.json) == (404, {"error": "Appointment not found"})


@pytest.fixture
def appointment(session, shop):
    def make(**values):
        made = an_appointment(session, a_customer(session, shop), **values)
        session.commit()
        return made

    return make
