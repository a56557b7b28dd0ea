"""Rules for every route: problem responses, pagination, idempotency, limits and request ids."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import text

from api.app import create_app
from tests.api.callers import Caller, assert_problem
from tests.builders import a_performer
from tests.waiting import wait_for


def test_every_answer_has_its_own_request_id(caller, nobody):
    answers = [caller.get("/me"), caller.get("/nowhere"), nobody.get("/me"), caller.post("/performers", {})]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == len(ids)


def test_every_422_names_what_is_at_fault(caller):
    appointment = "00000000-0000-0000-0000-000000000000"
    refused = caller.post(f"/appointments/{appointment}/cancel", {"reason": "ill"})
    assert_problem(refused, 422, "invalid")
    caller.post("/performers", {"name": "Kim"}, Idempotency_Key="twice")
    reused = caller.post("/performers", {"name": "Sam"}, Idempotency_Key="twice")
    assert_problem(reused, 422, "idempotency_key_reused")
    for answer in (refused, reused):
        assert answer.json["errors"] == [{"pointer": "", "detail": answer.json["detail"]}]


def test_an_unknown_address_is_a_problem(caller):
    assert_problem(caller.get("/nowhere"), 404, "not_found")
    assert_problem(caller.patch("/performers/not-an-id", {"name": "Kim"}), 404, "not_found")


def test_another_method_is_a_problem_that_names_those_allowed(caller):
    answer = caller.delete("/performers")
    assert_problem(answer, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"name": "\\ud800"}', b'{"name": 1e', b"[" * 20000])
def test_a_body_that_is_not_json_is_reported(caller, body):
    answer = caller.send("POST", "/performers", data=body, content_type="application/json")
    assert_problem(answer, 400, "not_json")


@pytest.mark.parametrize("body", [b'{"name": "Kim", "name": "Lee"}', b'{"name": "Kim", "n\\u0061me": "Kim"}'])
def test_a_repeated_name_is_refused(caller, body):
    answer = caller.send("POST", "/performers", data=body, content_type="application/json")
    assert_problem(answer, 422, "invalid")


@pytest.mark.parametrize("body", [b"[]", b'"name"', b"null", b"1"])
def test_json_that_is_not_an_object_is_reported(caller, body):
    answer = caller.send("POST", "/performers", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_refused(caller, media):
    assert_problem(
        caller.send("POST", "/performers", data=b'{"name": "Kim"}', content_type=media),
        415,
        "unsupported_media_type",
    )


def test_a_body_that_is_too_large_is_refused(caller):
    assert_problem(caller.post("/performers", {"name": "x" * 70_000}), 413, "too_large")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/name"]),
        ({"name": "Kim", "nmae": "Kim"}, ["/nmae"]),
        ({"name": 5}, ["/name"]),
        ({"name": ""}, ["/name"]),
        ({"name": None}, ["/name"]),
        ({"name": "a\0b"}, ["/name"]),
        ({"name": "Kim", "active": "yes"}, ["/active"]),
        ({"name": "Kim", "external_id": ""}, ["/external_id"]),
        ({"name": "x" * 201, "a/b~c": 1}, ["/name", "/a~1b~0c"]),
    ],
)
def test_invalid_fields_are_named(caller, body, pointers):
    problem = assert_problem(caller.post("/performers", body), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert all(error["detail"] for error in problem["errors"])


def test_an_omitted_field_is_unchanged_and_null_is_not_a_name(caller):
    made = caller.post("/performers", {"name": "Kim", "external_id": "7"}).json
    assert caller.patch(f"/performers/{made['id']}", {"active": False}).json["name"] == "Kim"
    assert caller.patch(f"/performers/{made['id']}", {"external_id": None}).json["external_id"] is None
    assert_problem(caller.patch(f"/performers/{made['id']}", {"name": None}), 422, "invalid")
    assert caller.patch(f"/performers/{made['id']}", {}).json["active"] is False


def test_a_second_row_with_an_external_id_is_refused(caller):
    caller.post("/performers", {"name": "Kim", "external_id": "7"})
    assert_problem(caller.post("/performers", {"name": "Sam", "external_id": "7"}), 409, "external_id_taken")


def test_put_creates_and_then_changes(caller, other_caller):
    path = "/performers/external/chair/7 é"
    first, second = caller.put(path, {"name": "Kim"}), caller.put(path, {"name": "Kim K."})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json == first.json | {"name": "Kim K.", "updated_at": second.json["updated_at"]}
    assert other_caller.put(path, {"name": "Other"}).status_code == 201


@pytest.mark.parametrize("id", ["/7", "7/", "//7//", "?", "#", "%", "..", "+ ", "é/😀", "\n"])
def test_an_external_id_may_have_any_character(caller, id):
    path = "/performers/external/" + quote(id, safe="")
    assert caller.put(path, {"name": "Kim"}).json["external_id"] == id
    assert caller.put(path, {"name": "Kim"}).status_code == 200


@pytest.mark.parametrize("id", ["%FF", "a%C3", "%EF%BF%BD"])
def test_an_external_id_that_is_not_utf_8_is_refused(caller, id):
    assert_problem(caller.put(f"/performers/external/{id}", {"name": "Kim"}), 422, "invalid")


def test_pages_follow_each_other_without_gap_or_repetition(caller, session, shop):
    for number in range(7):
        a_performer(
            session,
            shop,
            name=f"P{number}",
            created_at="2026-01-01T00:00:00Z" if number < 4 else "2026-01-02T00:00:00Z",
        )
    session.commit()
    names, cursor = [], None
    while True:
        page = caller.get("/performers", limit=3, **({"cursor": cursor} if cursor else {})).json
        names += [row["name"] for row in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(names) == [f"P{number}" for number in range(7)]
    assert set(names[:3]) == {"P4", "P5", "P6"}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 101}, "/limit"),
        ({"limit": "many"}, "/limit"),
        ({"limit": "9" * 5000}, "/limit"),
        ({"cursor": "x"}, "/cursor"),
        ({"cursor": "WzFd"}, "/cursor"),
        ({"cursor": "\0"}, "/cursor"),
        ({"offset": 3}, "/offset"),
    ],
)
def test_an_invalid_parameter_is_named(caller, query, pointer):
    problem = assert_problem(caller.get("/performers", **query), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def rows(session):
    session.rollback()
    return session.execute(text("SELECT count(*) FROM performers")).scalar_one()


def test_a_repeated_request_has_one_effect_and_the_same_answer(caller, session):
    first = caller.post("/performers", {"name": "Kim"}, Idempotency_Key="a")
    again = caller.post("/performers", {"name": "Kim"}, Idempotency_Key="a")
    assert (again.status_code, again.data) == (first.status_code, first.data) == (201, first.data)
    assert again.mimetype == "application/json"
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert rows(session) == 1


def test_a_key_used_for_another_body_is_refused(caller, session):
    caller.post("/performers", {"name": "Kim"}, Idempotency_Key="a")
    assert_problem(caller.post("/performers", {"name": "Sam"}, Idempotency_Key="a"), 422, "idempotency_key_reused")
    assert rows(session) == 1


def test_a_refusal_is_replayed_too(caller):
    caller.post("/performers", {"name": "Kim", "external_id": "7"})
    first = caller.post("/performers", {"name": "Sam", "external_id": "7"}, Idempotency_Key="a")
    again = caller.post("/performers", {"name": "Sam", "external_id": "7"}, Idempotency_Key="a")
    assert (first.status_code, again.status_code) == (409, 409)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.mimetype == "application/problem+json"


def test_a_request_that_was_invalid_may_be_corrected_under_its_key(caller):
    assert caller.post("/performers", {}, Idempotency_Key="a").status_code == 422
    assert caller.post("/performers", {"name": "Kim"}, Idempotency_Key="a").status_code == 201


def test_a_key_is_free_again_after_a_day(caller, clock, session):
    caller.post("/performers", {"name": "Kim"}, Idempotency_Key="a")
    clock.shift(timedelta(hours=24, minutes=1))
    again = caller.post("/performers", {"name": "Sam"}, Idempotency_Key="a")
    assert (again.status_code, again.json["name"]) == (201, "Sam")
    assert caller.post("/performers", {"name": "Sam"}, Idempotency_Key="a").headers["Idempotent-Replayed"] == "true"
    assert rows(session) == 2


def test_keys_of_two_shops_are_apart(caller, other_caller):
    first = caller.post("/performers", {"name": "Kim"}, Idempotency_Key="a")
    other = other_caller.post("/performers", {"name": "Kim"}, Idempotency_Key="a")
    assert first.json["id"] != other.json["id"]


def test_of_requests_at_once_one_has_an_effect(app, caller, session):
    def send(_):
        one = Caller(app.test_client(), caller.key)
        return one.post("/performers", {"name": "Kim"}, Idempotency_Key="a").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(24)))
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert rows(session) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_an_unusable_idempotency_key_is_refused(caller, key):
    assert_problem(caller.post("/performers", {"name": "Kim"}, Idempotency_Key=key), 422, "invalid")


def test_the_limit_of_a_key_is_reported_and_enforced(api_on, database_url, redis_url, caller):
    app = create_app(api_on(database_url, redis_url, api_requests_per_minute=2))
    limited = Caller(app.test_client(), caller.key)
    first = limited.get("/me")
    assert first.headers["RateLimit-Limit"] == "2"
    assert first.headers["RateLimit-Remaining"] == "1"
    assert first.headers["RateLimit"].startswith('"default";r=1;t=')
    answers = [limited.get("/me") for _ in range(4)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert_problem(refused, 429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_without_redis_nobody_is_refused(api_on, database_url, caller):
    app = create_app(api_on(database_url, "redis://127.0.0.1:9/0", api_requests_per_minute=1))
    alone = Caller(app.test_client(), caller.key)
    assert [alone.get("/me").status_code for _ in range(3)] == [200, 200, 200]


def test_without_postgres_nothing_is_recorded_and_the_answer_says_so(api_on, redis_url, caller):
    app = create_app(api_on("postgresql://nobody@127.0.0.1:9/none", redis_url))
    answer = Caller(app.test_client(), caller.key).post("/performers", {"name": "Kim"}, Idempotency_Key="a")
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"]


def test_no_answer_quotes_what_was_sent(caller):
    answer = caller.post("/performers", {"name": "Kim", "password hunter2": 1})
    assert "hunter2" in json.dumps(answer.json["errors"][0]["pointer"])
    assert caller.post("/performers", {"name": {"secret": "hunter2"}}).get_data(as_text=True).count("hunter2") == 0


def test_a_request_whose_key_is_in_use_by_a_running_one_is_refused(app, caller, session, shop):
    """The first request waits for a row that the test has locked. The second request is refused immediately."""
    row = caller.put("/performers/external/7", {"name": "Kim"}).json
    session.execute(text("SELECT FROM performers WHERE id = :id FOR UPDATE"), {"id": row["id"]})
    body = {"starts_at": "2031-03-01T10:00:00Z", "ends_at": "2031-03-01T11:00:00Z", "performer_id": row["id"]}
    body["customer"] = {"name": "Ana"}

    def send():
        return Caller(app.test_client(), caller.key).post("/appointments", body, Idempotency_Key="a")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send)
        wait_for(lambda: waiting_for_a_lock(session), "the first request to wait")
        assert_problem(send(), 409, "idempotency_in_progress")
        session.rollback()
        assert first.result().status_code == 201
    again = send()
    assert (again.status_code, again.json) == (201, first.result().json)
    assert again.headers["Idempotent-Replayed"] == "true"


def waiting_for_a_lock(session):
    """Counts the sessions that wait for another transaction. Brief waits for a table lock are not counted."""
    here = "datname = current_database() AND wait_event = 'transactionid'"
    return session.execute(text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")).scalar_one()


def test_a_refusal_does_not_replace_the_stored_response_of_another_request(app, caller, session, shop):
    """Two requests have claimed the key. The second one must return the response stored by the first."""
    performer = caller.put("/performers/external/7", {"name": "Kim"}).json["id"]
    customer = caller.post("/customers", {"name": "Ana"}).json["id"]
    body = {"starts_at": "2031-03-01T10:00:00Z", "ends_at": "2031-03-01T11:00:00Z", "performer_id": performer}
    session.execute(
        text(
            "INSERT INTO appointments (shop_id, customer_id, performer_id, starts_at, ends_at, status)"
            " SELECT shop_id, :customer, id, '2031-03-01T10:00:00Z', '2031-03-01T11:00:00Z', 'booked'"
            " FROM performers WHERE id = :performer"
        ),
        {"customer": customer, "performer": performer},
    )

    def send():
        sent = {**body, "customer": {"name": "Eva"}}
        return Caller(app.test_client(), caller.key).post("/appointments", sent, Idempotency_Key="a")

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(send)
        wait_for(lambda: waiting_for_a_lock(session), "the second request to wait")
        session.execute(
            text(
                "INSERT INTO idempotency_records (shop_id, key, request_hash, status, body, headers)"
                " SELECT shop_id, 'a', 'that of the first', 201, '{}', '{}' FROM performers WHERE id = :performer"
            ),
            {"performer": performer},
        )
        session.commit()
        assert_problem(second.result(), 409, "idempotency_in_progress")
