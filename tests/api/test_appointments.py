"""Booking, moving and cancelling appointments over the API, by id and by external id."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from db import locks
from tests.api.callers import assert_problem
from tests.builders import a_customer, a_performer, a_settled_booking, a_shop, an_appointment, in_, insert, reload
from tests.db.test_deadlocks import ROUNDS, booked_at_once
from tests.waiting import wait_for

NOW = in_()
"""Fixed, so that a test sees the same time even if a minute passes."""


def from_now(hours):
    return NOW + timedelta(hours=hours)


def at(hours):
    return from_now(hours).isoformat().replace("+00:00", "Z")


@pytest.fixture
def ana(session, shop):
    made = a_customer(session, shop, external_id="c-1")
    session.commit()
    return made


@pytest.fixture
def cut(caller):
    return caller.post("/services", {"name": "Cut", "duration_minutes": 45, "price_cents": 4000}).json


def tasks(session):
    session.rollback()
    return [
        tuple(row) for row in session.execute(text("SELECT name, args ->> 0 FROM pending_tasks ORDER BY created_at"))
    ]


def book(caller, ana, hours=24, **more):
    body = {"starts_at": at(hours), "ends_at": at(hours + 1), "customer_id": str(ana.id)} | more
    answer = caller.post("/appointments", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_an_appointment_is_booked(caller, ana):
    made = book(caller, ana, external_id="a-1", price_cents=5000)
    assert (made["status"], made["paid"], made["currency"]) == ("booked", False, "GBP")
    assert (made["starts_at"], made["ends_at"]) == (at(24), at(25))
    assert made["customer_id"] == str(ana.id)
    assert made["source_slot_opening_id"] is None
    assert "/manage/" in made["manage_url"]
    assert caller.get(f"/appointments/{made['id']}").json == made


def test_a_service_gives_length_name_and_price(caller, ana, cut):
    body = {"starts_at": at(24), "service_id": cut["id"], "customer_external_id": "c-1"}
    made = caller.post("/appointments", body).json
    assert (made["ends_at"], made["service"], made["price_cents"]) == (
        (from_now(24) + timedelta(minutes=45)).isoformat().replace("+00:00", "Z"),
        "Cut",
        4000,
    )


def test_a_deposit_that_was_already_taken_is_paid(caller, ana, session):
    made = book(caller, ana, payment={"amount_cents": 2000, "stripe_payment_intent_id": "pi_1"})
    assert (made["paid"], made["payment_required"]) == (True, True)
    row = session.execute(text("SELECT status, amount_cents, currency FROM payments")).one()
    assert tuple(row) == ("succeeded", 2000, "GBP")
    body = {"starts_at": at(30), "ends_at": at(31), "customer_id": str(ana.id)}
    twice = caller.post("/appointments", body | {"payment": {"amount_cents": 1, "stripe_payment_intent_id": "pi_1"}})
    assert_problem(twice, 409, "conflict")


def test_an_inline_customer_is_created_once_and_found_again(caller, session):
    customer = {"name": "Ben", "phone": "07700 900124"}
    first = caller.post("/appointments", {"starts_at": at(24), "ends_at": at(25), "customer": customer}).json
    second = caller.post("/appointments", {"starts_at": at(26), "ends_at": at(27), "customer": customer}).json
    assert first["customer_id"] == second["customer_id"]
    assert caller.get(f"/customers/{first['customer_id']}").json["phone"] == "+447700900124"
    wrong = {"starts_at": at(28), "ends_at": at(29), "customer": {"name": "Ben", "phone": "12"}}
    problem = assert_problem(caller.post("/appointments", wrong), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/customer/phone"


@contextmanager
def waiting_request(session, send):
    """Sends a request while the block's transaction, of which it must wait for the end, is open."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send)

        def waits():
            statement = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            return session.execute(text(statement)).first() is not None

        wait_for(waits, "the request to wait")
        session.commit()
        yield answer.result()


def test_a_new_customer_of_two_requests_at_once_is_created_once(caller, session, shop):
    phone = "+447700900124"
    locks.wait_for_turn(session, locks.new_customer(shop.id, phone))
    ben = a_customer(session, shop, phone=phone)
    body = {"starts_at": at(24), "ends_at": at(25), "customer": {"name": "Ben", "phone": phone}}
    with waiting_request(session, lambda: caller.post("/appointments", body)) as answer:
        assert answer.json["customer_id"] == str(ben.id)


