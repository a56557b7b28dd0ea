"""Creates, reads, cancels, finds and refunds PaymentIntents, and lists events.

Idempotency keys are deterministic, and Stripe keeps the response for a key for at least 24 hours. If that response is
a 500, the request may have succeeded. The client then searches by metadata, and retries with the next key only if it
finds nothing (https://docs.stripe.com/error-low-level#idempotency). If a key is older than a day, call
`find_by_metadata` before `create_intent`. `refund` always searches first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from providers.call_metrics import measured
from providers.storable_text import storable_json
from providers.stripe.stripe_events import SUBSCRIBED
from providers.stripe.stripe_results import (
    AlreadySucceeded,
    Intent,
    IntentCancelled,
    IntentState,
    Later,
    NoSuchIntent,
    Refunded,
    StillProcessing,
    StripeRefusal,
    intent_from,
    of_a_refund,
    refunded_from,
)
from providers.stripe.stripe_sdk import ask, connect, once, plain
from providers.too_many import TooMany
from settings.stripe import StripeSettings

SEARCH_WINDOW = timedelta(hours=48)
"""The period that is searched after a stored 500 response. Stripe keeps a key for a shorter time."""

CLOCK_DIFFERENCE = timedelta(minutes=5)
MAX_INTENTS, MAX_EVENTS, MAX_LISTED = 5_000, 2_000, 100_000
BEST_FIRST = (IntentState.SUCCEEDED, IntentState.PROCESSING, IntentState.OPEN, IntentState.CANCELLED)


@dataclass(frozen=True, slots=True)
class IntentOrder:
    """The parameters of a PaymentIntent. They never change after the first request.

    `amount` is in minor units. `currency` is an ISO code.
    """

    payment_id: str
    amount: int
    currency: str
    idempotency_key: str
    metadata: Mapping[str, str]

    @property
    def all_metadata(self) -> dict[str, str]:
        """The metadata, including the payment's id, which is used to find the intent."""
        return {**self.metadata, "payment_id": self.payment_id}


