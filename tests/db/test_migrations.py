"""The migrations form a linear chain, and the models match the resulting schema."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from db import migrating
from db.engine import psycopg_url
from db.models import ModelRecord

# The results of these queries must be the same for models and migrations.
COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity, generation_expression
  FROM information_schema.columns JOIN pg_class ON pg_class.oid = table_name::regclass AND NOT relispartition
 WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(pg_constraint.oid)
  FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid AND NOT relispartition
 WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND conrelid <> 'alembic_version'::regclass
 ORDER BY 1, 2
"""
INDEXES = """
SELECT indexname, indexdef
  FROM pg_indexes JOIN pg_class ON pg_class.oid = indexname::regclass AND NOT relispartition
 WHERE schemaname = 'public' ORDER BY 1
"""
PARTITION = text("SELECT relispartition FROM pg_class WHERE oid = to_regclass(:name)")
WHAT_MODELS_STAND_ON = """
CREATE TYPE uuidrange AS RANGE (subtype = uuid);
CREATE TABLE alembic_version (
  version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
"""


def test_the_newest_revision_is_reached_once_and_for_all(empty_url):
    assert migrating.current(empty_url) is None
    migrating.upgrade(empty_url)
    migrating.upgrade(empty_url)
    assert migrating.current(empty_url) == migrating.head()


def test_two_migrators_at_once_dont_collide(empty_url):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrating.upgrade, [empty_url, empty_url]))
    assert migrating.current(empty_url) == migrating.head()


def test_alembic_finds_nothing_to_change(migrated_url):
    with connected(migrated_url) as connection:

        def is_ours(name, kind, parents):
            return kind != "table" or not connection.execute(PARTITION, {"name": name}).scalar()

        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(context, ModelRecord.metadata) == []


@pytest.mark.parametrize("question", [COLUMNS, CONSTRAINTS, INDEXES], ids=["columns", "constraints", "indexes"])
def test_the_models_alone_make_the_same_tables(databases, migrated_url, empty_url, question):
    with connected(migrated_url) as migrated, connected(empty_url) as modelled:
        functions = migrated.execute(
            text("""
            SELECT pg_get_functiondef(oid) FROM pg_proc
             WHERE proname IN ('clock_now', 'random_token', 'e164', 'phone_line') OR starts_with(proname, 'wish_')
             ORDER BY proname
            """)
        )
        modelled.exec_driver_sql(WHAT_MODELS_STAND_ON)
        for function in functions.scalars():
            modelled.exec_driver_sql(function)
        ModelRecord.metadata.create_all(modelled)
        told_by_migration = [tuple(row) for row in migrated.execute(text(question))]
        assert told_by_migration == [tuple(row) for row in modelled.execute(text(question))]


def test_every_table_of_a_tenant_is_under_row_level_security(migrated_url):
    with connected(migrated_url) as connection:
        open_tables = connection.execute(
            text(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " AND NOT relrowsecurity AND relname <> 'alembic_version'"
            )
        )
        assert open_tables.scalars().all() == []


def test_no_foreign_key_lacks_an_index_where_rows_are_deleted_or_joined(migrated_url):
    """References to tables whose rows are never deleted are excluded, because joins start from those tables."""
    with connected(migrated_url) as connection:
        bare = connection.execute(
            text("""
            SELECT conrelid::regclass || '.' || attname FROM pg_constraint
              JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
             WHERE contype = 'f'
               AND confrelid::regclass::text NOT IN ('shops', 'performers', 'services', 'calendars')
               AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])
             ORDER BY 1
            """)
        )
        assert bare.scalars().all() == [
            # Only the clean-up and erasures delete the referenced rows, and neither is urgent.
            "messages.staff_id",
            "notifications.appointment_id",
            "notifications.customer_id",
            "notifications.slot_opening_id",
        ]


def connected(url):
    return create_engine(psycopg_url(url), poolclass=NullPool).connect()


@pytest.fixture
def empty_url(databases):
    url = databases.make()
    yield url
    databases.drop(url)


@pytest.fixture
def migrated_url(databases, migrated_template):
    """The migrated database that all tests copy. The tests here only read it."""
    return databases.url_of(migrated_template)
