"""Writes messages about an appointment to customers, once on each channel to which they agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session

from db.messages import message_drafts, notifications
from db.messages.message_drafts import Draft, purpose_key
from db.messages.notifications import CustomerRecord
from db.messages.recipients import Recipient
from domain.channels import CHANNELS, Channel
from domain.date_wording import language_of
from domain.message_variables import VARIABLES, MessageContext, ShopVoice
from domain.templates import TextKind
from messaging.channel_choice import channels_to
from messaging.channel_drafts import draft
from messaging.senders import Senders

RECORDS: dict[TextKind, tuple[str, str]] = {
    TextKind.BOOKING_REMINDER: ("BookingReminded", "Reminded of the appointment on {date}, by {channels}."),
    TextKind.PAYMENT_REMINDER: (
        "BalanceReminded",
        "Reminded of {amount} still to be paid for {date}, by {channels}.",
    ),
    TextKind.APPOINTMENT_MOVED: ("CustomerTold", "Told of the new time, {date}, by {channels}."),
    TextKind.APPOINTMENT_CANCELLED: (
        "CustomerTold",
        "Told that the appointment on {date} is cancelled, by {channels}.",
    ),
    TextKind.UNPAID_BOOKING_CANCELLED: (
        "CustomerTold",
        "Told that the unpaid booking on {date} was released, by {channels}.",
    ),
}
"""The event of the audit entry and the sentence for the shop, by kind."""


ON_ONE_CHANNEL = frozenset({TextKind.APPOINTMENT_MOVED, TextKind.APPOINTMENT_CANCELLED})
"""The kinds that are sent only on the first channel. Reminders are sent by e-mail too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMessage:
    """A message to a customer. `key` identifies the message on all channels. `amount` is in minor units."""

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
        """The amount in the shop's format, or an empty string for 0."""
        return VARIABLES["amount"](self.context) if self.amount else ""


def write_customer_messages(session: Session, senders: Senders, messages: Sequence[CustomerMessage]) -> int:
    """Writes each message and its record, unless one exists for its purpose. Returns the number of new messages."""
    by_appointment = {one.to.id: one for one in messages}
    drafts = [one for message in messages for one in drafts_of(senders, message)]
    written = message_drafts.write(session, drafts)
    # The drafts of an appointment are adjacent.
    groups = groupby(written, key=lambda one: one.appointment_id)
    channels = {id: [one.channel for one in group] for id, group in groups if id}
    notifications.record_messages(session, [_record(by_appointment[id], names) for id, names in channels.items()])
    return len(written)


def channel_list(channels: Sequence[str]) -> str:
    """Returns, for example, "SMS and e-mail"."""
    return " and ".join(CHANNELS[Channel(channel)].name for channel in channels)


def drafts_of(senders: Senders, message: CustomerMessage) -> list[Draft]:
    """Returns a draft for each channel to which the customer agreed."""
    channels = channels_to(senders, message.kind, message.to)
    used = channels[:1] if message.kind in ON_ONE_CHANNEL else channels
    return [_draft(senders, channel, message) for channel in used]


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


def _draft(senders: Senders, channel: Channel, message: CustomerMessage) -> Draft:
    to = message.to
    return draft(
        senders,
        channel,
        message.kind,
        message.context,
        to,
        shop_id=to.shop_id,
        customer_id=to.customer_id,
        appointment_id=to.id,
        purpose=message.kind.value,
        purpose_key=purpose_key(message.key, channel.value),
        send_before=to.at,
        task="send_by_day",
        not_before=message.not_before,
    )
