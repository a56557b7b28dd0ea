"""How long each kind of row is kept, and the hours the daily jobs count with."""

from pydantic import Field

from settings.environment import FromEnvironment


class RetentionSettings(FromEnvironment):
    """Read by the clean-up, the reminders and the outcomes."""

    keep_one_time_codes_days: int = Field(1, ge=0, description="Days a sign-in code is kept after it expired.")
    keep_notifications_days: int = Field(30, ge=1, description="Days a notification that was read is kept.")
    keep_audit_days: int = Field(
        365,
        ge=30,
        description="Days an entry of the audit log is kept; critical ones and those about money stay for good.",
    )
    keep_webhook_events_days: int = Field(
        90, ge=4, description="Days a handled webhook is kept. At least four: Stripe repeats for three days."
    )
    keep_tasks_days: int = Field(7, ge=1, description="Days a settled task is kept.")
    keep_sessions_days: int = Field(1, ge=0, description="Days an ended sign-in session is kept.")
    reminder_hours: int = Field(
        24, ge=1, le=168, description="Hours before the start at which customers are reminded of their appointment."
    )
    payment_reminder_hours: int = Field(
        72, ge=1, le=720, description="Hours before the start at which they are reminded of what is left to pay."
    )
    stale_hours: int = Field(
        24, ge=1, description="Hours after which a booking whose deposit has not come is cancelled."
    )
