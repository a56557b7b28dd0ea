"""Computes the variables of a message from its context, with one resolver for each variable that templates declare.

Times are timezone-aware, and are formatted in the shop's time zone. Amounts are in minor units. A value that a shop
or a customer typed never causes an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.date_wording import language_of, locale_of_texts, on_the_day, until, when
from domain.money import format_amount
from domain.names import LONGEST_ADDRESS, plain_name
from domain.templates import KEPT_UNTIL, OR_ANSWER_HERE, TEMPLATES, TextKind
from domain.templating import render, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopVoice:
    """The data of a shop for its messages. `templates` contains the shop's own wording by kind ("offer")."""

    name: str
    timezone: str = "UTC"
    currency: str = "GBP"
    locale: str = "en_GB"
    address: str | None = None
    phone: str | None = None
    templates: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """The data from which the variables are computed. A message needs only the fields that its variables use.

    `deposit` is due or was paid in advance. `amount` is the refund or the balance. `paid` is the total paid for the
    booking. `kept_until` is the end of an offer's window, if the window is short. `moving_from` is the start of the
    later appointment that a YES moves. `link` is the only address in the message. An offer uses `offer_link` instead,
    and only if the shop wants links in offers. `name` is the customer's name. `service` and `performer` belong to the
    appointment or the slot.
    """

    shop: ShopVoice
    now: datetime | None = None
    starts_at: datetime | None = None
    held_until: datetime | None = None
    kept_until: datetime | None = None
    moving_from: datetime | None = None
    deposit: int = 0
    price: int | None = None
    amount: int = 0
    paid: int = 0
    link: str = ""
    offer_link: str = ""
    name: str = ""
    service: str = ""
    performer: str = ""
    offer: str = ""
    code: str = field(default="", repr=False)
    minutes: int = 0


def _shop(context: MessageContext) -> str:
    return plain_name(context.shop.name)


def _when(context: MessageContext) -> str:
    """Formats the start relative to now ("tomorrow at 10:30"), for messages that are read soon after sending."""
    return _relative(context, context.starts_at, when)


def _date(context: MessageContext) -> str:
    """Formats the start with the date, for messages that may be delayed. After a delay, "tomorrow" could be wrong."""
    shop, starts_at = context.shop, context.starts_at
    return on_the_day(starts_at, zone=shop.timezone, locale=shop.locale) if starts_at else ""


def _until(context: MessageContext) -> str:
    return _relative(context, context.held_until or context.starts_at, until)


def _relative(context: MessageContext, at: datetime | None, wording: Callable[..., str]) -> str:
    shop, now = context.shop, context.now
    return wording(at, now, zone=shop.timezone, locale=shop.locale) if at and now else ""


def _place(context: MessageContext) -> str:
    return plain_name(context.shop.address or "", longest=LONGEST_ADDRESS) or _shop(context)


def _deposit(context: MessageContext) -> str:
    return _money(context, context.deposit) if context.deposit > 0 else ""


def _prepayment(context: MessageContext) -> str:
    """Returns the deposit if it is the whole price, otherwise an empty text."""
    return _deposit(context) if context.price is not None and context.deposit >= context.price else ""


def _money(context: MessageContext, amount: int) -> str:
    return format_amount(amount, context.shop.currency, locale_of_texts(context.shop.locale))


VARIABLES: dict[str, Callable[[MessageContext], str]] = {
    "shop": _shop,
    "when": _when,
    "date": _date,
    "until": _until,
    "moved_from": lambda context: _relative(context, context.moving_from, when),
    "place": _place,
    "phone": lambda context: plain_name(context.shop.phone or ""),
    "deposit": _deposit,
    "prepayment": _prepayment,
    "amount": lambda context: _money(context, context.amount),
    "paid": lambda context: _money(context, context.paid) if context.paid > 0 else "",
    "link": lambda context: context.link,
    "name": lambda context: plain_name(context.name),
    "offer": lambda context: context.offer,
    "service": lambda context: plain_name(context.service),
    "performer": lambda context: plain_name(context.performer),
    "code": lambda context: context.code,
    "minutes": lambda context: str(context.minutes),
}


RESOLVERS: dict[tuple[TextKind, str], Callable[[MessageContext], str]] = {
    (TextKind.OFFER, "until"): lambda context: _relative(context, context.kept_until, until),
    (TextKind.MOVE_UP_OFFER, "until"): lambda context: _relative(context, context.kept_until, until),
    (TextKind.OFFER, "link"): lambda context: context.offer_link,
    (TextKind.MOVE_UP_OFFER, "link"): lambda context: context.offer_link,
}
"""The variables that have a different value in one kind of text."""


def value_of(kind: TextKind, name: str, context: MessageContext) -> str:
    """Returns the value of a variable in a text of this kind."""
    return RESOLVERS.get((kind, name), VARIABLES[name])(context)


def compose(kind: TextKind, context: MessageContext) -> str:
    """Returns a text in the shop's own wording if that is valid, otherwise in the default wording."""
    values = _values(kind, context)
    language, own = language_of(context.shop.locale), context.shop.templates.get(kind)
    text = text_of(kind, values, language=language, own=own)
    if kind is TextKind.OFFER and values["until"] and own and "until" not in own:
        text = f"{text} {render(KEPT_UNTIL[language], values)}"
    if (kind, "link") in RESOLVERS and values["link"] and values["link"] not in text:
        return f"{text} {render(OR_ANSWER_HERE[language], values)}"
    return text


def first_sentence(kind: TextKind, context: MessageContext) -> str:
    """Returns the first sentence of the default wording, without the full stop, as the subject of an e-mail."""
    source = TEMPLATES[kind].defaults[language_of(context.shop.locale)].partition(". ")[0]
    return render(source, _values(kind, context))


def _values(kind: TextKind, context: MessageContext) -> dict[str, str]:
    return {name: value_of(kind, name, context) for name in TEMPLATES[kind].variables}
