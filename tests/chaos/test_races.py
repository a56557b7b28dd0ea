"""A YES arrives at the moment when the offer expires. The race is repeated many times on real processes."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from time import monotonic, sleep
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.chaos.ending import NO_GRACE, UNDONE
from tests.chaos.stage import ChaosSystem
from tests.contract.outside import OutsideCallers
from tests.live_system import LiveShop, LiveSystem
from tests.waiting import wait_for

SEED = int(os.environ.get("SEED") or Random().randrange(10**6))
INTERLEAVINGS, AT_ONCE = int(os.environ.get("CHAOS_INTERLEAVINGS") or 1000), 25
SPREAD, STEP = 0.6, 0.1
"""The spread of the YES texts, and their shift when one side wins too often, in seconds."""


@pytest.mark.chaos
def test_of_a_yes_and_the_end_of_its_window_one_wins_a_thousand_times(
    stage: ChaosSystem, tells: Callable[[str, str], None]
) -> None:
    live, chance = stage.live, Random(SEED)
    races = [Race(LiveShop(live, uuid4(), f"+4478{number:08d}")) for number in range(INTERLEAVINGS)]
    put_on_offer(live, races)
    lead = 1.0
    with sweeping(OutsideCallers(live)):
        for first in range(0, INTERLEAVINGS, AT_ONCE):
            in_time = run_together(live, races[first : first + AT_ONCE], chance, lead=lead)
            # The delay of a YES depends on the machine. Adjusting `lead` keeps both outcomes about equally frequent.
            lead = max(0.0, lead + STEP * (AT_ONCE - 2 * in_time) / 5)
    wait_for(lambda: not live.rows(UNDONE) and not live.rows(UNTOLD), "every customer to be notified")
    winners = Counter(row["ended"] for row in live.rows(ENDED, [race.slot_id for race in races]))
    tells(f"YES against expiry, SEED={SEED}", f"  {winners.total()} interleavings: {dict(winners)}")
    assert set(winners) == {YES_WON, WINDOW_WON}
    assert winners.total() == INTERLEAVINGS
    assert min(winners.values()) > INTERLEAVINGS / 20, "one side hardly ever won: this was no race"
    assert live.violations(grace=NO_GRACE) == []


@dataclass(frozen=True)
class Race:
    """A shop without deposits. Its slot is offered to Ana. Ben is asked if Ana answers too late."""

    shop: LiveShop
    slot_id: UUID = field(default_factory=uuid4)
    offer_id: UUID = field(default_factory=uuid4)
    ana_id: UUID = field(default_factory=uuid4)

    @property
    def ana(self) -> str:
        return self.shop.phone.replace("+4478", "+4475")

    @property
    def ben(self) -> str:
        return self.shop.phone.replace("+4478", "+4476")


def put_on_offer(live: LiveSystem, races: Sequence[Race]) -> None:
    """Inserts the races in bulk with plain SQL."""
    with psycopg.connect(live.settings["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO shops (id, name, sms_from, quiet_from, quiet_until) VALUES (%s, 'Aurora', %s, NULL, NULL)",
            [(race.shop.id, race.shop.phone) for race in races],
        )
        cursor.executemany(
            "INSERT INTO customers (id, shop_id, name, phone, sms_opt_in) VALUES (%s, %s, %s, %s, true)",
            [
                row
                for race in races
                for row in (
                    (race.ana_id, race.shop.id, "Ana", race.ana),
                    (uuid4(), race.shop.id, "Ben", race.ben),
                )
            ],
        )
        cursor.executemany(
            """INSERT INTO slot_openings (id, shop_id, starts_at, ends_at)
               VALUES (%s, %s, now() + interval '20 hours', now() + interval '21 hours')""",
            [(race.slot_id, race.shop.id) for race in races],
        )
        cursor.executemany(
            """INSERT INTO slot_offers (id, shop_id, slot_opening_id, customer_id, status, sent_at, expires_at)
               VALUES (%s, %s, %s, %s, 'sent', now(), now() + interval '15 minutes')""",
            [(race.offer_id, race.shop.id, race.slot_id, race.ana_id) for race in races],
        )


def run_together(live: LiveSystem, races: Sequence[Race], chance: Random, *, lead: float) -> int:
    """Ends all offers at one moment, and sends each YES about `lead` seconds earlier.

    Returns how many answers were in time.
    """
    moments = [chance.uniform(0, 2 * SPREAD) for _ in races]
    offers = [race.offer_id for race in races]
    outside, began = OutsideCallers(live), monotonic()
    live.rows(WINDOW, lead + SPREAD, offers)

    def say_yes(race: Race, moment: float) -> int:
        sleep(max(0.0, began + moment - monotonic()))
        return outside.texts(race.ana, race.shop, "YES")

    with ThreadPoolExecutor(len(races)) as pool:
        assert set(pool.map(say_yes, races, moments)) == {200}
    wait_for(lambda: live.row(STANDING, offers)["standing"] == 0, "every offer to be over")
    return int(live.row(WON, offers)["won"])


@contextmanager
def sweeping(outside: OutsideCallers) -> Iterator[None]:
    """Runs the full sweep repeatedly, in addition to the tick."""
    over = threading.Event()

    def go_on() -> None:
        while not over.is_set():
            # 202 means that the sweep takes more than ten seconds on this machine and continues.
            assert outside.ask_to_sweep()[0] in (200, 202)

    with ThreadPoolExecutor(1) as pool:
        sweeps = pool.submit(go_on)
        try:
            yield
        finally:
            over.set()
    sweeps.result()


WINDOW = "UPDATE slot_offers SET expires_at = clock_timestamp() + %s * interval '1 s' WHERE id = ANY(%s)"
STANDING = "SELECT count(*) AS standing FROM slot_offers WHERE id = ANY(%s) AND status = 'sent'"
WON = "SELECT count(*) AS won FROM slot_offers WHERE id = ANY(%s) AND status = 'accepted'"
UNTOLD = "SELECT 1 FROM messages WHERE direction = 'outbound' AND status IN ('queued', 'sending')"
YES_WON, WINDOW_WON = "the YES", "the end of the window"
ENDED = f"""
SELECT CASE
         WHEN s.status = 'filled' AND ana.status = 'accepted' AND ben.id IS NULL
              AND bookings.of = ARRAY[ana.customer_id] AND replies.words = ARRAY['booked_without_deposit']
         THEN '{YES_WON}'
         WHEN s.status = 'open' AND ana.status = 'expired' AND ben.status = 'sent'
              AND bookings.of IS NULL AND replies.words = ARRAY['next_in_line']
         THEN '{WINDOW_WON}'
         ELSE concat_ws(' ', s.status, ana.status, ben.status, bookings.of, replies.words)
       END AS ended
  FROM slot_openings s
  JOIN customers a ON a.shop_id = s.shop_id AND a.name = 'Ana'
  JOIN slot_offers ana ON ana.slot_opening_id = s.id AND ana.customer_id = a.id
  LEFT JOIN slot_offers ben ON ben.slot_opening_id = s.id AND ben.customer_id <> a.id
 CROSS JOIN LATERAL (
    SELECT array_agg(b.customer_id) AS of FROM appointments b
     WHERE b.source_slot_opening_id = s.id AND b.status IN ('pending_payment', 'booked')) bookings
 CROSS JOIN LATERAL (
    SELECT array_agg(m.purpose ORDER BY m.purpose) AS words FROM messages m
     WHERE m.customer_id = a.id AND m.direction = 'outbound') replies
 WHERE s.id = ANY(%s)
"""
