"""Delivers signed webhooks to the application in the background, with the provider's retries."""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.faults import Fault, Faults
from sandbox.ledger import Ledger, entry
from sandbox.loopback import UNREACHABLE, post
from sandbox.provider_time import now
from sandbox.sandbox_settings import Settings
from sandbox.store import Row, Store, Transaction, to_json
from sandbox.webhook_signatures import stripe_signature, svix_headers, twilio_signature

# Seconds to wait after each failed attempt.
# Twilio retries the webhook of a text only if it could not connect. It never retries the webhook of a status.
# Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
# Like Stripe, the sandbox retries for three days, but at shorter intervals.
# Source: https://docs.stripe.com/webhooks#retries
RETRY_AFTER: dict[str, tuple[float, ...]] = {
    "inbound": (1.0,),
    "status": (),
    "event": (0.5, 1, 2, 4, 8, 15, 30, *[60.0] * 4320),
    # Cal.com and Google make one attempt. Square and Acuity retry for a day. Then Acuity removes the address.
    "calcom": (),
    "square": (1, 2, 4, 8, *[60.0] * 1440),
    "acuity": (2, 4, 8, *[60.0] * 1440),
    "google": (),
    "email": (1.0, 2.0, 4.0),
}
ONLY_WHEN_UNREACHABLE = {"inbound"}
TIMEOUT = {"inbound": 15.0, "status": 15.0, "event": 20.0}
OTHER_TIMEOUT = 10.0

Signer = Callable[[Mapping[str, Any], str, str], tuple[bytes, dict[str, str]]]
"""Converts payload, secret and address to body and headers."""

WEBHOOK_FAULTS = {"duplicate", "reordered", "delayed", "dropped", "wrong_signature"}
CARRIERS, GRACE = 24, 1.0
CLAIM = """
    UPDATE webhooks SET state = 'claimed' WHERE n IN
    (SELECT n FROM webhooks WHERE state = 'waiting' AND due <= ? ORDER BY due, n LIMIT 100) RETURNING *
"""
FIRST_NEXT_THEN_THIS = 0.05
OVERTAKING = """
    SELECT 1 FROM webhooks
     WHERE state = 'claimed' AND provider = ? AND kind = ? AND n > ? AND due < ?
"""
LOOKS_EVERY = 0.01


