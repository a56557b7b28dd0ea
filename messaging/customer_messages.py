"""Writes messages about an appointment to customers, once on each channel that they agreed to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr
from itertools import groupby
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from db import message_drafts, notifications
from db.message_drafts import Draft
from db.notifications import CustomerRecord
from db.recipients import Recipient
from domain import segments
from domain.channels import Channel
from domain.date_wording import language_of
from domain.message_variables import VARIABLES, MessageContext, ShopVoice, compose
from domain.names import plain_name
from domain.reminder_timing import REMINDERS
from domain.templates import TextKind
from messaging.channel_choice import channels_to, template_sid, whatsapp_number
from messaging.email_rendering import render_email
from messaging.purpose_keys import purpose_key
from messaging.senders import Senders

CHANNEL_NAMES = {"sms": "SMS", "whatsapp": "WhatsApp", "email": "e-mail"}

RECORDS: dict[TextKind, tuple[str, str]] = {
    TextKind.BOOKING_REMINDER: ("BookingReminded", "Reminded of the appointment on {date}, by {channels}."),
    TextKind.PAYMENT_REMINDER: (
        "BalanceReminded",
        "Reminded of {amount} still to be paid for {date}, by {channels}.",
    ),
    TextKind.UNPAID_BOOKING_CANCELLED: (
        "CustomerTold",
        "Told that the unpaid booking on {date} was released, by {channels}.",
    ),
}
"""By kind: the event of the audit entry, and the sentence that the shop reads."""

TOKEN_BYTES = 24

NOT_IN_QUOTES = str.maketrans("", "", '"\\')


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMessage:
    """A message to one customer. `key` identifies it on all channels; `amount` is in minor units."""

    kind: TextKind
    to: Recipient
    key: str
    link: str = ""
    amount: int = 0
    not_before: datetime | None = None

    @property
    def context(self) -> MessageContext:
        to = self.to
        own = (to.own_texts or {}).get(f"{self.kind.value}.{language_of(to.locale)}")
        shop = ShopVoice(
            name=to.shop_name,
            timezone=to.timezone,
            currency=to.currency,
            locale=to.locale,
            address=to.address,
            templates={self.kind.value: own},
        )
        return MessageContext(
            shop=shop,
            starts_at=to.at,
            amount=self.amount,
            link=self.link,
            name=to.name,
            service=to.service or "",
            performer=to.performer or "",
        )

    @property
    def date(self) -> str:
        return VARIABLES["date"](self.context)

    @property
    def amount_due(self) -> str:
        """As the shop writes amounts; empty for 0."""
        return VARIABLES["amount"](self.context) if self.amount else ""


def write_customer_messages(session: Session, senders: Senders, messages: Sequence[CustomerMessage]) -> int:
    """Writes each message and its record, where its purpose has none yet; returns how many were written."""
    by_appointment = {one.to.id: one for one in messages}
    drafts = [draft for one in messages for draft in drafts_of(senders, one)]
    written = message_drafts.write(session, drafts)
    # Drafts of one appointment are adjacent.
    groups = groupby(written, key=lambda draft: draft.appointment_id)
    channels = {id: [draft.channel for draft in group] for id, group in groups if id}
    notifications.record_messages(session, [_record(by_appointment[id], names) for id, names in channels.items()])
    return len(written)


def channel_list(channels: Sequence[str]) -> str:
    """ "SMS and e-mail"."""
    return " and ".join(CHANNEL_NAMES[channel] for channel in channels)


def drafts_of(senders: Senders, message: CustomerMessage) -> list[Draft]:
    """One for each channel; none for a customer who agreed to none."""
    return [COMPOSE[channel](senders, message) for channel in channels_to(senders, message.kind, message.to)]


def unsubscribe_url(app_url: str, message_id: UUID, token: str) -> str:
    """The page that ends reminders by e-mail. Logs show the message's id; only the e-mail has the token."""
    return f"{app_url}/manage/emails/{message_id}/{token}"


def _record(message: CustomerMessage, channels: list[str]) -> CustomerRecord:
    event, sentence = RECORDS[message.kind]
    return CustomerRecord(
        shop_id=message.to.shop_id,
        customer_id=message.to.customer_id,
        appointment_id=message.to.id,
        kind=message.kind.value,
        event=event,
        sentence=sentence.format(date=message.date, amount=message.amount_due, channels=channel_list(channels)),
        key=message.key,
    )


def _sms(senders: Senders, message: CustomerMessage) -> Draft:
    to, body = message.to, compose(message.kind, message.context)
    count = segments.count(body).segments
    return _draft(message, Channel.SMS, to=to.phone, from_=to.sms_from, body=body, segments=count)


def _whatsapp(senders: Senders, message: CustomerMessage) -> Draft:
    """The carrier fills in the approved template; the body of the row is the same message in our wording."""
    to = message.to
    second = message.amount_due or to.address or to.shop_name
    variables = {"1": message.date, "2": second, "3": message.link}
    template = {"sid": template_sid(senders, message.kind, to), "variables": variables}
    context = message.context
    # Not in the shop's own wording, which the carrier has not approved.
    body = compose(message.kind, replace(context, shop=replace(context.shop, templates={})))
    from_ = whatsapp_number(senders, to)
    return _draft(message, Channel.WHATSAPP, to=to.phone, from_=from_, body=body, template=template)


def _email(senders: Senders, message: CustomerMessage) -> Draft:
    id, to = uuid4(), message.to
    token = token_urlsafe(TOKEN_BYTES) if message.kind in REMINDERS else None
    stop = unsubscribe_url(senders.app_url, id, token) if token else ""
    email = render_email(message.kind, message.context, unsubscribe_url=stop)
    parts = {"id": id, "unsubscribe_token": token, "subject": email.subject, "html": email.html}
    return _draft(message, Channel.EMAIL, to=to.email, from_=_sender(senders, to), body=email.text, **parts)


COMPOSE: dict[Channel, Callable[[Senders, CustomerMessage], Draft]] = {
    Channel.SMS: _sms,
    Channel.WHATSAPP: _whatsapp,
    Channel.EMAIL: _email,
}


def _sender(senders: Senders, to: Recipient) -> str:
    """The shop's own e-mail address, else the installation's, under the shop's name."""
    name, address = parseaddr(to.email_from or senders.email_from)
    shown = (plain_name(to.shop_name) or name).translate(NOT_IN_QUOTES)
    return f'"{shown}" <{address}>' if shown else address


def _draft(
    message: CustomerMessage, channel: Channel, *, to: str | None, from_: str | None, body: str, **more: object
) -> Draft:
    return Draft(
        shop_id=message.to.shop_id,
        customer_id=message.to.customer_id,
        appointment_id=message.to.id,
        channel=channel.value,
        purpose=message.kind.value,
        purpose_key=purpose_key(message.key, channel.value),
        to_address=to or "",
        from_address=from_ or "",
        body=body,
        send_before=message.to.at,
        task="send_by_day",
        not_before=message.not_before,
        **more,  # type: ignore[arg-type]
    )