class Stripe:
    """The client for Stripe. Create one per process, after the fork. Threads can share it."""

    most_events = MAX_EVENTS

    def __init__(self, settings: StripeSettings) -> None:
        self._v1 = connect(settings).v1

    @measured("stripe", "create_intent")
    def create_intent(self, order: IntentOrder) -> Intent | Later | StripeRefusal:
        """Creates an intent for cards only. The same order always returns the same intent."""

        def create(key: str) -> Intent:
            made = self._v1.payment_intents.create(
                params={
                    "amount": order.amount,
                    "currency": order.currency.lower(),
                    # Since 2026-09-30, Stripe refuses the older `payment_method_types`.
                    "allowed_payment_method_types": ["card"],
                    "metadata": order.all_metadata,
                },
                options={"idempotency_key": key},
            )
            return intent_from(plain(made))

        def find() -> Intent | NoSuchIntent | Later:
            since = datetime.now(UTC) - SEARCH_WINDOW
            return self.find_by_metadata({"payment_id": order.payment_id}, created_after=since)

        return once(order.idempotency_key, create, find)

    @measured("stripe", "retrieve")
    def retrieve(self, intent_id: str) -> Intent | NoSuchIntent | Later:
        """Returns the current intent. Call this before any decision about money."""
        answer = ask(lambda: intent_from(plain(self._v1.payment_intents.retrieve(intent_id))))
        if isinstance(answer, StripeRefusal):
            missing = answer.code == "resource_missing"
            return NoSuchIntent() if missing else Later(answer.meaning, ours_to_fix=True)
        return answer

    @measured("stripe", "cancel")
    def cancel(self, intent_id: str) -> IntentCancelled | AlreadySucceeded | StillProcessing | NoSuchIntent | Later:
        """Cancels the intent, or reports that it has succeeded or is processing.

        Uses no idempotency key, because a repeated call is harmless, and Stripe would repeat the response
        "processing" for the same key for a day.
        """
        answer = ask(lambda: intent_from(plain(self._v1.payment_intents.cancel(intent_id))))
        if isinstance(answer, StripeRefusal):
            # The error does not give the reason, but the state of the intent shows it.
            stands = self.retrieve(intent_id)
            return _as_cancelled(stands) if isinstance(stands, Intent) else stands
        return _as_cancelled(answer) if isinstance(answer, Intent) else answer

    @measured("stripe", "refund")
    def refund(self, intent_id: str, amount: int | None, idempotency_key: str) -> Refunded | Later | StripeRefusal:
        """Refunds `amount` (in minor units), or the remaining amount if `amount` is None.

        Refunds once per key, even after Stripe has forgotten the key.
        """

        def find() -> Refunded | StripeRefusal | NoSuchIntent | Later:
            return self._find_refund(intent_id, idempotency_key)

        def create(key: str) -> Refunded | StripeRefusal:
            made = self._v1.refunds.create(
                params={
                    "payment_intent": intent_id,
                    "metadata": {"purpose": idempotency_key},
                    **({} if amount is None else {"amount": amount}),
                },
                options={"idempotency_key": key},
            )
            return refunded_from(plain(made))

        before = find()
        answer = once(idempotency_key, create, find) if isinstance(before, NoSuchIntent) else before
        return of_a_refund(answer) if isinstance(answer, StripeRefusal) else answer

    @measured("stripe", "find_by_metadata")
    def find_by_metadata(
        self, wanted: Mapping[str, str], *, created_after: datetime
    ) -> Intent | NoSuchIntent | Later:
        """Returns the intent whose metadata contains all of `wanted`, preferring a paid intent.

        Lists and filters intents, because Stripe's search index lags by a minute or more.
        """
        answer = self._intents(created_after, MAX_INTENTS)
        if isinstance(answer, Later):
            return answer
        fitting = [intent for intent in answer if wanted.items() <= intent.metadata.items()]
        if not fitting and len(answer) == MAX_INTENTS:
            return Later("There are too many payments since then to search.", ours_to_fix=True)
        return min(fitting, key=lambda intent: BEST_FIRST.index(intent.state), default=NoSuchIntent())

    @measured("stripe", "list_intents")
    def list_intents(self, created_after: datetime) -> list[Intent] | Later:
        """Returns all intents created after `created_after` (UTC), newest first, with `amount_refunded`."""
        answer = self._intents(created_after, MAX_LISTED, expand=["data.latest_charge"])
        if isinstance(answer, list) and len(answer) == MAX_LISTED:
            return Later(f"There are more than {MAX_LISTED:,} payments since then.", ours_to_fix=True)
        return answer

    def _intents(self, created_after: datetime, limit: int, expand: Sequence[str] = ()) -> list[Intent] | Later:
        since = int((created_after - CLOCK_DIFFERENCE).timestamp())

        def listed() -> list[Intent]:
            pages = self._v1.payment_intents.list(
                params={"created": {"gte": since}, "limit": 100, "expand": list(expand)}
            )
            return [intent_from(plain(one)) for one in islice(pages.auto_paging_iter(), limit)]

        answer = ask(listed)
        return answer if isinstance(answer, list) else _as_later(answer)

    @measured("stripe", "account")
    def account(self) -> str | Later:
        """Returns the id of the key's account. A restricted key may lack permission to read the id."""
        answer = ask(lambda: str(self._v1.accounts.retrieve_current().id))
        return _as_later(answer) if isinstance(answer, StripeRefusal) else answer

    @measured("stripe", "list_events")
    def list_events(self, since: datetime, until: datetime | None = None) -> list[dict[str, Any]] | TooMany | Later:
        """Returns the events of handled types in this period (UTC, at most 30 days ago), oldest first, as in
        webhooks.
        """
        created: Any = {"gte": int(since.timestamp())} | ({"lte": int(until.timestamp())} if until else {})

        def listed() -> list[dict[str, Any]]:
            pages = self._v1.events.list(params={"created": created, "types": list(SUBSCRIBED), "limit": 100})
            newest_first = islice(pages.auto_paging_iter(), self.most_events)
            return [_storable(plain(event)) for event in newest_first]

        answer = ask(listed)
        if not isinstance(answer, list):
            return _as_later(answer)
        return TooMany(self.most_events) if len(answer) == self.most_events else answer[::-1]

    def _find_refund(self, intent_id: str, purpose: str) -> Refunded | StripeRefusal | NoSuchIntent | Later:
        def listed() -> list[dict[str, Any]]:
            pages = self._v1.refunds.list(params={"payment_intent": intent_id, "limit": 100})
            return [plain(one) for one in pages.auto_paging_iter()]

        answer = ask(listed)
        if not isinstance(answer, list):
            return answer
        ours = (one for one in answer if (one.get("metadata") or {}).get("purpose") == purpose)
        found = next(ours, None)
        return refunded_from(found) if found else NoSuchIntent()


def _as_cancelled(intent: Intent) -> IntentCancelled | AlreadySucceeded | StillProcessing | Later:
    if intent.state is IntentState.CANCELLED:
        return IntentCancelled(intent)
    if intent.state is IntentState.SUCCEEDED:
        return AlreadySucceeded(intent)
    if intent.state is IntentState.PROCESSING:
        return StillProcessing(intent)
    return Later("Stripe did not cancel the payment although its state allows it.")


def _as_later(answer: Later | StripeRefusal) -> Later:
    return answer if isinstance(answer, Later) else Later(answer.meaning, ours_to_fix=True)


def _storable(event: dict[str, Any]) -> dict[str, Any]:
    storable = storable_json(event)
    return storable if isinstance(storable, dict) else {}
