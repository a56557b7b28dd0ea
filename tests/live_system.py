"""The whole system in real processes, as `slots up` starts it, with its shops and customers.

Customers act over HTTP. Assertions read the sandbox's ledger and the tables.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, create_engine

from db import invariants
from db.engine import psycopg_url
from db.sessions import sessions
from db.tasks import pending_tasks
from tests import builders
from tests.builders import Built
from tests.servers import close
from tests.waiting import PATIENCE_SECONDS, wait_for

Row = dict[str, Any]


# The numbers are unique for all systems of this process.
# They are larger than the numbers of earlier runs, whose systems may still exist.
_numbers = itertools.count(time.time_ns() // 10**8)


@dataclass
class LiveSystem:
    """A running system. `settings` are the variables of its env file."""

    settings: Mapping[str, str]
    _entries: list[Row] = field(default_factory=list)
    _reading: threading.Lock = field(default_factory=threading.Lock)

    def leave(self) -> None:
        """Closes the connections to the database."""
        if "engine" in vars(self):
            close(self.engine)

    @cached_property
    def engine(self) -> Engine:
        """Keeps connections open and replaces those connections that the server has ended; sets no time limits."""
        url = psycopg_url(self.settings["DATABASE_URL"])
        return create_engine(url, pool_size=40, pool_pre_ping=True, isolation_level="AUTOCOMMIT")

    def rows(self, statement: str, *values: object) -> list[Row]:
        with self.engine.connect() as connection:
            result = connection.exec_driver_sql(statement, values)
            return [dict(row) for row in result.mappings()] if result.returns_rows else []

    def row(self, statement: str, *values: object) -> Row:
        (row,) = self.rows(statement, *values)
        return row

    def insert(self, build: Callable[..., Built], *args: object, **columns: object) -> Built:
        """Inserts a row with `build`, a function of `tests/builders.py`."""
        with sessions(self.engine).begin() as session:
            return build(session, *args, **columns)

    def violations(self, **more: Any) -> list[str]:
        """Returns the violated invariants as sentences."""
        with sessions(self.engine).begin() as session:
            return [f"{v.name} {v.subject}: {v.detail}" for v in invariants.check(session, self.ledger(), **more)]

    def post(self, base: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Sends a POST to WEB_URL or SANDBOX_URL; returns the status and the JSON response."""
        request = urllib.request.Request(
            self.settings[base] + path,
            data=json.dumps(body if body is not None else {}).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def result(self, status: int, answer: Any) -> tuple[int, Any]:
        """Returns the response of a route that waits for a task.

        If the route has stopped waiting, because the machine is busy, waits for the response that the task stores.
        """
        if status != 202:
            return status, answer
        task = UUID(answer["taskId"])

        def stored() -> Any:
            with sessions(self.engine).begin() as session:
                return pending_tasks.outcome(session, task)

        return 200, wait_for(stored, f"the task {task}")["answer"]

    def delete(self, base: str, path: str) -> None:
        request = urllib.request.Request(self.settings[base] + path, method="DELETE")
        urllib.request.urlopen(request, timeout=PATIENCE_SECONDS).close()

    def ledger(self) -> list[Row]:
        """Returns all entries of the ledger. Only new entries are transferred."""
        with self._reading:
            after = self._entries[-1]["seq"] if self._entries else 0
            url = f"{self.settings['SANDBOX_URL']}/sandbox/ledger?after={after}"
            with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
                self._entries += json.load(answer)["entries"]
            return list(self._entries)

    def fault(self, **fault: object) -> None:
        status, answer = self.post("SANDBOX_URL", "/sandbox/faults", fault)
        assert status < 300, answer

    def clear_faults(self) -> None:
        self.delete("SANDBOX_URL", "/sandbox/faults")

    def wait_until_idle(self) -> None:
        """Waits until no task is due and no webhook is undelivered."""
        due = "SELECT name, args, last_error FROM pending_tasks WHERE settled_at IS NULL AND due_at <= now()"
        try:
            wait_for(lambda: not self.rows(due) and not self._under_way(), "every task to be settled")
        except AssertionError as late:
            raise AssertionError(f"left to be done: {self.rows(due)} {self._under_way()}") from late

    def _under_way(self) -> list[Row]:
        with urllib.request.urlopen(
            f"{self.settings['SANDBOX_URL']}/sandbox/webhooks", timeout=PATIENCE_SECONDS
        ) as answer:
            waiting: list[Row] = json.load(answer)["webhooks"]
            return waiting

    def number(self) -> str:
        """Returns a new phone number."""
        return f"+4477{next(_numbers) % 10**8:08d}"

    def shop(self, **columns: object) -> LiveShop:
        """Creates a shop without quiet hours, by default with a deposit of 20 pounds."""
        usual = {"name": "Aurora", "timezone": "Europe/London", "sms_from": self.number(), "deposit_cents": 2000}
        row = self.insert(builders.a_shop, **usual | columns)
        return LiveShop(self, row.id, str(row.sms_from))

    def payment_status(self, intent: str) -> str:
        statement = "SELECT status FROM payments WHERE stripe_payment_intent_id = %s"
        return str(self.row(statement, intent)["status"])


@dataclass
class LiveShop:
    live: LiveSystem
    id: UUID
    phone: str

    def customer(self, name: str, *, visited_days_ago: int | None = None, **columns: object) -> LiveCustomer:
        """Creates a customer who has opted in. A customer with a more recent visit is asked earlier."""
        row = self.live.insert(builders.a_customer, self, **{"name": name, "phone": self.live.number()} | columns)
        customer = LiveCustomer(self, row.id, name, str(row.phone))
        if visited_days_ago is not None:
            self.live.insert(builders.a_settled_booking, customer, days_ago=visited_days_ago)
        return customer

    def appointment(self, customer: LiveCustomer, *, paid: bool = True, **columns: object) -> LiveAppointment:
        """Creates an appointment of one hour. By default, the appointment is tomorrow, booked and paid."""
        usual = {"payment_required": True, "deposit_cents": 2000}
        deposit = 2000 if paid else 0
        row = self.live.insert(builders.a_paid_appointment, customer, deposit=deposit, **usual | columns)
        return LiveAppointment(self, row.id)

    def opening(self, **columns: object) -> LiveSlot:
        """Inserts a slot opening of one hour, which by default starts in two days."""
        row = self.live.insert(builders.a_slot, self, **{"starts_at": builders.in_(hours=48)} | columns)
        return LiveSlot(self, row.id)

    def settles(self) -> None:
        """Waits until no task of this shop is left."""
        statement = "SELECT name, args, last_error FROM pending_tasks WHERE shop_id = %s AND settled_at IS NULL"
        try:
            wait_for(lambda: not self.live.rows(statement, self.id), "everything to be settled")
        except AssertionError as late:
            raise AssertionError(f"left to be done: {self.live.rows(statement, self.id)}") from late

    def cancelled(self, **columns: object) -> LiveSlot:
        """Cancels a paid appointment over HTTP and returns its slot. The customer receives no texts."""
        somebody = self.customer("Zoe", sms_opt_in=False)
        return self.appointment(somebody, **columns).cancel()


@dataclass
class LiveRow:
    """A row of a shop, which builders accept in place of a row from the database."""

    shop: LiveShop
    id: UUID

    @property
    def shop_id(self) -> UUID:
        return self.shop.id


@dataclass
class LiveAppointment(LiveRow):
    def payment(self, **columns: object) -> str:
        """Inserts a pending payment; returns the id of its intent."""
        usual = {"status": "pending", "stripe_payment_intent_id": f"pi_{uuid4().hex}"}
        row = self.shop.live.insert(builders.a_payment, self, **usual | columns)
        return str(row.stripe_payment_intent_id)

    def ask_to_cancel(self) -> tuple[int, Any]:
        secret = {"x-internal-secret": self.shop.live.settings["INTERNAL_SECRET"]}
        return self.shop.live.post("WEB_URL", f"/api/appointments/{self.id}/cancel", **secret)

    def cancel(self) -> LiveSlot:
        # Like other callers, repeats a request that gets a 503.
        answer = wait_for(lambda: None if (given := self.ask_to_cancel())[0] == 503 else given, "a response")
        assert answer == (202, {"success": True})
        return wait_for(self.slot, "the slot to open")

    def slot(self) -> LiveSlot | None:
        """Returns the slot opening at the time of this appointment, or None."""
        found = self.shop.live.rows(
            """SELECT s.id FROM slot_openings s JOIN appointments a
                 ON a.shop_id = s.shop_id AND a.starts_at = s.starts_at
                AND a.performer_id IS NOT DISTINCT FROM s.performer_id WHERE a.id = %s""",
            self.id,
        )
        return LiveSlot(self.shop, found[0]["id"]) if found else None

    @property
    def status(self) -> str:
        return str(self.shop.live.row("SELECT status FROM appointments WHERE id = %s", self.id)["status"])


@dataclass
class LiveSlot(LiveRow):
    def offer(self, customer: LiveCustomer, **columns: object) -> UUID:
        """Inserts an offer that was sent in this minute and is open for 15 minutes."""
        id: UUID = self.shop.live.insert(builders.an_offer, self, customer, **columns).id
        return id

    def hold(self, customer: LiveCustomer, *, until: datetime) -> tuple[LiveAppointment, str]:
        """Inserts a booking of this slot that waits for its deposit. Returns the booking and the id of its intent."""
        start = self.shop.live.row("SELECT starts_at FROM slot_openings WHERE id = %s", self.id)["starts_at"]
        held = {"status": "pending_payment", "source_slot_opening_id": self.id}
        booking = self.shop.appointment(customer, starts_at=start, paid=False, **held)
        return booking, booking.payment(expires_at=until)

    @property
    def status(self) -> str:
        return str(self.shop.live.row("SELECT status FROM slot_openings WHERE id = %s", self.id)["status"])

    def becomes(self, status: str) -> None:
        wait_for(lambda: self.status == status, f"the slot to become {status}")

    def offers(self) -> dict[str, str]:
        """Returns the status of each offer, keyed by the customer's name, in the order of asking."""
        found = self.shop.live.rows(
            """SELECT c.name, o.status FROM slot_offers o JOIN customers c ON c.id = o.customer_id
                WHERE o.slot_opening_id = %s ORDER BY o.created_at""",
            self.id,
        )
        return {row["name"]: row["status"] for row in found}

    def offers_become(self, **expected: str) -> None:
        wait_for(lambda: self.offers() == expected, f"the offers to be {expected}, not {self.offers()}")

    def time_runs_out(self) -> None:
        """Ends the window of the live offer now. The next tick handles its end."""
        self._bring_forward(
            "UPDATE slot_offers SET expires_at = now() WHERE status = 'sent' AND slot_opening_id = %s"
        )

    def hold_runs_out(self) -> None:
        self._bring_forward(
            """UPDATE payments SET expires_at = now() WHERE status = 'pending' AND appointment_id IN (
                 SELECT id FROM appointments WHERE source_slot_opening_id = %s) AND expires_at IS NOT NULL"""
        )

    def _bring_forward(self, statement: str) -> None:
        wait_for(lambda: bool(self.shop.live.rows(statement + " RETURNING id", self.id)), "something to run out")

    def bookings(self) -> dict[str, str]:
        """Returns the status of each booking of this slot, keyed by the customer's name."""
        found = self.shop.live.rows(
            """SELECT c.name, a.status FROM appointments a JOIN customers c ON c.id = a.customer_id
                WHERE a.source_slot_opening_id = %s ORDER BY a.created_at""",
            self.id,
        )
        return {row["name"]: row["status"] for row in found}

    def ask_next(self) -> tuple[int, Any]:
        """Calls the route that asks the next customer."""
        secret = {"x-internal-secret": self.shop.live.settings["INTERNAL_SECRET"]}
        live, body = self.shop.live, {"slotOpeningId": str(self.id)}
        return live.result(*live.post("WEB_URL", "/api/jobs/offer-loop", body, **secret))


@dataclass
class LiveCustomer(LiveRow):
    name: str
    phone: str

    def texts(self) -> list[str]:
        """Returns the texts sent to this phone according to the ledger, oldest first."""
        return [
            entry["params"]["Body"]
            for entry in self.shop.live.ledger()
            if entry["kind"] == "request"
            and entry["method"] == "POST"
            and entry["path"].endswith("/Messages.json")
            and entry["params"].get("To") == self.phone
            and (entry["status"] or 0) < 300
        ]

    def gets(self, words: str, *, times: int = 1) -> str:
        """Waits until `times` texts that contain `words` have arrived; returns the last text."""

        def look() -> str | None:
            found = [text for text in self.texts() if words in text]
            return found[-1] if len(found) >= times else None

        return wait_for(look, f"{self.name} to get a text with {words!r}; so far {self.texts()}")

    def is_asked(self) -> str:
        return self.gets("Reply YES")

    def says(self, body: str) -> None:
        text = {"from": self.phone, "to": self.shop.phone, "body": body}
        status, answer = self.shop.live.post("SANDBOX_URL", "/sandbox/inbound", text)
        assert status < 300, answer

    def intent(self) -> str:
        """Returns the id of the intent behind the payment link in the last text."""
        token = self.gets("/pay/").rsplit("/pay/", 1)[1].split()[0]
        found = self.shop.live.row("SELECT stripe_payment_intent_id AS id FROM payments WHERE pay_token = %s", token)
        return str(found["id"])

    def pays(self) -> None:
        status, answer = self.shop.live.post("SANDBOX_URL", f"/sandbox/payment_intents/{self.intent()}/succeed")
        assert status < 300, answer

    def card_is_declined(self, decline_code: str = "generic_decline") -> None:
        path, body = f"/sandbox/payment_intents/{self.intent()}/fail", {"decline_code": decline_code}
        status, answer = self.shop.live.post("SANDBOX_URL", path, body)
        assert status < 300, answer
