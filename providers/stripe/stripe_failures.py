"""Classifies a failed call to Stripe as refused or as temporary."""

import stripe

from providers.stripe.stripe_results import Later, StripeRefusal, refused

# All exceptions of the SDK. Malformed responses cause the built-in exceptions.
SDK_ERRORS = (stripe.StripeError, ValueError, KeyError, TypeError, AttributeError)

# Keyed by HTTP status (https://docs.stripe.com/api/errors). Any other 4xx status is a refusal.
BY_STATUS: dict[int, Later] = {
    401: Later("Stripe rejects the API key; check STRIPE_API_KEY.", ours_to_fix=True),
    403: Later("The Stripe API key lacks a permission for this.", ours_to_fix=True),
    408: Later("Stripe did not receive the whole request."),
    409: Later("Stripe is still processing the same request."),
    429: Later("Stripe limits the request rate."),
}


def failed(error: Exception) -> Later | StripeRefusal:
    """Classifies an exception. The result is a refusal only if Stripe explicitly refused."""
    if not isinstance(error, stripe.StripeError):
        return Later(f"Stripe's response could not be read ({type(error).__name__}).")
    status = error.http_status
    if status is None:
        return Later("Stripe could not be reached or did not respond in time.")
    if status < 400:
        return Later("Stripe's response could not be read.")
    if status >= 500:
        return Later(f"Stripe responded with status {status}.", kept=_is_replay(error))
    if isinstance(error, stripe.IdempotencyError) and status == 400:
        return Later("An idempotency key was reused with different parameters.", ours_to_fix=True)
    return BY_STATUS.get(status) or refused(_code(error), _decline_code(error))


def _code(error: stripe.StripeError) -> str | None:
    """Returns Stripe's error code, or a code derived from the rejected parameter if Stripe's code is generic."""
    param = getattr(error, "param", None)
    own = error.code and not error.code.startswith("parameter_")
    return error.code if own or param not in {"amount", "currency"} else f"{param}_invalid"


def _is_replay(error: stripe.StripeError) -> bool:
    return str((error.headers or {}).get("Idempotent-Replayed", "")).lower() == "true"


def _decline_code(error: stripe.StripeError) -> str | None:
    return getattr(error.error, "decline_code", None) if isinstance(error, stripe.CardError) else None
