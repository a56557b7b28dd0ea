"""Tests the demo shop that `slots up` creates."""

from datetime import datetime, timedelta

import psycopg
import time_machine

from cli.local.demo_shop import BOOKED, CUSTOMERS, SHOP, ZONE, load


def test_every_booking_is_in_the_future_and_paid(database_url: str) -> None:
    load({"DATABASE_URL": database_url})

    booked = """
        SELECT count(*), bool_and(starts_at > now()),
               bool_and(p.status = 'succeeded' AND amount_cents = deposit_cents)
        FROM appointments a LEFT JOIN payments p ON p.appointment_id = a.id WHERE a.status = 'booked'
    """
    assert ask(database_url, booked) == (len(BOOKED), True, True)


def test_the_most_recent_visitors_are_asked_first(database_url: str) -> None:
    load({"DATABASE_URL": database_url})

    order = """
        SELECT array_agg(name ORDER BY last DESC) FROM (
          SELECT name, max(starts_at) AS last FROM customers c
          JOIN appointments a ON a.customer_id = c.id AND a.status = 'settled' GROUP BY name) AS visits
    """
    assert ask(database_url, order) == ([name for name, days in CUSTOMERS if days is not None],)


def test_the_numbers_are_those_that_nobody_has(database_url: str) -> None:
    load({"DATABASE_URL": database_url})

    numbers = """
        SELECT bool_and(phone ~ '^[+]447700900[0-9][0-9][0-9]$') FROM (
          SELECT phone FROM customers UNION ALL SELECT phone FROM staff
          UNION ALL SELECT sms_from FROM shops) AS numbers
    """
    assert ask(database_url, numbers) == (True,)


def test_loading_it_again_changes_nothing(database_url: str) -> None:
    load({"DATABASE_URL": database_url})
    everything = "SELECT (SELECT count(*) FROM appointments), (SELECT count(*) FROM payments), xmin FROM shops"
    before = ask(database_url, everything)

    load({"DATABASE_URL": database_url})

    assert ask(database_url, everything) == before


def test_another_day_adds_its_bookings_and_changes_no_others(database_url: str) -> None:
    load({"DATABASE_URL": database_url})
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE shops SET deposit_cents = 1 WHERE id = %s", [SHOP])

    with time_machine.travel(datetime.now(ZONE) + timedelta(days=7)):
        load({"DATABASE_URL": database_url})

    assert ask(database_url, "SELECT count(*) FROM appointments WHERE status = 'booked'") == (2 * len(BOOKED),)
    assert ask(database_url, "SELECT deposit_cents FROM shops") == (1,)


def ask(url: str, question: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()
