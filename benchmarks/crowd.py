"""Shops with any number of customers, some of whom rest, filled as fast as Postgres takes them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from benchmarks import bulk
from benchmarks.system_under_test import Ground


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
  FROM generate_series(%(first)s::int, %(last)s::int) n
"""
A_STATEMENT = 250_000
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
# Each shop has ten million phones to itself.
PHONES = itertools.count(7_010_000_000, 10_000_000)


def shop(ground: Ground, *, customers: int, pattern: Pattern) -> UUID:
    """A shop and an opening of its own, whose id it answers."""
    (slot,) = shops(ground, [(pattern, customers)])
    return slot


def shops(ground: Ground, kinds: list[tuple[Pattern, int]]) -> list[UUID]:
    """One of each kind, with so many customers; each shop's opening."""
    made, fillings = [], []
    for pattern, customers in kinds:
        known = next(PHONES)
        ((shop,),) = ground.sql(SHOP, phone=f"+{known}")
        made.append(shop)
        fillings += list(_filling(pattern, shop=shop, known=known, customers=customers, percent=pattern.percent))
    bulk.at_once(ground, fillings)
    # Customers who come later than an opening would wake its search.
    return [UUID(str(slot)) for shop in made for (slot,) in ground.sql(SLOT, shop=shop)]


def _filling(pattern: Pattern, *, customers: int, **values: object) -> Iterator[bulk.Statement]:
    """In pieces, so that every processor has its share of a large shop."""
    text = CUSTOMERS.format(rests=RESTS[pattern.best_first])
    for first in range(1, customers + 1, A_STATEMENT):
        last = min(first + A_STATEMENT - 1, customers)
        yield text, {"customers": customers, "first": first, "last": last, **values}


def neighbours(ground: Ground, *, up_to: int) -> None:
    """Other shops, twenty customers each, until there are so many."""
    there = ground.count("SELECT count(*) FROM shops WHERE name = 'neighbour'")
    if up_to > there:
        ground.sql(NEIGHBOURS, first=there + 1, last=up_to)
        ground.sql("ANALYZE")
