"""The queue of each task, and the lease of a claimed row. With these queues, a slow provider never delays a YES."""

from datetime import timedelta

REPLIES, OFFERS, STATUSES, TEXTS, PAYMENTS, SWEEPS = "replies", "offers", "statuses", "texts", "payments", "sweeps"

JOBS, WEBHOOKS = "jobs", "webhooks"

CALENDARS = "calendars"

PLAIN = "celery"
"""The queue to which a Celery client without our settings, such as an operator's script, publishes."""

QUEUES = (REPLIES, OFFERS, STATUSES, TEXTS, PAYMENTS, SWEEPS, JOBS, CALENDARS, WEBHOOKS, PLAIN)

QUEUE_OF: dict[str, str] = {
    # These tasks handle replies from customers. They are fast, because they use only the database.
    "accept_offer": REPLIES,
    "decline_offer": REPLIES,
    "opt_out": REPLIES,
    "opt_in": REPLIES,
    "leave_waitlist": REPLIES,
    "ask_back": REPLIES,
    # These tasks handle cancelled appointments and search for the next customer.
    "cancel_appointment": PAYMENTS,
    "create_slot_opening": OFFERS,
    "free_old_time": OFFERS,
    "send_next_offer": OFFERS,
    "step_in": OFFERS,
    "choose_customer": OFFERS,
    "merge_customers": OFFERS,
    "forget_customer": OFFERS,
    # These tasks handle delivery statuses of our messages.
    "update_message_status": STATUSES,
    "update_email_status": STATUSES,
    # These tasks call the carrier.
    "send_message": TEXTS,
    # A person is waiting for the messages of these tasks.
    "send_sign_in_code": TEXTS,
    "send_invitation": TEXTS,
    "send_join_code": TEXTS,
    "confirm_joining": TEXTS,
    "send_test_offer": TEXTS,
    "alert_staff": TEXTS,
    # These tasks call Stripe.
    "create_payment": PAYMENTS,
    "cancel_payment": PAYMENTS,
    "refund_payment": PAYMENTS,
    "send_refund": PAYMENTS,
    "handle_payment_success": PAYMENTS,
    "handle_payment_failure": PAYMENTS,
    "handle_payment_change": PAYMENTS,
    # These tasks call connected calendars. A slow calendar must not delay texts and payments.
    "sync_booking": CALENDARS,
    "sync_calendar": CALENDARS,
    "preview_calendar": CALENDARS,
    "start_calendar": CALENDARS,
    "reconnect_calendar": CALENDARS,
    "disconnect_calendar": CALENDARS,
    "write_back": CALENDARS,
    "cancel_in_calendar": CALENDARS,
    "move_in_calendar": CALENDARS,
    "mark_paid_in_calendar": CALENDARS,
    "hold_in_calendar": CALENDARS,
    "release_in_calendar": CALENDARS,
    # These are tasks of the reconciliation. An hour without callbacks produces hundreds of these tasks. They must not
    # delay the payment link of a customer who has just replied YES.
    "reconcile_inbound_texts": JOBS,
    "reconcile_unknown_texts": JOBS,
    "reconcile_stripe_events": JOBS,
    "reconcile_open_intents": JOBS,
    "reconcile_refunds": JOBS,
    "look_up_message": JOBS,
    "look_up_payment": JOBS,
    # These are periodic jobs, which may take a long time, and the tasks that send their messages.
    # No user waits for their results.
    "cleanup_stale_bookings": JOBS,
    "cleanup_old_notifications": JOBS,
    "cleanup_expired_otps": JOBS,
    "cleanup_ended_sessions": JOBS,
    "cleanup_expired_invitations": JOBS,
    "cleanup_expired_authorizations": JOBS,
    "cleanup_expired_join_requests": JOBS,
    "cleanup_idempotency_records": JOBS,
    "cleanup_old_audit_logs": JOBS,
    "cleanup_webhook_events": JOBS,
    "cleanup_settled_tasks": JOBS,
    "expire_waitlist_entries": JOBS,
    "cleanup_old_events": JOBS,
    "cleanup_webhook_deliveries": JOBS,
    "run_all_cleanup_jobs": JOBS,
    "send_booking_reminders": JOBS,
    "send_payment_reminders": JOBS,
    "run_all_reminder_jobs": JOBS,
    "send_by_day": JOBS,
    "resolve_outcomes": JOBS,
    "send_weekly_summaries": JOBS,
    # These tasks call the webhook endpoints of shops, which may hang.
    "deliver_webhooks": WEBHOOKS,
    # `slots doctor` sends a test task through every queue.
    "answer_canary": SWEEPS,
    # Beat publishes these tasks.
    "tick": SWEEPS,
    "expire_offers": SWEEPS,
    "check_invariants": JOBS,
    "maintain_partitions": JOBS,
    "sync_calendars": JOBS,
}

LEASE = timedelta(seconds=60)
"""The default lease. It is longer than the slowest call to a provider with all its timeouts."""

SHORTER_LEASES = {queue: timedelta(seconds=15) for queue in (REPLIES, OFFERS, STATUSES)}
"""The lease for tasks that use only the database. After a crash, the customer waits 15 seconds instead of 60."""

LIMITS = {name: {"time_limit": 600} for name, queue in QUEUE_OF.items() if queue in (SWEEPS, JOBS)}
"""The limits in seconds after which Celery kills a child process, for tasks that may outlast a lease."""


def lease_of(task: str) -> timedelta:
    return SHORTER_LEASES.get(QUEUE_OF.get(task, ""), LEASE)
