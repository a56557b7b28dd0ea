"""Tests of `slots migrate`, run as a process."""

from __future__ import annotations

from db.migrating import current, head
from tests.cli.commands import slots


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


def test_without_a_database_it_says_where_to_look():
    told = slots("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")

    assert told.code == 1
    assert "slots doctor" in told.err
