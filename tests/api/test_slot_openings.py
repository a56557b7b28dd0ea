"""Slot openings over the API: lists, the timeline, gaps, and the actions of staff."""

import pytest
from sqlalchemy import text

from tests.api.test_appointments import at, from_now, tasks
from tests.api.test_authentication import is_problem
from tests.builders import a_customer, a_slot, a_slot_freed_by, an_appointment, an_offer


def test_a_slot_shows_its_stage_and_offers(caller, session, shop):
    ana, ben = a_customer(session, shop), a_customer(session, shop)
    slot = a_slot_freed_by(session, ana)
    offer = an_offer(session, slot, ben)
    session.commit()
    (listed,) = caller.get("/slot-openings").json["data"]
    assert (listed["id"], listed["status"], listed["stage"]) == (str(slot.id), "open", "Offering")
    assert listed["source_appointment_id"] == str(slot.source_appointment_id)
    assert listed["recovered_appointment_id"] is None
    assert [(one["id"], one["customer_id"], one["status"]) for one in listed["offers"]] == [
        (str(offer.id), str(ben.id), "sent")
    ]
    shown = caller.get(f"/slot-openings/{slot.id}").json
    assert shown["timeline"]
    assert {name: value for name, value in shown.items() if name != "timeline"} == listed


def test_a_cancelled_slot_has_the_service_of_its_appointment(caller, session, shop):
    service = caller.post("/services", {"name": "Cut", "duration_minutes": 60}).json["id"]
    slot = a_slot_freed_by(session, a_customer(session, shop))
    session.execute(
        text("UPDATE appointments SET service_id = :service WHERE id = :id"),
        {"service": service, "id": slot.source_appointment_id},
    )
    session.commit()
    assert caller.get(f"/slot-openings/{slot.id}").json["service_id"] == service
    assert [one["service_id"] for one in caller.get("/slot-openings").json["data"]] == [service]


def test_a_recovered_slot_names_its_booking(caller, session, shop):
    slot = a_slot(session, shop, status="filled")
    booking = an_appointment(session, a_customer(session, shop), source_slot_opening_id=slot.id)
    session.commit()
    (listed,) = caller.get("/slot-openings", status="filled").json["data"]
    assert (listed["stage"], listed["recovered_appointment_id"]) == ("Recovered", str(booking.id))
    assert caller.get("/slot-openings", status="open").json["data"] == []


def test_a_gap_is_sold(caller, session):
    service = caller.post("/services", {"name": "Cut", "duration_minutes": 60}).json
    answer = caller.post("/slot-openings", {"starts_at": at(24), "service_id": service["id"], "deposit_cents": 500})
    assert answer.status_code == 201, answer.json
    assert (answer.json["ends_at"], answer.json["stage"], answer.json["source_appointment_id"]) == (
        at(25),
        "Looking",
        None,
    )
    assert tasks(session) == [("send_next_offer", answer.json["id"])]
    assert session.execute(text("SELECT deposit_cents FROM slot_openings")).scalar_one() == 500


def test_a_time_that_is_taken_past_or_already_offered_is_no_gap(caller, session, shop):
    booked = an_appointment(session, a_customer(session, shop), starts_at=from_now(24))
    session.commit()
    taken = caller.post("/slot-openings", {"starts_at": at(24), "ends_at": at(25)})
    assert is_problem(taken, 409, "overlap")["conflicting_appointment_id"] == str(booked.id)
    is_problem(caller.post("/slot-openings", {"starts_at": at(-2), "ends_at": at(-1)}), 409, "conflict")
    assert caller.post("/slot-openings", {"starts_at": at(30), "ends_at": at(31)}).status_code == 201
    is_problem(caller.post("/slot-openings", {"starts_at": at(30.5), "ends_at": at(32)}), 409, "conflict")


@pytest.mark.parametrize(
    ("route", "action"),
    [("ask-next", "ask_next"), ("stop", "stop"), ("fill", "sold_by_hand"), ("restart", "start_again")],
)
def test_an_action_of_staff_becomes_a_task(caller, session, shop, route, action):
    slot = a_slot(session, shop)
    session.commit()
    answer = caller.post(f"/slot-openings/{slot.id}/{route}")
    assert (answer.status_code, answer.json["id"]) == (202, str(slot.id))
    args = session.execute(text("SELECT args FROM pending_tasks WHERE name = 'step_in'")).scalar_one()
    assert args == [str(slot.id), action, "api_key:Test"]
