"""All settings classes and their readers. docs/reference/settings.md and `.env.example` are generated from them."""

from settings.calendars import CalendarSettings
from settings.database import DatabaseSettings
from settings.email import EmailSettings
from settings.environment import FromEnvironment
from settings.outgoing_webhooks import OutgoingWebhookSettings
from settings.redis import RedisSettings
from settings.retention_periods import RetentionSettings
from settings.sign_in import StaffSettings
from settings.stripe import StripeSettings
from settings.telemetry import TelemetrySettings
from settings.twilio import TwilioSettings
from settings.web import WebSettings
from settings.worker import GeneralSettings

READ_BY: dict[type[FromEnvironment], tuple[str, ...]] = {
    DatabaseSettings: ("web", "worker"),
    RedisSettings: ("web", "worker"),
    WebSettings: ("web",),
    GeneralSettings: ("worker",),
    TwilioSettings: ("worker",),
    StripeSettings: ("worker",),
    EmailSettings: ("worker",),
    OutgoingWebhookSettings: ("web", "worker"),
    RetentionSettings: ("worker",),
    StaffSettings: ("worker",),
    CalendarSettings: ("web", "worker"),
    TelemetrySettings: ("web", "worker"),
}
