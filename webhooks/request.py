"""What somebody brought to a door: nothing of it is read before it is asked for, nothing of it is believed."""

import json
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

# Not that of functools: until Python 3.12 it holds one lock for all visits, and one slow body would stop every door.
from werkzeug.utils import cached_property

from providers.stripe import stripe_signature as stripe
from providers.twilio import twilio_signature as twilio
from settings.web import WebSettings
from webhooks.web_dependencies import WebDependencies

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200
MISSING = "missing"
"""No signature at all: whoever it was, it was not the company with another secret."""


class IncomingRequest:
    """One request, of which at most `largest_body` bytes are taken, and what answers it."""

    def __init__(self, request: Request, wiring: WebDependencies, *, largest_body: int) -> None:
        self.request = request
        self.wiring = wiring
        self._largest_body = largest_body

    @property
    def settings(self) -> WebSettings:
        return self.wiring.settings

    @cached_property
    def body(self) -> bytes:
        """Whole, chunked or not. Raises RequestEntityTooLarge."""
        # A body whose length wasn't told beforehand is cut at the limit without a word: the byte beyond it tells.
        self.request.max_content_length = self._largest_body + 1
        body = self.request.get_data(parse_form_data=False)
        if len(body) > self._largest_body:
            raise RequestEntityTooLarge
        return body

    @property
    def is_form(self) -> bool:
        return self.request.mimetype == FORM

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """All values of each name, in their order; empty for anything but a form. Raises RequestEntityTooLarge.

        Bad UTF-8 becomes U+FFFD. Nothing is dropped or repaired otherwise: the signature is over all of it.
        """
        if not self.is_form:
            return {}
        try:
            pairs = parse_qsl(
                self.body.decode("utf-8", "replace"),
                keep_blank_values=True,
                errors="replace",
                max_num_fields=MOST_FIELDS,
            )
        except ValueError:
            raise RequestEntityTooLarge from None
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        return values

    @cached_property
    def json_object(self) -> dict[str, Any] | None:
        """None for whatever is no JSON object with each name once."""
        try:
            value = json.loads(self.body, object_pairs_hook=_each_name_once)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    @property
    def is_signed_by_twilio(self) -> bool:
        """Nothing is read of what isn't signed at all."""
        signature = self.request.headers.get("X-Twilio-Signature")
        if not signature:
            return False
        url = twilio.signed_url(self.settings, self.request.path, self.request.query_string.decode("latin-1"))
        return twilio.verify(self.settings, url, self.form, signature)

    @property
    def why_not_signed_by_twilio(self) -> str:
        """For what is refused."""
        signature = self.request.headers.get("X-Twilio-Signature")
        url = twilio.signed_url(self.settings, self.request.path, self.request.query_string.decode("latin-1"))
        return twilio.why_refused(self.settings, url, self.form, signature) if signature else MISSING

    @property
    def why_not_signed_by_stripe(self) -> str:
        """For what is refused."""
        signature = self.request.headers.get("Stripe-Signature")
        return stripe.why_refused(self.settings, self.body, signature) if signature else MISSING

    @cached_property
    def stripe_event(self) -> dict[str, Any] | None:
        """The event, fit for storing; None when Stripe has not signed it for us."""
        signature = self.request.headers.get("Stripe-Signature")
        return stripe.verify(self.settings, self.body, signature) if signature else None


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is given twice")
    return value


def as_uuid(text: str) -> UUID | None:
    """None for what isn't a uuid in its usual spelling; Python would also take braces, a prefix and no dashes."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None
