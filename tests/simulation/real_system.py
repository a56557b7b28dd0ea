"""Simulated slots on the real system: web, workers, beat, sandbox, Postgres and Valkey as processes.

The system checks every deadline against the database's clock, which runs SLOWNESS times slower than the machine's
clock. Once the system is idle, the clock is set forward to the next moment at which work is due. Therefore the speed
of the machine does not affect the result, and a recovery of two hours takes seconds.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from domain.policy import Policy
from outbox.celery_client import client
from simulation.plans import SLOT_LENGTH, Plan
from simulation.simulated_customers import CustomerAnswer, Paying, Person, answer_of
from tests import builders
from tests.builders import Built
from tests.live_system import LiveSystem, Row
from tests.servers import patient_redis
from tests.waiting import wait_for
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
JUST_AFTER = timedelta(milliseconds=500)
WORDS = {CustomerAnswer.YES: "YES", CustomerAnswer.NO: "no thanks", CustomerAnswer.STOP: "STOP"}


@dataclass(frozen=True)
class SlotEnding:
    """The end of a slot: the customer who got it, or why the search ended, and the asked customers in order."""

    sold_to: int | None
    closed_as: str | None
    asked: tuple[int, ...]


@dataclass
class RealSlot:
    """A plan as rows of a separate shop. Customers are identified by their place in line."""

    plan: Plan
    shop_phone: str
    appointment_id: UUID
    people: dict[UUID, Person]
    phones: dict[UUID, str]


def insert_slot(session: Session, number: int, plan: Plan, policy: Policy) -> RealSlot:
    """Inserts the shop, its earlier offers, its customers and the appointment that will be cancelled."""
    shop = builders.a_shop(
        session,
        timezone=policy.timezone,
        sms_from=f"+4478{number:08d}",
        deposit_cents=2000,
        quiet_from=policy.quiet_from,
        quiet_until=policy.quiet_until,
        pace=policy.pace.value,
        offer_window_minutes=policy.offer_window // timedelta(minutes=1),
        offer_window_least_minutes=policy.offer_window_least // timedelta(minutes=1),
        cooldown_hours=policy.cooldown // timedelta(hours=1),
        move_up=policy.move_up,
    )
    _insert_history(session, shop, policy, plan.cancelled_at)
    people, phones = {}, {}
    for person in plan.people:
        id = UUID(int=(number << 64) | person.id.int)
        people[id], phones[id] = person, f"+4479{number:04d}{person.number:04d}"
        _insert_customer(session, shop, id, phones[id], person)
    zoe = builders.a_customer(session, shop, name="Zoe", phone=None, sms_opt_in=False)
    appointment = _a_paid_appointment(session, zoe, plan.starts_at)
    return RealSlot(plan, shop.sms_from, appointment.id, people, phones)


def _insert_history(session: Session, shop: Built, policy: Policy, before: datetime) -> None:
    """Inserts one earlier slot with as many ended offers as there are in the policy's history."""
    then = before - timedelta(days=1)
    times = {"starts_at": then, "ends_at": then + SLOT_LENGTH, "created_at": then - timedelta(hours=3)}
    slot = builders.a_slot(session, shop, status="expired", **times)
    for number in range(policy.history.ended):
        customer = builders.a_customer(session, shop, name="Earlier", phone=None, sms_opt_in=False)
        status = "accepted" if number < policy.history.accepted else "expired"
        builders.an_offer(session, slot, customer, status=status, sent_at=None, expires_at=None)


def _insert_customer(session: Session, shop: Built, id: UUID, phone: str, person: Person) -> None:
    facts = person.facts
    known = {"last_settled_at": facts.last_settled_at, "cooldown_until": facts.cooldown_until}
    customer = builders.a_customer(session, shop, id=id, name=f"Customer {person.number}", phone=phone, **known)
    # Bookings are inserted before wishes, because a new booking would fulfil existing wishes.
    for booking in facts.later:
        _a_paid_appointment(session, customer, booking.starts_at)
    for wish in facts.wishes:
        times = {"time_from": wish.time_from, "time_until": wish.time_until, "created_at": wish.since}
        builders.insert(session, "waitlist_entries", shop_id=shop.id, customer_id=id, **times)