def test_of_two_put_requests_for_one_appointment_at_once_the_second_changes_it(caller, session, shop, ana):
    locks.wait_for_turn(session, f"appointment {shop.id}x-1")
    times = {"starts_at": from_now(24), "ends_at": from_now(25)}
    first = an_appointment(session, ana, external_id="x-1", **times)
    body = {"starts_at": at(24), "ends_at": at(25), "customer_id": str(ana.id)}
    with waiting_request(session, lambda: caller.put("/appointments/external/x-1", body)) as answer:
        assert (answer.status_code, answer.json["id"]) == (200, str(first.id))


def test_an_overlap_names_the_conflicting_appointment(caller, ana):
    first = book(caller, ana)
    body = {"starts_at": at(24.5), "ends_at": at(26), "customer": {"name": "Ben"}}
    answer = caller.post("/appointments", body)
    assert assert_problem(answer, 409, "overlap")["conflicting_appointment_id"] == first["id"]
    assert [row["name"] for row in caller.get("/customers").json["data"]] == ["Ana"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"starts_at": None}, "/starts_at"),
        ({"starts_at": "2026-03-01"}, "/starts_at"),
        ({"starts_at": "2026-03-01T10:00:00"}, "/starts_at"),
        ({"starts_at": 1772359200}, "/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "/starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "/starts_at"),
        ({"starts_at": "2026-02-30T10:00:00Z"}, "/starts_at"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, "/ends_at"),
        ({"ends_at": "2199-01-01T00:00:00Z"}, "/ends_at"),
        ({"customer_id": "7"}, "/customer_id"),
        ({"price_cents": 10**30}, "/price_cents"),
        ({"payment": {"amount_cents": 0}}, "/payment/amount_cents"),
        ({"payment": {"amount_cents": 1, "stripe_payment_intent_id": "x"}}, "/payment/stripe_payment_intent_id"),
        ({"customer_external_id": "c-1"}, ""),
        ({"external_id": "a\0"}, "/external_id"),
    ],
)
def test_an_invalid_field_is_named(caller, ana, change, pointer):
    body = {"starts_at": at(24), "ends_at": at(25), "customer_id": str(ana.id)} | change
    problem = assert_problem(caller.post("/appointments", body), 422, "invalid")
    assert pointer in [error["pointer"] for error in problem["errors"]]


def test_without_an_end_or_a_service_it_cannot_be_booked(caller, ana):
    answer = caller.post("/appointments", {"starts_at": at(24), "customer_id": str(ana.id)})
    assert assert_problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/ends_at"


@pytest.mark.parametrize("table", ["customer", "performer", "service"])
def test_a_row_of_another_shop_is_not_found(caller, session, ana, table):
    other = a_shop(session)
    row = a_customer(session, other) if table == "customer" else insert(session, f"{table}s", shop_id=other.id)
    session.commit()
    body = {"starts_at": at(24), "ends_at": at(25), "customer_id": str(ana.id)} | {f"{table}_id": str(row.id)}
    problem = assert_problem(caller.post("/appointments", body), 404, "not_found")
    assert problem["errors"][0]["pointer"] == f"/{table}_id"


def test_cancelling_frees_the_time_once(caller, ana, session):
    made = book(caller, ana)
    for _ in range(2):
        answer = caller.post(f"/appointments/{made['id']}/cancel")
        assert (answer.status_code, answer.json["status"]) == (202, "cancelled")
    assert tasks(session) == [("create_slot_opening", made["id"])]


def test_a_request_to_cancel_has_the_same_arguments_as_in_the_version_before(caller, ana, session):
    held = an_appointment(session, ana, status="pending_payment", payment_required=True)
    session.commit()
    assert caller.post(f"/appointments/{held.id}/cancel").status_code == 202
    task = session.execute(text("SELECT args FROM pending_tasks WHERE name = 'cancel_appointment'")).one()
    assert task.args == [str(held.id), "api"]
    assert reload(session, "appointments", held.id).cancel_requested_by == "api_key:Test"


def test_a_past_or_finished_appointment_cannot_be_cancelled(caller, ana, session):
    past = an_appointment(session, ana, starts_at=in_(hours=-3))
    settled = a_settled_booking(session, ana, days_ago=3)
    session.commit()
    for row in (past, settled):
        assert_problem(caller.post(f"/appointments/{row.id}/cancel"), 409, "conflict")


