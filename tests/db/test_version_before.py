"""Processes of the previous version work on the newest schema, so that an upgrade can be rolled back.

`statements_of_0_1_0.json` contains the statements that version 0.1.0 sent, and the database role of each statement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from db import migrating
from tests.servers import Databases

SCHEMA_OF_0_1_0 = "0010"
RECORDED = json.loads(Path(__file__).with_name("statements_of_0_1_0.json").read_text("utf-8"))
COLUMNS = """
SELECT table_name || '.' || column_name, udt_name, is_nullable, column_default IS NOT NULL OR is_identity = 'YES'
  FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
CHECKS = """
SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""
WIDENED = {"payments.payments_release_reason_known": "a reason was added"}
"""Constraints of 0.1.0 that were replaced, and why the rows of 0.1.0 satisfy the new constraints."""
RELAXED = {"customers.email_opt_in": "null, which is new, counts as no in the statements of 0.1.0"}
"""Columns that may be null now, and why the code of 0.1.0 can read them."""
STRICTER: dict[str, str] = {}
"""Constraints that were added to columns of 0.1.0, and why the rows of 0.1.0 satisfy them."""


@pytest.fixture(scope="module")
def old(databases: Databases) -> Iterator[psycopg.Connection]:
    url = databases.make()
    migrating.upgrade(url, to=SCHEMA_OF_0_1_0)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
    databases.drop(url)


@pytest.fixture(scope="module")
def new(databases: Databases, migrated_template: str) -> Iterator[psycopg.Connection]:
    """The migrated database that all tests copy. The tests here only read it."""
    with psycopg.connect(databases.url_of(migrated_template), autocommit=True, prepare_threshold=None) as connection:
        yield connection


def test_its_columns_are_kept_and_new_ones_may_be_left_out(old: psycopg.Connection, new: psycopg.Connection) -> None:
    before = {name: rest for name, *rest in old.execute(COLUMNS)}
    after = {name: rest for name, *rest in new.execute(COLUMNS)}
    tables = {name.partition(".")[0] for name in before}

    assert {name for name, rest in before.items() if after.get(name) != rest} == set(RELAXED)
    added = {name: rest for name, rest in after.items() if name not in before and name.partition(".")[0] in tables}
    assert {
        name for name, (_, nullable, has_default) in added.items() if nullable == "NO" and not has_default
    } == set()


def test_its_rows_fit_the_constraints(old: psycopg.Connection, new: psycopg.Connection) -> None:
    before, after = dict(old.execute(CHECKS)), dict(new.execute(CHECKS))  # type: ignore[arg-type]
    tables = {name.partition(".")[0] for name, *_ in old.execute(COLUMNS)}

    assert {name for name in before.keys() & after.keys() if before[name] != after[name]} == set(WIDENED)
    added = {name for name in after.keys() - before.keys() if name.partition(".")[0] in tables}
    assert {name for name in added if _concerns_old_columns(new, old, name)} == set(STRICTER)


def _concerns_old_columns(new: psycopg.Connection, old: psycopg.Connection, constraint: str) -> bool:
    """Returns whether all columns of the constraint existed in 0.1.0."""
    table, _, name = constraint.partition(".")
    columns = """
    SELECT attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
     WHERE conrelid = %s::regclass AND conname = %s
    """
    known = {column for column, *_ in old.execute(COLUMNS)}
    return {f"{table}.{column}" for (column,) in new.execute(columns, [table, name])} <= known


@pytest.mark.parametrize("role", sorted({one["role"] for one in RECORDED}))
def test_its_statements_are_valid_and_permitted(new: psycopg.Connection, role: str) -> None:
    refused = []
    if role != "slots":
        new.execute(f"SET ROLE {role}")
    for recorded in (one["statement"] for one in RECORDED if one["role"] == role):
        try:
            new.execute(f"PREPARE recorded AS {recorded}")
            values = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", recorded))))
            new.execute(f"EXPLAIN EXECUTE recorded{f'({values})' if values else ''}")
        except psycopg.Error as error:
            refused.append(f"{type(error).__name__}: {error} in {recorded}")
        finally:
            new.execute("DEALLOCATE ALL")
    assert refused == []
