"""What customers read: one function per text, which says what the text needs. The words stand in `templates.py`.

Times are aware and told in the shop's zone; amounts are in the currency's smallest unit. Nothing here raises for
what a shop or a customer typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.date_wording import language_of, locale_of_texts, on_the_day, until, when
from domain.money import format_amount
from domain.names import LONGEST_ADDRESS, plain_name
from domain.templates import TextKind
from domain.templating import text_of


@dataclass(frozen=True, kw_only=True)
class ShopVoice:
    """What a text takes from the shop. `templates`: its own wordings by kind ("offer"); else the default is used."""

    name: str
    timezone: str = "UTC"
    currency: str = "GBP"
    locale: str = "en_GB"
    address: str | None = None
    phone: str | None = None
    templates: Mapping[str, str | None] = field(default_factory=dict)


def offer(shop: ShopVoice, *, starts_at: datetime, now: datetime, deposit: int, price: int | None = None) -> str:
    """Without a deposit (0) no word of money; a deposit of the whole price is called payment in advance."""
    return _text(TextKind.OFFER, shop, when=_when(shop, starts_at, now), **_due(shop, deposit, price))


def acceptance(
    shop: ShopVoice,
    *,
    starts_at: datetime,
    now: datetime,
    held_until: datetime,
    deposit: int,
    link: str,
    price: int | None = None,
) -> str:
    """The slot is held; `link` leads to the payment and is the only address in the text."""
    ends = until(held_until, now, zone=shop.timezone, locale=shop.locale)
    moment = _when(shop, starts_at, now)
    return _text(TextKind.ACCEPTANCE, shop, when=moment, until=ends, link=link, **_due(shop, deposit, price))


def confirmation(
    shop: ShopVoice, *, starts_at: datetime, now: datetime, deposit: int, link: str, price: int | None = None
) -> str:
    """After the payment: time, place, deposit paid, and the `link` to manage the booking."""
    moment, place = _when(shop, starts_at, now), _place(shop)
    return _text(TextKind.CONFIRMATION, shop, when=moment, place=place, link=link, **_due(shop, deposit, price))


def booked_without_deposit(shop: ShopVoice, *, starts_at: datetime, now: datetime, link: str) -> str:
    moment, place = _when(shop, starts_at, now), _place(shop)
    return _text(TextKind.BOOKED_WITHOUT_DEPOSIT, shop, when=moment, place=place, link=link)


def too_late(shop: ShopVoice) -> str:
    """To whoever says YES when the slot has gone to somebody else."""
    return _text(TextKind.TOO_LATE, shop)


def ask_back(shop: ShopVoice, *, starts_at: datetime, now: datetime) -> str:
    """The one question back to a reply that nobody understands, while the offer is open."""
    return _text(TextKind.ASK_BACK, shop, when=_when(shop, starts_at, now))


def no_live_offer(shop: ShopVoice) -> str:
    """To a YES that answers nothing; the caller sends it at most once an hour."""
    return _text(TextKind.NO_LIVE_OFFER, shop)


def who_we_are(shop: ShopVoice) -> str:
    """To HELP, and to whoever asks who is writing: the shop's name, its phone, how to stop the texts."""
    return _text(TextKind.WHO_WE_ARE, shop, phone=plain_name(shop.phone or ""))


def payment_failed(
    shop: ShopVoice, *, starts_at: datetime, now: datetime, deposit: int, price: int | None = None
) -> str:
    """The card was declined and the slot has been given up."""
    return _text(TextKind.PAYMENT_FAILED, shop, when=_when(shop, starts_at, now), **_due(shop, deposit, price))


def hold_expired(
    shop: ShopVoice, *, starts_at: datetime, now: datetime, deposit: int, price: int | None = None
) -> str:
    """Nobody paid until the hold ended."""
    return _text(TextKind.HOLD_EXPIRED, shop, when=_when(shop, starts_at, now), **_due(shop, deposit, price))


def payment_unavailable(shop: ShopVoice, *, starts_at: datetime, now: datetime) -> str:
    """The shop could not ask for the deposit; the customer did nothing wrong."""
    return _text(TextKind.PAYMENT_UNAVAILABLE, shop, when=_when(shop, starts_at, now))


def refund_apology(shop: ShopVoice, *, starts_at: datetime, now: datetime, amount: int) -> str:
    """Money arrived for a slot that is gone, and goes back in full."""
    return _text(TextKind.REFUND_APOLOGY, shop, when=_when(shop, starts_at, now), amount=amount_of(shop, amount))


def unpaid_booking_cancelled(shop: ShopVoice, *, starts_at: datetime) -> str:
    """An ordinary booking whose deposit never came. With the date, since it may wait for the morning."""
    return _text(TextKind.UNPAID_BOOKING_CANCELLED, shop, when=on_which_day(shop, starts_at))


def cancelled_by_customer(shop: ShopVoice, *, starts_at: datetime, now: datetime, deposit_paid: int = 0) -> str:
    """A refund is the shop's own act, so a paid deposit gets a word on whom to ask, and no promise."""
    return _text(
        TextKind.CANCELLED_BY_CUSTOMER, shop, when=_when(shop, starts_at, now), **_due(shop, deposit_paid, None)
    )


def booking_reminder(shop: ShopVoice, *, starts_at: datetime, link: str) -> str:
    """With the date: a carrier that was away for a night would make a lie of "tomorrow"."""
    return _text(TextKind.BOOKING_REMINDER, shop, when=on_which_day(shop, starts_at), place=_place(shop), link=link)


def payment_reminder(shop: ShopVoice, *, starts_at: datetime, amount: int, link: str) -> str:
    """The rest of the price is still to be paid."""
    moment = on_which_day(shop, starts_at)
    return _text(TextKind.PAYMENT_REMINDER, shop, when=moment, amount=amount_of(shop, amount), link=link)


def sign_in_code(shop: ShopVoice, *, code: str, minutes: int = 10) -> str:
    """For staff; `minutes` is how long the code is good."""
    return _text(TextKind.SIGN_IN_CODE, shop, code=code, minutes=str(minutes))


def staff_invitation(shop: ShopVoice, *, link: str) -> str:
    """For staff; the text says how long the link is good: see `domain.sign_in_codes.INVITATION_LIFE`."""
    return _text(TextKind.STAFF_INVITATION, shop, link=link)


def _text(kind: TextKind, shop: ShopVoice, **values: str) -> str:
    own = shop.templates.get(kind)
    return text_of(kind, {"shop": plain_name(shop.name), **values}, language=language_of(shop.locale), own=own)


def _when(shop: ShopVoice, starts_at: datetime, now: datetime) -> str:
    return when(starts_at, now, zone=shop.timezone, locale=shop.locale)


def _place(shop: ShopVoice) -> str:
    return plain_name(shop.address or "", longest=LONGEST_ADDRESS) or plain_name(shop.name)


def on_which_day(shop: ShopVoice, starts_at: datetime) -> str:
    """Date and time, in the shop's zone and manner."""
    return on_the_day(starts_at, zone=shop.timezone, locale=shop.locale)


def amount_of(shop: ShopVoice, cents: int) -> str:
    """An amount as the shop writes it."""
    return format_amount(cents, shop.currency, locale_of_texts(shop.locale))


def _due(shop: ShopVoice, deposit: int, price: int | None) -> dict[str, str]:
    amount = amount_of(shop, deposit) if deposit > 0 else ""
    return {"deposit": amount, "prepayment": amount if price is not None and deposit >= price else ""}
