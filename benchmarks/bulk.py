"""Fills large tables as fast as this machine can: without their keys and indexes, on all processors."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.system_under_test import Ground

Statement = tuple[str, Mapping[str, object]]

# How each is dropped, and how it is made again. References to a table need its primary key.
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
SELECT format('DROP INDEX %%I', indexname), indexdef FROM pg_indexes
 WHERE tablename = ANY(%(tables)s) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


@contextmanager
def bare(ground: Ground, *tables: str) -> Iterator[None]:
    """Rows go in many times as fast when keys and indexes are made and references looked up afterwards."""
    burdens = [ground.sql(which, tables=list(tables)) for which in (REFERENCES, KEYS, INDEXES)]
    for drop, _ in itertools.chain(*burdens):
        ground.sql(drop)
    yield
    for burden in reversed(burdens):
        at_once(ground, [(make, {}) for _, make in burden])
    at_once(ground, [(f"VACUUM ANALYZE {table}", {}) for table in tables])


def at_once(ground: Ground, statements: Sequence[Statement]) -> None:
    """Begun in their order, as many side by side as there are processors."""

    def run(statement: Statement) -> None:
        text, values = statement
        with ground.connection() as connection:
            connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
            connection.execute(text, values or None)

    with ThreadPoolExecutor(os.cpu_count()) as hands:
        list(hands.map(run, statements))
