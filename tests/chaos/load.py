"""Inserts the shops, customers and appointments of a chaos run, in bulk with plain SQL."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import psycopg

from tests.live_system import LiveAppointment, LiveShop, LiveSystem

SLOTS_A_SHOP, CUSTOMERS_A_SLOT = 25, 2
MOVERS_A_SLOT = float(os.environ.get("CHAOS_MOVERS") or 1.2)
"""Customers with a later appointment, per slot.

Most say YES, and their times are sold too: with 1.2, at least a third of all recoveries are move-ups.
"""
DEPOSIT = 2000


def load(live: LiveSystem, *, recoveries: int, chance: Random) -> list[LiveAppointment]:
    """Inserts `recoveries` paid appointments, with enough customers.

    Returns the appointments in the order in which they will be cancelled.
    """
    phones = (f"+4479{number:08d}" for number in itertools.count(chance.randrange(10**7)))
    appointments: list[LiveAppointment] = []
    with psycopg.connect(live.settings["DATABASE_URL"]) as connection:
        while len(appointments) < recoveries:
            slots = min(SLOTS_A_SHOP, recoveries - len(appointments))
            appointments += _shop(connection, live, slots, phones)
    chance.shuffle(appointments)
    return appointments


def _shop(
    connection: psycopg.Connection, live: LiveSystem, slots: int, phones: itertools.chain[str]
) -> list[LiveAppointment]:
    """Inserts a shop whose customers are asked at most once.

    The cooldown of one day ends after the last of these appointments. A time that was freed by a move-up is not
    filled by another move-up, so the chains are short and their number is known.
    """
    movers = round(slots * MOVERS_A_SLOT)
    shop = live.shop(name="Aurora", payment_attempts=1, move_up=movers > 0, move_up_chain=1)
    count = (slots + movers) * CUSTOMERS_A_SLOT
    people = [(uuid4(), shop.id, f"Customer {number}", next(phones)) for number in range(count)]
    who_had_it = (uuid4(), shop.id, "Zoe")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO customers (id, shop_id, name, phone, sms_opt_in) VALUES (%s, %s, %s, %s, true)", people
        )
        cursor.execute("INSERT INTO customers (id, shop_id, name) VALUES (%s, %s, %s)", who_had_it)
        ids, later = [uuid4() for _ in range(slots)], [uuid4() for _ in range(movers)]
        booked = [_appointment(id, shop, who_had_it[0], n) for n, id in enumerate(ids)]
        booked += [_appointment(id, shop, people[n][0], slots + 10 + n) for n, id in enumerate(later)]
        cursor.executemany(APPOINTMENT, booked)
        cursor.executemany(PAYMENT, [(shop.id, id, DEPOSIT, f"pi_paid_{id.hex}") for id in (*ids, *later)])
    connection.commit()
    return [LiveAppointment(shop, id) for id in ids]


APPOINTMENT = """
INSERT INTO appointments (id, shop_id, customer_id, starts_at, ends_at, status, payment_required, price_cents,
                          deposit_cents)
VALUES (%s, %s, %s, %s, %s, 'booked', true, 5000, %s)
"""
PAYMENT = """
INSERT INTO payments (shop_id, appointment_id, amount_cents, currency, status, stripe_payment_intent_id)
VALUES (%s, %s, %s, 'gbp', 'succeeded', %s)
"""


def _appointment(id: UUID, shop: LiveShop, customer: UUID, number: int) -> tuple[object, ...]:
    starts_at = datetime.now(UTC) + timedelta(hours=3, minutes=45 * number)
    return id, shop.id, customer, starts_at, starts_at + timedelta(minutes=40), DEPOSIT
