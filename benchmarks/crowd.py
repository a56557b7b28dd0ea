"""Shops with any number of customers, some of whom rest, filled as fast as Postgres takes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from benchmarks.ground import Ground


@dataclass(frozen=True, slots=True)
class Pattern:
    """How many of a hundred customers rest, and whether they are those who would be asked first."""

    percent: int
    best_first: bool

    @property
    def words(self) -> str:
        where = "" if self.percent == 0 else ", the best-ranked" if self.best_first else ", anybody"
        return f"{self.percent} % rest{where}"


NOBODY = Pattern(0, best_first=False)
PATTERNS = (NOBODY, Pattern(50, False), Pattern(50, True), Pattern(95, False), Pattern(95, True))

SHOP = (
    "INSERT INTO shops (name, sms_from, quiet_from, quiet_until) VALUES ('crowd', %(phone)s, NULL, NULL) RETURNING id"
)
# Four of five have been here before: the n-th was here n minutes ago.
CUSTOMERS = """
INSERT INTO customers (shop_id, name, phone, sms_opt_in, last_settled_at, cooldown_until)
SELECT %(shop)s, 'Ana', '+44' || (%(known)s::bigint + n)::text, true,
       CASE WHEN n <= %(customers)s::bigint * 0.8 THEN clock_timestamp() - n * interval '1 minute' END,
       CASE WHEN {rests} THEN clock_timestamp() + interval '1 day' - n * interval '10 milliseconds' END
  FROM generate_series(1, %(customers)s::int) n
"""
RESTS = {True: "n <= %(customers)s::bigint * %(percent)s / 100", False: "abs(hashint4(n) %% 100) < %(percent)s"}
SLOT = """
INSERT INTO slot_openings (shop_id, starts_at, ends_at)
VALUES (%(shop)s, clock_timestamp() + interval '3 days', clock_timestamp() + interval '73 hours') RETURNING id
"""
NEIGHBOURS = """
WITH made AS (
  INSERT INTO shops (name, sms_from) SELECT 'neighbour', '+1999' || lpad(n::text, 7, '0')
    FROM generate_series(%(first)s::int, %(last)s::int) n RETURNING id
)
INSERT INTO customers (shop_id, name, phone, sms_opt_in, last_settled_at)
SELECT made.id, 'Ana', '+44' || (8000000000 + n)::text, true, clock_timestamp() - n * interval '1 day'
  FROM made, generate_series(1, 20) n
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
 WHERE tablename = 'customers' AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def shop(ground: Ground, *, customers: int, pattern: Pattern) -> UUID:
    """A shop and an opening of its own, whose id it answers."""
    known = 7_000_000_000 + ground.count("SELECT count(*) FROM shops") * 10_000_000
    ((made,),) = ground.sql(SHOP, phone=f"+{known}")
    rests = RESTS[pattern.best_first]
    values = {"shop": made, "known": known, "customers": customers, "percent": pattern.percent}
    ground.sql(CUSTOMERS.format(rests=rests), **values)
    ((slot,),) = ground.sql(SLOT, shop=made)
    return UUID(str(slot))


def neighbours(ground: Ground, *, up_to: int) -> None:
    """Other shops, twenty customers each, until there are so many."""
    there = ground.count("SELECT count(*) FROM shops WHERE name = 'neighbour'")
    if up_to > there:
        ground.sql(NEIGHBOURS, first=there + 1, last=up_to)
        ground.sql("ANALYZE")


@contextmanager
def without_indexes(ground: Ground) -> Iterator[None]:
    """Rows go in many times as fast when their indexes are made afterwards."""
    indexes = ground.sql(INDEXES)
    for name, _ in indexes:
        ground.sql(f"DROP INDEX {name}")
    yield
    with ground.connection() as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE customers")
