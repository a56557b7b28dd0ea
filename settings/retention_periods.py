"""Retention periods of rows, and lead times of the periodic jobs."""

from pydantic import Field

from settings.environment import FromEnvironment


class RetentionSettings(FromEnvironment):
    """The periodic jobs use these periods."""

    keep_one_time_codes_days: int = Field(
        1, ge=0, description="Days a sign-in code or an invitation is kept after it expires."
    )
    keep_notifications_days: int = Field(30, ge=1, description="Days a read notification is kept.")
    keep_audit_days: int = Field(
        365,
        ge=30,
        description=(
            "Days an audit entry is kept, until the end of its month. Critical entries and those about money are "
            "kept forever."
        ),
    )
    keep_webhook_events_days: int = Field(
        90, ge=4, description="Days a handled webhook is kept. At least 4, because Stripe retries for three days."
    )
    keep_api_answers_days: int = Field(
        1,
        ge=1,
        description="Days a response of the API is kept. For 24 hours it is sent again for its Idempotency-Key.",
    )
    keep_tasks_days: int = Field(7, ge=1, description="Days a settled task is kept.")
    keep_events_days: int = Field(
        30, ge=1, description="Days an event and its webhook deliveries are kept, until the end of their month."
    )
    keep_sessions_days: int = Field(1, ge=0, description="Days an ended sign-in session is kept.")
    reminder_hours: int = Field(
        24, ge=1, le=168, description="Hours before the start when customers are reminded of their appointment."
    )
    payment_reminder_hours: int = Field(
        72, ge=1, le=720, description="Hours before the start when customers are reminded of the amount still due."
    )
    stale_hours: int = Field(24, ge=1, description="Hours after which a booking with an unpaid deposit is cancelled.")
