"""Stripe's SDK with our address, our time-outs and our pool; calls through it answer values, never exceptions."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import stripe

from providers.connections import pooled_session
from providers.stripe.stripe_failures import TROUBLE, failed
from providers.stripe.stripe_results import Later, NoSuchIntent, StripeRefusal
from settings.stripe import StripeSettings

T = TypeVar("T")

# With telemetry the SDK reports our timings and writes an id into the home folder.
stripe.enable_telemetry = False

KEYS_PER_PURPOSE = 3


def connect(settings: StripeSettings) -> stripe.StripeClient:
    """The SDK's client. Make it after the fork; safe for threads."""
    http = stripe.RequestsClient(
        timeout=(settings.stripe_connect_timeout_seconds, settings.stripe_read_timeout_seconds),
        session=pooled_session(settings.stripe_api_url, settings.stripe_connections),
    )
    return stripe.StripeClient(
        settings.stripe_api_key.get_secret_value() or "unset",
        base_addresses={"api": settings.stripe_api_url},
        max_network_retries=settings.stripe_network_retries,
        http_client=http,
    )


def ask(call: Callable[[], T]) -> T | Later | StripeRefusal:
    """What the call returns, or what its failure means."""
    try:
        return call()
    except TROUBLE as error:
        return failed(error)


def keys_in_line(key: str) -> Iterator[str]:
    """The key, and those that take its place, one after the other, while Stripe keeps a 500 for the one before.

    They are deterministic: a later process that starts from the first key arrives at the same ones.
    """
    yield key
    for number in range(2, KEYS_PER_PURPOSE + 1):
        yield f"{key}:{number}"


def once(
    key: str, create: Callable[[str], T | StripeRefusal], find: Callable[[], T | StripeRefusal | NoSuchIntent | Later]
) -> T | StripeRefusal | Later:
    """Has a thing made once: where Stripe keeps a 500 for a key, looks for the thing before trying the next key."""
    answer: T | StripeRefusal | Later = Later("Stripe was not asked.")
    for one_key in keys_in_line(key):
        answer = ask(partial(create, one_key))
        if not isinstance(answer, Later) or not answer.kept:
            return answer
        found = find()
        if not isinstance(found, NoSuchIntent):
            return found
    return answer


def plain(stripe_object: Any) -> dict[str, Any]:
    """An SDK object as the JSON it was made of."""
    shown: dict[str, Any] = stripe_object.to_dict(for_json=True)
    return shown
