"""The tables of the tasks that follow recorded webhooks."""

from domain.replies import Reply
from providers.stripe.stripe_events import IntentChange

AFTER_REPLY: dict[Reply, str] = {
    Reply.YES: "accept_offer",
    Reply.NO: "decline_offer",
    Reply.STOP: "opt_out",
    Reply.START: "opt_in",
    Reply.LEAVE: "leave_waitlist",
}

AFTER_OTHER_REPLY = "ask_back"
"""Answers with a question or a text, notifies staff, or does nothing."""

AFTER_DELIVERY_STATUS = "update_message_status"
AFTER_EMAIL_STATUS = "update_email_status"

AFTER_INTENT_EVENT: dict[IntentChange, str] = {
    IntentChange.SUCCEEDED: "handle_payment_success",
    IntentChange.FAILED: "handle_payment_failure",
    IntentChange.CANCELLED: "handle_payment_change",
    IntentChange.PROCESSING: "handle_payment_change",
}

AFTER_REFUND_OR_DISPUTE = "handle_payment_change"
