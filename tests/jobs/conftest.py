"""Fixtures: the sandbox on a thread, the endpoints that it calls, and the dependencies of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.sessions import sessions
from outbox.transactions import NoPublisher, Transactions
from providers.calendars.calendars import Calendars
from providers.email.choice import email_sender
from providers.stripe.stripe_client import Stripe
from providers.twilio.twilio_client import Twilio
from sandbox.app import close, create_app
from settings.database import DatabaseSettings
from settings.email import EmailSettings
from settings.redis import RedisSettings
from settings.retention_periods import RetentionSettings
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings
from settings.worker import GeneralSettings, WorkerSettings
from tests.jobs.floor import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    RESEND_KEY,
    STRIPE_KEY,
    WEBHOOK_SECRET,
    WHATSAPP_NUMBER,
    Floor,
    Outside,
    OwnWeb,
    serving,
)
from tests.servers import Clock
from worker.dependencies import Dependencies, use
from worker.gates.gate_connection import Gates


@pytest.fixture(scope="session")
def own_web() -> Iterator[OwnWeb]:
    behind = OwnWeb()
    with serving(behind) as url:
        behind.url = url
        yield behind


@pytest.fixture(scope="session")
def sandbox_url(own_web: OwnWeb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    told = {
        "SANDBOX_DIR": str(folder),
        "SANDBOX_URL": "http://127.0.0.1:1",
        "APP_URL": own_web.url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "STRIPE_API_KEY": STRIPE_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "RESEND_API_KEY": RESEND_KEY,
    }
    app = create_app(told)
    with serving(app) as url:
        yield url
    close(app)


@pytest.fixture
def outside(sandbox_url: str) -> Iterator[Outside]:
    there = Outside(sandbox_url)
    yield there
    there.heal()


@pytest.fixture
def patience() -> float:
    """Seconds to wait for a provider. High, since the machine may be busy; tests of time-outs use less."""
    return 5.0


@pytest.fixture
def settings(sandbox_url: str, own_web: OwnWeb, database_url: str, redis_url: str, patience: float) -> WorkerSettings:
    return WorkerSettings(
        general=GeneralSettings(app_url=own_web.url),
        database=DatabaseSettings(database_url=database_url),
        redis=RedisSettings(redis_url=redis_url),
        twilio=TwilioSettings(
            twilio_account_sid=ACCOUNT_SID,
            twilio_auth_token=AUTH_TOKEN,
            twilio_api_url=sandbox_url,
            twilio_whatsapp_number=WHATSAPP_NUMBER,
            twilio_whatsapp_templates={
                "booking_reminder": {"en": "HXbooking"},
                "payment_reminder": {"en": "HXpayment"},
            },
            twilio_read_timeout_seconds=patience,
        ),
        stripe=StripeSettings(
            stripe_api_key=STRIPE_KEY,
            stripe_api_url=sandbox_url,
            stripe_read_timeout_seconds=patience,
            stripe_network_retries=0,
        ),
        email=EmailSettings(resend_api_key=RESEND_KEY, resend_api_url=sandbox_url, email_timeout_seconds=patience),
        retention=RetentionSettings(),
    )


@pytest.fixture
def floor(settings: WorkerSettings, engine: Engine) -> Floor:
    made = Dependencies(
        settings=settings,
        engine=engine,
        transactions=Transactions(sessions(engine), NoPublisher()),
        gates=Gates.at(settings.redis),
        twilio=Twilio(settings.twilio),
        stripe=Stripe(settings.stripe),
        email=email_sender(settings.email),
        calendars=Calendars(settings.calendars),
    )
    return Floor(use(made))


@pytest.fixture
def now(clock: Clock, session: Session) -> datetime:
    """The database's time when the test begins."""
    return clock.now()


@pytest.fixture
def environment(settings: WorkerSettings) -> dict[str, str]:
    """The environment that another process needs to work on the same data."""
    return {
        "DATABASE_URL": settings.database.database_url.get_secret_value(),
        "REDIS_URL": settings.redis.redis_url.get_secret_value(),
        "APP_URL": str(settings.general.app_url),
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_API_URL": settings.twilio.twilio_api_url,
        "STRIPE_API_KEY": STRIPE_KEY,
        "STRIPE_API_URL": settings.stripe.stripe_api_url,
    }
