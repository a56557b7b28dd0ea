"""The wording of the timeline: labels of audit events, messages and delivery statuses. Data only."""

from dataclasses import dataclass

from domain.channels import CHANNELS, Channel
from views.timeline.entries import EntryKind


@dataclass(frozen=True, slots=True)
class EventLabel:
    """The label of an event. `headline` may contain {who}, the customer's name, and {actor}, the actor's name."""

    kind: EntryKind
    headline: str
    backstage: bool = False


# Keyed by the event in audit_logs.
EVENTS: dict[str, EventLabel] = {
    "AppointmentCancelled": EventLabel(EntryKind.CANCELLED, "{who}'s appointment was cancelled"),
    "AppointmentBooked": EventLabel(EntryKind.NOTE, "{who}'s appointment was booked", backstage=True),
    "AppointmentChanged": EventLabel(EntryKind.NOTE, "{who}'s appointment was changed", backstage=True),
    "AppointmentMoved": EventLabel(EntryKind.CANCELLED, "{who}'s appointment was moved"),
    "AppointmentMoveUndone": EventLabel(EntryKind.ALARM, "{who}'s appointment was not moved"),
    "CancellationRequested": EventLabel(EntryKind.NOTE, "{actor} asked to cancel", backstage=True),
    "SlotOpened": EventLabel(EntryKind.OPENED, "The time was offered to other customers"),
    "CustomerChosen": EventLabel(EntryKind.ASKED, "{who} was asked"),
    "WaitingCustomerChosen": EventLabel(EntryKind.SAID_YES, "{who}, whose earlier YES was too late, got the slot"),
    "OfferSent": EventLabel(EntryKind.TEXT, "{who}'s time to reply started", backstage=True),
    "OfferDelayed": EventLabel(EntryKind.WAITING, "The offer to {who} was delayed"),
    "OfferUndeliverable": EventLabel(EntryKind.UNREACHABLE, "{who} couldn't be reached"),
    "OfferDeadlinePassed": EventLabel(EntryKind.RAN_OUT, "{who}'s time to reply ran out"),
    "OfferAccepted": EventLabel(EntryKind.SAID_YES, "{who} said YES"),
    "OfferDeclined": EventLabel(EntryKind.SAID_NO, "{who} declined the slot"),
    "CustomerOptedOut": EventLabel(EntryKind.OPTED_OUT, "{who} opted out of texts"),
    "PaymentIntentCreated": EventLabel(EntryKind.LINK, "{who}'s payment link was created", backstage=True),
    "PaymentRefused": EventLabel(EntryKind.ALARM, "The deposit couldn't be charged"),
    "PaymentSucceeded": EventLabel(EntryKind.PAID, "{who} paid"),
    "PaymentDeclined": EventLabel(EntryKind.CARD_DECLINED, "{who}'s card was declined"),
    "HoldDeadlinePassed": EventLabel(EntryKind.NOT_PAID, "{who} did not pay in time"),
    "PaymentCancelled": EventLabel(EntryKind.RELEASED, "The hold for {who} ended"),
    "PaymentRefunded": EventLabel(EntryKind.REFUNDED, "{who} was refunded"),
    "NobodyLeft": EventLabel(EntryKind.CLOSED, "No customers were left to ask"),
    "NobodyAskableYet": EventLabel(EntryKind.WAITING, "No one could be asked at this time"),
    "NextAskedByHand": EventLabel(EntryKind.BY_HAND, "{actor} requested the next customer"),
    "SearchStopped": EventLabel(EntryKind.BY_HAND, "{actor} stopped asking customers"),
    "SoldByHand": EventLabel(EntryKind.BY_HAND, "{actor} marked the slot as filled"),
    "CustomerSkipped": EventLabel(EntryKind.BY_HAND, "{actor} skipped {who}"),
    "CustomerUnskipped": EventLabel(EntryKind.BY_HAND, "{actor} stopped skipping {who}"),
    "CustomerPicked": EventLabel(EntryKind.BY_HAND, "{actor} chose {who} to be asked next"),
    "AppointmentMovedUp": EventLabel(EntryKind.CANCELLED, "{who} moved to an earlier time"),
    "StartedAgain": EventLabel(EntryKind.BY_HAND, "{actor} started asking customers again"),
    "recovered": EventLabel(EntryKind.RECOVERED, "The slot was recovered"),
    "nobody_left": EventLabel(EntryKind.CLOSED, "Staff were notified", backstage=True),
    "needs_human": EventLabel(EntryKind.ALARM, "Needs your attention"),
    "provider_refuses": EventLabel(EntryKind.ALARM, "Texts couldn't be sent"),
    "late_payment": EventLabel(EntryKind.NOTE, "Staff were notified", backstage=True),
    "dispute": EventLabel(EntryKind.DISPUTED, "A payment was disputed"),
    "dispute_won": EventLabel(EntryKind.PAID, "A dispute was won"),
    "CustomerTold": EventLabel(EntryKind.NOTE, "{who} was notified", backstage=True),
    "BookingReminded": EventLabel(EntryKind.NOTE, "{who} was reminded of the appointment"),
    "BalanceReminded": EventLabel(EntryKind.NOTE, "{who} was reminded of the payment"),
    "RefundRequested": EventLabel(EntryKind.NOTE, "{actor} asked for a refund", backstage=True),
}

