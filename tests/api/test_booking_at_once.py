"""The usual booking takes one statement and has the same effects and answers as one in several statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, text

from api.app import create_app
from tests.api.callers import Caller, a_key, assert_problem
from tests.builders import a_customer, a_performer, a_shop, in_

STARTS = in_(hours=24).replace(microsecond=0)
ENDS = STARTS + timedelta(hours=1)


@pytest.fixture
def connected(api_on, database_url, redis_url):
    return api_on(database_url, redis_url)


@pytest.fixture
def sent(connected):
    """The statements that the API sends to Postgres."""
    heard = []
    event.listen(
        connected.transactions.sessions.kw["bind"], "before_cursor_execute", lambda *more: heard.append(more[2])
    )
    return heard


@pytest.fixture
def used(connected, session, shop):
    """A caller whose key was used within the last minute, so that its use is not recorded again."""
    used = Caller(create_app(connected).test_client(), a_key(session, shop))
    assert used.get("/me").status_code == 200
    return used


@pytest.fixture
def ana(session, shop):
    made = a_customer(session, shop)
    session.commit()
    return made


def booking(customer, **more):
    return {"customer_id": str(customer.id), "starts_at": STARTS.isoformat(), "ends_at": ENDS.isoformat()} | more


def kept(session):
    session.rollback()
    tables = ("appointments", "events", "idempotency_records")
    return tuple(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables)


def test_it_takes_one_statement_and_answers_as_a_read_does(used, ana, sent, session):
    service = used.post("/services", {"name": "Cut", "duration_minutes": 45, "price_cents": 4000}).json
    performer = used.post("/performers", {"name": "Kim"}).json
    del sent[:]
    fields = {
        "service_id": service["id"],
        "performer_id": performer["id"],
        "external_id": 'a "1"',
        "deposit_cents": 500,
    }
    made = used.post("/appointments", booking(ana, **fields), Idempotency_Key="a")
    assert (made.status_code, made.mimetype, len(sent)) == (201, "application/json", 1)
    assert (made.json["service"], made.json["price_cents"], made.json["payment_required"]) == ("Cut", 4000, False)
    assert made.data == used.get(f"/appointments/{made.json['id']}").data
    assert kept(session) == (1, 1, 1)


def test_repeated_it_has_no_effect_and_gets_the_first_answer(used, ana, session):
    first = used.post("/appointments", booking(ana), Idempotency_Key="a")
    again = used.post("/appointments", booking(ana), Idempotency_Key="a")
    assert (again.status_code, again.data) == (201, first.data)
    assert (first.mimetype, again.mimetype) == ("application/json", "application/json")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(
        used.post("/appointments", booking(ana, price_cents=1), Idempotency_Key="a"), 422, "idempotency_key_reused"
    )
    assert kept(session) == (1, 1, 1)


def test_after_a_day_its_key_is_free_again(used, ana, clock, session):
    used.post("/performers", {"name": "Kim"}, Idempotency_Key="a")
    clock.shift(timedelta(hours=24, minutes=1))
    used.get("/me")
    assert used.post("/appointments", booking(ana), Idempotency_Key="a").status_code == 201
    assert kept(session) == (1, 1, 1)


def test_an_overlap_and_a_taken_id_are_refused_and_kept(used, ana, session):
    first = used.post("/appointments", booking(ana, external_id="1")).json
    overlapping = used.post("/appointments", booking(ana), Idempotency_Key="a")
    assert assert_problem(overlapping, 409, "overlap")["conflicting_appointment_id"] == first["id"]
    later = {"starts_at": ENDS.isoformat(), "ends_at": (ENDS + timedelta(hours=1)).isoformat()}
    taken = used.post("/appointments", booking(ana, external_id="1", **later), Idempotency_Key="b")
    assert_problem(taken, 409, "external_id_taken")
    assert kept(session) == (1, 1, 2)


@pytest.mark.parametrize("name", ["customer_id", "performer_id"])
def test_a_row_of_another_shop_is_not_found(used, ana, session, name):
    other = a_shop(session, name="Other shop")
    make = a_customer if name == "customer_id" else a_performer
    foreign = str(make(session, other).id)
    session.commit()
    problem = assert_problem(used.post("/appointments", booking(ana) | {name: foreign}), 404, "not_found")
    assert problem["errors"][0]["pointer"] == f"/{name}"
    assert kept(session) == (0, 0, 0)


def test_an_invalid_request_is_refused_after_its_key(used, ana, session):
    backwards = booking(ana) | {"ends_at": STARTS.isoformat()}
    assert_problem(used.post("/appointments", backwards), 422, "invalid")
    forged = Caller(used.client, used.key[:-1] + ("0" if used.key[-1] != "0" else "1"))
    assert_problem(forged.post("/appointments", backwards), 401, "unauthorized")
    assert_problem(forged.post("/appointments", booking(ana)), 401, "unauthorized")
    assert kept(session) == (0, 0, 0)


@pytest.mark.parametrize(
    ("column", "status", "code"),
    [
        ("scope = 'read'", 403, "insufficient_scope"),
        ("revoked_at = now()", 401, "unauthorized"),
        ("expires_at = now()", 401, "unauthorized"),
        ("live = true", 401, "unauthorized"),
    ],
)
def test_a_key_that_no_longer_may_is_refused_at_once(used, ana, session, column, status, code):
    session.execute(text(f"UPDATE api_keys SET {column}"))
    session.commit()
    assert_problem(used.post("/appointments", booking(ana), Idempotency_Key="a"), status, code)
    assert kept(session) == (0, 0, 0)


def test_while_another_request_has_its_idempotency_key_it_is_refused(used, ana, session, shop):
    session.execute(text("SELECT pg_advisory_xact_lock(20743, hashtext(:key))"), {"key": f"{shop.id}:a"})
    assert_problem(used.post("/appointments", booking(ana), Idempotency_Key="a"), 409, "idempotency_in_progress")
    assert kept(session) == (0, 0, 0)
    assert used.post("/appointments", booking(ana), Idempotency_Key="a").status_code == 201


def test_it_runs_in_the_role_of_the_api_and_sees_one_shop(used, ana, session, shop):
    session.execute(
        text("""
        CREATE FUNCTION note_role() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.note := current_user || ' ' || current_setting('app.shop_id') || ' ' || (SELECT count(*) FROM shops);
          RETURN NEW;
        END $$;
        CREATE TRIGGER note_role BEFORE INSERT ON appointments FOR EACH ROW EXECUTE FUNCTION note_role()
        """)
    )
    a_shop(session, name="Other shop")
    session.commit()
    try:
        assert used.post("/appointments", booking(ana)).status_code == 201
        assert session.execute(text("SELECT note FROM appointments")).scalar_one() == f"slots_api {shop.id} 1"
    finally:
        session.rollback()
        session.execute(text("DROP FUNCTION note_role CASCADE"))
        session.commit()
