"""Simulated slots on the real system: web, workers, beat, sandbox, Postgres and Valkey as processes.

Only the database's clock differs, and the system checks every deadline by it. It runs SLOWNESS times slower than the
machine's clock. Once the system has nothing left to do, it is set forward to the next moment at which something is
due. Therefore the speed of the machine does not affect the result, and a recovery of two hours takes seconds.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from domain.policy import Policy
from simulation.customers import CustomerAnswer, Paying, Person, answer_of
from simulation.plans import SLOT_LENGTH, Plan
from tests.live_system import LiveSystem, Row
from tests.world import NEXT_MOMENT

SLOWNESS = 50
SLOW_CLOCK = f"""
CREATE TABLE shifted_clock.reading (at timestamptz NOT NULL, since timestamptz NOT NULL);
INSERT INTO shifted_clock.reading SELECT pg_catalog.clock_timestamp(), pg_catalog.clock_timestamp();
GRANT SELECT ON shifted_clock.reading TO PUBLIC;
CREATE OR REPLACE FUNCTION shifted_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  'SELECT at + (pg_catalog.clock_timestamp() - since) / {SLOWNESS} FROM shifted_clock.reading';
"""
SET_CLOCK = "UPDATE shifted_clock.reading SET at = %s, since = pg_catalog.clock_timestamp()"
NOW = "SELECT clock_timestamp() AS now"

UNFINISHED = f"""
SELECT 'due' AS what FROM ({NEXT_MOMENT}) next (at) WHERE at <= clock_timestamp()
UNION ALL
SELECT name FROM pending_tasks
 WHERE settled_at IS NULL AND parked_at IS NULL AND (lease_until > clock_timestamp() OR due_at <= clock_timestamp())
"""
PATIENCE_SECONDS, LOOKS_EVERY_SECONDS = 120, 0.1
JUST_AFTER = timedelta(milliseconds=500)
WORDS = {CustomerAnswer.YES: "YES", CustomerAnswer.NO: "no thanks", CustomerAnswer.STOP: "STOP"}


@dataclass(frozen=True)
class Ending:
    """How a slot ended: the customer who got it or why the search ended, and the asked customers in order."""

    sold_to: int | None
    closed_as: str | None
    asked: tuple[int, ...]


@dataclass
class RealSlot:
    """One plan as rows of a separate shop. Customers are identified by their place in line."""

    plan: Plan
    shop_phone: str
    appointment_id: UUID
    people: dict[UUID, Person]
    phones: dict[UUID, str]


def insert_slot(connection: psycopg.Connection[Any], number: int, plan: Plan, policy: Policy) -> RealSlot:
    """Inserts the shop, its earlier offers, its customers and the appointment that will be cancelled."""
    shop, zoe, appointment = uuid4(), uuid4(), uuid4()
    shop_phone = f"+4478{number:08d}"
    ids = {person.number: UUID(int=(number << 64) | person.id.int) for person in plan.people}
    phones = {ids[person.number]: f"+4479{number:04d}{person.number:04d}" for person in plan.people}
    run = connection.execute
    run(
        """INSERT INTO shops (id, name, timezone, currency, sms_from, deposit_cents, quiet_from, quiet_until, pace,
                              offer_window_minutes, offer_window_least_minutes, cooldown_hours, move_up)
           VALUES (%s, 'Aurora', %s, 'GBP', %s, 2000, %s, %s, %s, %s, %s, %s, %s)""",
        (
            shop,
            policy.timezone,
            shop_phone,
            policy.quiet_from,
            policy.quiet_until,
            policy.pace.value,
            policy.offer_window // timedelta(minutes=1),
            policy.offer_window_least // timedelta(minutes=1),
            policy.cooldown // timedelta(hours=1),
            policy.move_up,
        ),
    )
    _insert_history(connection, shop, policy, plan.cancelled_at)
    for person in plan.people:
        _insert_customer(connection, shop, ids[person.number], phones[ids[person.number]], person)
    run("INSERT INTO customers (id, shop_id, name) VALUES (%s, %s, 'Zoe')", (zoe, shop))
    _insert_paid_appointment(connection, shop, appointment, zoe, plan.starts_at)
    people = {ids[person.number]: person for person in plan.people}
    return RealSlot(plan, shop_phone, appointment, people, phones)


def _insert_history(connection: psycopg.Connection[Any], shop: UUID, policy: Policy, before: datetime) -> None:
    """Inserts one earlier slot with as many ended offers as the policy's history has."""
    customers = [uuid4() for _ in range(policy.history.ended)]
    opening, then = uuid4(), before - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO customers (id, shop_id, name) VALUES (%s, %s, 'Earlier')", [(id, shop) for id in customers]
        )
        cursor.execute(
            """INSERT INTO slot_openings (id, shop_id, starts_at, ends_at, status, created_at)
               VALUES (%s, %s, %s, %s, 'expired', %s)""",
            (opening, shop, then, then + SLOT_LENGTH, then - timedelta(hours=3)),
        )
        statuses = itertools.chain(itertools.repeat("accepted", policy.history.accepted), itertools.repeat("expired"))
        cursor.executemany(
            "INSERT INTO slot_offers (shop_id, slot_opening_id, customer_id, status) VALUES (%s, %s, %s, %s)",
            [(shop, opening, id, status) for id, status in zip(customers, statuses, strict=False)],
        )


