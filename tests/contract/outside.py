"""External callers, which sign with the SDKs' own code or send a secret. Rows are inserted with plain SQL."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import stripe

from tests.live_system import LiveAppointment, LiveShop, LiveSystem
from tests.signatures import stripe_signature, twilio_signature
from tests.waiting import PATIENCE_SECONDS, wait_for

FORM = "application/x-www-form-urlencoded"


def call(url: str, *, method: str = "POST", body: bytes | None = b"", **headers: str) -> tuple[int, Any]:
    """Sends a request. Returns the status and the body. A JSON body is parsed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body if method == "POST" else None, headers=named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            status, content = refused.code, refused.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content.decode()


@dataclass(frozen=True)
class OutsideCallers:
    """External callers of the running system: the scheduler, Twilio and Stripe."""

    live: LiveSystem

    @property
    def web(self) -> str:
        return self.live.settings["WEB_URL"]

    def sweeps(self) -> Any:
        """Requests the full sweep, as the scheduler does. Waits for the end of a sweep that beat has started."""

        def swept() -> Any:
            answer = self.tries_to_sweep()
            return None if "skipped" in answer else answer

        return wait_for(swept, "a sweep")

    def tries_to_sweep(self) -> Any:
        """Requests the full sweep, which is skipped while another sweep runs."""
        status, answer = self.live.result(*self.ask_to_sweep())
        assert status == 200
        return answer

    def ask_to_sweep(self) -> tuple[int, Any]:
        secret = {"x-cron-secret": self.live.settings["CRON_SECRET"]}
        return self.live.post("WEB_URL", "/api/jobs/expire-offers", **secret)

    def cron(self, path: str) -> tuple[int, Any]:
        bearer = {"Authorization": f"Bearer {self.live.settings['CRON_SECRET']}"}
        return self.live.result(*call(self.web + path, method="GET", **bearer))

    def twilio(self, path: str, form: Mapping[str, str]) -> int:
        """Posts a form with Twilio's signature; returns the status."""
        token, address = self.live.settings["TWILIO_AUTH_TOKEN"], self.live.settings["APP_URL"]
        signature = twilio_signature(address + path, form, token)
        sent = {"Content_Type": FORM, "X_Twilio_Signature": signature}
        return call(self.web + path, body=urlencode(form).encode(), **sent)[0]

    def texts(self, sender: str, shop: LiveShop, body: str, *, sid: str | None = None) -> int:
        account = self.live.settings["TWILIO_ACCOUNT_SID"]
        form = {"MessageSid": sid or f"SM{uuid.uuid4().hex}", "AccountSid": account, "NumMedia": "0"}
        return self.twilio("/api/twilio/inbound", form | {"From": sender, "To": shop.phone, "Body": body})

    def stripe(self, type: str, intent: str, *, secret: str | None = None, **about: object) -> tuple[int, Any]:
        """Posts an event about a deposit of 20 pounds with Stripe's signature."""
        usual = {"id": intent, "object": "payment_intent", "amount": 2000, "currency": "gbp", "metadata": {}}
        event = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": type, "livemode": False}
        body = json.dumps(event | {"created": int(time.time()), "data": {"object": usual | about}})
        key = secret or self.live.settings["STRIPE_WEBHOOK_SECRET"]
        signature = stripe_signature(body, key)
        proof = {"Content_Type": "application/json", "Stripe_Signature": signature}
        return call(f"{self.web}/api/stripe/webhook", body=body.encode(), **proof)

    def an_intent(self, appointment: LiveAppointment) -> str:
        """Creates a PaymentIntent with Stripe's SDK; returns its id."""
        addresses: Any = {"api": self.live.settings["SANDBOX_URL"]}
        client = stripe.StripeClient(self.live.settings["STRIPE_API_KEY"], base_addresses=addresses)
        metadata = {"appointment_id": str(appointment.id), "shop_id": str(appointment.shop.id)}
        return client.v1.payment_intents.create({"amount": 2000, "currency": "gbp", "metadata": metadata}).id
