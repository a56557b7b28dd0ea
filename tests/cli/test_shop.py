"""Tests of `slots shop`, run in separate processes."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests import builders
from tests.cli.commands import slots

MINE = ("shop", "create", "--name", "Salon Lou", "--sms-from", "+44 7700 900100")


def test_a_shop_is_made_with_who_signs_in(database_url, session):
    result = slots(
        *MINE,
        "--timezone",
        "Europe/London",
        "--deposit",
        2000,
        "--owner-phone",
        "+447700900101",
        DATABASE_URL=database_url,
    )

    assert result.code == 0, result.err
    made = builders.reload(session, "shops", result.out.strip())
    assert (made.name, made.sms_from, made.deposit_cents) == ("Salon Lou", "+447700900100", 2000)
    owner = session.execute(text("SELECT shop_id, phone, role FROM staff")).one()
    assert (str(owner.shop_id), owner.phone, owner.role) == (result.out.strip(), "+447700900101", "owner")
    assert "slots customers import" in result.err
    assert "/app/start" in result.err
    assert made.payment_attempts == 3


def test_a_new_shop_is_printed_as_json(database_url, session):
    result = slots(*MINE, "--owner-phone", "+447700900101", "--json", DATABASE_URL=database_url)

    assert result.code == 0, result.err
    assert result.json["id"] == str(session.execute(text("SELECT id FROM shops")).scalar_one())
    assert (result.json["quiet_from"], result.json["quiet_until"]) == ("21:00:00", "08:00:00")


def test_a_shop_may_send_at_any_hour(database_url, session):
    result = slots(*MINE, "--owner-phone", "+447700900101", "--no-quiet-hours", DATABASE_URL=database_url)

    assert result.code == 0, result.err
    made = builders.reload(session, "shops", result.out.strip())
    assert made.quiet_from == made.quiet_until


@pytest.mark.parametrize(("country", "kept"), [((), None), (("--country", "gb"), "GB")])
def test_the_owners_number_is_read_in_the_country_of_the_shop(database_url, session, country, kept):
    result = slots(*MINE, *country, "--owner-phone", "07700 900101", DATABASE_URL=database_url)

    assert result.code == 0, result.err
    assert session.execute(text("SELECT country FROM shops")).scalar_one() == kept
    assert session.execute(text("SELECT phone FROM staff")).scalar_one() == "+447700900101"


def test_a_shop_that_nobody_could_sign_in_to_is_refused_with_the_command(database_url, session):
    result = slots(*MINE, DATABASE_URL=database_url)

    assert (result.code, result.out) == (2, "")
    assert 'slots shop create --name "Salon Lou" --sms-from +447700900100 --owner-phone' in result.err
    assert session.execute(text("SELECT count(*) FROM shops")).scalar_one() == 0


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("+447700900100", ("Europe/London", "GBP", "en_GB")),
        ("+491701112223", ("Europe/Berlin", "EUR", "de_DE")),
        ("+12125550123", ("UTC", "USD", "en_US")),
    ],
)
def test_zone_currency_and_language_are_those_of_the_country(database_url, session, number, found):
    given = ("--name", "Lou", "--sms-from", number, "--owner-email", "lou@example.com")
    result = slots("shop", "create", *given, DATABASE_URL=database_url)

    assert result.code == 0, result.err
    assert tuple(session.execute(text("SELECT timezone, currency, locale FROM shops")).one()) == found


def test_a_number_belongs_to_one_shop(database_url, session):
    builders.a_shop(session, sms_from="+447700900100")
    session.commit()

    result = slots(*MINE, "--owner-phone", "+447700900101", DATABASE_URL=database_url)

    assert (result.code, result.out) == (1, "")
    assert "is already the number of another shop" in result.err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--sms-from", "07700 900100"),
        ("--timezone", "Europe/Londinium"),
        ("--currency", "pounds"),
        ("--locale", "xx_YY"),
        ("--deposit", "-1"),
        ("--offer-window", "0"),
        ("--offer-window", "99999999999"),
        ("--payment-window", "1441"),
        ("--cooldown", "99999999999"),
        ("--payment-attempts", "11"),
        ("--name", " "),
        ("--name", "x" * 121),
        ("--owner-name", ""),
        ("--owner-email", "lou"),
        ("--owner-phone", "12"),
        ("--owner-phone", "020 7946 0018"),
        ("--country", "England"),
    ],
)
def test_an_invalid_value_is_refused_by_name(database_url, session, option, value):
    owner = () if option == "--owner-phone" else ("--owner-phone", "+447700900101")
    result = slots(*MINE, *owner, option, value, DATABASE_URL=database_url)

    assert result.code == 2
    assert option in result.err
    assert session.execute(text("SELECT count(*) FROM shops")).scalar_one() == 0


def test_shops_are_listed_with_their_counts(database_url, session):
    shop = builders.a_shop(session)
    builders.a_slot(session, shop)
    builders.a_customer(session, shop)
    session.commit()

    (listed,) = slots("shop", "list", "--json", DATABASE_URL=database_url).json
    table = slots("shop", "list", DATABASE_URL=database_url)

    assert (listed["id"], listed["customers"], listed["open"]) == (str(shop.id), 1, 1)
    assert shop.sms_from in table.out


def test_no_shop_says_how_to_make_one(database_url):
    assert "slots shop create" in slots("shop", "list", DATABASE_URL=database_url).err
