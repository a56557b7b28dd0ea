"""Configures Stripe's SDK, and converts its exceptions to values."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import stripe

from providers.connections import pooled_session
from providers.stripe.stripe_failures import SDK_ERRORS, failed
from providers.stripe.stripe_results import Later, NoSuchIntent, StripeRefusal
from settings.stripe import StripeSettings

T = TypeVar("T")

# Without this, the SDK would report request timings and write an id to the home folder.
stripe.enable_telemetry = False

MAX_KEYS = 3


def connect(settings: StripeSettings) -> stripe.StripeClient:
    """Returns the SDK's client. Create the client after the fork. Threads can share it."""
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
    """Returns the result of the call, or the classified failure."""
    try:
        return call()
    except SDK_ERRORS as error:
        return failed(error)


def successive_keys(key: str) -> Iterator[str]:
    """Yields the key and its successors. Use each successor if Stripe has stored a 500 for the previous key.

    The keys are deterministic, so that another process uses the same keys in the same order.
    """
    yield key
    for number in range(2, MAX_KEYS + 1):
        yield f"{key}:{number}"


def once(
    key: str, create: Callable[[str], T | StripeRefusal], find: Callable[[], T | StripeRefusal | NoSuchIntent | Later]
) -> T | StripeRefusal | Later:
    """Creates an object once. If Stripe keeps a 500 for a key, searches for the object before trying the next key."""
    answer: T | StripeRefusal | Later = Later("No request was sent to Stripe.")
    for one_key in successive_keys(key):
        answer = ask(partial(create, one_key))
        if not isinstance(answer, Later) or not answer.kept:
            return answer
        found = find()
        if not isinstance(found, NoSuchIntent):
            return found
    return answer


def plain(stripe_object: Any) -> dict[str, Any]:
    """Converts an SDK object to its JSON."""
    content: dict[str, Any] = stripe_object.to_dict(for_json=True)
    return content
