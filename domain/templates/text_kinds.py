"""The kinds of texts, and the template of a text."""

from dataclasses import dataclass
from enum import StrEnum


class TextKind(StrEnum):
    OFFER = "offer"
    MOVE_UP_OFFER = "move_up_offer"
    MOVED_UP = "moved_up"
    MOVE_UP_REFUSED = "move_up_refused"
    ACCEPTANCE = "acceptance"
    CONFIRMATION = "confirmation"
    BOOKED_WITHOUT_DEPOSIT = "booked_without_deposit"
    TOO_LATE = "too_late"
    NEXT_IN_LINE = "next_in_line"
    ASK_BACK = "ask_back"
    NO_LIVE_OFFER = "no_live_offer"
    WHO_WE_ARE = "who_we_are"
    PAYMENT_FAILED = "payment_failed"
    HOLD_EXPIRED = "hold_expired"
    PAYMENT_UNAVAILABLE = "payment_unavailable"
    REFUND_APOLOGY = "refund_apology"
    UNPAID_BOOKING_CANCELLED = "unpaid_booking_cancelled"
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    BOOKING_REMINDER = "booking_reminder"
    PAYMENT_REMINDER = "payment_reminder"
    SIGN_IN_CODE = "sign_in_code"
    STAFF_INVITATION = "staff_invitation"
    TEST_OFFER = "test_offer"
    JOIN_CODE = "join_code"
    EMAIL_CONSENT = "email_consent"
    WAITLIST_JOINED = "waitlist_joined"
    WAITLIST_LEFT = "waitlist_left"


class LinkTarget(StrEnum):
    """The customer's page that {{ link }} opens. The value is the first part of the page's path."""

    PAYMENT = "pay"
    BOOKING = "manage"
    WAITLIST = "waitlist"


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A text. A shop's own wording can use `variables`, which always include `shop`, and must use `required`."""

    variables: frozenset[str]
    required: frozenset[str]
    defaults: dict[str, str]
    link: LinkTarget


OF_AN_APPOINTMENT = frozenset({"service", "performer", "name"})
"""The variables of every text about a time. A variable is empty if its value is unknown."""


def template(
    variables: str, required: str = "", /, *, link: LinkTarget = LinkTarget.BOOKING, **defaults: str
) -> TextTemplate:
    names = frozenset(variables.split())
    known = names | {"shop"} | (OF_AN_APPOINTMENT if names & {"when", "date"} else frozenset())
    return TextTemplate(known, frozenset(required.split()), defaults, link)