# Events whose label depends on the resulting stage.
BY_STAGE: dict[tuple[str, str], EventLabel] = {
    ("OfferDeadlinePassed", "Offering"): EventLabel(EntryKind.WAITING, "The text to {who} had not been sent yet"),
    # The cancellation has a separate audit entry.
    ("AppointmentCancelled", "Looking"): EventLabel(EntryKind.OPENED, "The time became free again"),
    ("AppointmentCancelled", "Closed"): EventLabel(EntryKind.NOT_REOPENED, "The time was not offered again"),
}

# Events whose label depends on the actor.
BY_ACTOR: dict[tuple[str, str], EventLabel] = {
    ("SearchStopped", "system"): EventLabel(EntryKind.NOT_REOPENED, "The time was not offered again"),
}

HOLD_CANCELLED = EventLabel(EntryKind.CANCELLED, "{who}'s booking was cancelled")
"""The label of a hold that the shop or its booking system cancelled for the customer."""
BY_CUSTOMERS = frozenset({"system", "customer"})
"""The actors of customers' replies and of actions on the customer pages."""

# Keyed by the purpose of an outbound message.
TEXTS: dict[str, str] = {
    "offer": "{who} was texted the offer",
    "moved_up": "{who} was texted the new time",
    "move_up_refused": "{who} was told that the later appointment is unchanged",
    "acceptance": "{who} was texted the payment link",
    "confirmation": "{who} was texted the confirmation",
    "booked_without_deposit": "{who} was texted that the appointment is booked",
    "too_late": "{who} was told that the slot is taken",
    "next_in_line": "{who} was told that someone else is being asked first",
    "ask_back": "{who} was asked what they meant",
    "no_live_offer": "{who} was told that there is no open offer",
    "who_we_are": "{who} was told who is texting",
    "payment_failed": "{who} was told that the payment failed",
    "hold_expired": "{who} was told that the hold is over",
    "payment_unavailable": "{who} was told that payments are unavailable",
    "refund_apology": "{who} was told about the refund",
    "unpaid_booking_cancelled": "{who} was told that the unpaid booking is released",
    "cancelled_by_customer": "{who} was told that the appointment was cancelled",
    "appointment_moved": "{who} was told that the appointment was moved",
    "appointment_cancelled": "{who} was told that the appointment was cancelled",
}
BY_CHANNEL: dict[str, str] = {
    one.channel.value: one.by for one in CHANNELS.values() if one.channel is not Channel.SMS
}
"""The names of all channels except SMS."""

ANY_TEXT = "{who} was sent a message"

DELIVERY: dict[str, str] = {
    "queued": "Queued.",
    "sending": "Sending; the carrier has not confirmed it yet.",
    "sent": "Accepted by the carrier.",
    "delivered": "Delivered.",
    "undelivered": "Not delivered.",
    "failed": "Could not be sent.",
    "unknown": "It is unknown whether this was sent. It will not be sent again.",
    "suppressed": "Not sent: the customer has opted out.",
    "expired": "Not sent: no longer relevant.",
}
NOT_DELIVERED = frozenset({"undelivered", "failed", "unknown"})

# Keyed by the status of an offer that has no audit entry because it was inserted from outside.
ENDED: dict[str, EventLabel] = {
    "accepted": EventLabel(EntryKind.SAID_YES, "{who} said YES"),
    "expired": EventLabel(EntryKind.RAN_OUT, "{who}'s time to reply ran out"),
    "declined": EventLabel(EntryKind.SAID_NO, "{who} declined the slot"),
    "failed": EventLabel(EntryKind.UNREACHABLE, "{who} couldn't be reached"),
}
FROM_OUTSIDE = "Added from outside this system. The log has no entry for it."


def label_of(event: str, stage: str, actor: str = "system") -> EventLabel:
    """Returns the label of an audit event. An unlisted event is labelled with its name in words."""
    if event == "OfferDeclined" and actor not in BY_CUSTOMERS:
        return HOLD_CANCELLED
    known = BY_ACTOR.get((event, actor)) or BY_STAGE.get((event, stage)) or EVENTS.get(event)
    return known or EventLabel(EntryKind.NOTE, in_words(event))


def in_words(event: str) -> str:
    """Converts "StaffSignedIn" and "staff_signed_in" to "Staff signed in"."""
    apart = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in event)
    words = " ".join(apart.replace("_", " ").split())
    return words[:1].upper() + words[1:] or "Event recorded"
