"""Which task waits in which queue. Queues are apart so that a slow provider never delays a YES."""

REPLIES, OFFERS, STATUSES, TEXTS, PAYMENTS, SWEEPS = "replies", "offers", "statuses", "texts", "payments", "sweeps"

JOBS = "jobs"

PLAIN = "celery"
"""Where a Celery client sends that knows nothing of our queues: an operator's script."""

QUEUES = (REPLIES, OFFERS, STATUSES, TEXTS, PAYMENTS, SWEEPS, JOBS, PLAIN)

QUEUE_OF: dict[str, str] = {
    # What customers answer. Only the database is asked: the fastest there is.
    "accept_offer": REPLIES,
    "decline_offer": REPLIES,
    "opt_out": REPLIES,
    "opt_in": REPLIES,
    "ask_back": REPLIES,
    # Cancelled appointments and the search for the next customer.
    "cancel_appointment": PAYMENTS,
    "create_slot_opening": OFFERS,
    "send_next_offer": OFFERS,
    "step_in": OFFERS,
    # What carriers tell about our messages.
    "update_message_status": STATUSES,
    # Waits for the carrier.
    "send_message": TEXTS,
    # Somebody sits before a screen and waits for it.
    "send_sign_in_code": TEXTS,
    "send_invitation": TEXTS,
    "alert_staff": TEXTS,
    # Waits for the payment company.
    "create_payment": PAYMENTS,
    "cancel_payment": PAYMENTS,
    "refund_payment": PAYMENTS,
    "handle_payment_success": PAYMENTS,
    "handle_payment_failure": PAYMENTS,
    "handle_payment_change": PAYMENTS,
    # Makes up for what was lost on its way. After an hour without callbacks that is hundreds at once: they must not
    # stand before the payment link of somebody who has just said YES.
    "reconcile_inbound_texts": JOBS,
    "reconcile_unknown_texts": JOBS,
    "reconcile_stripe_events": JOBS,
    "reconcile_open_intents": JOBS,
    "reconcile_refunds": JOBS,
    "look_up_message": JOBS,
    "look_up_payment": JOBS,
    # The jobs around the loop: long ones, and what they send, behind nobody who waits for an answer.
    "cleanup_stale_bookings": JOBS,
    "cleanup_old_notifications": JOBS,
    "cleanup_expired_otps": JOBS,
    "cleanup_ended_sessions": JOBS,
    "cleanup_expired_invitations": JOBS,
    "cleanup_old_audit_logs": JOBS,
    "cleanup_webhook_events": JOBS,
    "cleanup_settled_tasks": JOBS,
    "run_all_cleanup_jobs": JOBS,
    "send_booking_reminders": JOBS,
    "send_payment_reminders": JOBS,
    "run_all_reminder_jobs": JOBS,
    "send_by_day": JOBS,
    "resolve_outcomes": JOBS,
    # `slots doctor` sends one through every queue.
    "answer_canary": SWEEPS,
    # The clock's own.
    "tick": SWEEPS,
    "expire_offers": SWEEPS,
    "check_invariants": JOBS,
}
