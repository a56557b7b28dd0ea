"""Writes a text to a customer, once. Composes it for its channel, and adds the message, its task and its record."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from db.messages import message_drafts, notifications, text_context
from db.messages.message_drafts import Draft
from domain.channels import Channel
from domain.date_wording import language_of
from domain.message_variables import MessageContext, ShopVoice, compose
from domain.money import to_stripe
from domain.templates import TEMPLATES, LinkTarget, TextKind
from messaging.channel_choice import channel_for
from messaging.channel_drafts import draft
from messaging.senders import Senders

WORDED_BY_SHOPS = (
    TextKind.OFFER,
    TextKind.ACCEPTANCE,
    TextKind.CONFIRMATION,
    TextKind.TOO_LATE,
    TextKind.ASK_BACK,
)
"""The texts with a column `template_<kind>` in `shops`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRecipient:
    """The addresses and consents of a customer and the customer's shop. See `channel_drafts.Addressee`."""

    phone: str | None
    email: str | None
    senders: dict[str, str]
    agreed_to: list[str]
    shop_name: str
    locale: str
    written_on: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSubject:
    """The rows to which a text refers, and facts for texts without an appointment.

    `starts_at` and `kept_until` (the end of a short window) are in UTC. `deposit`, `price` and `paid` are in minor
    units. `link_token`: the secret in a link that belongs to neither a booking nor a payment. `moving_from`: the
    start (UTC) of the later appointment that a YES to this offer moves.
    """

    slot_opening_id: UUID | None = None
    slot_offer_id: UUID | None = None
    appointment_id: UUID | None = None
    payment_id: UUID | None = None
    starts_at: datetime | None = None
    kept_until: datetime | None = None
    moving_from: datetime | None = None
    deposit: int = 0
    price: int | None = None
    paid: int = 0
    currency: str | None = None
    link_token: str | None = field(default=None, repr=False)


def write_text(
    session: Session,
    kind: TextKind,
    *,
    customer_id: UUID,
    purpose_key: str,
    subject: TextSubject,
    senders: Senders,
    channel: Channel | None = None,
) -> UUID | None:
    """Writes the text. Returns its id, or None if a message with this purpose key exists or the customer has no
    address.

    `channel`: the channel on which the customer wrote, or None for the channel of the offer to which the text refers.
    """
    wording = _wording(kind, subject)
    row = _row(session, wording, customer_id, subject)
    to = _addressee(row, channel)
    channel = channel_for(senders, wording, to, channel or row["channel"])
    written = draft(
        senders,
        channel,
        wording,
        _context(wording, row, subject, senders, channel),
        to,
        shop_id=row["shop_id"],
        customer_id=customer_id,
        purpose=kind.value,
        purpose_key=purpose_key,
        slot_offer_id=subject.slot_offer_id,
        slot_opening_id=subject.slot_opening_id,
        appointment_id=subject.appointment_id,
    )
    if not written.to_address or not message_drafts.write(session, [written]):
        return None
    _record(session, written)
    return written.id


def offer_body(
    session: Session, *, customer_id: UUID, subject: TextSubject, senders: Senders, channel: Channel
) -> str:
    """Composes the text of an offer at the current time."""
    wording = _wording(TextKind.OFFER, subject)
    row = _row(session, wording, customer_id, subject)
    return compose(wording, _context(wording, row, subject, senders, channel))


def _wording(kind: TextKind, subject: TextSubject) -> TextKind:
    """Returns the kind that determines the wording. An offer to move an appointment has its own wording."""
    return TextKind.MOVE_UP_OFFER if kind is TextKind.OFFER and subject.moving_from else kind


def _row(session: Session, kind: TextKind, customer_id: UUID, subject: TextSubject) -> RowMapping:
    return text_context.find(
        session,
        kind=kind.value,
        customer_id=customer_id,
        slot_opening_id=subject.slot_opening_id,
        appointment_id=subject.appointment_id,
        payment_id=subject.payment_id,
    )


def _addressee(row: RowMapping, channel: Channel | None) -> TextRecipient:
    columns = {name: row[name] for name in TextRecipient.__dataclass_fields__}
    return TextRecipient(**columns | ({"written_on": channel} if channel else {}))


def _context(
    kind: TextKind, row: RowMapping, subject: TextSubject, senders: Senders, channel: Channel
) -> MessageContext:
    # This is the amount that Stripe charges, which may differ from the stored amount.
    amount = row["amount_cents"]
    deposit = subject.deposit if amount is None else to_stripe(int(amount), row["currency"])
    starts_at = row["starts_at"] or subject.starts_at or row["now"]
    link = TEMPLATES[kind].link
    token = subject.link_token or row["pay_token" if link is LinkTarget.PAYMENT else "manage_token"]
    has_link = row["offer_token"] and (channel is not Channel.SMS or row["offer_link_in_texts"])
    return MessageContext(
        shop=_shop(kind, row, subject),
        now=row["now"],
        starts_at=starts_at,
        held_until=row["held_until"],
        kept_until=subject.kept_until,
        moving_from=subject.moving_from,
        deposit=deposit,
        price=row["price_cents"] if row["price_cents"] is not None else subject.price,
        amount=deposit,
        paid=to_stripe(subject.paid, row["currency"]),
        link=f"{senders.app_url}/{link.value}/{token}",
        offer_link=f"{senders.app_url}/offer/{row['offer_token']}" if has_link else "",
        name=row["customer"] or "",
        service=row["service"] or "",
        performer=row["performer"] or "",
    )


def _shop(kind: TextKind, row: RowMapping, subject: TextSubject) -> ShopVoice:
    # An offer has no booking yet from which the currency could be read.
    currency = subject.currency if row["starts_at"] is None else None
    return ShopVoice(
        name=row["shop_name"],
        timezone=row["timezone"],
        currency=currency or row["currency"],
        locale=row["locale"],
        address=row["address"],
        phone=row["shop_phone"],
        templates={kind.value: _own_text(kind, row)},
    )


def _own_text(kind: TextKind, row: RowMapping) -> str | None:
    """Returns the shop's own wording in the customer's language.

    The column of the shop contains the wording in the shop's language only.
    """
    language = language_of(row["locale"])
    own = (row["own_texts"] or {}).get(language)
    if own is None and kind in WORDED_BY_SHOPS and language == language_of(row["shop_locale"]):
        own = row[f"template_{kind.value}"]
    return own


def _record(session: Session, draft: Draft) -> None:
    notifications.notify(
        session,
        shop_id=draft.shop_id,
        kind=draft.purpose,
        text=draft.body,
        customer_id=draft.customer_id,
        slot_opening_id=draft.slot_opening_id,
        appointment_id=draft.appointment_id,
        dedupe_key=f"told:{draft.purpose_key}",
    )
