"""Creates shops, customers, appointments, openings and offers in bulk, by SQL.

Shops are created in named groups. Each shop has its own number, which identifies its texts in the ledger.
"""

from dataclasses import dataclass

from benchmarks.system_under_test import SystemUnderTest

SHOPS = """
WITH made AS (
  INSERT INTO shops (name, sms_from, timezone, deposit_cents, quiet_from, quiet_until)
  SELECT %(group)s, '+1888' || lpad((%(taken)s::bigint + n)::text, 7, '0'), 'Europe/London', 2000, NULL, NULL
    FROM generate_series(1, %(shops)s) n RETURNING id
)
INSERT INTO customers (shop_id, name, phone, sms_opt_in)
SELECT made.id, 'Ana', '+44' || (7000000000 + %(known)s::bigint + row_number() OVER ())::text, true
  FROM made, generate_series(1, %(customers)s)
"""
# The customers with these appointments have not agreed to texts, so they get no offers.
BOOKED = """
WITH who AS (
  INSERT INTO customers (shop_id, name) SELECT id, 'Zoe' FROM shops WHERE name = %(group)s RETURNING id, shop_id
), appointment AS (
  INSERT INTO appointments (shop_id, customer_id, starts_at, ends_at, payment_required, deposit_cents, price_cents)
  SELECT shop_id, id, clock_timestamp() + interval '3 days', clock_timestamp() + interval '73 hours', true, 2000, 5000
    FROM who
  RETURNING id, shop_id
)
INSERT INTO payments (shop_id, appointment_id, amount_cents, currency, status, stripe_payment_intent_id)
SELECT shop_id, id, 2000, 'gbp', 'succeeded', 'pi_paid_' || id FROM appointment
"""
OPEN = """
INSERT INTO slot_openings (shop_id, starts_at, ends_at, updated_at)
SELECT id, clock_timestamp() + interval '3 days' + n * interval '1 hour',
       clock_timestamp() + interval '3 days' + (n + 1) * interval '1 hour',
       clock_timestamp() - %(idle_minutes)s * interval '1 minute'
  FROM shops, generate_series(1, %(slots)s) n WHERE name = %(group)s
"""
# Offers the n-th slot of each shop to the shop's n-th customer. The windows end one after the other.
OFFERED = """
INSERT INTO slot_offers (shop_id, slot_opening_id, customer_id, status, sent_at, expires_at, cooldown_until)
SELECT slot.shop_id, slot.id, customer.id, 'sent', clock_timestamp() - interval '16 minutes',
       clock_timestamp() + %(ends_in)s * interval '1 second' + slot.place * %(apart)s * interval '1 second',
       clock_timestamp() + interval '1 day'
  FROM (SELECT s.id, s.shop_id, row_number() OVER (ORDER BY s.id) AS place,
               row_number() OVER (PARTITION BY s.shop_id ORDER BY s.starts_at) AS n
          FROM slot_openings s JOIN shops ON shops.id = s.shop_id AND shops.name = %(group)s) slot
  JOIN (SELECT c.id, c.shop_id, row_number() OVER (PARTITION BY c.shop_id ORDER BY c.id) AS n
          FROM customers c JOIN shops ON shops.id = c.shop_id AND shops.name = %(group)s AND c.sms_opt_in) customer
    ON customer.shop_id = slot.shop_id AND customer.n = slot.n
"""
LIVE = """
SELECT shop.sms_from, c.phone, o.id::text, o.slot_opening_id::text, extract(epoch FROM o.expires_at)::float
  FROM slot_offers o JOIN shops shop ON shop.id = o.shop_id JOIN customers c ON c.id = o.customer_id
 WHERE shop.name = %(group)s AND o.status = 'sent' ORDER BY o.expires_at, o.id
"""


@dataclass(frozen=True, slots=True)
class Live:
    """A live offer; `ends` is in Unix seconds."""

    shop: str
    customer: str
    offer_id: str
    slot_opening_id: str
    ends: float


def shops(system: SystemUnderTest, group: str, *, shops: int, customers: int) -> None:
    """Creates shops with `customers` eligible customers each."""
    known = system.count("SELECT count(*) FROM customers")
    taken = system.count("SELECT count(*) FROM shops")
    system.sql(SHOPS, group=group, shops=shops, customers=customers, taken=taken, known=known)


def booked(system: SystemUnderTest, group: str) -> list[tuple[str, str]]:
    """Creates a paid appointment in each shop; returns the shop's number and the appointment's id."""
    system.sql(BOOKED, group=group)
    return system.sql(
        """SELECT shop.sms_from, a.id::text FROM appointments a JOIN shops shop ON shop.id = a.shop_id
            WHERE shop.name = %(group)s""",
        group=group,
    )


def opened(system: SystemUnderTest, group: str, *, slots: int = 1, idle_minutes: int = 0) -> None:
    """Creates openings without tasks in each shop.

    A sweep starts the recoveries of openings that have been idle for more than a minute.
    """
    system.sql(OPEN, group=group, slots=slots, idle_minutes=idle_minutes)


def offered(system: SystemUnderTest, group: str, *, ends_in: float = 900, apart: float = 0) -> list[Live]:
    """Offers each opening. The first window ends in `ends_in` seconds, and each further one `apart` seconds later."""
    system.sql(OFFERED, group=group, ends_in=ends_in, apart=apart)
    system.sql("ANALYZE")
    return [Live(*row) for row in system.sql(LIVE, group=group)]
