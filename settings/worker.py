"""Everything the worker is told: its own pace, and the settings of all it speaks to."""

from dataclasses import dataclass, field

from pydantic import Field

from settings.database import DatabaseSettings
from settings.email import EmailSettings
from settings.environment import FromEnvironment
from settings.fields import PublicAddress
from settings.loading import SettingsError, load, problems_of
from settings.redis import RedisSettings
from settings.retention import RetentionSettings
from settings.staff import StaffSettings
from settings.stripe import StripeSettings
from settings.telemetry import TelemetrySettings
from settings.twilio import TwilioSettings


class PaceSettings(FromEnvironment):
    """How often the worker looks, and where its links lead."""

    app_url: PublicAddress = Field(
        "http://127.0.0.1:8000",
        description="Public base address: for links in texts, and for the status callbacks Twilio signs.",
    )
    tick_seconds: float = Field(10.0, ge=1, le=300, description="Seconds between two light ticks.")


@dataclass(frozen=True)
class WorkerSettings:
    """The worker's settings by concern."""

    pace: PaceSettings
    database: DatabaseSettings
    redis: RedisSettings
    twilio: TwilioSettings
    stripe: StripeSettings
    email: EmailSettings
    retention: RetentionSettings
    staff: StaffSettings = field(default_factory=lambda: load(StaffSettings))
    telemetry: TelemetrySettings = field(default_factory=lambda: load(TelemetrySettings))


PARTS = (
    PaceSettings,
    DatabaseSettings,
    RedisSettings,
    TwilioSettings,
    StripeSettings,
    EmailSettings,
    RetentionSettings,
    StaffSettings,
    TelemetrySettings,
)


def load_worker() -> WorkerSettings:
    """Reads all parts from the environment. Raises SettingsError with the problems of every part at once."""
    problems = problems_of(*PARTS)
    if problems:
        raise SettingsError(problems)
    return WorkerSettings(
        pace=load(PaceSettings),
        database=load(DatabaseSettings),
        redis=load(RedisSettings),
        twilio=load(TwilioSettings),
        stripe=load(StripeSettings),
        email=load(EmailSettings),
        retention=load(RetentionSettings),
        staff=load(StaffSettings),
        telemetry=load(TelemetrySettings),
    )
