"""Delivers all due events of one endpoint: claims a batch and commits, sends the batch, and records the results."""

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db.encryption import Encryption, SecretUnreadableError
from db.webhooks import due_deliveries, events
from db.webhooks.due_deliveries import ClaimedDelivery, RecordedAttempt, SendingEndpoint
from db.webhooks.webhook_endpoints import secret_encryption
from domain.effects import NotifyStaff, Severity
from domain.webhook_retries import AttemptOutcome, delay_after, outcome_of
from messaging.staff_notifications import notify_staff
from providers.outgoing_webhooks.webhook_client import AttemptResult, SignedMessage, WebhookClient
from telemetry import metrics
from worker.dependencies import Dependencies

log = structlog.get_logger()

CONNECTIONS = 4
"""The maximum number of concurrent transactions in all delivering threads.

A thread needs no connection to Postgres while it sends.
"""
LARGEST_BATCH = 50
BATCH_SECONDS = 5.0
"""The maximum duration of a batch. The results are then recorded, and the remaining deliveries are released."""
TURN_SECONDS = 20.0
"""The maximum time for which an endpoint uses a thread before other endpoints get a turn."""
SLOW_SECONDS = 2.0
"""A failure that takes longer ends the turn, because the endpoint does not respond."""

_CONNECTIONS = threading.BoundedSemaphore(CONNECTIONS)

DISABLED = {
    AttemptOutcome.GONE: ("gone", "it responded with status 410 (Gone)"),
    AttemptOutcome.FAILED: ("failing", "it has accepted no events for five days"),
}


@dataclass(frozen=True, slots=True)
class DeliveryBatch:
    """The deliveries that were attempted, in order, and the remaining deliveries of the batch."""

    attempts: Sequence[RecordedAttempt]
    outcomes: Sequence[AttemptOutcome]
    unsent: Sequence[ClaimedDelivery]
    slow: bool

    @property
    def all_succeeded(self) -> bool:
        return not self.unsent and all(outcome is AttemptOutcome.SUCCEEDED for outcome in self.outcomes)


def deliver(
    dependencies: Dependencies, endpoint_id: UUID, *, more_than_one: Callable[[], None], stopping: Callable[[], bool]
) -> int:
    """Delivers to the endpoint until nothing is due or its turn is over. Returns the number of attempts.

    Calls `more_than_one` if the endpoint works and more deliveries are due than one batch, so that a second thread
    can help.
    """
    sender, limit, attempted, ends_at = Sender(dependencies), 1, 0, time.monotonic() + TURN_SECONDS
    try:
        while time.monotonic() < ends_at and not stopping():
            with _CONNECTIONS, dependencies.transactions() as session:
                claimed = due_deliveries.claim(session, endpoint_id, limit=limit)
            if claimed is None:
                break
            endpoint, deliveries = claimed
            result = sender.send(endpoint, deliveries)
            with _CONNECTIONS, dependencies.transactions() as session:
                _record(session, endpoint, result)
            attempted += len(result.attempts)
            if result.slow or AttemptOutcome.GONE in result.outcomes:
                break
            if result.all_succeeded and len(deliveries) == limit:
                more_than_one()
            limit = min(2 * limit, LARGEST_BATCH) if result.all_succeeded else 1
    finally:
        sender.close()
    return attempted


class Sender:
    """Sends batches over one connection."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._allow_loopback = dependencies.settings.webhooks.webhooks_allow_loopback
        self._encryption = encryption(dependencies)
        self._client: WebhookClient | None = None
        self._url = ""

    def send(self, endpoint: SendingEndpoint, deliveries: Sequence[ClaimedDelivery]) -> DeliveryBatch:
        """Sends the deliveries in order, until one fails or BATCH_SECONDS have passed."""
        attempts: list[RecordedAttempt] = []
        outcomes: list[AttemptOutcome] = []
        slow, ends_at = False, time.monotonic() + BATCH_SECONDS
        for delivery in deliveries:
            result = self._attempt(endpoint, delivery)
            outcome = outcome_of(result.status_code)
            attempts.append(_recorded(delivery, result, outcome))
            outcomes.append(outcome)
            metrics.WEBHOOK_ATTEMPTS.labels(outcome.value).inc()
            metrics.WEBHOOK_SECONDS.observe(result.duration_ms / 1000)
            if outcome is not AttemptOutcome.SUCCEEDED:
                slow = result.duration_ms / 1000 > SLOW_SECONDS
                break
            if time.monotonic() > ends_at:
                break
        return DeliveryBatch(attempts, outcomes, deliveries[len(attempts) :], slow)

    def _attempt(self, endpoint: SendingEndpoint, delivery: ClaimedDelivery) -> AttemptResult:
        client = self._client_for(endpoint.url)
        try:
            secrets = [self._encryption.decrypt(secret) for secret in endpoint.secrets]
        except SecretUnreadableError:
            return client.failed("The secret cannot be decrypted: SECRET_KEY has changed. Rotate the secret.")
        body = json.dumps(delivery.event.as_json, separators=(",", ":"))
        return client.send(SignedMessage(events.public_id(delivery.event.id), body, secrets))

    def _client_for(self, url: str) -> WebhookClient:
        if self._client is None or url != self._url:
            self.close()
            self._client, self._url = WebhookClient(url, allow_loopback=self._allow_loopback), url
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def encryption(dependencies: Dependencies) -> Encryption:
    """Returns the encryption of the endpoints' secrets."""
    return secret_encryption(dependencies.settings.staff.secret_keys)


def _recorded(delivery: ClaimedDelivery, result: AttemptResult, outcome: AttemptOutcome) -> RecordedAttempt:
    retry_in = None
    if outcome is AttemptOutcome.FAILED:
        chance = random.random()  # noqa: S311 - spreads retries, keeps no secret
        retry_in = delay_after(delivery.tries + 1, chance=chance, retry_after=result.retry_after)
    entry = {
        "at": result.at.isoformat().replace("+00:00", "Z"),
        "status_code": result.status_code,
        "duration_ms": result.duration_ms,
        "answer": result.answer,
        "error": result.error,
    }
    return RecordedAttempt(delivery, outcome is AttemptOutcome.SUCCEEDED, retry_in, entry)


def _record(session: Session, endpoint: SendingEndpoint, result: DeliveryBatch) -> None:
    due_deliveries.record(session, result.attempts)
    due_deliveries.give_back(session, result.unsent)
    due_deliveries.note_attempts(
        session,
        endpoint.id,
        any_success=AttemptOutcome.SUCCEEDED in result.outcomes,
        last_succeeded=result.outcomes[-1] is AttemptOutcome.SUCCEEDED,
    )
    if AttemptOutcome.GONE in result.outcomes:
        disable(session, endpoint.id, AttemptOutcome.GONE)


def disable(session: Session, endpoint_id: UUID, because: AttemptOutcome) -> None:
    """Disables the endpoint and notifies the staff, once."""
    reason, sentence = DISABLED[because]
    disabled = due_deliveries.disable(session, endpoint_id, reason=reason)
    if disabled is None:
        return
    host = urlsplit(disabled.url).hostname or "?"
    text = (
        f"The webhook endpoint at {host} was disabled: {sentence}. Fix the endpoint, then enable it in the settings."
    )
    notify_staff(
        session,
        shop_id=disabled.shop_id,
        effect=NotifyStaff("needs_human", text, Severity.WARNING),
        dedupe_key=f"webhook_disabled:{endpoint_id}:{disabled.at:%Y-%m-%dT%H:%M:%S}",
    )
    log.warning("webhook_endpoint_disabled", endpoint=str(endpoint_id), reason=reason)
