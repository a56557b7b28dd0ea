"""Reads a failed call to Stripe: refused for good, or to be asked again."""

import stripe

from providers.stripe.stripe_results import Later, StripeRefusal, refused

# Everything the SDK lets out; the last ones come of an answer that is not what it should be.
TROUBLE = (stripe.StripeError, ValueError, KeyError, TypeError, AttributeError)

# By HTTP status (https://docs.stripe.com/api/errors); what is not here and is a 4xx is a refusal.
BY_STATUS: dict[int, Later] = {
    401: Later("Stripe does not accept our key.", ours_to_fix=True),
    403: Later("Our key for Stripe may not do this.", ours_to_fix=True),
    408: Later("Stripe did not get our whole request."),
    409: Later("Stripe is still busy with the same request."),
    429: Later("Stripe asks us to slow down."),
}


def failed(error: Exception) -> Later | StripeRefusal:
    """What a failed call leaves us knowing. Never a refusal unless Stripe said so."""
    if not isinstance(error, stripe.StripeError):
        return Later(f"Stripe's answer could not be read ({type(error).__name__}).")
    status = error.http_status
    if status is None:
        return Later("Stripe could not be reached or did not answer in time.")
    if status < 400:
        return Later("Stripe's answer could not be read.")
    if status >= 500:
        return Later(f"Stripe answered {status}.", kept=_is_replay(error))
    if isinstance(error, stripe.IdempotencyError) and status == 400:
        return Later("A key was used again with other parameters.", ours_to_fix=True)
    return BY_STATUS.get(status) or refused(_code(error), _decline_code(error))


def _code(error: stripe.StripeError) -> str | None:
    """Stripe's code; of a parameter that is refused without a code of its own, that parameter's."""
    param = getattr(error, "param", None)
    own = error.code and not error.code.startswith("parameter_")
    return error.code if own or param not in {"amount", "currency"} else f"{param}_invalid"


def _is_replay(error: stripe.StripeError) -> bool:
    return str((error.headers or {}).get("Idempotent-Replayed", "")).lower() == "true"


def _decline_code(error: stripe.StripeError) -> str | None:
    return getattr(error.error, "decline_code", None) if isinstance(error, stripe.CardError) else None
