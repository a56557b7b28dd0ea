"""Measures the search for the next customer in shops in which one customer in ten is on the waiting list."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from benchmarks import bulk, large_shops
from benchmarks.measurements import Measurement, Target, ratio
from benchmarks.measures.next_customer import MILLION, SearchSize, figure, search_all
from benchmarks.system_under_test import SystemUnderTest, running

FULL = SearchSize(customers=(1_000, MILLION), shops=(), searches=40)
QUICK = SearchSize(customers=(100, 200), shops=(), searches=2)
ONE_IN = 10

CATALOGUE = """
INSERT INTO services (shop_id, name, duration_minutes)
SELECT %(shop)s, 'Service ' || n, 30 + 30 * (n %% 4) FROM generate_series(1, 20) n
"""
# Every tenth customer is on the waiting list. The order of the entries differs from the order of the last visits.
ENTRIES = """
INSERT INTO waitlist_entries (shop_id, customer_id, created_at, priority, priority_reason, service_id, weekdays,
                              time_from, time_until)
SELECT c.shop_id, c.id, clock_timestamp() - c.n * interval '1 minute',
       CASE WHEN c.n %% 1000 = 0 THEN 1 ELSE 0 END, 'Was turned away.',
       {service}, {weekdays}, {time_from}, {time_until}
  FROM (SELECT id, shop_id, row_number() OVER (ORDER BY hashtext(id::text)) AS n FROM customers
         WHERE shop_id = %(shop)s) c
 WHERE c.n <= %(entries)s
"""
SERVICE = "(SELECT v.id FROM services v WHERE v.shop_id = c.shop_id AND v.name = 'Service ' || 1 + c.n % 20)"


@dataclass(frozen=True, slots=True)
class Wishing:
    """The wishes of the customers on the waiting list, as SQL expressions over the number `c.n` of the entry."""

    words: str
    service: str = "NULL::uuid"
    weekdays: str = "NULL::smallint[]"
    time_from: str = "NULL::time"
    time_until: str = "NULL::time"

    @property
    def statement(self) -> str:
        parts = (self.service, self.weekdays, self.time_from, self.time_until)
        service, weekdays, time_from, time_until = (part.replace("%", "%%") for part in parts)
        return ENTRIES.format(service=service, weekdays=weekdays, time_from=time_from, time_until=time_until)


ANOTHER_DAY = "ARRAY[1 + (extract(isodow FROM clock_timestamp() + interval '3 days')::int + c.n % 6) % 7]::smallint[]"
WISHES = (
    Wishing("for any time"),
    Wishing(
        "with mixed wishes",
        service=f"CASE WHEN c.n % 3 > 0 THEN {SERVICE} END",
        weekdays="CASE WHEN c.n % 4 > 0 THEN ARRAY[1 + c.n % 7]::smallint[] END",
        time_from="CASE WHEN c.n % 5 > 2 THEN time '08:00' + (c.n % 10) * interval '1 hour' END",
    ),
    Wishing("for another day", weekdays=ANOTHER_DAY),
    Wishing("for another hour", time_from="time '00:00'", time_until="time '00:00:01'"),
)


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Measures with only Postgres and Valkey running."""
    size = QUICK if quick else FULL
    with running((), baseline=False) as system:
        kinds = [(wishing, customers) for wishing in WISHES for customers in size.customers]
        slots = _filled(system, kinds)
        baseline = 0.0
        for (wishing, customers), searched in zip(kinds, search_all(system, slots, size), strict=True):
            if customers == size.customers[0]:
                baseline = statistics.median(searched.milliseconds)
            name = f"next of {customers:,} customers, {customers // ONE_IN:,} waiting {wishing.words}"
            yield figure(name, searched, baseline, _must(customers))


def _must(customers: int) -> Target | None:
    return ratio(most=2) if customers == MILLION else None


def _filled(system: SystemUnderTest, kinds: list[tuple[Wishing, int]]) -> list[UUID]:
    """Creates a shop of each kind; returns the ids of their openings."""
    with bulk.bare(system, "customers"):
        slots = large_shops.shops(system, [(large_shops.NOBODY, customers) for _, customers in kinds])
    for slot, (wishing, customers) in zip(slots, kinds, strict=True):
        ((shop,),) = system.sql("SELECT shop_id FROM slot_openings WHERE id = %(slot)s", slot=slot)
        system.sql(CATALOGUE, shop=shop)
        system.sql(wishing.statement, shop=shop, entries=customers // ONE_IN)
    system.sql("VACUUM ANALYZE waitlist_entries")
    return slots
