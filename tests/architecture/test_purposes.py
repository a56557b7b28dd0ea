"""Each text has a purpose, and each payment call has an idempotency key, to prevent duplicates."""

import inspect
from dataclasses import MISSING, fields

from db.messages.message_drafts import Draft
from messaging.write_text import write_text
from providers.stripe.stripe_client import IntentOrder, Stripe


def test_no_text_is_written_without_its_purpose() -> None:
    assert required(Draft, "purpose_key")
    assert inspect.signature(write_text).parameters["purpose_key"].default is inspect.Parameter.empty


def test_no_payment_is_asked_for_without_its_key() -> None:
    assert required(IntentOrder, "idempotency_key")
    assert inspect.signature(Stripe.refund).parameters["idempotency_key"].default is inspect.Parameter.empty


def required(kind: type, name: str) -> bool:
    field = next(f for f in fields(kind) if f.name == name)
    return field.default is MISSING and field.default_factory is MISSING
