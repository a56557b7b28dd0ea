"""Fills large tables quickly, without keys or indexes, on all processors."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.system_under_test import SystemUnderTest

Statement = tuple[str, Mapping[str, object]]

# The statements that drop and recreate each object. Foreign keys depend on primary keys.
REFERENCES = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint
 WHERE contype = 'f' AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
"""
KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE contype = 'p' AND conrelid = ANY(%(tables)s::regclass[])
"""
INDEXES = """
SELECT format('DROP INDEX %%I', indexname), replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes
 WHERE tablename = ANY(%(tables)s) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


@contextmanager
def bare(system: SystemUnderTest, *tables: str) -> Iterator[None]:
    """Drops the primary keys, foreign keys and indexes of the tables before the block, and recreates them
    afterwards.
    """
    references, keys, indexes = (system.sql(which, tables=list(tables)) for which in (REFERENCES, KEYS, INDEXES))
    for drop, _ in itertools.chain(references, keys, indexes):
        system.sql(drop)
    yield
    for kind in (indexes, keys):
        at_once(system, [(make, {}) for _, make in kind])
    # Each foreign key locks two tables, so making several at a time could be a deadlock.
    for _, make in references:
        system.sql(make)
    at_once(system, [(f"VACUUM ANALYZE {table}", {}) for table in tables])


def at_once(system: SystemUnderTest, statements: Sequence[Statement]) -> None:
    """Starts the statements in order, and runs as many at a time as there are processors."""

    def run(statement: Statement) -> None:
        text, values = statement
        with system.connection() as connection:
            connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
            connection.execute(text, values or None)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, statements))
