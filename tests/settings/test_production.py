"""The checks of the environment when a process starts."""

import pytest

from settings.all_settings import READ_BY
from settings.environment import FromEnvironment
from settings.loading import SettingsError, load, problems_of
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings
from settings.web import WebSettings
from settings.worker import load_worker

FIT_FOR_PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://slots:pw@db.internal/slots",
    "REDIS_URL": "redis://:pw@redis.internal:6379/0",
    "APP_URL": "https://book.example.com/",
    "SECRET_KEY": "5f0c5e1a5dcd4ff9",
    "CALENDAR_KEYS": "6f0c5e1a5dcd4ff9",
    "INTERNAL_SECRET": "b0b7e2b6a1f94a9f",
    "CRON_SECRET": "c1b7e2b6a1f94a9f",
    "TWILIO_ACCOUNT_SID": "AC" + "0f" * 16,
    "TWILIO_AUTH_TOKEN": "9d1f0c5e1a5dcd4f",
    "STRIPE_API_KEY": "rk_live_9d1f0c5e1a5dcd4f",
    "STRIPE_WEBHOOK_SECRET": "whsec_9d1f0c5e1a5dcd4f",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_9d1f0c5e1a5dcd4f",
}

UNFIT = [
    ("STRIPE_API_KEY", "sk_test_123", "live key"),
    ("STRIPE_API_KEY", "rk_test_123", "live key"),
    ("STRIPE_PUBLISHABLE_KEY", "pk_test_123", "live key"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_sandbox_9d1f0c5e", "sandbox"),
    ("STRIPE_WEBHOOK_SECRET_PREVIOUS", "whsec_test_9d1f0c5e1a5d", "sandbox"),
    ("STRIPE_WEBHOOK_SECRET", "", "set it"),
    ("STRIPE_API_URL", "http://127.0.0.1:4000", "https://"),
    ("STRIPE_API_URL", "https://localhost:4000", "loopback"),
    ("TWILIO_API_URL", "https://[::1]:4000", "loopback"),
    ("RESEND_API_URL", "http://mail.example.com", "https://"),
    ("APP_URL", "https://0.0.0.0", "loopback"),
    ("APP_URL", "book.example.com", "https://"),
    ("SECRET_KEY", "", "openssl"),
    ("INTERNAL_SECRET", "changeme", "openssl"),
    ("CRON_SECRET", "Secret", "openssl"),
    ("SECRET_KEY", "a", "openssl"),
    ("SECRET_KEY", "5f0c5e1a5dcd4ff", "16"),
    ("SECRET_KEY", "a" * 64, "openssl"),
    ("INTERNAL_SECRET", "b0b7e2b6", "openssl"),
    ("CRON_SECRET", "x", "openssl"),
    ("TWILIO_AUTH_TOKEN", "token", "openssl"),
    ("TWILIO_AUTH_TOKEN_PREVIOUS", "token", "openssl"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_1", "openssl"),
    ("STRIPE_WEBHOOK_SECRET_PREVIOUS", "whsec_1", "openssl"),
    ("REDIS_URL", "redis://redis.internal:6379/0", "password"),
    ("REDIS_URL", "rediss://worker@redis.internal:6379/0", "password"),
    ("REDIS_URL", "redis://:@redis.internal:6379/0", "password"),
    ("TWILIO_AUTH_TOKEN", "", "set"),
    ("TWILIO_ACCOUNT_SID", "ACsandbox", "console"),
    ("DATABASE_URL", "", "postgresql://"),
    ("REDIS_URL", "unix:///run/redis", "redis://"),
    ("ENVIRONMENT", "prod", "production"),
]


def test_a_sound_production_environment_starts_every_process(environment):
    environment(FIT_FOR_PRODUCTION)

    assert problems_of(*READ_BY) == {}


@pytest.mark.parametrize(("name", "value", "fix"), UNFIT)
def test_a_setting_unfit_for_production_is_refused_by_name_with_its_fix(environment, name, value, fix):
    environment(FIT_FOR_PRODUCTION | {name: value})

    assert fix in problems_of(*READ_BY)[name]


def test_a_refusal_never_shows_the_value(environment):
    environment(FIT_FOR_PRODUCTION | {"STRIPE_API_KEY": "sk_test_very_private"})

    with pytest.raises(SettingsError) as refused:
        load(StripeSettings)

    assert "very_private" not in f"{refused.value!s}{refused.value!r}{refused.value.__cause__!r}"


def test_the_web_starts_without_its_shared_secrets(environment):
    environment({name: value for name, value in FIT_FOR_PRODUCTION.items() if not name.endswith("_SECRET")})
    environment({"STRIPE_WEBHOOK_SECRET": FIT_FOR_PRODUCTION["STRIPE_WEBHOOK_SECRET"], "CRON_SECRET": ""})

    settings = load(WebSettings)

    assert settings.internal_secret is None
    assert settings.cron_secret is None


def test_a_secret_pasted_with_its_line_break_still_matches(environment):
    environment({"INTERNAL_SECRET": " abc\n"})

    assert load(WebSettings).internal_secret.get_secret_value() == "abc"


def test_an_api_key_without_its_secret_is_refused(environment):
    environment({"TWILIO_API_KEY": "SK1"})

    assert "belong together" in problems_of(TwilioSettings)["TWILIO_API_SECRET"]


def test_the_worker_reports_every_problem_at_once(environment):
    environment(FIT_FOR_PRODUCTION | {"STRIPE_API_KEY": "sk_test_1", "TWILIO_API_URL": "http://localhost"})

    with pytest.raises(SettingsError) as refused:
        load_worker()

    assert set(refused.value.problems) == {"STRIPE_API_KEY", "TWILIO_API_URL"}


@pytest.mark.parametrize("kind", READ_BY, ids=lambda kind: kind.__name__)
def test_every_setting_says_what_it_is_for(kind: type[FromEnvironment]):
    assert [name for name, field in kind.model_fields.items() if not field.description] == []


def test_every_settings_class_is_in_the_catalogue():
    assert set(READ_BY) == set(FromEnvironment.__subclasses__())


@pytest.fixture
def environment(monkeypatch):
    """Sets these environment variables and removes all other settings."""
    for kind in READ_BY:
        for name in kind.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
            monkeypatch.delenv(name, raising=False)

    def put(values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put
