"""Labels of statuses on the shop's pages, each with a tone and an icon."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.formatting import Style
from db.appointments.appointments import BY_WHOM
from domain.full_stops import fill
from domain.state import Stage
from views.recovery_overview import Overview


@dataclass(frozen=True, slots=True)
class StatusLabel:
    """A label. `tone` is styled in pieces.css, and the SVG path of `icon` is in shop/pieces.html."""

    tone: str
    icon: str
    state: str


STAGES: dict[Stage, StatusLabel] = {
    Stage.LOOKING: StatusLabel("wait", "search", "Open"),
    Stage.OFFERING: StatusLabel("wait", "bubble", "Offering"),
    Stage.HOLDING: StatusLabel("wait", "card", "Awaiting payment"),
    Stage.RECOVERED: StatusLabel("good", "check", "Recovered"),
    Stage.CLOSED: StatusLabel("stop", "cross", "Lost"),
}
CLOSED_AS: dict[str | None, StatusLabel] = {
    "nobody_left": StatusLabel("stop", "cross", "No customers left"),
    "too_near": StatusLabel("stop", "cross", "Too close to the start"),
    "stopped": StatusLabel("calm", "hand", "Stopped by staff"),
    "sold_by_hand": StatusLabel("calm", "hand", "Filled by you"),
    "cannot_charge": StatusLabel("stop", "alert", "Deposit can't be charged"),
}
OFFERS: dict[str, StatusLabel] = {
    "pending": StatusLabel("wait", "clock", "Sending"),
    "sent": StatusLabel("wait", "bubble", "Waiting for a reply"),
    "accepted": StatusLabel("good", "check", "Said YES"),
    "expired": StatusLabel("calm", "clock", "No reply"),
    "declined": StatusLabel("calm", "cross", "Declined"),
    "failed": StatusLabel("stop", "alert", "Not delivered"),
}
ENDED_AS: dict[str, StatusLabel] = {
    "card_declined": StatusLabel("stop", "alert", "Card declined"),
    "not_paid": StatusLabel("calm", "clock", "Deposit not paid"),
    "given_up": StatusLabel("calm", "cross", "Released"),
    "cannot_charge": StatusLabel("stop", "alert", "Charge failed"),
    "opted_out": StatusLabel("calm", "hand", "Opted out"),
    "staff": StatusLabel("calm", "hand", "Ended by staff"),
}
"""The labels of the reasons why an offer ended. They take precedence over the label of the offer's status."""

CANCELLED_BY = BY_WHOM
BOOKINGS: dict[str, StatusLabel] = {
    "pending_payment": StatusLabel("wait", "card", "Awaiting payment"),
    "booked": StatusLabel("good", "check", "Booked"),
    "cancelled": StatusLabel("calm", "cross", "Cancelled"),
    "settled": StatusLabel("good", "check", "Completed"),
    "voided": StatusLabel("stop", "cross", "Missed"),
}
PAYMENTS: dict[str, StatusLabel] = {
    "pending": StatusLabel("wait", "clock", "Not paid yet"),
    "processing": StatusLabel("wait", "clock", "Processing"),
    "succeeded": StatusLabel("good", "check", "Paid"),
    "failed": StatusLabel("stop", "alert", "Card declined"),
    "cancelled": StatusLabel("calm", "cross", "Cancelled"),
    "refunding": StatusLabel("wait", "back", "Refunding"),
    "refunded": StatusLabel("calm", "back", "Refunded"),
    "disputed": StatusLabel("stop", "alert", "Disputed"),
}
MESSAGES: dict[str, StatusLabel] = {
    "queued": StatusLabel("wait", "clock", "Queued"),
    "sending": StatusLabel("wait", "clock", "Sending"),
    "sent": StatusLabel("calm", "check", "Sent"),
    "delivered": StatusLabel("good", "check", "Delivered"),
    "undelivered": StatusLabel("stop", "alert", "Not delivered"),
    "failed": StatusLabel("stop", "alert", "Failed"),
    "unknown": StatusLabel("stop", "alert", "Unknown"),
    "suppressed": StatusLabel("calm", "hand", "Opted out"),
    "expired": StatusLabel("calm", "cross", "No longer relevant"),
    "received": StatusLabel("calm", "bubble", "Received"),
}
NOTICES: dict[str, StatusLabel] = {
    "recovered": StatusLabel("good", "check", "Recovered"),
    "nobody_left": StatusLabel("stop", "cross", "Not filled"),
    "needs_human": StatusLabel("stop", "alert", "Action needed"),
    "provider_refuses": StatusLabel("stop", "alert", "Texts rejected"),
    "dispute": StatusLabel("stop", "alert", "Dispute"),
    "dispute_won": StatusLabel("good", "check", "Dispute won"),
    "not_merged": StatusLabel("calm", "people", "Not merged"),
    "customer_text": StatusLabel("calm", "bubble", "Customer message"),
}
OTHER = StatusLabel("calm", "bell", "Notification")
ROLES: dict[str, str] = {"owner": "Owner", "staff": "Staff", "read_only": "View only"}
ENTRY_ICONS: dict[str, str] = {
    "cancelled": "cross",
    "opened": "search",
    "asked": "bubble",
    "text": "bubble",
    "reply": "bubble",
    "ran out": "clock",
    "said no": "cross",
    "opted out": "hand",
    "unreachable": "alert",
    "said yes": "check",
    "payment link": "card",
    "card declined": "alert",
    "not paid": "clock",
    "released": "back",
    "paid": "card",
    "deposit kept": "card",
    "refunded": "back",
    "recovered": "check",
    "closed": "cross",
    "not reopened": "cross",
    "waiting": "clock",
    "by hand": "hand",
    "offer ended": "hand",
    "disputed": "alert",
    "needs a human": "alert",
}
ENTRY_TONES: dict[str, str] = {
    "recovered": "good",
    "paid": "good",
    "said yes": "good",
    "closed": "stop",
    "not reopened": "stop",
    "card declined": "stop",
    "unreachable": "stop",
    "disputed": "stop",
    "needs a human": "stop",
    "asked": "wait",
}