class Courier:
    """Call `enqueue` in the transaction that causes the webhook, and `wake` after its commit."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        faults: Faults,
        settings: Settings,
        signers: Mapping[str, Signer] | None = None,
    ) -> None:
        self._signers = signers or {}
        self._store, self._ledger, self._faults, self._settings = store, ledger, faults, settings
        self._reader = store.reader()
        self._bell = threading.Event()
        self._stopped = False
        self._abandoned = False
        self._claimed: SimpleQueue[Row | None] = SimpleQueue()
        # The threads are daemons, so that an unresponsive application does not delay the end of this process.
        self._carriers = [threading.Thread(target=self._carry, daemon=True) for _ in range(CARRIERS)]
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Resumes deliveries that a killed process left unfinished."""
        with self._store.transaction() as tx:
            tx.execute("UPDATE webhooks SET state = 'waiting' WHERE state = 'claimed'")
        for thread in (self._thread, *self._carriers):
            thread.start()

    def stop(self) -> None:
        """Ends the threads. Webhooks that are pending or have no response stay in the store."""
        self._stopped = True
        self._bell.set()
        self._thread.join(timeout=5)
        ends = now() + GRACE
        for _ in self._carriers:
            self._claimed.put(None)
        for thread in self._carriers:
            thread.join(timeout=max(0.0, ends - now()))
        self._abandoned = True

    def wake(self) -> None:
        """Wakes the thread that looks for due webhooks."""
        self._bell.set()

    def enqueue(
        self,
        tx: Transaction,
        provider: str,
        kind: str,
        *,
        ref: str,
        url: str,
        payload: Any,
        after: float = 0.0,
    ) -> None:
        """Schedules a webhook.

        `ref`: the provider's id, by which receivers detect repeats; `after`: the delay in seconds.
        """
        fault = self._faults.take(tx, provider, f"webhook.{kind}", payload, only=WEBHOOK_FAULTS) or Fault("")
        due = now() + after + (fault.seconds(5000) if fault.name == "delayed" else 0)
        held = fault.name == "reordered"
        row = (provider, kind, ref, url, to_json(payload), due + (fault.seconds(3000) if held else 0))
        state = "dropped" if fault.name == "dropped" else "waiting"
        for _ in range(2 if fault.name == "duplicate" else 1):
            made = tx.execute(
                "INSERT INTO webhooks (provider, kind, ref, url, payload, due, state, fault, waits_for_next)"
                " VALUES (?,?,?,?,?,?,?,?,?)",
                (*row, state, fault.name or None, held),
            )
        tx.execute(
            "UPDATE webhooks SET due = min(due, ?), waits_for_next = 0"
            " WHERE state = 'waiting' AND waits_for_next = 1 AND provider = ? AND kind = ? AND n < ?",
            (due + FIRST_NEXT_THEN_THIS, provider, kind, made.lastrowid),
        )

    def _run(self) -> None:
        while not self._stopped:
            self._bell.clear()
            for row in self._claim():
                self._claimed.put(row)
            self._bell.wait(timeout=self._pause())

    def _carry(self) -> None:
        while (row := self._claimed.get()) is not None:
            if row["fault"] == "reordered":
                self._await_overtaking(row)
            self._deliver(row)

    def _await_overtaking(self, row: Row) -> None:
        """Waits until the webhook that overtakes this one has been delivered. Other threads deliver it."""
        values = [row[name] for name in ("provider", "kind", "n", "due")]
        while not self._stopped and self._reader.rows(OVERTAKING, values):
            time.sleep(LOOKS_EVERY)

    def _claim(self) -> list[Row]:
        if self._pause() > 0:
            return []
        with self._store.transaction() as tx:
            claimed = tx.execute(CLAIM, (now(),)).fetchall()
        return sorted(claimed, key=lambda row: (row["due"], row["n"]))

    def _pause(self) -> float:
        due = self._reader.rows("SELECT min(due) FROM webhooks WHERE state = 'waiting'")[0][0]
        return 30.0 if due is None else min(30.0, max(0.0, due - now()))

    def _deliver(self, row: Row) -> None:
        payload = json.loads(row["payload"])
        body, headers = self._signed(row, payload)
        status = post(
            self._settings.address(row["url"]), body, headers, timeout=TIMEOUT.get(row["kind"], OTHER_TIMEOUT)
        )
        if self._abandoned:
            return
        state, due = self._next(row, status)
        with self._store.transaction() as tx:
            tx.execute(
                "UPDATE webhooks SET state = ?, due = ?, attempts = attempts + 1 WHERE n = ?",
                (state, due, row["n"]),
            )
            self._ledger.append(tx, self._attempt(row, payload, max(0, status)))
        self._ledger.flush()
        self._bell.set()

    def _next(self, row: Row, status: int) -> tuple[str, float]:
        pauses = RETRY_AFTER.get(row["kind"], ())
        if 200 <= status < 300:
            return "delivered", now()
        again = status == UNREACHABLE or row["kind"] not in ONLY_WHEN_UNREACHABLE
        if again and row["attempts"] < len(pauses):
            return "waiting", now() + pauses[row["attempts"]]
        return "given up", now()

    def _attempt(self, row: Row, payload: Any, status: int) -> Any:
        path = urlsplit(self._settings.public(row["url"]))
        return entry(
            "webhook",
            row["provider"],
            "POST",
            path.path + (f"?{path.query}" if path.query else ""),
            params=payload,
            status=status,
            response_id=row["ref"],
            fault=row["fault"],
        )

    def _secret_of(self, row: Row) -> str:
        """Returns the secret of the address, or an empty string if the address was removed in the meantime."""
        found = self._reader.rows(
            "SELECT secret FROM calendar_targets WHERE kind = ? AND url = ?", (row["provider"], row["url"])
        )
        return str(found[0]["secret"]) if found else ""

    def _signed(self, row: Row, payload: Any) -> tuple[bytes, dict[str, str]]:
        wrong = "wrong" if row["fault"] == "wrong_signature" else ""
        if row["provider"] in self._signers:
            return self._signers[row["provider"]](payload, self._secret_of(row) + wrong, row["url"])
        if row["provider"] == "twilio":
            public = self._settings.public(row["url"])
            signature = twilio_signature(self._settings.auth_token + wrong, public, payload)
            return urlencode(payload).encode(), {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "TwilioProxy/1.1",
                "I-Twilio-Idempotency-Token": f"sandbox-{row['n']}",
                "X-Twilio-Signature": signature,
            }
        if row["provider"] == "resend":
            body = json.dumps(payload).encode()
            secret = base64.b64encode(b"wrong").decode() if wrong else self._settings.resend_webhook_secret
            headers = svix_headers(secret, row["ref"], body, at=int(now()))
            return body, {"Content-Type": "application/json", **headers}
        body = json.dumps(payload, indent=2).encode()
        secret = self._settings.stripe_webhook_secret + wrong
        return body, {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": stripe_signature(secret, body, at=int(now())),
        }