def test_another_time_moves_it_and_frees_the_old_one(caller, ana, session):
    made = book(caller, ana)
    moved = caller.patch(f"/appointments/{made['id']}", {"starts_at": at(48)})
    assert moved.status_code == 200, moved.json
    assert (moved.json["starts_at"], moved.json["ends_at"]) == (at(48), at(49))
    (row,) = session.execute(text("SELECT id, starts_at, moved_by FROM appointment_moves")).all()
    assert row.starts_at == from_now(24)
    assert tasks(session) == [("free_old_time", str(row.id))]


def test_the_same_time_moves_nothing(caller, ana, session):
    made = book(caller, ana)
    again = caller.patch(f"/appointments/{made['id']}", {"starts_at": made["starts_at"], "price_cents": 100})
    assert (again.status_code, again.json["price_cents"]) == (200, 100)
    assert tasks(session) == []


def test_a_move_into_the_past_or_over_another_is_refused(caller, ana):
    first, second = book(caller, ana), book(caller, ana, hours=30)
    assert_problem(caller.patch(f"/appointments/{first['id']}", {"starts_at": at(-5)}), 409, "conflict")
    overlap = assert_problem(caller.patch(f"/appointments/{first['id']}", {"starts_at": at(30)}), 409, "overlap")
    assert overlap["conflicting_appointment_id"] == second["id"]
    assert caller.get(f"/appointments/{first['id']}").json["starts_at"] == at(24)


def test_put_books_changes_moves_and_cancels(caller, ana, session):
    path = "/appointments/external/a-1"
    body = {"starts_at": at(24), "ends_at": at(25), "customer_external_id": "c-1"}
    first = caller.put(path, body)
    assert first.status_code == 201, first.json
    same = caller.put(path, body)
    assert (same.status_code, same.json["id"]) == (200, first.json["id"])
    assert tasks(session) == []
    moved = caller.put(path, body | {"starts_at": at(48), "ends_at": at(49)})
    assert (moved.status_code, moved.json["starts_at"]) == (200, at(48))
    cancelled = caller.put(path, {"status": "cancelled"})
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    assert caller.put(path, {"status": "cancelled"}).status_code == 200
    assert [name for name, _ in tasks(session)] == ["free_old_time", "create_slot_opening"]
    assert_problem(caller.put(path, body), 409, "conflict")


def test_put_of_an_unknown_id_needs_what_a_booking_needs(caller, ana):
    assert_problem(caller.put("/appointments/external/a-1", {"status": "cancelled"}), 404, "not_found")
    assert_problem(caller.put("/appointments/external/a-1", {"customer_external_id": "c-1"}), 422, "invalid")
    assert_problem(caller.put("/appointments/external/a-1", {"starts_at": at(24), "ends_at": at(25)}), 422, "invalid")


def test_put_records_a_deposit_once(caller, ana):
    path = "/appointments/external/a-1"
    body = {"starts_at": at(24), "ends_at": at(25), "customer_external_id": "c-1"}
    assert caller.put(path, body).json["paid"] is False
    paid = body | {"payment": {"amount_cents": 2000}}
    assert caller.put(path, paid).json["paid"] is True
    assert caller.put(path, paid).json["paid"] is True


def test_the_log_names_the_key_that_booked_moved_or_cancelled(caller, ana, session):
    made = book(caller, ana)
    caller.patch(f"/appointments/{made['id']}", {"starts_at": at(30)})
    caller.post(f"/appointments/{made['id']}/cancel")
    session.rollback()
    reasons = session.execute(text("SELECT because FROM audit_logs WHERE event LIKE 'Appointment%' ORDER BY seq"))
    assert reasons.scalars().all() == [
        "The appointment was booked by API key Test.",
        "The appointment was moved by API key Test.",
        "The appointment was cancelled by API key Test.",
    ]


