"""The names and purposes of texts, and the meanings of their variables, for the shop's pages. Data only."""

from domain.templates import TextKind

LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German"}
REGIONS = {"en": "en_GB", "es": "es_ES", "fr": "fr_FR", "de": "de_DE"}
"""The locale of samples in each language other than the shop's."""

NAMES: dict[TextKind, tuple[str, str]] = {
    TextKind.OFFER: ("Offer", "Asks a customer whether they want a slot."),
    TextKind.MOVE_UP_OFFER: ("Earlier time", "Asks a booked customer whether they want an earlier time."),
    TextKind.MOVED_UP: ("Moved", "Confirms that an appointment was moved to an earlier time."),
    TextKind.MOVE_UP_REFUSED: ("Not moved", "Sent when the earlier time could not be kept."),
    TextKind.ACCEPTANCE: ("Payment link", "Sent after a YES when a deposit is due."),
    TextKind.CONFIRMATION: ("Confirmation", "Sent when the deposit is paid."),
    TextKind.BOOKED_WITHOUT_DEPOSIT: ("Confirmation without deposit", "Sent after a YES when nothing is due."),
    TextKind.TOO_LATE: ("Too late", "Sent after a YES when the slot is taken."),
    TextKind.NEXT_IN_LINE: ("Next in line", "Sent after a late YES while someone else is being asked."),
    TextKind.ASK_BACK: ("Question", "Sent after a reply that is neither YES nor NO."),
    TextKind.NO_LIVE_OFFER: ("No open slot", "Sent after a YES when there is no open offer."),
    TextKind.WHO_WE_ARE: ("Who we are", "Sent after “who is this?” and HELP."),
    TextKind.PAYMENT_FAILED: ("Card declined", "Sent when the last card attempt failed."),
    TextKind.HOLD_EXPIRED: ("Not paid in time", "Sent when the deposit didn't arrive in time."),
    TextKind.PAYMENT_UNAVAILABLE: ("Payments unavailable", "Sent when no card can be charged."),
    TextKind.REFUND_APOLOGY: ("Late payment refunded", "Sent when a payment arrives after the slot was taken."),
    TextKind.UNPAID_BOOKING_CANCELLED: ("Unpaid booking released", "Sent when an unpaid booking is released."),
    TextKind.CANCELLED_BY_CUSTOMER: ("Cancellation", "Confirms that a customer cancelled."),
    TextKind.APPOINTMENT_MOVED: ("Appointment moved", "Sent when you move an appointment."),
    TextKind.APPOINTMENT_CANCELLED: ("Appointment cancelled", "Sent when you cancel an appointment."),
    TextKind.BOOKING_REMINDER: ("Reminder", "Sent before an appointment."),
    TextKind.WAITLIST_JOINED: ("Waiting list joined", "Sent when a customer has joined the waiting list."),
    TextKind.WAITLIST_LEFT: ("Waiting list left", "Confirms that a customer left the waiting list by text."),
    TextKind.PAYMENT_REMINDER: ("Payment reminder", "Sent while an amount is still due."),
}
VARIABLES: dict[str, str] = {
    "shop": "your shop's name",
    "when": "day and time, like “tomorrow at 10:30”",
    "moved_from": "day and time of the current appointment",
    "date": "day and time with the date",
    "until": "the deadline, like “10:45”",
    "place": "your address, or your name if there is none",
    "phone": "your phone number, if set",
    "deposit": "the deposit, empty if none is due",
    "prepayment": "the deposit if it is the whole price, otherwise empty",
    "amount": "the amount",
    "paid": "the amount paid, empty if there is none",
    "link": "the link",
    "service": "the service, empty if unknown",
    "performer": "the member of staff, empty if none",
    "name": "the customer's name",
}
