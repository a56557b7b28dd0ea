"""The retention periods of rows, and the lead times of periodic jobs."""

from pydantic import Field

from settings.environment import FromEnvironment


class RetentionSettings(FromEnvironment):
    """The periods that the periodic jobs use."""

    keep_one_time_codes_days: int = Field(
        1, ge=0, description="Days for which a sign-in code or an invitation is kept after it expires."
    )
    keep_notifications_days: int = Field(30, ge=1, description="Days for which a read notification is kept.")
    keep_audit_days: int = Field(
        365,
        ge=30,
        description=(
            "Days for which an audit entry is kept, plus the rest of its month. Critical entries and entries about "
            "money are kept forever."
        ),
    )
    keep_webhook_events_days: int = Field(
        90,
        ge=4,
        description="Days for which a handled webhook is kept. At least 4, because Stripe retries for three days.",
    )
    keep_api_answers_days: int = Field(
        1,
        ge=1,
        description="Days for which an API response is kept. A repeated request returns it for 24 hours.",
    )
    keep_tasks_days: int = Field(7, ge=1, description="Days for which a settled task is kept.")
    keep_events_days: int = Field(
        30,
        ge=1,
        description="Days for which an event and its webhook deliveries are kept, plus the rest of that month.",
    )
    keep_sessions_days: int = Field(1, ge=0, description="Days for which an ended sign-in session is kept.")
    reminder_hours: int = Field(
        24, ge=1, le=168, description="Hours before an appointment when the customer is reminded of it."
    )
    payment_reminder_hours: int = Field(
        72,
        ge=1,
        le=720,
        description="Hours before an appointment when the customer is reminded of the amount still due.",
    )
    stale_hours: int = Field(24, ge=1, description="Hours after which a booking with an unpaid deposit is cancelled.")
