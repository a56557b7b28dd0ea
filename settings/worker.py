"""The settings of the worker."""

from dataclasses import dataclass, field
from typing import get_type_hints

from pydantic import Field

from settings.calendars import CalendarSettings
from settings.database import DatabaseSettings
from settings.email import EmailSettings
from settings.environment import FromEnvironment
from settings.loading import SettingsError, load, problems_of
from settings.outgoing_webhooks import OutgoingWebhookSettings
from settings.redis import RedisSettings
from settings.retention_periods import RetentionSettings
from settings.setting_types import PublicAddress
from settings.sign_in import StaffSettings
from settings.stripe import StripeSettings
from settings.telemetry import TelemetrySettings
from settings.twilio import TwilioSettings


class GeneralSettings(FromEnvironment):
    """Settings that do not belong to a particular connection."""

    app_url: PublicAddress = Field(
        "http://127.0.0.1:8000",
        description="Public base URL for links in messages and for the status callbacks that Twilio signs.",
    )
    tick_seconds: float = Field(
        1.0,
        ge=1,
        le=300,
        description="Seconds between two ticks, which find due work, such as ended offers and holds, lost tasks, and"
        " deliveries to webhook endpoints. Due work can wait this long.",
    )


@dataclass(frozen=True)
class WorkerSettings:
    """All settings of the worker."""

    general: GeneralSettings
    database: DatabaseSettings
    redis: RedisSettings
    twilio: TwilioSettings
    stripe: StripeSettings
    email: EmailSettings
    retention: RetentionSettings
    calendars: CalendarSettings = field(default_factory=lambda: load(CalendarSettings))
    staff: StaffSettings = field(default_factory=lambda: load(StaffSettings))
    webhooks: OutgoingWebhookSettings = field(default_factory=lambda: load(OutgoingWebhookSettings))
    telemetry: TelemetrySettings = field(default_factory=lambda: load(TelemetrySettings))


def load_worker() -> WorkerSettings:
    """Loads all settings. Raises SettingsError, which contains the problems of all settings."""
    parts = get_type_hints(WorkerSettings)
    problems = problems_of(*parts.values())
    if problems:
        raise SettingsError(problems)
    return WorkerSettings(**{name: load(part) for name, part in parts.items()})
