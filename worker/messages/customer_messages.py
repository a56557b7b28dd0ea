"""What a customer is told about an appointment, channel by channel: those they agreed to, in the shop's words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from secrets import token_urlsafe
from uuid import UUID, uuid4

from db.bulk_messages import BulkMessage
from db.recipients import Recipient
from domain import segments, wording
from domain.channels import Channel, Consents, channels_for
from domain.date_wording import language_of
from domain.emails import EmailContent, render_email
from domain.names import plain_name
from domain.reminder_timing import REMINDERS, deliverable_for, wait_until
from domain.templates import TextKind
from domain.wording import ShopVoice
from worker.dependencies import Dependencies


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMessage:
    """What one customer is to be told. `amount` in minor units; `link` its one address; both may be empty."""

    kind: TextKind
    to: Recipient
    key: str
    link: str = ""
    amount: int = 0
    not_before: datetime | None = None

    @property
    def voice(self) -> ShopVoice:
        to = self.to
        return ShopVoice(
            name=to.shop_name, timezone=to.timezone, currency=to.currency, locale=to.locale, address=to.address
        )

    @property
    def when(self) -> str:
        return wording.on_which_day(self.voice, self.to.at)

    @property
    def how_much(self) -> str:
        return wording.amount_of(self.voice, self.amount) if self.amount else ""


TEXTS: dict[TextKind, Callable[[CustomerMessage], str]] = {
    TextKind.BOOKING_REMINDER: lambda told: wording.booking_reminder(
        told.voice, starts_at=told.to.at, link=told.link
    ),
    TextKind.PAYMENT_REMINDER: lambda told: wording.payment_reminder(
        told.voice, starts_at=told.to.at, amount=told.amount, link=told.link
    ),
    TextKind.UNPAID_BOOKING_CANCELLED: lambda told: wording.unpaid_booking_cancelled(
        told.voice, starts_at=told.to.at
    ),
}


def quiet_until(to: Recipient) -> datetime | None:
    """None when this customer may be told something now, else when their night ends (UTC)."""
    return wait_until(
        to.now,
        starts_at=to.at,
        zone=to.their_timezone,
        quiet_from=to.quiet_from,
        quiet_ends=to.quiet_until,
        phone=to.phone,
    )


def deliverable(to: Recipient) -> timedelta:
    """How long a carrier may try to deliver what it is given now."""
    return deliverable_for(
        to.now, zone=to.their_timezone, quiet_from=to.quiet_from, quiet_ends=to.quiet_until, phone=to.phone
    )


def messages_of(dependencies: Dependencies, told: CustomerMessage) -> list[BulkMessage]:
    """One for each channel; none for a customer who agreed to none."""
    return [WRITTEN_FOR[channel](dependencies, told) for channel in channels_to(dependencies, told.kind, told.to)]


def channels_to(dependencies: Dependencies, kind: TextKind, to: Recipient) -> tuple[Channel, ...]:
    """By which channels this customer would be told something of this kind."""
    template = _template_sid(dependencies, kind, to)
    reach = Consents(
        phone=to.phone,
        email=to.email,
        sms_opt_in=to.sms_opt_in,
        whatsapp_opt_in=to.whatsapp_opt_in,
        email_opt_in=to.email_opt_in,
        suppressed=to.suppressed,
        can_sms=bool(to.sms_from),
        can_whatsapp=bool(template and _whatsapp_number(dependencies, to)),
        can_email=dependencies.email.ready,
    )
    return channels_for(reach)


def _sms(dependencies: Dependencies, told: CustomerMessage) -> BulkMessage:
    body = TEXTS[told.kind](told)
    return _notice(told, Channel.SMS, to=told.to.phone, from_=told.to.sms_from, body=body)


def _whatsapp(dependencies: Dependencies, told: CustomerMessage) -> BulkMessage:
    """The carrier fills the approved template in; what stands in the row is the same in our words."""
    second = told.how_much or told.to.address or told.to.shop_name
    variables = {"1": told.when, "2": second, "3": told.link}
    template = {"sid": _template_sid(dependencies, told.kind, told.to), "variables": variables}
    from_ = _whatsapp_number(dependencies, told.to)
    body = TEXTS[told.kind](told)
    return _notice(told, Channel.WHATSAPP, to=told.to.phone, from_=from_, body=body, template=template)


def _email(dependencies: Dependencies, told: CustomerMessage) -> BulkMessage:
    id, to = uuid4(), told.to
    token = token_urlsafe(TOKEN_BYTES) if told.kind in REMINDERS else None
    about = EmailContent(
        shop=to.shop_name,
        place=to.address or "",
        name=to.name,
        when=told.when,
        amount=told.how_much,
        link=told.link,
        stop=unsubscribe_url(dependencies.app_url, id, token) if token else "",
    )
    written = render_email(told.kind, about, locale=to.locale)
    parts = {"subject": written.subject, "body": written.text, "html": written.html}
    return _notice(
        told, Channel.EMAIL, to=to.email, from_=_sender(dependencies, to), id=id, unsubscribe_token=token, **parts
    )


WRITTEN_FOR: dict[Channel, Callable[[Dependencies, CustomerMessage], BulkMessage]] = {
    Channel.SMS: _sms,
    Channel.WHATSAPP: _whatsapp,
    Channel.EMAIL: _email,
}


TOKEN_BYTES = 24

NOT_IN_QUOTES = str.maketrans("", "", '"\\')


def _sender(dependencies: Dependencies, to: Recipient) -> str:
    """The shop's own address, else ours, under the shop's name."""
    name, address = parseaddr(to.email_from or dependencies.settings.email.email_from)
    shown = (plain_name(to.shop_name) or name).translate(NOT_IN_QUOTES)
    return f'"{shown}" <{address}>' if shown else address


def unsubscribe_url(app_url: str, message_id: UUID, token: str) -> str:
    """The page that ends such e-mails. Logs and Flower show the message's id, and only the e-mail holds the token."""
    return f"{app_url}/manage/emails/{message_id}/{token}"


def _notice(
    told: CustomerMessage, channel: Channel, *, to: str | None, from_: str | None, body: str, **more: object
) -> BulkMessage:
    values = {"id": uuid4(), "segments": segments.count(body).segments if channel is Channel.SMS else 1} | more
    return BulkMessage(
        shop_id=told.to.shop_id,
        customer_id=told.to.customer_id,
        appointment_id=told.to.id,
        channel=channel.value,
        purpose=told.kind.value,
        key=told.key,
        to_address=to or "",
        from_address=from_ or "",
        body=body,
        send_before=told.to.at,
        not_before=told.not_before,
        **values,  # type: ignore[arg-type]
    )


def _whatsapp_number(dependencies: Dependencies, to: Recipient) -> str | None:
    return to.whatsapp_from or dependencies.settings.twilio.twilio_whatsapp_number


def _template_sid(dependencies: Dependencies, kind: TextKind, to: Recipient) -> str | None:
    by_language = dependencies.settings.twilio.twilio_whatsapp_templates.get(kind.value, {})
    return by_language.get(language_of(to.locale))
