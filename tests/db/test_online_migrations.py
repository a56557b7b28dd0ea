"""Migrates a database in use from revision 0010 (version 0.1.0), and resumes interrupted migrations."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from db import migrating
from tests.servers import Databases

ROWS = """
WITH shop AS (INSERT INTO shops (name, sms_from, timezone) VALUES ('A', '+447700900100', 'UTC') RETURNING id),
     customer AS (INSERT INTO customers (shop_id, name, phone)
                  SELECT id, 'Ana', '+4477009001' || n FROM shop, generate_series(10, 99) n RETURNING id, shop_id),
     appointment AS (INSERT INTO appointments (shop_id, customer_id, starts_at, ends_at)
                     SELECT shop_id, id, now() + row_number() OVER () * interval '1 hour',
                            now() + (row_number() OVER () + 1) * interval '1 hour'
                       FROM customer RETURNING id, shop_id)
INSERT INTO payments (shop_id, appointment_id, amount_cents, currency, status)
SELECT shop_id, id, 2000, 'gbp', 'refunded' FROM appointment LIMIT 5
"""
UNFINISHED = """
SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
 UNION ALL SELECT conname FROM pg_constraint WHERE NOT convalidated
"""

WAITING_FOR_LOCK = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


DEADLOCK_TIMEOUT = 1000
"""The milliseconds after which Postgres resolves a deadlock."""


@pytest.fixture
def old_url(databases: Databases) -> Iterator[str]:
    url = databases.make()
    migrating.upgrade(url, to="0010")
    yield url
    databases.drop(url)


def test_the_rows_of_an_old_database_are_kept_and_everything_is_valid(old_url: str) -> None:
    with psycopg.connect(old_url, autocommit=True) as connection:
        connection.execute(ROWS)
        migrating.upgrade(old_url)
        assert connection.execute(UNFINISHED).fetchall() == []
        refunded = "SELECT count(*), sum(refunded_cents) FROM payments WHERE status = 'refunded'"
        assert connection.execute(refunded).fetchone() == (5, 10_000)
        assert connection.execute("SELECT count(*) FROM appointments").fetchone() == (90,)


def test_a_table_in_use_is_waited_for_without_blocking_others(old_url: str) -> None:
    assert migrating.LIMITS["lock_timeout"] < DEADLOCK_TIMEOUT
    with ThreadPoolExecutor(1) as pool, psycopg.connect(old_url) as busy:
        busy.execute("SELECT count(*) FROM customers")
        upgrade = pool.submit(migrating.upgrade, old_url)
        with psycopg.connect(old_url, autocommit=True) as other:
            while not other.execute(WAITING_FOR_LOCK).fetchone():
                assert not upgrade.done(), upgrade.exception()
            # The migrator stops waiting, so that this statement gets through, although the table is still in use.
            other.execute("SELECT count(*) FROM customers")
        assert not upgrade.done()
        busy.rollback()
        upgrade.result()
    assert migrating.current(old_url) == migrating.head()


@pytest.mark.long
def test_an_index_that_was_interrupted_is_built_again(old_url: str) -> None:
    migrating.upgrade(old_url, to="0011")
    with psycopg.connect(old_url, autocommit=True) as connection:
        connection.execute(ROWS)
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY customers_external_id_key ON customers (shop_id)")
        assert connection.execute(UNFINISHED).fetchone() == ("customers_external_id_key",)
        migrating.upgrade(old_url)
        assert connection.execute(UNFINISHED).fetchall() == []
        defined = connection.execute("SELECT pg_get_indexdef('customers_external_id_key'::regclass)").fetchone()
    assert defined is not None
    assert "external_id" in defined[0]
