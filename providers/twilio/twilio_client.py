"""Sends texts, and finds out what became of them, without ever sending one twice.

Twilio has no idempotency key for messages: after an unknown outcome look with `find`, never call `send` again.
API: https://www.twilio.com/docs/messaging/api/message-resource
"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.base.values import unset  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from providers.call_metrics import measured
from providers.twilio import webhook_forms
from providers.twilio.delivery_status import Status, ours
from providers.twilio.http_client import PatientHttpClient
from providers.twilio.twilio_failures import TROUBLE, failed_question, failed_send, is_missing
from providers.twilio.twilio_results import Carried, NotThere, TextRefused, TextSent, Unknown
from providers.twilio.webhook_forms import InboundText, TwilioChannel
from settings.twilio import TwilioSettings

SHORTEST_VALIDITY, LONGEST_VALIDITY = 1, 36_000
"""Seconds a message may wait in Twilio's queue, by its documentation."""

CLOCK_DIFFERENCE = timedelta(seconds=10)
"""How far Twilio's clock, which it writes in whole seconds, may be behind ours."""

NEWEST_LOOKED_AT, INBOUND_LOOKED_AT = 200, 2_000


@dataclass(frozen=True, slots=True)
class WhatsAppTemplate:
    """An approved WhatsApp template (HX...) and its variables, for texts outside WhatsApp's 24 hours."""

    content_sid: str
    variables: Mapping[str, str]


class Twilio:
    """One per process, made after the fork; safe for its threads. Numbers are E.164, or `whatsapp:` and E.164."""

    def __init__(self, settings: TwilioSettings) -> None:
        token = settings.twilio_auth_token.get_secret_value()
        secret = settings.twilio_api_secret
        client = Client(
            username=settings.twilio_api_key or settings.twilio_account_sid or "unset",
            password=secret.get_secret_value() if secret else token or "unset",
            account_sid=settings.twilio_account_sid or "unset",
            http_client=PatientHttpClient(settings),
        )
        self._messages: Any = client.messages

    @measured("twilio", "send")
    def send(
        self,
        from_: str,
        to: str,
        body: str,
        *,
        status_callback: str,
        validity_seconds: int,
        channel: TwilioChannel = TwilioChannel.SMS,
        template: WhatsAppTemplate | None = None,
    ) -> TextSent | TextRefused | Unknown:
        """One try at one text. `status_callback` is the full URL under APP_URL with the message's own id.

        `validity_seconds`: the time left in which the text makes sense, 10 h at most; Twilio drops what waits longer.
        """
        words = {"body": body} if template is None else _of(template)
        try:
            message = self._messages.create(
                from_=_address(from_, channel),
                to=_address(to, channel),
                status_callback=status_callback,
                validity_period=max(SHORTEST_VALIDITY, min(validity_seconds, LONGEST_VALIDITY)),
                **words,
            )
            return TextSent(sid=_sid(message), status=ours(str(message.status)) or Status.QUEUED)
        except TROUBLE as error:
            return failed_send(error)

    @measured("twilio", "find")
    def find(
        self,
        *,
        from_: str,
        to: str,
        body: str | None,
        sent_after: datetime,
        known: Container[str] = (),
        channel: TwilioChannel = TwilioChannel.SMS,
    ) -> Carried | NotThere | Unknown:
        """The text that a `send` of unknown outcome left at Twilio, if it did: the oldest one that fits.

        `sent_after` is when the send was begun (UTC). `known` are the SIDs of other texts of ours. A template's text
        is rendered by Twilio: look for it with `body=None`. What is not there yet may still appear within a minute.
        """
        try:
            ends = {"to": _address(to, channel), "from_": _address(from_, channel)}
            listed = self._messages.list(**ends, page_size=100, limit=NEWEST_LOOKED_AT)
            fitting = [_carried(message) for message in listed if message.sid not in known]
        except TROUBLE as error:
            return failed_question(error)
        since = sent_after - CLOCK_DIFFERENCE
        ours_alone = [text for text in fitting if text.outbound and text.created_at and text.created_at >= since]
        same_words = [text for text in ours_alone if body is None or _says(text.body, body)]
        return min(same_words, key=_age, default=NotThere())

    @measured("twilio", "fetch")
    def fetch(self, sid: str) -> Carried | NotThere | Unknown:
        """How far a message has come, when its callbacks did not arrive."""
        try:
            return _carried(self._messages(sid).fetch())
        except TROUBLE as error:
            return NotThere() if is_missing(error) else failed_question(error)

    @measured("twilio", "list_inbound")
    def list_inbound(self, to: str, since: datetime) -> list[InboundText] | Unknown:
        """Texts that came in for our number `to` since then (UTC), oldest first: what our doors may have missed."""
        try:
            listed = self._messages.list(to=to, date_sent_after=since, page_size=100, limit=INBOUND_LOOKED_AT)
            texts = [_heard(message) for message in listed if message.direction == "inbound"]
        except TROUBLE as error:
            return failed_question(error)
        return [text for text in reversed(texts) if isinstance(text, InboundText)]


def _address(number: str, channel: TwilioChannel) -> str:
    return (
        f"whatsapp:{number}" if channel is TwilioChannel.WHATSAPP and not number.startswith("whatsapp:") else number
    )


def _of(template: WhatsAppTemplate) -> dict[str, str]:
    return {
        "content_sid": template.content_sid,
        "content_variables": json.dumps(dict(template.variables)) if template.variables else unset,
    }


def _sid(message: Any) -> str:
    if not isinstance(message.sid, str):
        raise TypeError("an answer without a SID is no answer of Twilio")
    return message.sid


def _carried(message: Any) -> Carried:
    created = message.date_created
    return Carried(
        sid=_sid(message),
        outbound=str(message.direction).startswith("outbound"),
        status=ours(str(message.status)),
        error_code=int(message.error_code) if message.error_code else None,
        created_at=created.astimezone(UTC) if created else None,
        from_=str(message.from_),
        to=str(message.to),
        body=str(message.body or ""),
    )


def _heard(message: Any) -> InboundText | webhook_forms.UnreadableForm:
    sent = {"DateSent": message.date_sent.astimezone(UTC).isoformat()} if message.date_sent else {}
    form = sent | {
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.from_,
        "To": message.to,
        "Body": message.body or "",
        "NumMedia": message.num_media or "0",
    }
    return webhook_forms.read_text(form)


def _says(carried: str, body: str) -> bool:
    # A trial account puts a sentence of its own before every text.
    return carried.rstrip().endswith(body.rstrip())


def _age(text: Carried) -> datetime:
    return text.created_at or datetime.max.replace(tzinfo=UTC)
