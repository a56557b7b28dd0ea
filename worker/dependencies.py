"""The connections of a worker process. Each process creates them once, after the fork."""

import contextlib
import threading
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from db.engine import engine
from db.messages import usable_channels
from db.sessions import sessions
from messaging.channel_choice import usable_by
from messaging.senders import Senders
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from providers.calendars.calendars import Calendars
from providers.email.choice import email_sender
from providers.email.port import EmailSender
from providers.stripe.stripe_client import Stripe
from providers.twilio.twilio_client import Twilio
from settings.database import WORKER_CONNECTIONS
from settings.worker import WorkerSettings, load_worker
from telemetry import tracing
from worker.gates.gate_connection import Gates

CONNECTION_WAIT_SECONDS = 30
"""The time that a thread waits for one of the process's connections. Nobody waits for the response of a task."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The connections that tasks need. All of them can be shared between threads."""

    settings: WorkerSettings
    engine: Engine
    transactions: Transactions
    gates: Gates
    twilio: Twilio
    stripe: Stripe
    email: EmailSender
    calendars: Calendars

    @property
    def app_url(self) -> str:
        """The public base address, without a trailing slash."""
        return str(self.settings.general.app_url).rstrip("/")

    @property
    def senders(self) -> Senders:
        """The settings for composing messages."""
        twilio = self.settings.twilio
        return Senders(
            app_url=self.app_url,
            email_ready=self.email.ready,
            email_from=self.settings.email.email_from,
            platform_number=twilio.twilio_platform_number,
            numbers=twilio.shared_numbers,
            templates=twilio.templates,
            secret_keys=self.settings.staff.secret_keys,
        )


_made: Dependencies | None = None
_making = threading.Lock()


def dependencies() -> Dependencies:
    """Returns the dependencies of this process.

    The first task that uses the dependencies creates them, so they are never shared across a fork.
    """
    global _made
    if _made is None:
        with _making:
            _made = _made or _make(load_worker())
    return _made


def warm_up() -> None:
    """Creates the dependencies, connects to Postgres if it is available, and records the usable channels."""
    with contextlib.suppress(DBAPIError), dependencies().transactions() as session:
        usable_channels.note(session, usable_by(dependencies().senders))


def use(other: Dependencies) -> Dependencies:
    """Replaces the dependencies of this process. Returns the new dependencies."""
    global _made
    _made = other
    return other


def _make(settings: WorkerSettings) -> Dependencies:
    # This runs in the child process, because the trace exporter does not survive a fork.
    # It runs before the first connection.
    tracing.start(process="worker", endpoint=settings.telemetry.otel_exporter_otlp_endpoint)
    database = engine(
        settings.database.database_url.get_secret_value(),
        application_name="slots worker",
        pool_size=min(settings.database.database_pool_size, WORKER_CONNECTIONS),
        wait_seconds=CONNECTION_WAIT_SECONDS,
        pooler=settings.database.database_pooler,
        plan_once=True,
    )
    return Dependencies(
        settings=settings,
        engine=database,
        transactions=Transactions(sessions(database), Publisher(client(settings.redis))),
        gates=Gates.at(settings.redis),
        twilio=Twilio(settings.twilio),
        stripe=Stripe(settings.stripe),
        email=email_sender(settings.email),
        calendars=Calendars(settings.calendars, allow_loopback=settings.webhooks.webhooks_allow_loopback),
    )