def test_filters_select_by_time_status_customer_and_change(caller, ana, session, shop):
    ben = a_customer(session, shop)
    performer = a_performer(session, shop)
    session.commit()
    first = book(caller, ana)
    second = book(caller, ben, hours=48, performer_id=str(performer.id))
    caller.post(f"/appointments/{second['id']}/cancel")
    since = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    session.rollback()

    def found(**query):
        answer = caller.get("/appointments", **query)
        assert answer.status_code == 200, answer.json
        return [row["id"] for row in answer.json["data"]]

    assert found() == [second["id"], first["id"]]
    assert found(from_=at(47)) == found(status="cancelled") == found(customer_id=str(ben.id)) == [second["id"]]
    assert found(until=at(48)) == [first["id"]]
    assert found(updated_since=since.isoformat()) == []
    caller.patch(f"/appointments/{first['id']}", {"price_cents": 1})
    assert found(updated_since=since.isoformat()) == [first["id"]]
    assert len(found(limit=1)) == 1
    assert_problem(caller.get("/appointments", status="gone"), 422, "invalid")


def test_pages_of_each_order_follow_each_other(caller, ana):
    made = [book(caller, ana, hours=24 + 2 * number)["id"] for number in range(5)]
    for query in ({}, {"from_": at(1)}, {"updated_since": "2026-01-01T00:00:00Z"}):
        seen, cursor = [], None
        while cursor or not seen:
            page = caller.get("/appointments", limit=2, **query, **({"cursor": cursor} if cursor else {})).json
            seen += [row["id"] for row in page["data"]]
            cursor = page["next_cursor"]
        assert seen == made[::-1]
    assert_problem(
        caller.get("/appointments", cursor=caller.get("/appointments", limit=1).json["next_cursor"], from_=at(1)),
        422,
        "invalid",
    )


@pytest.mark.parametrize("status", ["refunded", "refunding", "disputed", "processing"])
def test_a_repeated_put_with_its_payment_adds_none(caller, session, ana, status):
    path = "/appointments/external/a-1"
    body = {"starts_at": at(24), "ends_at": at(25), "customer_external_id": "c-1", "payment": {"amount_cents": 2000}}
    assert caller.put(path, body).status_code == 201
    session.execute(text("UPDATE payments SET status = :status"), {"status": status})
    session.commit()
    assert caller.put(path, body).status_code == 200
    assert session.execute(text("SELECT count(*) FROM payments")).scalar_one() == 1


def test_after_a_failed_deposit_a_payment_counts(caller, session, ana):
    path = "/appointments/external/a-1"
    body = {"starts_at": at(24), "ends_at": at(25), "customer_external_id": "c-1", "payment": {"amount_cents": 2000}}
    caller.put(path, body)
    session.execute(text("UPDATE payments SET status = 'failed', succeeded_at = NULL"))
    session.commit()
    assert caller.put(path, body).json["paid"] is True


def test_the_id_of_a_booking_in_a_calendar_is_not_changed(caller, session, shop, ana):
    calendar = insert(session, "calendars", shop_id=shop.id, kind="calcom")
    booking = an_appointment(session, ana, calendar_id=calendar.id, external_id="there-1")
    session.execute(text("UPDATE customers SET calendar_id = :id, external_id = 'p-1'"), {"id": calendar.id})
    session.commit()
    for path in (f"/appointments/{booking.id}", f"/customers/{ana.id}"):
        assert_problem(caller.patch(path, {"external_id": "42"}), 409, "conflict")
    assert caller.patch(f"/customers/{ana.id}", {"name": "Ana R"}).status_code == 200


@pytest.mark.parametrize("setting", [True, False])
def test_the_customer_is_notified_of_a_move_and_a_cancellation_as_the_shop_wants(caller, session, shop, ana, setting):
    session.execute(text("UPDATE shops SET tell_of_changes = :setting"), {"setting": setting})
    session.commit()
    booked = book(caller, ana)
    caller.patch(f"/appointments/{booked['id']}", {"starts_at": at(48), "ends_at": at(49)})
    caller.post(f"/appointments/{booked['id']}/cancel", {})
    rows = session.execute(
        text(
            "SELECT m.tell_customer AS moved, a.tell_customer AS cancelled"
            " FROM appointment_moves m JOIN appointments a ON a.id = m.appointment_id"
        )
    ).all()
    assert [tuple(row) for row in rows] == [(setting, setting)]


def test_of_two_simultaneous_bookings_one_is_made_and_one_is_a_conflict(caller, session, shop):
    """Postgres aborts some of the transactions because of a deadlock."""
    customers = [a_customer(session, shop), a_customer(session, shop)]
    session.commit()

    def book(customer, starts_at):
        times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
        return str(caller.post("/appointments", times | {"customer_id": str(customer.id)}).status_code)

    assert booked_at_once(book, customers) == [["201", "409"]] * ROUNDS
