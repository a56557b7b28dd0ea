"""Creates and fills the tables of the naive implementation."""

from pathlib import Path

from benchmarks.system_under_test import SystemUnderTest

TABLES = (Path(__file__).parent / "schema.sql").read_text()
FILL = """
WITH shop AS (
  INSERT INTO naive_shops (phone) SELECT '+1666' || lpad((%(taken)s::bigint + n)::text, 7, '0')
    FROM generate_series(1, %(shops)s) n RETURNING id
)
INSERT INTO naive_customers (shop_id, phone, last_visit, asked_at)
SELECT shop.id, '+44' || (5000000000 + %(known)s::bigint + row_number() OVER ())::text,
       now() - n * interval '1 minute', CASE WHEN n <= %(rest)s THEN now() END
  FROM shop, generate_series(1, %(customers)s) n
RETURNING shop_id
"""
OFFERED = """
WITH slot AS (
  INSERT INTO naive_slots (shop_id) SELECT id FROM naive_shops WHERE id = ANY(%(shops)s) RETURNING id, shop_id
)
INSERT INTO naive_offers (slot_id, customer_id, expires_at)
SELECT slot.id, c.id, now() + %(ends_in)s * interval '1 second' FROM slot
  JOIN LATERAL (SELECT id FROM naive_customers WHERE shop_id = slot.shop_id
                 ORDER BY last_visit DESC LIMIT 1) c ON true
"""


def tables(system: SystemUnderTest) -> None:
    """Creates the tables."""
    system.changed(TABLES)


def shops(system: SystemUnderTest, *, many: int, customers: int, rest: int = 0) -> list[str]:
    """Creates shops and returns their ids. The `rest` highest-ranked customers of each shop have a cooldown."""
    taken = system.count("SELECT count(*) FROM naive_shops")
    known = system.count("SELECT count(*) FROM naive_customers")
    made = system.sql(FILL, taken=taken, known=known, shops=many, customers=customers, rest=rest)
    system.sql("ANALYZE")
    return list(dict.fromkeys(str(id) for (id,) in made))


def offered(system: SystemUnderTest, shops: list[str], *, ends_in: float = 900) -> list[str]:
    """Offers a slot in each shop to the shop's first customer; returns the customers' phone numbers."""
    system.sql(OFFERED, shops=shops, ends_in=ends_in)
    phones = """SELECT c.phone FROM naive_offers o JOIN naive_customers c ON c.id = o.customer_id
                 WHERE c.shop_id = ANY(%(shops)s) AND o.status = 'sent'"""
    return [phone for (phone,) in system.sql(phones, shops=shops)]
