"""A whole system in one process: the real code on a real Postgres, sandbox and endpoints over HTTP, and one clock.

No workers are running. The test determines which task runs, when and how often, in which order, and where it is
interrupted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import redis
import requests
import time_machine
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import invariants
from db.invariants import Violation
from db.models import ModelRecord
from db.tasks import pending_tasks, waiting_tasks
from db.tasks.pending_tasks import UnpublishedRow
from tests import builders
from tests.builders import Built
from tests.credentials import INTERNAL_SECRET
from tests.servers import DELETE_ALL_ROWS
from tests.simulated_providers import SimulatedProviders
from tests.waiting import PATIENCE_SECONDS
from tests.webhook_receiver import Answer, Receiver
from worker.dependencies import Dependencies
from worker.task_run import BODIES, Outcome, TaskRun, run_row

RECONCILING = (
    "reconcile_inbound_texts",
    "reconcile_stripe_events",
    "reconcile_open_intents",
    "reconcile_unknown_texts",
    "reconcile_refunds",
)
A_LONG_WHILE = timedelta(minutes=20)

NEXT_MOMENT = """
SELECT min(at) FROM (
  SELECT min(greatest(due_at, coalesce(lease_until, due_at))) AS at FROM pending_tasks
   WHERE settled_at IS NULL AND parked_at IS NULL AND name NOT IN ('look_up_payment', 'look_up_message')
  UNION ALL SELECT min(expires_at) FROM slot_offers WHERE status IN ('pending', 'sent')
  UNION ALL SELECT min(p.expires_at) FROM payments p JOIN appointments a ON a.id = p.appointment_id
   WHERE p.status IN ('pending', 'processing') AND a.status = 'pending_payment' AND p.release_reason IS NULL
     AND a.source_slot_opening_id IS NOT NULL AND p.needs_human IS NULL
  UNION ALL SELECT min(next_search_at) FROM slot_openings s WHERE status = 'open'
     AND NOT EXISTS (SELECT 1 FROM slot_offers o WHERE o.slot_opening_id = s.id AND o.status IN ('pending', 'sent'))
     AND NOT EXISTS (SELECT 1 FROM appointments a WHERE a.source_slot_opening_id = s.id
                        AND a.status IN ('pending_payment', 'booked'))
) moments
"""


EVERY_ROW = " UNION ALL ".join(
    f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table.name} t"
    for table in ModelRecord.metadata.sorted_tables
)


class Killed(BaseException):
    """Stops a worker. The code under test does not catch this exception."""


@dataclass
class WorldClock:
    """One clock for the database, Redis, the sandbox and this process."""

    engine: Engine
    redis: redis.Redis
    by: timedelta = timedelta()
    _travel: Any = None
    _coordinates: Any = None

    def start(self) -> None:
        self.by = timedelta()
        self._travel = time_machine.travel(datetime.now(UTC), tick=True)
        self._coordinates = self._travel.start()

    def stop(self) -> None:
        self._travel.stop()

    def pass_(self, time: timedelta) -> None:
        self.by += time
        self._coordinates.shift(time)
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE shifted_clock.shift SET by = :by"), {"by": self.by})
        for key in self.redis.keys("*"):
            if (left := self.redis.pttl(key)) >= 0:
                self.redis.pexpire(key, left - int(time.total_seconds() * 1000))

    def reset(self) -> None:
        self._coordinates.shift(-self.by)
        self.by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class World:
    dependencies: Dependencies
    outside: SimulatedProviders
    web: str
    clock: WorldClock
    redis: redis.Redis
    receiver: Receiver
    """Receives webhooks in place of a shop's own system."""
    environment: Mapping[str, str]
    """The environment variables with which another process uses the same servers."""
    chance: random.Random | None = None
    """Determines the order of tasks and webhooks. If it is None, the order is kept."""
    http: requests.Session = field(default_factory=requests.Session)

    def session(self) -> Session:
        """Opens a transaction for the test."""
        return self.dependencies.transactions.sessions.begin()  # type: ignore[return-value]

    def rows(self, statement: str, **values: Any) -> list[Built]:
        with self.dependencies.transactions.single() as session:
            result = session.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    def one(self, statement: str, **values: Any) -> Any:
        """Returns the single value of the single row."""
        ((value,),) = self.rows(statement, **values)
        return value

    def an_intent(self, amount: int) -> str:
        """Creates a PaymentIntent directly at Stripe and returns its id."""
        made = self.dependencies.stripe._v1.payment_intents.create(params={"amount": amount, "currency": "gbp"})
        return str(made.id)

    def change_amount(self, intent_id: str | None, amount: int) -> None:
        """Changes an intent's amount, as is possible in Stripe's own dashboard."""
        assert intent_id
        self.dependencies.stripe._v1.payment_intents.update(intent_id, params={"amount": amount})

    def begin_anew(self) -> None:
        """Removes all rows and webhooks and resets the clock. The ledger is kept."""
        self.clock.reset()
        with self.dependencies.engine.begin() as connection:
            connection.exec_driver_sql(DELETE_ALL_ROWS)
        self.reset()

    def reset(self) -> None:
        """Removes the data stored outside the database."""
        self.chance = None
        self.redis.flushdb()
        self.outside.begin_anew()
        self.receiver.received.clear()
        self.receiver.behaviour = lambda _: Answer()

    # Actions of people.

    def cancel(self, appointment_id: UUID) -> int:
        """Requests a cancellation over HTTP, as the booking system does; returns the status."""
        headers = {"x-internal-secret": INTERNAL_SECRET}
        url = f"{self.web}/api/appointments/{appointment_id}/cancel"
        return self.http.post(url, headers=headers, timeout=PATIENCE_SECONDS).status_code

    def says(self, customer: Built, shop: Built, body: str) -> None:
        """Sends a text to the shop; `carry` delivers the webhook."""
        text = {"from": customer.phone, "to": shop.sms_from, "body": body}
        answer = self.http.post(f"{self.outside.url}/sandbox/inbound", json=text, timeout=PATIENCE_SECONDS)
        assert answer.ok, answer.text

    def writes(self, customer: Built, shop: Built, body: str) -> None:
        """Sends a WhatsApp message to the shop's number, or to the number that the shops share."""
        number = shop.whatsapp_from or self.dependencies.senders.numbers.get("whatsapp")
        text = {"from": f"whatsapp:{customer.phone}", "to": f"whatsapp:{number}", "body": body}
        answer = self.http.post(f"{self.outside.url}/sandbox/inbound", json=text, timeout=PATIENCE_SECONDS)
        assert answer.ok, answer.text

    def at_stripe(self, intent_id: str, what: str) -> int:
        """Changes a payment. `what` is succeed, fail, processing or dispute. Returns the HTTP status."""
        url = f"{self.outside.url}/sandbox/payment_intents/{intent_id}/{what}"
        return self.http.post(url, timeout=PATIENCE_SECONDS).status_code

    def banks_decide(self, *ways: str) -> None:
        """Ends each processing payment with one of these results: succeed or fail."""
        for intent in self.outside.undecided():
            assert self.at_stripe(intent, self.shuffled(ways)[0]) == 200

    def later(self, task: str, *args: object, shop_id: UUID) -> None:
        """Adds a task, as a page of the dashboard would."""
        with self.session() as session:
            pending_tasks.add(session, task, *args, shop_id=shop_id)

    def book_by_hand(self, shop: Built, like: Built) -> bool:
        """Books this time for a customer with plain SQL, as staff might.

        Returns False if the database refuses the row.
        """
        try:
            with self.session() as session:
                somebody = builders.a_customer(session, shop, name="Walk-in", sms_opt_in=False)
                builders.an_appointment(session, somebody, starts_at=like.starts_at)
        except IntegrityError:
            return False
        return True

    # Actions of the system.

    def claimable(self) -> list[UnpublishedRow]:
        with self.dependencies.transactions.single() as session:
            return waiting_tasks.claimable(session, limit=500)

    def waiting(self, shop: Built, name: str) -> UnpublishedRow | None:
        """Returns this shop's claimable task with that name, or None."""
        ours = {row.id for row in self.rows("SELECT id FROM pending_tasks WHERE shop_id = :id", id=shop.id)}
        return next((task for task in self.claimable() if task.name == name and task.id in ours), None)

    def advance(self, shop: Built, until: str) -> UnpublishedRow:
        """Runs only this shop's tasks until a task with that name is waiting. Returns that task."""
        for _ in range(50):
            if (task := self.waiting(shop, until)) is not None:
                return task
            ours = {row.id for row in self.rows("SELECT id FROM pending_tasks WHERE shop_id = :id", id=shop.id)}
            for other in self.claimable():
                if other.id in ours:
                    self.run(other)
            self.carry()
        raise AssertionError(f"no {until} ever waits: {self.what_waits()}")

    def run(self, task: UnpublishedRow) -> Outcome:
        return run_row(BODIES[task.name], task.name, task.id)

    def perform(self, name: str, *args: str) -> dict[str, Any]:
        """Adds a task and runs it immediately. Returns the answer, which is empty if the task will be retried."""
        with self.session() as session:
            id = pending_tasks.add(session, name, *args)
        run_row(BODIES[name], name, id)
        outcome = self.one("SELECT outcome FROM pending_tasks WHERE id = :id", id=id) or {}
        answer: dict[str, Any] = outcome.get("answer", outcome)
        return answer

    def beat(self, *names: str) -> None:
        """Runs periodic tasks as beat does."""
        for name in names:
            BODIES[name](TaskRun(None, self.dependencies))

    def carry(self) -> int:
        """Delivers all due webhooks; returns their number."""
        webhooks = self.outside.carried_now()
        for webhook in self.shuffled(webhooks):
            self.outside.carry_or_give_up(webhook)
        return len(webhooks)

    def work_off(self) -> None:
        """Runs all claimable tasks and the tasks that result from them, without delivering webhooks."""
        while tasks := self.claimable():
            for task in tasks:
                self.run(task)

    def work(self, *, until: Callable[[], bool] = lambda: False) -> int:
        """Runs all claimable tasks and delivers all due webhooks until none is left.

        Returns the number of tasks and webhooks.
        """
        done = 0
        while not until():
            tasks = self.claimable()
            for task in self.shuffled(tasks):
                self.run(task)
            count = len(tasks) + self.carry()
            if not count:
                return done
            done += count
        return done

    def shuffled(self, things: Iterable[Any]) -> list[Any]:
        listed = list(things)
        if self.chance:
            self.chance.shuffle(listed)
        return listed

    def sweep(self) -> None:
        """Runs all sweeps of beat."""
        self.beat("expire_offers", *RECONCILING)

    def settle(self) -> None:
        """Lets time pass, with sweeps, until no work is left. A processing payment is pending work."""
        for _ in range(400):
            self.work()
            then = self.next_moment()
            if then is not None:
                self.clock.pass_(max(then - self.clock.now(), timedelta()) + timedelta(seconds=1))
                self.beat("expire_offers")
                continue
            # Overdue statuses are requested once more, much later.
            self.clock.pass_(A_LONG_WHILE)
            self.beat("expire_offers", *RECONCILING)
            if not self.work() and self.next_moment() is None:
                return
        raise AssertionError(f"never quiet: {self.what_waits()}")

    def next_moment(self) -> datetime | None:
        """Returns the time at which the next task or webhook is due."""
        moment: datetime | None = self.one(NEXT_MOMENT)
        webhook = self.outside.next_webhook_at()
        moments = [m for m in (moment, webhook and datetime.fromtimestamp(webhook, UTC)) if m]
        return min(moments, default=None)

    def what_waits(self) -> list[Any]:
        return self.rows(
            "SELECT name, args, due_at, attempts, last_error FROM pending_tasks"
            " WHERE settled_at IS NULL AND parked_at IS NULL"
        )

    def broken_promises(self) -> list[Violation]:
        """Checks all invariants, without a grace period."""
        with self.session() as session:
            return invariants.check(session, self.outside.ledger(), grace=timedelta())

    def sight(self) -> str:
        """Returns all committed rows and all data in Redis, which is the state that a killed process would leave."""
        keys = [(key, self.redis.dump(key)) for key in sorted(self.redis.keys("*"))]
        return repr((self.rows(EVERY_ROW), keys))

    # Builders of rows with business names.

    def shop(self, **columns: Any) -> Built:
        usual = {"deposit_cents": 2000, "cooldown_hours": 0}
        with self.session() as session:
            return builders.a_shop(session, **usual | columns)

    def customer(self, shop: Built, name: str, **columns: Any) -> Built:
        with self.session() as session:
            return builders.a_customer(session, shop, name=name, **columns)

    def booked(self, customer: Built, *, hours: float = 24, deposit: int = 2000, **columns: Any) -> Built:
        """Inserts a paid appointment."""
        starts_at = self.clock.now().replace(microsecond=0) + timedelta(hours=hours)
        with self.session() as session:
            return builders.a_paid_appointment(
                session, customer, deposit=deposit, **{"starts_at": starts_at, **columns}
            )

    def slot_of(self, appointment: Built) -> Built:
        (slot,) = self.rows(
            """SELECT s.* FROM slot_openings s WHERE s.shop_id = :shop AND s.starts_at = :at
                  AND s.performer_id IS NOT DISTINCT FROM CAST(:performer AS uuid)""",
            shop=appointment.shop_id,
            at=appointment.starts_at,
            performer=appointment.performer_id,
        )
        return slot

    def offers(self, slot: Built) -> dict[str, str]:
        """Returns the status of each offer, keyed by the customer's name, in the order of asking."""
        found = self.rows(
            "SELECT c.name, o.status FROM slot_offers o JOIN customers c ON c.id = o.customer_id"
            " WHERE o.slot_opening_id = :id ORDER BY o.created_at",
            id=slot.id,
        )
        return {row.name: row.status for row in found}

    def bookings(self, slot: Built) -> dict[str, str]:
        found = self.rows(
            "SELECT c.name, a.status FROM appointments a JOIN customers c ON c.id = a.customer_id"
            " WHERE a.source_slot_opening_id = :id ORDER BY a.created_at",
            id=slot.id,
        )
        return {row.name: row.status for row in found}

    def intent_of(self, customer: Built) -> str | None:
        """Returns the newest intent for a recovered booking of this customer."""
        found = self.rows(
            "SELECT p.stripe_payment_intent_id AS id FROM payments p JOIN appointments a ON a.id = p.appointment_id"
            " WHERE a.customer_id = :id AND a.source_slot_opening_id IS NOT NULL AND p.stripe_payment_intent_id"
            " IS NOT NULL ORDER BY p.created_at DESC LIMIT 1",
            id=customer.id,
        )
        return found[0].id if found else None

    def texts(self, customer: Built) -> list[str]:
        """Returns the texts sent to this phone according to the ledger."""
        return [text["Body"] for text in self.outside.texts(customer.phone)]
