"""Composes a message for a channel. COMPOSE contains a function for each channel."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from email.utils import parseaddr
from functools import partial
from secrets import token_urlsafe
from typing import Any, Protocol
from uuid import UUID, uuid4

from db.messages.message_drafts import Draft
from domain import segments
from domain.channels import Channel
from domain.date_wording import language_of
from domain.message_templates import VARIABLES
from domain.message_variables import MessageContext, compose, value_of
from domain.names import plain_name
from domain.reminder_timing import REMINDERS
from domain.templates import OFFERS, TextKind
from messaging.email_rendering import render_email
from messaging.senders import Senders

TOKEN_BYTES = 24
NOT_IN_QUOTES = str.maketrans("", "", '"\\')
UNSUBSCRIBABLE = REMINDERS | OFFERS
"""The kinds of e-mails with an unsubscribe link."""


class Addressee(Protocol):
    """The addresses of a customer and the customer's shop.

    `senders`: the shop's own numbers and e-mail address, by channel. `agreed_to`: the channels for messages about the
    customer's bookings. `written_on`: the channel on which the customer wrote recently, which needs no template.
    """

    @property
    def phone(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def senders(self) -> Mapping[str, str]: ...
    @property
    def agreed_to(self) -> Collection[str]: ...
    @property
    def shop_name(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def written_on(self) -> str | None: ...


def own_sender(senders: Senders, channel: Channel, to: Addressee) -> str | None:
    """Returns the number of the shop, or the installation's number if the shop has none."""
    return to.senders.get(channel) or senders.numbers.get(channel)


def template_sid(senders: Senders, channel: Channel, kind: TextKind, to: Addressee) -> str | None:
    """Returns the approved template of this kind in the customer's language or, except for reminders, in English."""
    by_language = senders.templates.get(channel, {}).get(kind.value, {})
    return by_language.get(language_of(to.locale)) or (None if kind in REMINDERS else by_language.get("en"))


def unsubscribe_url(app_url: str, message_id: UUID, token: str) -> str:
    """Returns the address of the unsubscribe page. Logs show the message's id, but only the e-mail contains the
    token.
    """
    return f"{app_url}/manage/emails/{message_id}/{token}"


def _sms(senders: Senders, kind: TextKind, context: MessageContext, to: Addressee, **columns: Any) -> Draft:
    body = compose(kind, context)
    return Draft(
        channel=Channel.SMS.value,
        to_address=to.phone or "",
        from_address=to.senders.get(Channel.SMS) or "",
        body=body,
        segments=segments.count(body).segments,
        **columns,
    )


def _templated(
    channel: Channel, senders: Senders, kind: TextKind, context: MessageContext, to: Addressee, **columns: Any
) -> Draft:
    """Composes with an approved template, or as free text in the shop's wording if the customer has written recently.

    The carrier renders the template. The body of the row contains the same message in our wording.
    """
    sid = None if to.written_on == channel else template_sid(senders, channel, kind, to)
    if sid:
        context = replace(context, shop=replace(context.shop, templates={}))
    return Draft(
        channel=channel.value,
        to_address=to.phone or "",
        from_address=own_sender(senders, channel, to) or "",
        body=compose(kind, context),
        template={"sid": sid, "variables": _variables(kind, context)} if sid else None,
        **columns,
    )


def _variables(kind: TextKind, context: MessageContext) -> dict[str, str]:
    """Returns the variables.

    The carrier refuses empty variables, so each variable has alternatives, of which the last is the shop's name.
    """
    found: dict[str, str] = {}
    for number, names in enumerate(VARIABLES.get(kind, ()), start=1):
        values = (value_of(kind, name, context) for name in (*names.split("/"), "shop"))
        found[str(number)] = next((value for value in values if value), "-")
    return found


def _email(senders: Senders, kind: TextKind, context: MessageContext, to: Addressee, **columns: Any) -> Draft:
    id = uuid4()
    token = token_urlsafe(TOKEN_BYTES) if kind in UNSUBSCRIBABLE else None
    stop = unsubscribe_url(senders.app_url, id, token) if token else ""
    email = render_email(kind, context, unsubscribe_url=stop)
    return Draft(
        id=id,
        channel=Channel.EMAIL.value,
        to_address=to.email or "",
        from_address=sender_of_emails(senders, to.senders.get(Channel.EMAIL), to.shop_name),
        body=email.text,
        subject=email.subject,
        html=email.html,
        unsubscribe_token=token,
        **columns,
    )


def sender_of_emails(senders: Senders, email_from: str | None, shop: str) -> str:
    """Returns the shop's e-mail address, or the installation's address with the shop's name."""
    name, address = parseaddr(email_from or senders.email_from)
    shown = (plain_name(shop) or name).translate(NOT_IN_QUOTES)
    return f'"{shown}" <{address}>' if shown else address


COMPOSE: dict[Channel, Callable[..., Draft]] = {
    Channel.SMS: _sms,
    Channel.WHATSAPP: partial(_templated, Channel.WHATSAPP),
    Channel.EMAIL: _email,
}


def draft(
    senders: Senders, channel: Channel, kind: TextKind, context: MessageContext, to: Addressee, **columns: Any
) -> Draft:
    """Returns the message for this channel. `columns`: the fields of `Draft` that do not depend on the channel."""
    return COMPOSE[channel](senders, kind, context, to, **columns)