def _insert_customer(connection: psycopg.Connection[Any], shop: UUID, id: UUID, phone: str, person: Person) -> None:
    facts = person.facts
    connection.execute(
        """INSERT INTO customers (id, shop_id, name, phone, sms_opt_in, last_settled_at, cooldown_until)
           VALUES (%s, %s, %s, %s, true, %s, %s)""",
        (id, shop, f"Customer {person.number}", phone, facts.last_settled_at, facts.cooldown_until),
    )
    # Bookings are inserted before wishes, because a new booking fulfils existing wishes.
    for booking in facts.later:
        _insert_paid_appointment(connection, shop, uuid4(), id, booking.starts_at)
    for wish in facts.wishes:
        connection.execute(
            """INSERT INTO waitlist_entries (shop_id, customer_id, time_from, time_until, created_at)
               VALUES (%s, %s, %s, %s, %s)""",
            (shop, id, wish.time_from, wish.time_until, wish.since),
        )


def _insert_paid_appointment(
    connection: psycopg.Connection[Any], shop: UUID, id: UUID, customer: UUID, starts_at: datetime
) -> None:
    connection.execute(
        """INSERT INTO appointments (id, shop_id, customer_id, starts_at, ends_at, status, payment_required,
                                     price_cents, deposit_cents)
           VALUES (%s, %s, %s, %s, %s, 'booked', true, 5000, 2000)""",
        (id, shop, customer, starts_at, starts_at + SLOT_LENGTH),
    )
    connection.execute(
        """INSERT INTO payments (shop_id, appointment_id, amount_cents, currency, status, stripe_payment_intent_id)
           VALUES (%s, %s, 2000, 'gbp', 'succeeded', %s)""",
        (shop, id, f"pi_paid_{id.hex}"),
    )


OFFERS = """
SELECT s.source_appointment_id AS source, o.customer_id, o.sent_at FROM slot_offers o
  JOIN slot_openings s ON s.id = o.slot_opening_id
 WHERE s.source_appointment_id = ANY(%s) AND o.sent_at IS NOT NULL ORDER BY o.created_at
"""
LINKS = """
SELECT s.source_appointment_id AS source, a.customer_id, p.stripe_payment_intent_id AS intent FROM payments p
  JOIN appointments a ON a.id = p.appointment_id JOIN slot_openings s ON s.id = a.source_slot_opening_id
 WHERE s.source_appointment_id = ANY(%s) AND p.stripe_payment_intent_id IS NOT NULL AND a.status = 'pending_payment'
"""
OVER = """
SELECT count(*) AS ended FROM slot_openings s WHERE s.source_appointment_id = ANY(%s) AND (s.status = 'expired'
   OR EXISTS (SELECT 1 FROM appointments a WHERE a.source_slot_opening_id = s.id AND a.status = 'booked'))
"""
ENDINGS = """
SELECT s.source_appointment_id AS source, s.closed_as, a.customer_id FROM slot_openings s
  LEFT JOIN appointments a ON a.source_slot_opening_id = s.id AND a.status = 'booked'
 WHERE s.source_appointment_id = ANY(%s)
"""


