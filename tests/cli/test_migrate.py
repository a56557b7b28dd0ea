"""Tests of `slots migrate`, run in separate processes."""

from __future__ import annotations

import psycopg

from db.migrating import current, head
from tests.cli.commands import slots

DROP_LAST_MONTH = """DO $$ BEGIN
  EXECUTE 'DROP TABLE events_' || to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '2 months', 'YYYY_MM');
END $$"""
MONTHS = r"""
SELECT count(*)::int FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
 WHERE inhparent = 'events'::regclass AND relname ~ '\d{4}_\d\d$'
"""


def test_an_empty_database_gets_the_newest_schema_once(databases):
    url = databases.make()
    try:
        assert slots("migrate", "--check", DATABASE_URL=url).code == 1
        assert slots("migrate", DATABASE_URL=url).code == 0
        assert slots("migrate", DATABASE_URL=url).code == 0
        assert slots("migrate", "--check", DATABASE_URL=url).code == 0
        assert current(url) == head()
    finally:
        databases.drop(url)


def test_a_migrated_database_is_completed(databases, migrated_template):
    """A restored database lacks later partitions, and its events have transaction ids of the old server."""
    url = databases.make(like=migrated_template)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(DROP_LAST_MONTH)
            connection.execute("INSERT INTO shops (name) VALUES ('Salon Lou')")
            connection.execute(
                "INSERT INTO events (shop_id, type, xid) SELECT id, 'slot.opened', 1000000000 FROM shops"
            )
            assert slots("migrate", DATABASE_URL=url).code == 0
            assert connection.execute(MONTHS).fetchone() == (1,)
            assert connection.execute("SELECT xid FROM events").fetchone() == (0,)
    finally:
        databases.drop(url)


def test_without_a_database_it_says_where_to_look():
    result = slots("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")

    assert result.code == 1
    assert "slots doctor" in result.err
