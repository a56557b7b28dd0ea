"""Checks the keys, permissions, phone numbers and webhook addresses at Twilio and Stripe."""

from collections.abc import Iterator
from typing import Any

import requests
from sqlalchemy import text

from cli.doctor.findings import Finding, failure, ok, skipped, warning
from cli.doctor.target import CheckTarget
from providers.connections import pooled_session
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings

PATIENCE_SECONDS = 8.0
REFUSED = frozenset({401, 403})
NUMBERS = text("SELECT DISTINCT sms_from FROM shops WHERE sms_from IS NOT NULL ORDER BY sms_from")
# The worker reads these resources. A restricted key needs permission for each of them.
STRIPE_READS = {"payment_intents": "PaymentIntents", "refunds": "Refunds", "events": "Events"}
REQUIRED_EVENTS = {"payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled"}


def twilio(target: CheckTarget) -> Iterator[Finding]:
    settings = target.settings(TwilioSettings)
    if settings is None or not settings.twilio_account_sid:
        yield skipped("twilio.credentials", "requires the Twilio settings")
        return
    status = _twilio(settings, "Messages.json", {"PageSize": 1})[0]
    if status is None:
        message = f"Twilio does not respond at {settings.twilio_api_url}"
        yield failure(
            "twilio.unreachable", message, "Allow connections to it from this machine, or fix TWILIO_API_URL."
        )
    elif status in REFUSED:
        names = "TWILIO_API_KEY and TWILIO_API_SECRET" if settings.twilio_api_key else "TWILIO_AUTH_TOKEN"
        fix = f"Set TWILIO_ACCOUNT_SID and {names} to the values in the Twilio console."
        yield failure("twilio.credentials", f"Twilio rejects the credentials (status {status})", fix)
    elif status >= 400:
        fix = "See https://status.twilio.com; if it persists, check TWILIO_ACCOUNT_SID and TWILIO_API_URL."
        yield failure("twilio.trouble", f"Twilio responds with status {status} to a request for the messages", fix)
    else:
        yield ok("twilio.credentials", "Twilio accepts the credentials")
        if "schema" in target.well:
            yield from _numbers(target, settings)


def _numbers(target: CheckTarget, settings: TwilioSettings) -> Iterator[Finding]:
    """Checks that each shop's number is in the account with our webhook address. The sandbox accepts any number."""
    status, body = _twilio(settings, "IncomingPhoneNumbers.json", {"PageSize": 1000})
    if status != 200:
        return
    there = {one["phone_number"]: str(one.get("sms_url") or "") for one in body.get("incoming_phone_numbers", [])}
    with target.transaction() as session:
        ours = list(session.execute(NUMBERS).scalars())
    endpoint = f"{target.value('APP_URL').rstrip('/')}/api/twilio/inbound"
    for number in ours:
        if number not in there:
            message = f"{number}, a shop's sending number, is not in the Twilio account"
            yield failure(
                "twilio.number",
                message,
                "Buy it in the Twilio console, or correct it: UPDATE shops SET sms_from = ...",
            )
        elif there[number] != endpoint:
            message = f"the webhook of {number} is {there[number] or 'not set'}, not {endpoint}"
            fix = f"Twilio console, Phone numbers, {number}, A message comes in: Webhook, {endpoint}, HTTP POST"
            yield failure("twilio.webhook", message, fix)


def _twilio(settings: TwilioSettings, what: str, params: dict[str, Any]) -> tuple[int | None, dict[str, Any]]:
    secret = settings.twilio_api_secret or settings.twilio_auth_token
    login = settings.twilio_api_key or settings.twilio_account_sid, secret.get_secret_value()
    url = f"{settings.twilio_api_url}/2010-04-01/Accounts/{settings.twilio_account_sid}/{what}"
    return _get(url, params, login)


def stripe(target: CheckTarget) -> Iterator[Finding]:
    settings = target.settings(StripeSettings)
    if settings is None:
        return
    key = settings.stripe_api_key.get_secret_value()
    if not key:
        fix = "Set STRIPE_API_KEY to a restricted key: PaymentIntents and refunds write, events read."
        yield failure("stripe.key", "STRIPE_API_KEY is empty: deposits can't be charged", fix)
        return
    url = f"{settings.stripe_api_url}/v1"
    answers = {what: _get(f"{url}/{what}", {"limit": 1}, (key, ""))[0] for what in STRIPE_READS}
    trouble = _trouble(answers, settings.stripe_api_url)
    if trouble:
        yield trouble
    else:
        yield ok("stripe.key", "Stripe accepts the key")
        yield from _endpoint(target, settings, key)


def _trouble(answers: dict[str, int | None], url: str) -> Finding | None:
    """Returns the most serious problem in the statuses, or None if all requests succeeded."""
    statuses = set(answers.values())
    if None in statuses:
        message = f"Stripe does not respond at {url}"
        return failure(
            "stripe.unreachable", message, "Allow connections to it from this machine, or fix STRIPE_API_URL."
        )
    if 401 in statuses:
        fix = "Set STRIPE_API_KEY to the key in the Stripe dashboard (Developers, API keys). It may have been rolled."
        return failure("stripe.key", "Stripe rejects the key", fix)
    if 403 in statuses:
        lacking = ", ".join(STRIPE_READS[what] for what, status in answers.items() if status == 403)
        fix = "Stripe dashboard, API keys, this key: PaymentIntents write, Refunds write, Events read."
        return failure("stripe.rights", f"the Stripe key has no permission to read {lacking}", fix)
    if odd := sorted(str(status) for status in statuses if status is not None and status >= 400):
        fix = "See https://status.stripe.com; if it persists, check STRIPE_API_URL."
        return failure("stripe.trouble", f"Stripe responds with status {', '.join(odd)}", fix)
    return None


def _endpoint(target: CheckTarget, settings: StripeSettings, key: str) -> Iterator[Finding]:
    """Checks whether Stripe has our webhook endpoint. Skips the check if a restricted key lacks permission to read
    endpoints.
    """
    status, body = _get(f"{settings.stripe_api_url}/v1/webhook_endpoints", {"limit": 100}, (key, ""))
    if status != 200:
        return
    endpoint = f"{target.value('APP_URL').rstrip('/')}/api/stripe/webhook"
    ours = [one for one in body.get("data", []) if one.get("url") == endpoint and one.get("status") == "enabled"]
    wanted = {event for one in ours for event in one.get("enabled_events", [])}
    if not ours:
        fix = f"Stripe dashboard, Webhooks, Add endpoint: {endpoint}; its signing secret is STRIPE_WEBHOOK_SECRET."
        yield failure("stripe.endpoint", f"Stripe has no enabled webhook endpoint at {endpoint}", fix)
    elif "*" not in wanted and not wanted >= REQUIRED_EVENTS:
        lacking = ", ".join(sorted(REQUIRED_EVENTS - wanted))
        fix = "Stripe dashboard, Webhooks, the endpoint: add payment_intent.*, charge.refunded, charge.dispute.*"
        yield warning("stripe.events", f"the Stripe endpoint lacks the events {lacking}", fix)


def _get(url: str, params: dict[str, Any], login: tuple[str, str]) -> tuple[int | None, dict[str, Any]]:
    """Returns the status and the JSON, or None if there was no response."""
    try:
        answer = pooled_session(url, 1).get(url, params=params, auth=login, timeout=PATIENCE_SECONDS)
        body = answer.json()
    except requests.JSONDecodeError:
        return answer.status_code if answer.status_code >= 400 else 502, {}
    except requests.RequestException:
        return None, {}
    return answer.status_code, body if isinstance(body, dict) else {}
