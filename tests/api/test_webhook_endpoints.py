"""Webhook endpoints over the API: registration, the ordered list of events, and deliveries."""

import json

import pytest
from sqlalchemy import text

from tests.api.callers import assert_problem
from tests.builders import a_slot, in_

ATTEMPT = {"at": "2026-01-01T00:00:00Z", "status_code": 500, "duration_ms": 7, "answer": "no", "error": None}
URL = "https://hooks.example/slots"


@pytest.fixture
def endpoint(caller):
    answer = caller.post("/webhook-endpoints", {"url": URL, "types": ["slot.opened"]})
    assert answer.status_code == 201, answer.json
    return answer.json


def opened(session, shop, count=1):
    for number in range(count):
        a_slot(session, shop, starts_at=in_(24 + number))
    session.commit()


def test_an_endpoint_shows_its_secret_once(caller, reader, endpoint, session):
    assert endpoint["secret"].startswith("whsec_")
    assert (endpoint["url"], endpoint["types"], endpoint["status"]) == (URL, ["slot.opened"], "enabled")
    shown = reader.get(f"/webhook-endpoints/{endpoint['id']}").json
    assert shown == {name: value for name, value in endpoint.items() if name != "secret"}
    assert reader.get("/webhook-endpoints").json["data"] == [shown]
    (stored,) = session.execute(text("SELECT secret FROM webhook_endpoints")).scalars()
    assert endpoint["secret"] not in stored
    assert_problem(reader.post("/webhook-endpoints", {"url": URL}), 403, "insufficient_scope")


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "http://hooks.example/", "https://10.0.0.1/", "https://user@hooks.example/", "https://127.0.0.1/"),
        *("https://[::ffff:169.254.169.254]/", "https://2130706433/", "https://hooks.example:22/", 5, None),
    ],
)
def test_where_nothing_may_be_sent_is_refused(caller, endpoint, url):
    assert_problem(caller.post("/webhook-endpoints", {"url": url}), 422, "invalid")
    problem = assert_problem(caller.patch(f"/webhook-endpoints/{endpoint['id']}", {"url": url}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/url"


def test_under_a_setting_this_machine_is_allowed(caller, monkeypatch):
    monkeypatch.setenv("WEBHOOKS_ALLOW_LOOPBACK", "true")
    assert caller.post("/webhook-endpoints", {"url": "http://127.0.0.1:9000/x"}).status_code == 201
    assert_problem(caller.post("/webhook-endpoints", {"url": "http://10.0.0.1/"}), 422, "invalid")


@pytest.mark.parametrize("body", [{"types": []}, {"types": ["slot.sold"]}, {"types": "slot.opened"}, {"secret": "x"}])
def test_an_invalid_endpoint_is_refused(caller, body):
    assert_problem(caller.post("/webhook-endpoints", {"url": URL, **body}), 422, "invalid")


def test_an_endpoint_is_changed_disabled_and_enabled(caller, endpoint):
    path = f"/webhook-endpoints/{endpoint['id']}"
    changed = caller.patch(path, {"types": None, "description": "Till", "status": "disabled"}).json
    assert (changed["types"], changed["description"], changed["url"]) == (None, "Till", URL)
    assert (changed["status"], changed["disabled_reason"]) == ("disabled", "by_request")
    assert_problem(caller.post(f"{path}/test"), 409, "conflict")
    enabled = caller.patch(path, {"status": "enabled"}).json
    assert (enabled["status"], enabled["disabled_at"], enabled["disabled_reason"]) == ("enabled", None, None)
    assert caller.patch(path, {}).json == enabled


def test_a_rotated_secret_is_another_one(caller, endpoint):
    rotated = caller.post(f"/webhook-endpoints/{endpoint['id']}/rotate-secret")
    assert rotated.status_code == 200
    assert rotated.json["secret"] != endpoint["secret"]
    assert rotated.json["previous_secret_until"]


def test_a_deleted_endpoint_is_gone(caller, endpoint, session, shop):
    path = f"/webhook-endpoints/{endpoint['id']}"
    assert caller.delete(path).status_code == 204
    for answer in (
        caller.delete(path),
        caller.get(path),
        caller.patch(path, {}),
        caller.post(f"{path}/rotate-secret"),
    ):
        assert_problem(answer, 404, "not_found")
    opened(session, shop)
    assert session.execute(text("SELECT count(*) FROM webhook_deliveries")).scalar_one() == 0


def test_deliveries_are_listed_and_sent_again(caller, endpoint, session, shop):
    opened(session, shop, 3)
    path = f"/webhook-endpoints/{endpoint['id']}/deliveries"
    first = caller.get(path, limit=2).json
    rest = caller.get(path, limit=2, cursor=first["next_cursor"]).json
    assert (len(first["data"]), len(rest["data"]), rest["next_cursor"]) == (2, 1, None)
    delivery = first["data"][0]
    assert (delivery["status"], delivery["event_type"], delivery["attempts"]) == ("pending", "slot.opened", [])
    session.execute(
        text(
            "UPDATE webhook_deliveries"
            " SET status = 'failed', tries = 10, ended_at = clock_timestamp(), attempts = :log"
        ),
        {"log": json.dumps([ATTEMPT])},
    )
    session.commit()
    failed = caller.get(path).json["data"][0]
    assert (failed["status"], failed["next_attempt_at"]) == ("failed", None)
    assert failed["attempts"][0]["status_code"] == 500
    again = caller.post(f"/webhook-deliveries/{delivery['id']}/resend")
    assert again.status_code == 202
    assert (again.json["status"], len(again.json["attempts"]), again.json["ended_at"]) == ("pending", 1, None)


def test_a_test_is_a_delivery(caller, endpoint):
    answer = caller.post(f"/webhook-endpoints/{endpoint['id']}/test")
    assert answer.status_code == 202
    assert (answer.json["event_type"], answer.json["webhook_endpoint_id"]) == ("endpoint.test", endpoint["id"])
    event = caller.get("/events", type="endpoint.test").json["data"][0]
    assert event["id"] == answer.json["event_id"]


def test_events_are_read_in_order(caller, session, shop):
    opened(session, shop, 5)
    whole = caller.get("/events").json
    assert whole["next_cursor"] is None
    ids = [event["id"] for event in whole["data"]]
    assert len(ids) == 5
    page = caller.get("/events", limit=2).json
    assert (page["data"], page["next_cursor"]) == (whole["data"][:2], ids[1])
    assert caller.get("/events", limit=2, cursor=ids[1]).json["data"] == whole["data"][2:4]
    assert caller.get("/events", after=ids[3]).json["data"] == whole["data"][4:]
    assert caller.get("/events", after=ids[4]).json == {"data": [], "next_cursor": None}
    assert caller.get("/events", type="slot.closed").json["data"] == []


def test_a_place_that_is_not_there(caller, other_caller, session, shop):
    opened(session, shop)
    (event,) = caller.get("/events").json["data"]
    assert_problem(other_caller.get("/events", after=event["id"]), 404, "not_found")
    assert_problem(caller.get("/events", after="evt_" + "0" * 32), 404, "not_found")
    assert_problem(caller.get("/events", after="7"), 422, "invalid")
    assert_problem(caller.get("/events", type="slot.sold"), 422, "invalid")


def test_another_shop_sees_nothing(caller, other_caller, endpoint, session, shop):
    opened(session, shop)
    path = f"/webhook-endpoints/{endpoint['id']}"
    (delivery,) = caller.get(f"{path}/deliveries").json["data"]
    assert other_caller.get("/events").json["data"] == []
    assert other_caller.get("/webhook-endpoints").json["data"] == []
    for answer in (
        other_caller.get(path),
        other_caller.patch(path, {"status": "disabled"}),
        other_caller.delete(path),
        other_caller.post(f"{path}/test"),
        other_caller.post(f"{path}/rotate-secret"),
        other_caller.get(f"{path}/deliveries"),
        other_caller.post(f"/webhook-deliveries/{delivery['id']}/resend"),
    ):
        assert_problem(answer, 404, "not_found")
    assert caller.get(path).json["status"] == "enabled"


def test_a_shop_has_a_limited_number_of_endpoints(caller):
    for _ in range(20):
        assert caller.post("/webhook-endpoints", {"url": URL}).status_code == 201
    assert_problem(caller.post("/webhook-endpoints", {"url": URL}), 409, "conflict")


def test_a_secret_that_may_be_repeated_is_not_stored_in_clear(caller, session, app):
    made = caller.post("/webhook-endpoints", {"url": "https://shop.example/hook"}, Idempotency_Key="a")
    path = f"/webhook-endpoints/{made.json['id']}/rotate-secret"
    rotated = caller.post(path, Idempotency_Key="b")
    stored = " ".join(session.execute(text("SELECT t::text FROM idempotency_records t")).scalars())
    for answer in (made, rotated):
        assert answer.json["secret"].removeprefix("whsec_") not in stored
    again = caller.post("/webhook-endpoints", {"url": "https://shop.example/hook"}, Idempotency_Key="a")
    assert (again.headers["Idempotent-Replayed"], again.json) == ("true", made.json)
    assert caller.post(path, Idempotency_Key="b").json == rotated.json


def test_a_stored_secret_that_cannot_be_decrypted_is_refused_with_the_way_out(caller, session):
    caller.post("/webhook-endpoints", {"url": "https://shop.example/hook"}, Idempotency_Key="a")
    session.execute(text("UPDATE idempotency_records SET body = 'encrypted:' || encode(sha256('x'), 'base64')"))
    session.commit()
    again = caller.post("/webhook-endpoints", {"url": "https://shop.example/hook"}, Idempotency_Key="a")
    assert "Rotate the secret" in assert_problem(again, 409, "conflict")["detail"]
