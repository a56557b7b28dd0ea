"""Tests of `slots keys`, run in separate processes."""

import re

import pytest
from sqlalchemy import text

from db.access import api_keys, api_requests
from tests.builders import a_shop
from tests.cli.commands import slots


@pytest.fixture
def shop(session):
    made = a_shop(session, name="Salon Lou")
    session.commit()
    return made


@pytest.mark.long
def test_a_key_is_printed_alone_and_lets_its_caller_in(database_url, session, shop):
    result = slots("keys", "create", "--shop", "salon lou", "--name", "Booking system", DATABASE_URL=database_url)
    assert result.code == 0, result.err
    assert re.fullmatch(r"slots_test_[0-9a-f-]{36}_[0-9a-f]{64}\n", result.out)
    owner = api_requests.begin(session, api_keys.parse(result.out.strip())).owner
    assert (owner.shop_id, owner.label, owner.scope) == (shop.id, "Booking system", "write")


def test_json_has_id_key_shop_and_scope(database_url, session, shop):
    result = slots(
        *("keys", "create", "--shop", shop.id, "--name", "Report", "--scope", "read", "--expires-in-days", 30),
        "--json",
        DATABASE_URL=database_url,
    )
    assert result.code == 0, result.err
    assert set(result.json) == {"id", "key", "shop_id", "scope"}
    assert (result.json["shop_id"], result.json["scope"]) == (str(shop.id), "read")
    assert result.json["key"].split("_")[2] == result.json["id"]
    left = session.execute(text("SELECT expires_at - clock_timestamp() FROM api_keys")).scalar_one()
    assert 29 <= left.days <= 30


def test_keys_are_listed_and_revoked(database_url, session, shop):
    made = slots("keys", "create", "--shop", shop.id, "--name", "Old", "--json", DATABASE_URL=database_url).json
    result = slots("keys", "revoke", made["id"], DATABASE_URL=database_url)
    assert (result.code, result.out) == (0, "")
    assert slots("keys", "revoke", made["id"], DATABASE_URL=database_url).code == 0
    (listed,) = slots("keys", "list", "--json", DATABASE_URL=database_url).json
    assert (listed["id"], listed["label"], listed["state"]) == (made["id"], "Old", "revoked")
    assert "secret" not in str(listed)
    plain = slots("keys", "list", "--shop", "Salon Lou", DATABASE_URL=database_url)
    assert made["key"] not in plain.out
    assert "revoked" in plain.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("create", "--shop", "Nowhere", "--name", "x"), 1, "There is no shop"),
        (("create", "--shop", "Salon Lou", "--name", " "), 2, "--name"),
        (("create", "--shop", "Salon Lou", "--name", "x", "--scope", "admin"), 2, "--scope"),
        (("revoke", "00000000-0000-0000-0000-000000000000"), 1, "There is no key"),
        (("revoke", "7"), 2, "7"),
    ],
)
def test_an_impossible_request_is_reported(database_url, shop, words, code, message):
    result = slots("keys", *words, DATABASE_URL=database_url)
    assert (result.code, result.out) == (code, "")
    assert message in result.err
