"""The variables of approved message templates by kind of text, in the order of {{1}}, {{2}} and so on.

WhatsApp delivers free text only to customers who have written within a day, so each kind needs an approved template.
`domain/message_variables.py` defines the names. `a/b` is the first of two variables that is not empty.
"""

from domain.templates import TextKind

VARIABLES: dict[TextKind, tuple[str, ...]] = {
    TextKind.OFFER: ("date", "deposit/place", "link"),
    TextKind.MOVE_UP_OFFER: ("date", "moved_from", "link"),
    TextKind.MOVED_UP: ("date", "place", "link"),
    TextKind.MOVE_UP_REFUSED: (),
    TextKind.ACCEPTANCE: ("date", "deposit", "until", "link"),
    TextKind.CONFIRMATION: ("date", "place", "link"),
    TextKind.BOOKED_WITHOUT_DEPOSIT: ("date", "place", "link"),
    TextKind.TOO_LATE: (),
    TextKind.NEXT_IN_LINE: (),
    TextKind.PAYMENT_FAILED: ("date",),
    TextKind.HOLD_EXPIRED: ("date",),
    TextKind.PAYMENT_UNAVAILABLE: ("date",),
    TextKind.REFUND_APOLOGY: ("date", "amount"),
    TextKind.UNPAID_BOOKING_CANCELLED: ("date",),
    TextKind.CANCELLED_BY_CUSTOMER: ("date",),
    TextKind.APPOINTMENT_MOVED: ("date", "place", "link"),
    TextKind.APPOINTMENT_CANCELLED: ("date",),
    TextKind.BOOKING_REMINDER: ("date", "place", "link"),
    TextKind.PAYMENT_REMINDER: ("date", "amount", "link"),
}
