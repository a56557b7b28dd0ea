"""Sends texts and looks up their status. Never sends a text twice.

Twilio has no idempotency keys for messages. After an unknown outcome, call `find`, and never call `send` again.

API: https://www.twilio.com/docs/messaging/api/message-resource
"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from twilio.base.values import unset  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from domain.channels import CHANNELS, Channel
from providers.call_metrics import measured
from providers.too_many import TooMany
from providers.twilio import webhook_forms
from providers.twilio.delivery_status import Status, status_from
from providers.twilio.http_client import PooledTwilioHttpClient
from providers.twilio.twilio_failures import SDK_ERRORS, failed_query, failed_send, is_missing
from providers.twilio.twilio_results import Carried, MessageNotThere, TextRefused, TextSent, Unknown
from providers.twilio.webhook_forms import InboundText
from settings.twilio import TwilioSettings

MIN_VALIDITY, MAX_VALIDITY = 1, 36_000
"""The limits of the time, in seconds, for which Twilio queues a message, according to Twilio's documentation."""

CLOCK_DIFFERENCE = timedelta(seconds=10)
"""The assumed maximum lag of Twilio's clock, which has a resolution of one second."""

TRIAL_PREFIX = "Sent from your Twilio trial account - "
MAX_SEARCHED, MAX_INBOUND, MAX_LISTED = 200, 2_000, 100_000


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """An approved template (HX...) and its variables, for customers who have sent no message within 24 hours."""

    content_sid: str
    variables: Mapping[str, str]


class Twilio:
    """The client for Twilio. Create one per process, after the fork. Threads can share it.

    Numbers are in E.164 format, with or without the channel's prefix.
    """

    most_inbound = MAX_INBOUND

    def __init__(self, settings: TwilioSettings) -> None:
        token = settings.twilio_auth_token.get_secret_value()
        secret = settings.twilio_api_secret
        self._client = Client(
            username=settings.twilio_api_key or settings.twilio_account_sid or "unset",
            password=secret.get_secret_value() if secret else token or "unset",
            account_sid=settings.twilio_account_sid or "unset",
            http_client=PooledTwilioHttpClient(settings),
        )

    @cached_property
    def _messages(self) -> Any:
        # The SDK imports all resources of an account here, which take 7 MB. Most workers send no texts.
        return self._client.messages

    @measured("twilio", "send")
    def send(
        self,
        from_: str,
        to: str,
        body: str,
        *,
        status_callback: str,
        validity_seconds: int,
        channel: Channel = Channel.SMS,
        template: MessageTemplate | None = None,
    ) -> TextSent | TextRefused | Unknown:
        """Makes one attempt to send a text. `status_callback`: the full URL below APP_URL, with the message's id.

        `validity_seconds`: how long Twilio may queue the text before dropping it. The maximum is 10 hours.
        """
        content = {"body": body} if template is None else _of(template)
        try:
            message = self._messages.create(
                from_=_address(from_, channel),
                to=_address(to, channel),
                status_callback=status_callback,
                validity_period=max(MIN_VALIDITY, min(validity_seconds, MAX_VALIDITY)),
                **content,
            )
            return TextSent(sid=_sid(message), status=status_from(str(message.status)) or Status.QUEUED)
        except SDK_ERRORS as error:
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
        channel: Channel = Channel.SMS,
    ) -> Carried | MessageNotThere | Unknown:
        """Finds the text of a `send` call whose outcome is unknown. Returns the oldest match.

        `sent_after`: when the call began (UTC). `known`: the SIDs of other texts. `body`: None for a template,
        because Twilio renders its text. A text that is not found may still appear within a minute.
        """
        try:
            ends = {"to": _address(to, channel), "from_": _address(from_, channel)}
            listed = self._messages.list(**ends, page_size=100, limit=MAX_SEARCHED)
            candidates = [_text_at_twilio(message) for message in listed if message.sid not in known]
        except SDK_ERRORS as error:
            return failed_query(error)
        since = sent_after - CLOCK_DIFFERENCE
        recent = [text for text in candidates if text.outbound and text.created_at and text.created_at >= since]
        matching = [text for text in recent if body is None or _ends_with(text.body, body)]
        return min(matching, key=_age, default=MessageNotThere())

    @measured("twilio", "fetch")
    def fetch(self, sid: str) -> Carried | MessageNotThere | Unknown:
        """Looks up a message whose callbacks have not arrived."""
        try:
            return _text_at_twilio(self._messages(sid).fetch())
        except SDK_ERRORS as error:
            return MessageNotThere() if is_missing(error) else failed_query(error)

    @measured("twilio", "list_inbound")
    def list_inbound(
        self, to: str, since: datetime, until: datetime | None = None
    ) -> list[InboundText] | TooMany | Unknown:
        """Lists the inbound texts to the number `to` in this period (UTC), oldest first, to find missed webhooks."""
        times = {"date_sent_after": since, "date_sent_before": until or unset}
        try:
            listed = self._messages.list(to=to, **times, page_size=100, limit=self.most_inbound)
            texts = [_inbound(message) for message in listed if message.direction == "inbound"]
        except SDK_ERRORS as error:
            return failed_query(error)
        if len(listed) == self.most_inbound:
            return TooMany(self.most_inbound)
        return [text for text in reversed(texts) if isinstance(text, InboundText)]

    @measured("twilio", "list_outbound")
    def list_outbound(self, since: datetime) -> list[Carried] | Unknown:
        """Lists the texts that the account has sent since `since` (UTC), oldest first."""
        try:
            listed = self._messages.list(date_sent_after=since, page_size=1000, limit=MAX_LISTED)
            texts = [_text_at_twilio(message) for message in listed]
        except SDK_ERRORS as error:
            return failed_query(error)
        if len(texts) == MAX_LISTED:
            return Unknown(f"There are more than {MAX_LISTED:,} texts since then.")
        return [text for text in reversed(texts) if text.outbound]


def without_trial_prefix(body: str) -> str:
    """Returns the text without the prefix that a trial account adds."""
    return body.removeprefix(TRIAL_PREFIX)


def _address(number: str, channel: Channel) -> str:
    prefix = CHANNELS[channel].prefix
    return number if number.startswith(prefix) else prefix + number


def _of(template: MessageTemplate) -> dict[str, str]:
    return {
        "content_sid": template.content_sid,
        "content_variables": json.dumps(dict(template.variables)) if template.variables else unset,
    }


def _sid(message: Any) -> str:
    if not isinstance(message.sid, str):
        raise TypeError("the response has no SID")
    return message.sid


def _text_at_twilio(message: Any) -> Carried:
    created = message.date_created
    return Carried(
        sid=_sid(message),
        outbound=str(message.direction).startswith("outbound"),
        status=status_from(str(message.status)),
        error_code=int(message.error_code) if message.error_code else None,
        created_at=created.astimezone(UTC) if created else None,
        from_=str(message.from_),
        to=str(message.to),
        body=str(message.body or ""),
    )


def _inbound(message: Any) -> InboundText | webhook_forms.UnreadableForm:
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


def _ends_with(carried: str, body: str) -> bool:
    # A trial account adds a prefix to every text.
    return carried.rstrip().endswith(body.rstrip())


def _age(text: Carried) -> datetime:
    return text.created_at or datetime.max.replace(tzinfo=UTC)