def _a_paid_appointment(session: Session, customer: Built, starts_at: datetime) -> Built:
    times = {"starts_at": starts_at, "ends_at": starts_at + SLOT_LENGTH}
    return builders.a_paid_appointment(session, customer, **times)


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
    """Runs all slots at the same time. Customers act over HTTP at the times in the plans."""

    live: LiveSystem
    slots: dict[UUID, RealSlot]
    agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    known: set[object] = field(default_factory=set)
    steps: int = 0
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def play(self) -> dict[UUID, SlotEnding]:
        """Runs until every slot is sold or closed, and nobody will act before the last slot starts.

        Returns how each slot ended, keyed by the id of the cancelled appointment.
        """
        for slot in self.slots.values():
            self._unreachable(slot)
            self._plan(slot.plan.cancelled_at, lambda slot=slot: self._cancel(slot))
        redis = patient_redis(self.live.settings["REDIS_URL"])
        with ThreadPoolExecutor(8) as hands, client(redis) as celery:
            while not self._over():
                then = self._next_moment()
                assert then is not None
                self._set_clock(then + JUST_AFTER)
                # The tick of beat would come up to a second later.
                celery.send_task("tick")
                for act in [hands.submit(act) for act in self._due()]:
                    act.result()
                self._settle()
                self._listen()
        return self._endings()

    # The clock.

    def now(self) -> datetime:
        now: datetime = self.live.row(NOW)["now"]
        return now

    def _over(self) -> bool:
        """Returns whether every slot has ended and nobody will act before the last slot starts.

        A closed slot can still be sold to a customer who says YES late.
        """
        if self.agenda and self.agenda[0][0] < max(slot.plan.starts_at for slot in self.slots.values()):
            return False
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
        """Waits until no task is due or running and no webhook is undelivered."""
        try:
            wait_for(self._at_rest, "the system to be at rest")
        except AssertionError as late:
            raise AssertionError(f"not at rest: {self.live.rows(UNFINISHED)}") from late

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
        """Schedules the simulated customers' answers to new offers, and their payments for new links."""
        now, sources = self.now(), list(self.slots)
        for offer in self._new(OFFERS, sources, "sent_at"):
            slot = self.slots[offer["source"]]
            person = slot.people[offer["customer_id"]]
            answer = answer_of(person, asked_at=offer["sent_at"], starts_at=slot.plan.starts_at)
            if person.reachable and answer is not CustomerAnswer.SILENCE:
                words, phone = WORDS[answer], slot.phones[offer["customer_id"]]
                form = {"from": phone, "to": slot.shop_phone, "body": words}
                self._plan(offer["sent_at"] + person.reply_after, lambda form=form: self._post_text(form))
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

    def _post_text(self, form: dict[str, str]) -> None:
        status, answer = self.live.post("SANDBOX_URL", "/sandbox/inbound", form)
        assert status < 300, answer

    def _post(self, path: str) -> None:
        # 409 means that the hold has ended and the payment is cancelled, as the payment page also states.
        status, answer = self.live.post("SANDBOX_URL", path)
        assert status < 300 or status == 409, answer

    def _endings(self) -> dict[UUID, SlotEnding]:
        sources = list(self.slots)
        asked: dict[UUID, list[int]] = {source: [] for source in sources}
        for offer in self.live.rows(OFFERS, sources):
            asked[offer["source"]].append(self.slots[offer["source"]].people[offer["customer_id"]].number)
        return {
            row["source"]: SlotEnding(
                self._number(row["source"], row["customer_id"]), row["closed_as"], tuple(asked[row["source"]])
            )
            for row in self.live.rows(ENDINGS, sources)
        }

    def _number(self, source: UUID, customer_id: UUID | None) -> int | None:
        return None if customer_id is None else self.slots[source].people[customer_id].number
