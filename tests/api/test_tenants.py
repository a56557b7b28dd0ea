"""No route returns or changes rows of another shop."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.routes import ENDPOINTS
from tests.api.callers import assert_problem
from tests.builders import a_customer, a_performer, a_slot, an_appointment, in_, insert

BODIES = {
    "PATCH /customers/<uuid:id>": {"name": "Taken"},
    "PATCH /performers/<uuid:id>": {"name": "Taken"},
    "PATCH /services/<uuid:id>": {"name": "Taken"},
    "PATCH /appointments/<uuid:id>": {"price_cents": 1},
    "POST /slot-openings/<uuid:id>/skip": {"customer_id": str(uuid4())},
    "POST /slot-openings/<uuid:id>/unskip": {"customer_id": str(uuid4())},
    "POST /slot-openings/<uuid:id>/pick": {"customer_id": str(uuid4())},
}
"""Valid bodies for the routes that need one."""

WITH_AN_ID = [endpoint for endpoint in ENDPOINTS if "<uuid:id>" in endpoint.path]
LISTS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET" and "<" not in endpoint.path]
STATE = text("""
SELECT to_jsonb(t) - 'updated_at' FROM (
  SELECT 'customers' AS name, to_jsonb(c) AS row FROM customers c UNION ALL
  SELECT 'appointments', to_jsonb(a) FROM appointments a UNION ALL
  SELECT 'slot_openings', to_jsonb(s) FROM slot_openings s UNION ALL
  SELECT 'services', to_jsonb(s) FROM services s UNION ALL
  SELECT 'performers', to_jsonb(p) FROM performers p UNION ALL
  SELECT 'pending_tasks', to_jsonb(t) FROM pending_tasks t) t ORDER BY 1
""")


@pytest.fixture
def ours(session, shop):
    """Inserts one row for each resource of the first shop. Returns the rows, keyed by the first part of the path."""
    ana = a_customer(session, shop, external_id="x-1")
    rows = {
        "customers": ana,
        "performers": a_performer(session, shop, external_id="x-1"),
        "services": insert(session, "services", shop_id=shop.id, name="Cut", external_id="x-1"),
        "appointments": an_appointment(session, ana, external_id="x-1"),
        "slot-openings": a_slot(session, shop),
    }
    session.commit()
    return rows


def state(session):
    session.rollback()
    return session.execute(STATE).scalars().all()


def test_a_stranger_finds_no_row_by_its_id(other_caller, session, ours):
    """Excludes the routes of other resources, whose own tests check this."""
    before = state(session)
    for endpoint in WITH_AN_ID:
        resource = endpoint.path.split("/")[1]
        if resource in ours:
            path = endpoint.path.replace("<uuid:id>", str(ours[resource].id))
            body = BODIES.get(f"{endpoint.method} {endpoint.path}", {} if endpoint.body else None)
            assert_problem(other_caller.send(endpoint.method, path, json=body), 404, "not_found")
    assert state(session) == before


REFERENCES = {"customer_id": "customers", "performer_id": "performers", "service_id": "services"}
"""The fields of requests that refer to rows, with the first part of the path of these rows."""

WITH_REFERENCES = [
    (endpoint, name)
    for endpoint in ENDPOINTS
    for name in (endpoint.body.model_fields if endpoint.body else ())
    if name in REFERENCES
]


@pytest.mark.parametrize(
    ("endpoint", "name"), WITH_REFERENCES, ids=lambda one: one if isinstance(one, str) else f"{one.method} {one.path}"
)
def test_no_body_refers_to_a_row_of_another_shop(other_caller, session, ours, endpoint, name):
    theirs = session.execute(text("SELECT * FROM shops WHERE name = 'Other shop'")).one()
    customer = a_customer(session, theirs)
    own = {
        "customers": customer,
        "performers": a_performer(session, theirs),
        "services": insert(session, "services", shop_id=theirs.id, name="Cut"),
        "appointments": an_appointment(session, customer),
        "slot-openings": a_slot(session, theirs),
        "waitlist": insert(session, "waitlist_entries", shop_id=theirs.id, customer_id=customer.id),
    }
    session.commit()
    before = state(session)
    resource = endpoint.path.split("/")[1]
    path = endpoint.path.replace("<uuid:id>", str(own[resource].id)).replace("<external_id:external_id>", "x-9")
    times = {"starts_at": in_(hours=90).isoformat(), "ends_at": in_(hours=91).isoformat()}
    needed = {"customer_id": str(customer.id)} | times
    body = {field: needed[field] for field in endpoint.body.model_fields if field in needed}
    answer = other_caller.send(endpoint.method, path, json=body | {name: str(ours[REFERENCES[name]].id)})
    assert_problem(answer, 404, "not_found")
    assert answer.json["errors"][0]["pointer"] == f"/{name}"
    assert state(session) == before


def test_no_query_refers_to_a_row_of_another_shop(other_caller, caller, ours):
    customer = ours["customers"].id
    for path in ("/appointments", "/waitlist"):
        assert other_caller.get(path, customer_id=customer).json["data"] == []
    theirs = caller.get("/events").json["data"]
    assert theirs
    for name in ("after", "cursor"):
        assert_problem(other_caller.get("/events", **{name: theirs[0]["id"]}), 404, "not_found")


def test_a_stranger_sees_empty_lists(other_caller, ours):
    for endpoint in LISTS:
        answer = other_caller.get(endpoint.path)
        assert answer.status_code == 200
        text = answer.get_data(as_text=True)
        assert not [row.id for row in ours.values() if str(row.id) in text], endpoint.path
        assert str(ours["customers"].shop_id) not in text


def test_an_external_id_belongs_to_its_shop(other_caller, caller, session, ours):
    for resource in ("customers", "performers", "services"):
        answer = other_caller.put(f"/{resource}/external/x-1", {"name": "Theirs"})
        assert answer.status_code == 201
        assert answer.json["id"] != str(ours[resource].id)
    assert caller.get(f"/customers/{ours['customers'].id}").json["name"] == "Ana"


def test_without_a_key_every_route_refuses(nobody):
    for endpoint in ENDPOINTS:
        path = re.sub(r"<path:\w+>", "x", endpoint.path.replace("<uuid:id>", "00000000-0000-0000-0000-000000000000"))
        path = re.sub(r"<\w+:\w+>|<\w+>", "00000000-0000-0000-0000-000000000000", path)
        assert_problem(nobody.send(endpoint.method, path, json={}), 401, "unauthorized")


def test_with_a_key_that_reads_every_change_is_refused(reader, session, ours):
    before = state(session)
    for endpoint in ENDPOINTS:
        if endpoint.method != "GET":
            path = re.sub(r"<path:\w+>", "x-1", re.sub(r"<uuid:\w+>", str(ours["customers"].id), endpoint.path))
            assert_problem(reader.send(endpoint.method, path, json={}), 403, "insufficient_scope")
    assert state(session) == before
