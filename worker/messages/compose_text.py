"""Writes a text down: the domain's words, the purpose that makes it the only one, the task that sends it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from db import messages, notifications, pending_tasks, text_context
from db.messages import Draft
from domain import segments, wording
from domain.money import to_stripe
from domain.templates import TextKind
from domain.wording import ShopVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSubject:
    """What a text is about. `starts_at` (UTC), `deposit` and `price` (minor units) where no appointment says them."""

    slot_opening_id: UUID | None = None
    slot_offer_id: UUID | None = None
    appointment_id: UUID | None = None
    payment_id: UUID | None = None
    starts_at: datetime | None = None
    deposit: int = 0
    price: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class TextContext:
    """What the wording of any text may draw on."""

    shop: ShopVoice
    row: RowMapping
    about: TextSubject
    app_url: str

    @property
    def starts_at(self) -> datetime:
        return self.row["starts_at"] or self.about.starts_at or self.row["now"]

    @property
    def now(self) -> datetime:
        return self.row["now"]  # type: ignore[no-any-return]

    @property
    def deposit(self) -> int:
        """What is asked for: the amount that Stripe charges, which the stored one may differ from."""
        amount, currency = self.row["amount_cents"], self.row["currency"]
        return self.about.deposit if amount is None else to_stripe(int(amount), currency)

    @property
    def price(self) -> int | None:
        return self.row["price_cents"] if self.row["price_cents"] is not None else self.about.price

    @property
    def pay_link(self) -> str:
        return f"{self.app_url}/pay/{self.row['pay_token']}"

    @property
    def manage_link(self) -> str:
        return f"{self.app_url}/manage/{self.row['manage_token']}"


WORDING: dict[TextKind, Callable[[TextContext], str]] = {
    TextKind.OFFER: lambda w: wording.offer(
        w.shop, starts_at=w.starts_at, now=w.now, deposit=w.deposit, price=w.price
    ),
    TextKind.ACCEPTANCE: lambda w: wording.acceptance(
        w.shop,
        starts_at=w.starts_at,
        now=w.now,
        held_until=w.row["held_until"] or w.starts_at,
        deposit=w.deposit,
        price=w.price,
        link=w.pay_link,
    ),
    TextKind.CONFIRMATION: lambda w: wording.confirmation(
        w.shop, starts_at=w.starts_at, now=w.now, deposit=w.deposit, price=w.price, link=w.manage_link
    ),
    TextKind.BOOKED_WITHOUT_DEPOSIT: lambda w: wording.booked_without_deposit(
        w.shop, starts_at=w.starts_at, now=w.now, link=w.manage_link
    ),
    TextKind.TOO_LATE: lambda w: wording.too_late(w.shop),
    TextKind.ASK_BACK: lambda w: wording.ask_back(w.shop, starts_at=w.starts_at, now=w.now),
    TextKind.NO_LIVE_OFFER: lambda w: wording.no_live_offer(w.shop),
    TextKind.WHO_WE_ARE: lambda w: wording.who_we_are(w.shop),
    TextKind.PAYMENT_FAILED: lambda w: wording.payment_failed(
        w.shop, starts_at=w.starts_at, now=w.now, deposit=w.deposit, price=w.price
    ),
    TextKind.HOLD_EXPIRED: lambda w: wording.hold_expired(
        w.shop, starts_at=w.starts_at, now=w.now, deposit=w.deposit, price=w.price
    ),
    TextKind.PAYMENT_UNAVAILABLE: lambda w: wording.payment_unavailable(w.shop, starts_at=w.starts_at, now=w.now),
    TextKind.REFUND_APOLOGY: lambda w: wording.refund_apology(
        w.shop, starts_at=w.starts_at, now=w.now, amount=w.deposit
    ),
    TextKind.UNPAID_BOOKING_CANCELLED: lambda w: wording.unpaid_booking_cancelled(w.shop, starts_at=w.starts_at),
    TextKind.CANCELLED_BY_CUSTOMER: lambda w: wording.cancelled_by_customer(
        w.shop, starts_at=w.starts_at, now=w.now, deposit_paid=w.deposit
    ),
}


def write_text(
    session: Session, kind: TextKind, *, customer_id: UUID, purpose_key: str, about: TextSubject, app_url: str
) -> UUID | None:
    """Writes the text and the task that sends it; None when this purpose has its text, or nobody can be texted."""
    row = text_context.around(
        session, customer_id=customer_id, appointment_id=about.appointment_id, payment_id=about.payment_id
    )
    if row["phone"] is None:
        return None
    shop = voice(row)
    # Of an offer there is no booking yet that could name its currency.
    shop = replace(shop, currency=about.currency) if about.currency and row["starts_at"] is None else shop
    body = WORDING[kind](TextContext(shop, row, about, app_url))
    draft = Draft(
        shop_id=row["shop_id"],
        customer_id=customer_id,
        to_address=row["phone"],
        from_address=row["sms_from"] or "",
        body=body,
        purpose=kind.value,
        purpose_key=purpose_key,
        segments=segments.count(body).segments,
        slot_offer_id=about.slot_offer_id,
        slot_opening_id=about.slot_opening_id,
        appointment_id=about.appointment_id,
    )
    message_id = messages.write(session, draft)
    if message_id is not None:
        _record(session, draft)
        pending_tasks.add(session, "send_message", message_id, shop_id=row["shop_id"])
    return message_id


def _record(session: Session, draft: Draft) -> None:
    """What this customer was told, beside what the staff are shown."""
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


def voice(row: RowMapping) -> ShopVoice:
    """How the shop speaks, from the columns of `shops`."""
    own = {
        kind.value: row[f"template_{kind.value}"]
        for kind in (TextKind.OFFER, TextKind.ACCEPTANCE, TextKind.CONFIRMATION, TextKind.TOO_LATE, TextKind.ASK_BACK)
        if row[f"template_{kind.value}"]
    }
    return ShopVoice(
        name=row["name"],
        timezone=row["timezone"],
        currency=row["currency"],
        locale=row["locale"],
        address=row["address"],
        phone=row["shop_phone"],
        templates=own,
    )
