"""Twilio, Stripe, Resend and the calendars, simulated by the sandbox. The test delivers their webhooks.

The test determines which webhook arrives, how often and when, so a repeated history has the same result.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from sandbox.api_calls import Sandbox
from sandbox.provider_time import now
from sandbox.store import Row
from tests.serving import KeepAliveHandler, serving_sandbox

TABLES = ("messages", "opt_outs", "objects", "idempotency_keys", "webhooks", "faults", "emails", "received_webhooks")
CALENDARS = ("calendar_bookings", "calendar_holds", "calendar_targets", "oauth_tokens", "oauth_grants")

PATIENCE = 3


class SimulatedProviders:
    """The simulated providers, and the phones and cards of customers."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app = app
        self.box: Sandbox = app.extensions["sandbox"]
        self.url = url
        self.began_at = 0
        # From here on, only the test delivers webhooks.
        self.box.courier.stop()
        self.box.courier._abandoned = False

    def carried_now(self) -> list[Row]:
        """Returns the webhooks that are due now or within a second, oldest first."""
        return self.box.store.rows(
            "SELECT * FROM webhooks WHERE state = 'waiting' AND due <= ? ORDER BY due, n", [now() + 1]
        )

    def waiting(self) -> list[Row]:
        """Returns all undelivered webhooks."""
        return self.box.store.rows("SELECT * FROM webhooks WHERE state = 'waiting' ORDER BY due, n")

    def next_webhook_at(self) -> float | None:
        """Returns the time of the next webhook in Unix seconds."""
        at: float | None = self.box.store.rows("SELECT min(due) FROM webhooks WHERE state = 'waiting'")[0][0]
        return at

    def carry(self, webhook: Row) -> None:
        """Delivers the signed webhook to the endpoint over HTTP. A refused webhook waits for its next attempt."""
        self.box.courier._deliver(webhook)

    def carry_or_give_up(self, webhook: Row) -> None:
        """Delivers the webhook, or drops it after several attempts. Stripe would retry for three days."""
        (self.lose if webhook["attempts"] >= PATIENCE else self.carry)(webhook)

    def lose(self, webhook: Row) -> None:
        """Drops the webhook permanently."""
        with self.box.store.transaction() as tx:
            tx.execute("UPDATE webhooks SET state = 'dropped' WHERE n = ?", [webhook["n"]])

    def fault(self, where: str, fault: str, **more: Any) -> None:
        provider, _, operation = where.partition(" ")
        switched = self.box.faults.switch_on(
            {"provider": provider, "operation": operation, "fault": fault, "delay_ms": 0, **more}
        )
        assert isinstance(switched, int), switched

    def begin_anew(self) -> None:
        """Removes all data. From now on, only new entries of the ledger are read."""
        self.began_at = self.newest_entry()
        with self.box.store.transaction() as tx:
            for table in (*TABLES, *CALENDARS):
                tx.execute(f"DELETE FROM {table}")

    def clear_faults(self) -> None:
        """Removes all faults."""
        self.box.faults.clear()

    @contextmanager
    def with_another_key(self) -> Iterator[None]:
        """Replaces the key at Stripe, while the workers still use the old key."""
        rolled = replace(self.box, settings=replace(self.box.settings, stripe_key="sk_test_rolled"))
        self.app.extensions["sandbox"] = rolled
        try:
            yield
        finally:
            self.app.extensions["sandbox"] = self.box

    def forget_keys(self) -> None:
        """Deletes the idempotency keys, as Stripe does after a day."""
        with self.box.store.transaction() as tx:
            tx.execute("DELETE FROM idempotency_keys")

    def forget_opt_outs(self) -> None:
        """Deletes the opt-outs, as if the carrier kept no list of them."""
        with self.box.store.transaction() as tx:
            tx.execute("DELETE FROM opt_outs")

    def decide_fates(self) -> None:
        """Makes every text reach its final delivery status immediately."""
        with self.box.store.transaction() as tx:
            tx.execute("UPDATE messages SET sent_after = created, settled_after = created")

    def intents(self) -> list[str]:
        """Returns the ids of all PaymentIntents."""
        return [row["id"] for row in self.box.store.rows("SELECT id FROM objects WHERE kind = 'payment_intent'")]

    def undecided(self) -> list[str]:
        """Returns the ids of the PaymentIntents that are still processing."""
        statement = (
            "SELECT id FROM objects WHERE kind = 'payment_intent' AND json_extract(data, '$.status') = 'processing'"
        )
        return [row["id"] for row in self.box.store.rows(statement)]

    def newest_entry(self) -> int:
        """Returns the number of the newest entry in the ledger."""
        return int(self.box.store.rows("SELECT coalesce(max(seq), 0) FROM ledger")[0][0])

    def ledger(self, **wanted: Any) -> list[dict[str, Any]]:
        return [
            one
            for one in self.box.ledger.entries(after=self.began_at)
            if all(one[name] == value for name, value in wanted.items())
        ]

    def accepted(self, path: str) -> list[dict[str, Any]]:
        """Returns the entries of our successful POST requests to paths with this ending.

        Each idempotency key has one entry, however often it was used.
        """
        done = {
            entry["response_id"]: entry
            for entry in self.ledger(kind="request", method="POST")
            if entry["path"].endswith(path) and entry["response_id"]
        }
        return list(done.values())

    def texts(self, to: str | None = None) -> list[dict[str, Any]]:
        """Returns the texts sent to a number, or to all numbers. WhatsApp numbers begin with `whatsapp:`."""
        sent = [entry["params"] for entry in self.accepted("/Messages.json")]
        return [text for text in sent if to is None or text["To"] == to]

    def emails(self, to: str | None = None) -> list[dict[str, Any]]:
        sent = [entry["params"] for entry in self.accepted("/emails")]
        return [email for email in sent if to is None or email["to"] in (to, [to])]


@contextmanager
def simulated_providers(folder: Path, app_url: str) -> Iterator[SimulatedProviders]:
    """Runs a sandbox. The test delivers its webhooks to `app_url`."""
    with serving_sandbox(folder, app_url, handler=KeepAliveHandler) as (app, url):
        yield SimulatedProviders(app, url)
