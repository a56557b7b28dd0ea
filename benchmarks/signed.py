"""Creates signed webhooks of Twilio and Stripe, each with a new id."""

import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import uuid4

from benchmarks.load import Request, post
from sandbox.webhook_signatures import stripe_signature, twilio_signature

INBOUND, EVENTS = "/api/twilio/inbound", "/api/stripe/webhook"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def text_from(settings: Mapping[str, str], *, customer: str, shop: str, body: str) -> Request:
    """Returns the webhook for a text from a customer to a shop. Numbers are in E.164 format."""
    sid = f"SM{uuid4().hex}"
    form = {
        "ToCountry": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": body,
        "To": shop,
        "From": customer,
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": settings["TWILIO_ACCOUNT_SID"],
        "ApiVersion": "2010-04-01",
    }
    signature = twilio_signature(settings["TWILIO_AUTH_TOKEN"], settings["APP_URL"] + INBOUND, form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    return post(settings["WEB_URL"], INBOUND, urlencode(form).encode(), headers)


def payment_event(
    settings: Mapping[str, str], *, type: str = "payment_intent.succeeded", intent_id: str | None = None
) -> Request:
    """Returns the webhook of a payment event. Without `intent_id`, the event refers to an unknown intent."""
    intent = {
        "id": intent_id or f"pi_{uuid4().hex}",
        "object": "payment_intent",
        "amount": 2000,
        "currency": "gbp",
        "status": "succeeded" if type.endswith("succeeded") else "requires_payment_method",
        "livemode": False,
        "metadata": {} if intent_id else {"appointment_id": str(uuid4())},
    }
    event = {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": type,
        "livemode": False,
        "created": int(time.time()),
        "api_version": "2026-10-28",
        "data": {"object": intent},
    }
    body = json.dumps(event, indent=2).encode()
    signature = stripe_signature(settings["STRIPE_WEBHOOK_SECRET"], body, at=int(time.time()))
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    return post(settings["WEB_URL"], EVENTS, body, headers)
