"""Values of settings as people and tools write them: with spaces, quotation marks, units and other spellings."""

import pytest

from settings.all_settings import READ_BY
from settings.loading import SettingsError, load

CLASS_OF = {name.upper(): cls for cls in READ_BY for name in cls.model_fields}
SID = "AC" + "0f" * 16
READ = [
    ("ENVIRONMENT", "  ", "development"),
    ("ENVIRONMENT", " Test\n", "test"),
    ("DATABASE_POOL_SIZE", " 20\n", 20),
    ("DATABASE_POOL_SIZE", "   ", 20),
    ("STRIPE_READ_TIMEOUT_SECONDS", " 5 ", 5.0),
    ("WEBHOOKS_ALLOW_LOOPBACK", " true ", True),
    ("WEBHOOKS_ALLOW_LOOPBACK", "\t", False),
    ("SMTP_SECURITY", "STARTTLS", "starttls"),
    ("SMTP_SECURITY", " TLS ", "tls"),
    ("SMTP_SECURITY", " ", "starttls"),
    ("TWILIO_ACCOUNT_SID", f" {SID}\n", SID),
    ("STRIPE_PUBLISHABLE_KEY", " pk_test_1 ", "pk_test_1"),
    ("EMAIL_FROM", " Ana <ana@x.example> ", "Ana <ana@x.example>"),
    ("EMAIL_FROM", '"Ana, hair" <ana@x.example>', '"Ana, hair" <ana@x.example>'),
    ("METRICS_HOST", " 0.0.0.0 ", "0.0.0.0"),
    ("APP_URL", " https://x.example/base/ ", "https://x.example/base"),
    ("APP_URL", " ", "http://127.0.0.1:8000"),
    ("SQUARE_APPLICATION_ID", " id ", "id"),
    ("STRIPE_JS_URL", "https://x.example/v3/?a=b", "https://x.example/v3/?a=b"),
]
REFUSED = [
    *[
        (name, f"{mark}{value}{mark}")
        for mark in "\"'"
        for name, value in (
            ("ENVIRONMENT", "test"),
            ("DATABASE_POOL_SIZE", "20"),
            ("APP_URL", "https://x.example"),
            ("TWILIO_ACCOUNT_SID", SID),
            ("STRIPE_API_KEY", "sk_test_9d1f0c5e1a5dcd4f"),
            ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"),
            ("EMAIL_FROM", "Ana <ana@x.example>"),
            ("SMTP_HOST", "smtp.x.example"),
            ("METRICS_HOST", "0.0.0.0"),
            ("REDIS_URL", "redis://h"),
        )
    ],
    *[("STRIPE_READ_TIMEOUT_SECONDS", value) for value in ("inf", "-inf", "nan", "10s", "500ms", "0,5", "0")],
    *[("DATABASE_POOL_SIZE", value) for value in ("20s", "20.5", "2e1", "0x14", "-1", "3")],
    *[("REMINDER_HOURS", value) for value in ("1d", "24h", "0", "169")],
    *[
        ("APP_URL", f"https://{rest}")
        for rest in ("x .example", "x.example?a=b", "x.example#a", "x.example/?", "u:p@x")
    ],
    *[("EMAIL_FROM", value) for value in ("x", "Name", "a@", "@x.example", "a@x.example\nBcc: b@x.example")],
    ("REDIS_URL", "redis://h/\u0663"),
]


@pytest.fixture(autouse=True)
def _database(monkeypatch: pytest.MonkeyPatch) -> None:
    """DATABASE_URL has no default."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://slots@db.internal/slots")


def value_of(name: str) -> object:
    value = getattr(load(CLASS_OF[name]), name.lower())
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


@pytest.mark.parametrize(("name", "given", "value"), READ)
def test_a_value_is_read_as_it_was_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, value: object
) -> None:
    monkeypatch.setenv(name, given)
    assert value_of(name) == value


@pytest.mark.parametrize(("name", "given"), REFUSED)
def test_another_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(SettingsError) as refused:
        load(CLASS_OF[name])
    assert set(refused.value.problems) == {name}
