"""Creates shops with many customers, some of whom have a cooldown."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from benchmarks import bulk
from benchmarks.system_under_test import SystemUnderTest


@dataclass(frozen=True, slots=True)
class Pattern:
    """The percentage of customers with a cooldown, and whether these customers are ranked highest."""

    percent: int
    best_first: bool

    @property
    def words(self) -> str:
        where = "" if self.percent == 0 else ", the highest ranked" if self.best_first else ", at random"
        return f"{self.percent}% in cooldown{where}"


NOBODY = Pattern(0, best_first=False)
PATTERNS = (NOBODY, Pattern(50, False), Pattern(50, True), Pattern(95, False), Pattern(95, True))

SHOP = """
INSERT INTO shops (name, sms_from, quiet_from, quiet_until) VALUES ('large shop', %(phone)s, NULL, NULL) RETURNING id
"""
# Four out of five customers have a past appointment, which began n minutes ago for the n-th customer.
CUSTOMERS = """
INSERT INTO customers (shop_id, name, phone, sms_opt_in, last_settled_at, cooldown_until)
SELECT %(shop)s, 'Ana', '+44' || (%(known)s::bigint + n)::text, true,
       CASE WHEN n <= %(customers)s::bigint * 0.8 THEN clock_timestamp() - n * interval '1 minute' END,
       CASE WHEN {in_cooldown} THEN clock_timestamp() + interval '1 day' - n * interval '10 milliseconds' END
  FROM generate_series(%(first)s::int, %(last)s::int) n
"""
A_STATEMENT = 250_000
COOLDOWNS = {True: "n <= %(customers)s::bigint * %(percent)s / 100", False: "abs(hashint4(n) %% 100) < %(percent)s"}
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
# The phone numbers of each shop are in a separate range of ten million numbers.
PHONES = itertools.count(7_010_000_000, 10_000_000)


def shop(system: SystemUnderTest, *, customers: int, pattern: Pattern) -> UUID:
    """Creates a shop with an opening; returns the id of the opening."""
    (slot,) = shops(system, [(pattern, customers)])
    return slot


def shops(system: SystemUnderTest, kinds: list[tuple[Pattern, int]]) -> list[UUID]:
    """Creates a shop for each pattern and size; returns the ids of their openings."""
    made, fillings = [], []
    for pattern, customers in kinds:
        known = next(PHONES)
        ((shop,),) = system.sql(SHOP, phone=f"+{known}")
        made.append(shop)
        fillings += list(_filling(pattern, shop=shop, known=known, customers=customers, percent=pattern.percent))
    bulk.at_once(system, fillings)
    # Openings are inserted after the customers, because adding a customer restarts the searches of a shop.
    return [UUID(str(slot)) for shop in made for (slot,) in system.sql(SLOT, shop=shop)]


def _filling(pattern: Pattern, *, customers: int, **values: object) -> Iterator[bulk.Statement]:
    """Yields one statement for each batch of customers, so that several processors can fill a large shop."""
    text = CUSTOMERS.format(in_cooldown=COOLDOWNS[pattern.best_first])
    for first in range(1, customers + 1, A_STATEMENT):
        last = min(first + A_STATEMENT - 1, customers)
        yield text, {"customers": customers, "first": first, "last": last, **values}


def neighbours(system: SystemUnderTest, *, up_to: int) -> None:
    """Adds shops with twenty customers each until `up_to` such shops exist."""
    there = system.count("SELECT count(*) FROM shops WHERE name = 'neighbour'")
    if up_to > there:
        system.sql(NEIGHBOURS, first=there + 1, last=up_to)
        system.sql("ANALYZE")
