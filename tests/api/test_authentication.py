"""API keys: which keys are accepted, which shop they identify, and which requests they permit."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from db.access import api_keys
from tests.api.callers import Caller, a_key, assert_problem
from tests.builders import a_performer


def test_the_first_call_names_the_shop_and_the_key(caller, shop):
    me = caller.get("/me")
    assert me.status_code == 200
    assert me.json["shop"] == {
        "id": str(shop.id),
        "name": "Salon Lou",
        "timezone": "Europe/London",
        "currency": "GBP",
        "locale": "en_GB",
        "country": "GB",
    }
    assert (me.json["key_label"], me.json["scope"], me.json["key"]["mode"]) == ("Test", "write", "test")


def test_the_currency_is_in_capital_letters_as_in_every_answer(caller, session, shop):
    session.execute(text("UPDATE shops SET currency = 'gbp' WHERE id = :id"), {"id": shop.id})
    session.commit()
    assert caller.get("/me").json["shop"]["currency"] == "GBP"


def test_a_missing_key_is_refused(nobody):
    answer = nobody.get("/me")
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.replace("slots_test_", "slots_live_"),
        lambda key: key + " x",
        lambda key: key.upper(),
        lambda key: "",
        lambda key: "slots_test_" + "0" * 32,
        lambda key: key.replace("_", "é"),
    ],
)
def test_a_wrong_key_is_refused(caller, spoil):
    assert_problem(
        Caller(caller.client, spoil(caller.key).encode().decode("latin-1")).get("/me"), 401, "unauthorized"
    )


def test_an_expired_key_is_refused(app, session, shop, clock):
    caller = Caller(app.test_client(), a_key(session, shop, expires_in=timedelta(days=1)))
    assert caller.get("/me").status_code == 200
    clock.shift(timedelta(days=1))
    assert_problem(caller.get("/me"), 401, "unauthorized")


def test_a_revoked_key_is_refused_and_its_successor_is_not(app, session, shop, caller):
    successor = Caller(app.test_client(), a_key(session, shop))
    id = api_keys.parse(caller.key).id
    assert api_keys.revoke(session, id, by="operator")
    session.commit()
    assert_problem(caller.get("/me"), 401, "unauthorized")
    assert successor.get("/me").status_code == 200
    assert api_keys.revoke(session, id, by="operator") is False


def test_a_key_that_reads_cannot_write(reader):
    assert reader.get("/performers").status_code == 200
    assert_problem(reader.post("/performers", {"name": "Kim"}), 403, "insufficient_scope")


def test_only_the_hash_is_stored(session, caller):
    row = session.execute(text("SELECT k::text FROM api_keys k")).scalar_one()
    secret = caller.key.rpartition("_")[2]
    assert len(secret) == 64
    assert secret not in row


def test_the_last_use_is_recorded(session, caller, clock):
    caller.get("/me")
    first = session.execute(text("SELECT last_used_at FROM api_keys")).scalar_one()
    session.commit()
    clock.shift(timedelta(minutes=2))
    assert caller.post("/performers", {"name": "Kim"}).status_code == 201
    assert session.execute(text("SELECT last_used_at FROM api_keys")).scalar_one() >= first + timedelta(minutes=2)


def test_a_key_shows_one_shop_only(caller, other_caller, session, shop):
    ours = a_performer(session, shop)
    session.commit()
    assert [row["id"] for row in caller.get("/performers").json["data"]] == [str(ours.id)]
    assert other_caller.get("/performers").json == {"data": [], "next_cursor": None}
    assert_problem(other_caller.patch(f"/performers/{ours.id}", {"name": "Mine"}), 404, "not_found")


def test_the_audit_log_records_keys(session, caller, shop):
    api_keys.revoke(session, api_keys.parse(caller.key).id, by="operator")
    events = session.execute(text("SELECT event FROM audit_logs ORDER BY seq")).scalars().all()
    assert events == ["ApiKeyCreated", "ApiKeyRevoked"]