@dataclass
class RealPlay:
    """Plays all slots at once. Customers act over HTTP at the times in the plans."""

    live: LiveSystem
    slots: dict[UUID, RealSlot]
    agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    known: set[object] = field(default_factory=set)
    steps: int = 0
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def play(self) -> dict[UUID, Ending]:
        """Plays until every slot is sold or closed. Returns each ending by the id of the cancelled appointment."""
        for slot in self.slots.values():
            self._unreachable(slot)
            self._plan(slot.plan.cancelled_at, lambda slot=slot: self._cancel(slot))
        with ThreadPoolExecutor(8) as hands:
            while not self._over():
                then = self._next_moment()
                assert then is not None
                self._set_clock(then + JUST_AFTER)
                for act in [hands.submit(act) for act in self._due()]:
                    act.result()
                self._settle()
                self._listen()
        return self._endings()

    # Control of the clock.

    def now(self) -> datetime:
        now: datetime = self.live.row(NOW)["now"]
        return now

    def _over(self) -> bool:
        ended = self.live.row(OVER, list(self.slots))["ended"]
        return bool(ended == len(self.slots))

    def _set_clock(self, at: datetime) -> None:
        self.steps += 1
        self.live.rows(SET_CLOCK, max(at, self.now()))

    def _next_moment(self) -> datetime | None:
        (found,) = self.live.rows(NEXT_MOMENT)
        moments = [found["min"], self.agenda[0][0] if self.agenda else None]
        return min((moment for moment in moments if moment is not None), default=None)

    def _settle(self) -> None:
        """Waits until no task is due or running, and no webhook is waiting."""
        clock = threading.Event()
        for _ in range(round(PATIENCE_SECONDS / LOOKS_EVERY_SECONDS)):
            if self._at_rest():
                return
            clock.wait(LOOKS_EVERY_SECONDS)
        raise AssertionError(f"not at rest after {PATIENCE_SECONDS} s: {self.live.rows(UNFINISHED)}")

    def _at_rest(self) -> bool:
        return not self.live.rows(UNFINISHED) and not self.live._under_way() and not self.live.rows(UNFINISHED)

    # People.

    def _plan(self, at: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (at, next(self._numbers), act))

    def _due(self) -> list[Callable[[], None]]:
        now, due = self.now(), []
        while self.agenda and self.agenda[0][0] <= now:
            due.append(heapq.heappop(self.agenda)[2])
        return due

    def _listen(self) -> None:
        """Schedules answers and payments for new offers and payment links at the simulated customer's times."""
        now, sources = self.now(), list(self.slots)
        for offer in self._new(OFFERS, sources, "sent_at"):
            slot = self.slots[offer["source"]]
            person = slot.people[offer["customer_id"]]
            answer = answer_of(person, asked_at=offer["sent_at"], starts_at=slot.plan.starts_at)
            if person.reachable and answer is not CustomerAnswer.SILENCE:
                words, phone = WORDS[answer], slot.phones[offer["customer_id"]]
                said = {"from": phone, "to": slot.shop_phone, "body": words}
                self._plan(offer["sent_at"] + person.reply_after, lambda said=said: self._post_text(said))
        for link in self._new(LINKS, sources, "intent"):
            person = self.slots[link["source"]].people[link["customer_id"]]
            if person.paying is not Paying.ABANDONS:
                how = "succeed" if person.paying is Paying.PAYS else "fail"
                path = f"/sandbox/payment_intents/{link['intent']}/{how}"
                self._plan(now + person.pays_after, lambda path=path: self._post(path))

    def _new(self, statement: str, sources: Sequence[UUID], what: str) -> list[Row]:
        found = [row for row in self.live.rows(statement, sources) if self._key(row, what) not in self.known]
        self.known |= {self._key(row, what) for row in found}
        return found

    @staticmethod
    def _key(row: Row, what: str) -> object:
        return what, row["source"], row["customer_id"]

    def _unreachable(self, slot: RealSlot) -> None:
        for id, person in slot.people.items():
            if not person.reachable:
                match = {"To": slot.phones[id]}
                self.live.fault(
                    provider="twilio", operation="messages.create", fault="undelivered", times=1, match=match
                )

    def _cancel(self, slot: RealSlot) -> None:
        secret = {"x-internal-secret": self.live.settings["INTERNAL_SECRET"]}
        status, answer = self.live.post("WEB_URL", f"/api/appointments/{slot.appointment_id}/cancel", **secret)
        assert status == 202, answer

    def _post_text(self, said: dict[str, str]) -> None:
        status, answer = self.live.post("SANDBOX_URL", "/sandbox/inbound", said)
        assert status < 300, answer

    def _post(self, path: str) -> None:
        # 409 means that the hold has ended and the payment is cancelled, as the page also states.
        status, answer = self.live.post("SANDBOX_URL", path)
        assert status < 300 or status == 409, answer

    def _endings(self) -> dict[UUID, Ending]:
        sources = list(self.slots)
        asked: dict[UUID, list[int]] = {source: [] for source in sources}
        for offer in self.live.rows(OFFERS, sources):
            asked[offer["source"]].append(self.slots[offer["source"]].people[offer["customer_id"]].number)
        return {
            row["source"]: Ending(
                self._number(row["source"], row["customer_id"]), row["closed_as"], tuple(asked[row["source"]])
            )
            for row in self.live.rows(ENDINGS, sources)
        }

    def _number(self, source: UUID, customer_id: UUID | None) -> int | None:
        return None if customer_id is None else self.slots[source].people[customer_id].number
