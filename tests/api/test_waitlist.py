"""The waiting list over the API."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.api.callers import assert_problem
from tests.builders import a_customer, a_shop, insert


@pytest.fixture
def ana(session, shop):
    customer = a_customer(session, shop)
    session.commit()
    return customer


@pytest.fixture
def entry(caller, ana):
    return caller.post("/waitlist", {"customer_id": str(ana.id)}).json


def test_a_customer_is_added_with_wishes(caller, session, shop, ana):
    service = insert(session, "services", shop_id=shop.id, name="Cut")
    session.commit()
    wishes = {
        "service_id": str(service.id),
        "weekdays": [1, 5],
        "time_from": "09:30:00",
        "time_until": "12:00:00",
        "date_from": "2031-05-01",
        "date_until": "2031-06-01",
        "notice_minutes": 120,
        "priority": 2,
        "priority_reason": "Was turned away twice.",
        "note": "By the window.",
    }
    answer = caller.post("/waitlist", {"customer_id": str(ana.id), **wishes})
    assert answer.status_code == 201
    assert {name: answer.json[name] for name in wishes} == wishes
    assert (answer.json["status"], answer.json["source"]) == ("active", "api")
    assert "token" not in answer.json


def test_hours_and_minutes_are_enough(caller, ana):
    answer = caller.post("/waitlist", {"customer_id": str(ana.id), "time_from": "09:30"})
    assert answer.json["time_from"] == "09:30:00"


REFUSED = {
    "/priority_reason": {"priority": 1},
    "/weekdays/0": {"weekdays": [8]},
    "/time_until": {"time_from": "12:00", "time_until": "09:00"},
    "/date_until": {"date_from": "2031-05-02", "date_until": "2031-05-01"},
    "/date_until ": {"date_until": "2026-01-31"},
    "/weekdays": {"date_from": "2031-05-05", "date_until": "2031-05-09", "weekdays": [6, 7]},
    "/notice_minutes": {"notice_minutes": -1},
    "/wish": {"wish": "any"},
}


@pytest.mark.parametrize("pointer", REFUSED)
def test_a_wish_that_makes_no_sense_is_refused_by_its_field(caller, ana, pointer):
    answer = caller.post("/waitlist", {"customer_id": str(ana.id), **REFUSED[pointer]})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer.strip()]


def test_an_entry_whose_last_day_is_over_can_still_be_noted(caller, session, shop, ana):
    over = {"date_until": date(2026, 1, 31)}
    entry = insert(session, "waitlist_entries", shop_id=shop.id, customer_id=ana.id, **over)
    session.commit()
    assert caller.patch(f"/waitlist/{entry.id}", {"note": "Call first"}).status_code == 200
    assert caller.patch(f"/waitlist/{entry.id}", {"date_until": "2026-02-28"}).status_code == 422
    assert caller.patch(f"/waitlist/{entry.id}", {"date_until": "2031-02-28"}).status_code == 200


@pytest.mark.parametrize("field", ["customer_id", "service_id", "performer_id"])
def test_an_unknown_row_is_not_found_by_its_field(caller, ana, field):
    answer = caller.post("/waitlist", {"customer_id": str(ana.id), field: str(uuid4())})
    assert answer.status_code == 404
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{field}"]


def test_a_customer_of_another_shop_is_not_found(caller, session):
    stranger = a_customer(session, a_shop(session))
    session.commit()
    assert caller.post("/waitlist", {"customer_id": str(stranger.id)}).status_code == 404


def test_an_erased_customer_is_not_found(caller, session, ana):
    assert caller.delete(f"/customers/{ana.id}").status_code == 204
    answer = caller.post("/waitlist", {"customer_id": str(ana.id)})
    assert assert_problem(answer, 404, "not_found")["errors"][0]["pointer"] == "/customer_id"


def test_entries_are_listed_by_status_and_customer(caller, session, shop, ana, entry):
    ben = a_customer(session, shop)
    session.commit()
    other = caller.post("/waitlist", {"customer_id": str(ben.id)}).json
    caller.delete(f"/waitlist/{other['id']}")
    assert [one["id"] for one in caller.get("/waitlist").json["data"]] == [other["id"], entry["id"]]
    assert [one["id"] for one in caller.get("/waitlist", status="active").json["data"]] == [entry["id"]]
    assert [one["id"] for one in caller.get("/waitlist", customer_id=str(ben.id)).json["data"]] == [other["id"]]


def test_an_entry_is_changed(caller, entry):
    answer = caller.patch(f"/waitlist/{entry['id']}", {"weekdays": [2], "note": "Tuesdays"})
    assert (answer.status_code, answer.json["weekdays"], answer.json["note"]) == (200, [2], "Tuesdays")
    assert caller.patch(f"/waitlist/{entry['id']}", {"weekdays": None}).json["weekdays"] is None


def test_the_reason_of_a_priority_may_have_been_given_before(caller, entry):
    path = f"/waitlist/{entry['id']}"
    assert caller.patch(path, {"priority": 1}).status_code == 422
    assert caller.patch(path, {"priority_reason": "Moved house."}).status_code == 200
    assert caller.patch(path, {"priority": 1}).json["priority"] == 1


def test_an_entry_that_has_ended_stays_ended(caller, entry):
    path = f"/waitlist/{entry['id']}"
    assert caller.delete(path).status_code == 204
    assert caller.delete(path).status_code == 204
    assert caller.patch(path, {"note": "again"}).status_code == 409
    (kept,) = caller.get("/waitlist").json["data"]
    assert kept["status"] == "left"
    assert kept["ended_at"]


def test_a_patch_can_end_an_entry(caller, entry):
    assert caller.patch(f"/waitlist/{entry['id']}", {"status": "left"}).json["status"] == "left"


def test_the_entries_of_another_shop_are_not_found(other_caller, entry):
    assert other_caller.get("/waitlist").json["data"] == []
    assert other_caller.patch(f"/waitlist/{entry['id']}", {}).status_code == 404
    assert other_caller.delete(f"/waitlist/{entry['id']}").status_code == 404


def test_a_key_that_may_only_read_adds_nobody(reader, ana):
    assert reader.post("/waitlist", {"customer_id": str(ana.id)}).status_code == 403
    assert reader.get("/waitlist").status_code == 200


def test_the_place_in_line_is_shown_where_the_shop_shows_it(caller, session, shop):
    first, second = (a_customer(session, shop, name=name) for name in ("Ana", "Ben"))
    session.commit()
    ids = [caller.post("/waitlist", {"customer_id": str(one.id)}).json["id"] for one in (first, second)]
    assert caller.get(f"/waitlist/{ids[1]}").json["place"] is None
    session.execute(text("UPDATE shops SET show_waitlist_place = true"))
    session.commit()
    assert [caller.get(f"/waitlist/{id}").json["place"] for id in ids] == [1, 2]
    caller.delete(f"/waitlist/{ids[0]}")
    assert [caller.get(f"/waitlist/{id}").json["place"] for id in ids] == [None, 1]