def offer_label(status: str, ended_as: str | None, ended_by: str | None) -> StatusLabel:
    """Returns the label of an offer, such as "Card declined". `ended_by` is the name of a staff member."""
    if ended_as == "staff" and ended_by:
        return replace(ENDED_AS["staff"], state=f"Ended by {ended_by} (staff)")
    return ENDED_AS.get(ended_as or "", OFFERS[status])


def stage_label(recovery: Overview) -> StatusLabel:
    """Returns the label of the recovery's stage, or the label of the reason if the recovery is closed."""
    if recovery.stage is Stage.CLOSED:
        return CLOSED_AS.get(recovery.closed_as, STAGES[Stage.CLOSED])
    return STAGES[recovery.stage]


def doing(recovery: Overview, style: Style) -> str:
    """Returns the current step of a recovery in one short sentence."""
    who, until = recovery.customer or "a customer", recovery.until
    ends = style.until(until, recovery.now) if until and until > recovery.now else ""
    return DOING[recovery.stage](recovery, who, ends)


def _looking(recovery: Overview, who: str, ends: str) -> str:
    if recovery.starts_at <= recovery.now:
        return "The start time has passed."
    return fill("No one can be asked before {ends}.", ends=ends) if ends else "Looking for the next customer."


def _offering(recovery: Overview, who: str, ends: str) -> str:
    return (
        fill("Asking {who} until {ends}.", who=who, ends=ends)
        if ends
        else f"Asking {who}. The time to reply has run out."
    )


def _holding(recovery: Overview, who: str, ends: str) -> str:
    return (
        fill("Held for {who} until {ends}.", who=who, ends=ends)
        if ends
        else f"Held for {who}. The payment is being processed."
    )


DOING: dict[Stage, Callable[[Overview, str, str], str]] = {
    Stage.LOOKING: _looking,
    Stage.OFFERING: _offering,
    Stage.HOLDING: _holding,
    Stage.RECOVERED: lambda recovery, who, ends: f"Booked by {who}." if recovery.customer else "Booked.",
    Stage.CLOSED: lambda recovery, who, ends: recovery.reason or "No more customers will be asked.",
}


def ago(moment: datetime, now: datetime) -> str:
    """Returns a time relative to `now`, such as "just now", "3 min ago", "5 days ago" or "in 3 min"."""
    seconds = (now - moment).total_seconds()
    span = next((f"{int(abs(seconds) // size)} {unit}" for size, unit in SPANS if abs(seconds) >= size), "")
    if not span:
        return "just now"
    span = span.removesuffix("s") if span.startswith("1 ") else span
    return f"{span} ago" if seconds > 0 else f"in {span}"


SPANS = ((86400, "days"), (3600, "h"), (60, "min"))
