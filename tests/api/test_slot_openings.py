"""Slot openings over the API: lists, the timeline, gaps and staff actions."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.api.callers import assert_problem
from tests.api.test_appointments import at, from_now, tasks
from tests.builders import a_customer, a_shop, a_slot, a_slot_freed_by, an_appointment, an_offer, insert


def test_a_slot_shows_its_stage_and_offers(caller, session, shop):
    ana, ben = a_customer(session, shop), a_customer(session, shop)
    slot = a_slot_freed_by(session, ana)
    offer = an_offer(session, slot, ben)
    session.commit()
    (listed,) = caller.get("/slot-openings").json["data"]
    assert (listed["id"], listed["status"], listed["stage"]) == (str(slot.id), "open", "Offering")
    assert listed["source_appointment_id"] == str(slot.source_appointment_id)
    assert listed["recovered_appointment_id"] is None
    assert [(one["id"], one["customer_id"], one["channel"], one["status"]) for one in listed["offers"]] == [
        (str(offer.id), str(ben.id), "sms", "sent")
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


def test_a_taken_past_or_offered_time_is_not_a_gap(caller, session, shop):
    booked = an_appointment(session, a_customer(session, shop), starts_at=from_now(24))
    session.commit()
    taken = caller.post("/slot-openings", {"starts_at": at(24), "ends_at": at(25)})
    assert assert_problem(taken, 409, "overlap")["conflicting_appointment_id"] == str(booked.id)
    assert_problem(caller.post("/slot-openings", {"starts_at": at(-2), "ends_at": at(-1)}), 409, "conflict")
    assert caller.post("/slot-openings", {"starts_at": at(30), "ends_at": at(31)}).status_code == 201
    assert_problem(caller.post("/slot-openings", {"starts_at": at(30.5), "ends_at": at(32)}), 409, "conflict")


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


def test_the_next_customers_and_the_reasons(session, caller, shop):
    session.execute(text("UPDATE shops SET move_up = true"))
    people = {name: a_customer(session, shop, name=name) for name in ("Ana", "Ben", "Cleo", "Dan")}
    values = {"customer_id": people["Ana"].id, "priority": 2, "priority_reason": "Ill."}
    insert(session, "waitlist_entries", shop_id=shop.id, **values)
    slot = a_slot(session, shop)
    an_appointment(session, people["Ben"], starts_at=slot.starts_at + timedelta(days=1))
    chosen = {"slot_opening_id": slot.id, "customer_id": people["Dan"].id}
    insert(session, "slot_choices", shop_id=shop.id, choice="next", **chosen)
    session.commit()
    found = caller.get(f"/slot-openings/{slot.id}/candidates").json["data"]
    names = {str(person.id): name for name, person in people.items()}
    assert [(one["place"], names[one["customer_id"]], one["line"], one["priority"]) for one in found] == [
        (1, "Dan", "picked", 0),
        (2, "Ana", "waiting_list", 2),
        (3, "Ben", "move_up", 0),
        (4, "Cleo", "others", 0),
    ]
    assert found[1]["reason"].startswith("On the waiting list since")


@pytest.mark.parametrize("action", ["skip", "unskip", "pick"])
def test_a_customer_is_skipped_or_picked(session, caller, shop, action):
    ana, slot = a_customer(session, shop), a_slot(session, shop)
    session.commit()
    answer = caller.post(f"/slot-openings/{slot.id}/{action}", {"customer_id": str(ana.id)})
    assert answer.status_code == 202
    session.rollback()
    query = text("SELECT args FROM pending_tasks WHERE name = 'choose_customer'")
    assert session.execute(query).scalars().all() == [[str(slot.id), action, str(ana.id), "api_key:Test"]]


def test_a_pick_names_the_rule_in_the_way_and_nobody_of_another_shop_is_found(session, caller, shop):
    ana, slot = a_customer(session, shop, sms_opt_in=False), a_slot(session, shop)
    stranger = a_customer(session, a_shop(session))
    session.commit()
    refused = caller.post(f"/slot-openings/{slot.id}/pick", {"customer_id": str(ana.id)})
    assert (refused.status_code, refused.json["detail"]) == (409, "Has not agreed to texts.")
    unknown = caller.post(f"/slot-openings/{slot.id}/pick", {"customer_id": str(stranger.id)})
    assert unknown.status_code == 404
