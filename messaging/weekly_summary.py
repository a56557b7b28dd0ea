"""Writes an owner's weekly summary: the slots that were recovered and lost in the last week, and the reasons."""

from hashlib import sha256

from sqlalchemy.orm import Session

from db.messages import message_drafts
from db.messages.message_drafts import Draft, purpose_key
from db.messages.weekly_summaries import SummaryRecipient
from domain.money import format_amount
from domain.names import plain_name
from domain.plurals import counted
from domain.statistics import Period, Statistics, span
from messaging.senders import Senders
from views import recovery_counts

WEEKLY_SUMMARY = "weekly_summary"

WHY_LOST: dict[str | None, str] = {
    "nobody_left": "nobody was left to ask",
    "too_near": "the start was too close",
    "stopped": "staff stopped the search",
    "cannot_charge": "the deposit could not be charged",
}
OTHERWISE = "the search ended"


def write_weekly_summary(session: Session, senders: Senders, owner: SummaryRecipient, week: Period) -> bool:
    """Writes the e-mail, once for each address, shop and week.

    Returns False if there were no cancellations or the e-mail was already written.
    """
    found = recovery_counts.of_period(session, owner.shop_id, week, zone=owner.timezone).statistics
    if not found.cancelled:
        return False
    reasons = recovery_counts.lost_by_reason(session, owner.shop_id, week, zone=owner.timezone)
    address = sha256(owner.email.lower().encode()).hexdigest()
    draft = Draft(
        shop_id=owner.shop_id,
        staff_id=owner.id,
        channel="email",
        to_address=owner.email,
        from_address=owner.email_from or "",
        subject=_subject(owner, found),
        body=_body(owner, week, found, reasons, senders.app_url),
        purpose=WEEKLY_SUMMARY,
        purpose_key=purpose_key(WEEKLY_SUMMARY, owner.shop_id, week.first, address),
    )
    return bool(message_drafts.write(session, [draft]))


def _subject(owner: SummaryRecipient, found: Statistics) -> str:
    money = format_amount(found.money_recovered, owner.currency, owner.locale)
    what = f"{money} recovered" if found.recovered else f"{counted(found.cancelled, 'cancelled slot')}"
    return f"{plain_name(owner.shop)}: {what} last week"


def _body(owner: SummaryRecipient, week: Period, found: Statistics, reasons: dict[str | None, int], url: str) -> str:
    def money(amount: int) -> str:
        return format_amount(amount, owner.currency, owner.locale)

    days = " to ".join(f"{day.day} {day:%B}" for day in (week.first, week.last))
    lines = [f"{plain_name(owner.shop)}, {days}", ""]
    slots = counted(found.cancelled, "cancelled slot")
    lines.append(f"Recovered: {found.recovered} of {slots}, {money(found.money_recovered)}")
    if found.median_seconds is not None:
        lines.append(f"Usually within {span(found.median_seconds)}")
    lines.append(f"Lost: {counted(found.lost, 'slot')}, {money(found.money_lost)}")
    lines += [f"- {number}: {WHY_LOST.get(reason, OTHERWISE)}" for reason, number in reasons.items()]
    if found.by_hand:
        lines.append(f"Filled by you: {found.by_hand}")
    if found.under_way:
        lines.append(f"Still open: {found.under_way}")
    lines += ["", f"All figures: {url}/app/", f"To stop these e-mails: {url}/app/settings/people"]
    return "\n".join(lines)
