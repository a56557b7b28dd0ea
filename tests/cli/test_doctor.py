"""Adds faults one by one to a healthy system. The doctor reports each fault with its fix."""

from __future__ import annotations

import itertools
import json
import os
import socketserver
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psycopg
import pytest
import redis
import requests
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from cli.doctor.endpoint_checks import stripe_signature
from cli.doctor.findings import State
from cli.doctor.run_checks import GROUPS
from cli.local.servers.embedded_valkey import Valkey
from cli.local.servers.free_ports import free_port
from db.engine import engine as make_engine
from db.tasks import pending_tasks, running_processes
from db.tasks.running_processes import ProcessIdentity
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings
from tests import builders
from tests.builders import in_
from tests.cli.examined_system import HEALTHY, ExaminedSystem, somebody_else
from tests.effort import long_except
from tests.servers import close, patient
from tests.serving import serving, serving_sandbox
from tests.waiting import PATIENCE_SECONDS, wait_for
from webhooks.app import create_app
from webhooks.web_dependencies import connect

OTHER_TOKEN, OTHER_SECRET = "0" * 32, "whsec_another"


@dataclass(frozen=True)
class Fault:
    """A fault to add, the name of the finding that reports it, and parts of the finding's message and fix."""

    plant: Callable[[ExaminedSystem], None]
    found: str
    message: str
    fix: str

    @property
    def id(self) -> str:
        return f"{self.found}-{self.message[:30]}-{self.fix[:15]}".replace(" ", "_")


def setting(name: str, value: str, message: str, fix: str, *, found: str = "", **more: str) -> Fault:
    return Fault(lambda system: system.set(**{name: value}, **more), found or f"settings.{name}", message, fix)


IN_PRODUCTION = {"ENVIRONMENT": "production"}

SETTINGS = [
    setting("DATABASE_URL", "", "not set", "slots up"),
    setting("DATABASE_URL", "mysql://somewhere/x", "Postgres address", "postgresql://"),
    setting("REDIS_URL", "redis://127.0.0.1:port/0", "not a number", "redis://"),
    setting("DATABASE_URL", "postgresql://a:b@127.0.0.1:99999/x", "not a number", "postgresql://"),
    setting("APP_URL", "https://salon.example:http", "not a number", "Public base URL"),
    setting("REDIS_URL", "unix:///tmp/redis", "TCP address", "redis://"),
    setting("ENVIRONMENT", "prod", "development", "production"),
    setting("TICK_SECONDS", "often", "valid number", "Seconds between"),
    setting("APP_URL", "salon.example", "http", "Public base URL"),
    setting("TWILIO_API_KEY", "SK1", "belong together", "secret", found="settings.TWILIO_API_SECRET"),
    setting("STRIPE_API_KEY", "sk_test_1", "test key", "STRIPE_API_KEY", **IN_PRODUCTION),
    setting("STRIPE_PUBLISHABLE_KEY", "pk_test_1", "test key", "payment page", **IN_PRODUCTION),
    setting("SECRET_KEY", "changeme", "guessable", "SECRET_KEY", **IN_PRODUCTION),
    setting("APP_URL", "http://salon.example", "https", "APP_URL", **IN_PRODUCTION),
    setting("TWILIO_API_URL", "http://127.0.0.1:9", "https", "TWILIO_API_URL", **IN_PRODUCTION),
    setting("STRIPE_WEBHOOK_SECRET", "whsec_test_0c5e1a5dcd4f", "sandbox", "endpoint", **IN_PRODUCTION),
    setting("TWILIO_AUTH_TOKEN", "", "all texts", "Twilio console"),
    setting("TWILIO_ACCOUNT_SID", "", "all webhooks from Twilio", "Twilio console"),
    setting("STRIPE_WEBHOOK_SECRET", "", "all webhooks from Stripe", "Stripe dashboard"),
    setting("INTERNAL_SECRET", "", "booking system", "openssl rand"),
    setting("STRIPE_API_KEY", "sk_live_1", "test key", "both to live keys", found="keys.modes_differ"),
    setting(
        "STRIPE_API_KEY",
        "sk_live_1",
        "real cards",
        "sk_test",
        found="keys.live_outside_production",
        STRIPE_PUBLISHABLE_KEY="pk_live_1",
    ),
    setting(
        "STRIPE_API_URL", "https://api.stripe.com", "real provider", "TWILIO_API_URL", found="settings.two_worlds"
    ),
    setting(
        "STRIPE_API_KEYS", "sk_1", "not a setting", "STRIPE_API_KEY", found="settings.misspelt", STRIPE_API_KEY=""
    ),
    setting(
        "TWILIO_AUTH_TOKEN_PREVIOUS", HEALTHY["TWILIO_AUTH_TOKEN"], "the same", "unset", found="settings.rotation"
    ),
]


def with_url(**parts: object) -> Callable[[ExaminedSystem], None]:
    def plant(system: ExaminedSystem) -> None:
        url = make_url(system.environment["DATABASE_URL"]).set(**parts)
        system.set(DATABASE_URL=url.render_as_string(hide_password=False))

    return plant


def sql(*statements: str) -> Callable[[ExaminedSystem], None]:
    return lambda system: system.sql(*statements)


def as_a_role(*grants: str) -> Callable[[ExaminedSystem], None]:
    def plant(system: ExaminedSystem) -> None:
        role = f"planted_{os.getpid()}"
        owner = system.environment["DATABASE_URL"]
        system.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'planted'", *(grant.format(role=role) for grant in grants))

        def drop() -> None:
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute(f"GRANT {role} TO CURRENT_USER; DROP OWNED BY {role} CASCADE; DROP ROLE {role}")

        system.undo.append(drop)
        with_url(username=role, password="planted")(system)

    return plant


def without_connections(system: ExaminedSystem) -> None:
    """Limits the connections of a role, as some hosted Postgres services do.

    Changing max_connections instead would require a restart.
    """
    as_a_role("ALTER ROLE {role} CONNECTION LIMIT 0")(system)


AS_OLD = """CREATE FUNCTION shifted_clock.current_setting(text) RETURNS text LANGUAGE sql AS
  $$SELECT CASE $1 WHEN 'server_version_num' THEN '140012' ELSE pg_catalog.current_setting($1) END$$"""
WITHOUT_LAST_MONTH = """DO $$ BEGIN
  EXECUTE 'DROP TABLE events_' || to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '2 months', 'YYYY_MM');
END $$"""
ALL_RIGHTS = ("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}", "GRANT ALL ON SCHEMA public TO {role}")

POSTGRES = [
    Fault(with_url(port=1), "postgres.unreachable", "no response", "Start Postgres"),
    Fault(with_url(host="no-such-host.invalid"), "postgres.unreachable", "no-such-host", "DATABASE_URL"),
    Fault(with_url(password="wrong"), "postgres.refuses_us", "password authentication failed", "password"),
    Fault(without_connections, "postgres.full", "too many connections", "DATABASE_POOL_SIZE"),
    Fault(with_url(database="nowhere"), "postgres.refuses_us", "does not exist", "createdb"),
    Fault(sql(AS_OLD), "postgres.version", "Postgres 14", "Upgrade to Postgres 15"),
    Fault(
        with_url(query={"options": "-c default_transaction_read_only=on"}),
        "postgres.read_only",
        "read-only",
        "primary",
    ),
    Fault(
        lambda system: system.set(DATABASE_POOL_SIZE="200"), "postgres.connections", "may open 2", "max_connections"
    ),
    Fault(sql("UPDATE shifted_clock.shift SET by = '1 hour'"), "postgres.clock", "3600 s ahead", "NTP"),
    Fault(sql("DROP TABLE alembic_version"), "schema.empty", "never been migrated", "slots migrate"),
    Fault(sql("UPDATE alembic_version SET version_num = '0001'"), "schema.behind", "0001", "slots migrate"),
    Fault(sql("UPDATE alembic_version SET version_num = '9999'"), "schema.ahead", "newer than", "newer code"),
    Fault(as_a_role(), "schema.rights", "no permission to read", "GRANT"),
    Fault(as_a_role(*ALL_RIGHTS), "schema.dashboard_role", "can't switch to", "GRANT slots_dashboard"),
    Fault(
        as_a_role(*ALL_RIGHTS, "GRANT slots_dashboard TO {role}"),
        "schema.api_role",
        "the API fails",
        "GRANT slots_api",
    ),
    Fault(
        sql("ALTER TABLE customers DISABLE ROW LEVEL SECURITY"),
        "schema.row_security",
        "customers",
        "ENABLE ROW LEVEL",
    ),
    Fault(
        sql("ALTER TABLE appointments DROP CONSTRAINT no_double_booking_of_a_customer"),
        "schema.constraints",
        "no_double_booking_of_a_customer",
        "db/migrations",
    ),
    Fault(sql("DROP INDEX slot_offers_one_live_per_slot_key"), "schema.constraints", "one_live_per_slot", "double"),
    Fault(sql(WITHOUT_LAST_MONTH), "schema.months", "of coming months", "slots migrate"),
    Fault(
        sql("INSERT INTO audit_logs (created_at) VALUES (clock_timestamp() + interval '2 years')"),
        "schema.months",
        "audit_logs_default",
        "clock of the Postgres",
    ),
    Fault(
        sql("INSERT INTO settled_tasks (name, settled_at) VALUES ('tick', clock_timestamp() - interval '3 days')"),
        "schema.months",
        "several days",
        "maintain_partitions",
    ),
    Fault(
        sql("ALTER TABLE audit_logs DISABLE TRIGGER keep_the_log"),
        "schema.triggers",
        "keep_the_log",
        "ENABLE TRIGGER",
    ),
]


def a_replica(system: ExaminedSystem) -> None:
    system.undo.append(lambda: system.redis.replicaof("NO", "ONE"))
    system.redis.replicaof("127.0.0.1", 1)


def a_cluster(system: ExaminedSystem) -> None:
    folder = tempfile.TemporaryDirectory()
    system.undo.append(folder.cleanup)
    # By default, the cluster port is the server's port plus 10,000, which outgoing connections may occupy.
    settings = {"cluster-enabled": "yes", "cluster-port": str(free_port())}
    server = Valkey(Path(folder.name), settings=settings).start()
    system.undo.append(server.stop)
    system.set(REDIS_URL=server.url)


def nearly_full(system: ExaminedSystem) -> None:
    used = int(system.redis.info("memory")["used_memory"])
    system.config("maxmemory", str(used + used // 50))


def cannot_save(system: ExaminedSystem) -> None:
    """Puts a folder in the place of the snapshot, so that Redis can't write it, as on a full disk."""
    place = Path(system.redis.config_get("dir")["dir"]) / system.redis.config_get("dbfilename")["dbfilename"]
    place.mkdir()
    system.undo.append(place.rmdir)
    system.config("save", "3600 1")
    system.redis.bgsave()
    wait_for(lambda: system.redis.info("persistence")["rdb_last_bgsave_status"] == "err", "the snapshot to fail")


def an_old_redis(system: ExaminedSystem) -> None:
    server = OldRedis(("127.0.0.1", 0), OldRedis.Answers)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    system.undo += [server.server_close, server.shutdown]
    system.set(REDIS_URL=f"redis://127.0.0.1:{server.server_address[1]}/0")


REDIS = [
    Fault(
        lambda system: system.set(REDIS_URL="redis://127.0.0.1:1/0"),
        "redis.unreachable",
        "no response",
        "slots drain",
    ),
    Fault(
        lambda system: system.set(REDIS_URL=system.environment["REDIS_URL"].replace("://", "://nobody:x@")),
        "redis.refuses_us",
        "username-password",
        "password",
    ),
    Fault(
        lambda system: system.set(REDIS_URL=system.environment["REDIS_URL"].replace("/0", "/99")),
        "redis.refuses_us",
        "out of range",
        "database number",
    ),
    Fault(an_old_redis, "redis.version", "Redis 6.0.16", "6.2"),
    Fault(
        lambda system: system.config("maxmemory-policy", "allkeys-lru"), "redis.eviction", "allkeys-lru", "noeviction"
    ),
    Fault(lambda system: system.config("appendonly", "no"), "redis.persistence", "loses its data", "appendonly yes"),
    Fault(cannot_save, "redis.cannot_save", "refuses all messages: MISCONF", "Free space"),
    Fault(nearly_full, "redis.memory", "memory limit", "Raise maxmemory"),
    Fault(a_cluster, "redis.cluster", "Redis Cluster", "cluster mode off"),
    Fault(a_replica, "redis.replica", "replica", "REPLICAOF NO ONE"),
]


def rows(build: Callable[[Session], object]) -> Callable[[ExaminedSystem], None]:
    def plant(system: ExaminedSystem) -> None:
        with Session(system.engine) as session, session.begin():
            build(session)

    return plant


def parked(session: Session) -> None:
    pending_tasks.park(session, pending_tasks.add(session, "refund_payment", "x"), "KeyError: 'amount'", attempts=0)


def late(session: Session) -> None:
    pending_tasks.add(session, "send_message", "x", due_at=in_(hours=-1))


def unheard(session: Session) -> None:
    builders.a_webhook_event(session, received_at=in_(hours=-1))


def never_arrived(session: Session) -> None:
    builders.a_webhook_event(session, received_at=in_(hours=-1), handled_at=in_(hours=-1), reconciled=True)


def undelivered(session: Session) -> None:
    shop = builders.a_shop(session)
    endpoint = builders.insert(session, "webhook_endpoints", shop_id=shop.id, url="https://a.example", secret="x")
    event = builders.insert(session, "events", shop_id=shop.id, type="slot.opened")
    ids = {"webhook_endpoint_id": endpoint.id, "event_id": event.id}
    builders.insert(session, "webhook_deliveries", shop_id=shop.id, next_attempt_at=in_(hours=-1), **ids)


def failing(session: Session) -> None:
    shop, since = builders.a_shop(session), in_(hours=-2)
    values = {"url": "https://a.example", "secret": "x", "failing_since": since}
    builders.insert(session, "webhook_endpoints", shop_id=shop.id, **values)


def overdue_offer(session: Session) -> None:
    shop = builders.a_shop(session)
    slot = builders.a_slot(session, shop)
    builders.an_offer(session, slot, builders.a_customer(session, shop), expires_at=in_(hours=-1))


def unpaid_booking(session: Session) -> None:
    customer = builders.a_customer(session, builders.a_shop(session))
    payment = builders.a_payment(session, builders.an_appointment(session, customer, deposit_cents=2000))
    session.execute(text("UPDATE payments SET needs_human = 'Too much came.' WHERE id = :id"), {"id": payment.id})


def shop(**values: object) -> Callable[[ExaminedSystem], None]:
    return rows(lambda session: builders.a_staff_member(session, builders.a_shop(session, **values)))


WORK = [
    Fault(rows(parked), "work.parked", "1 refund_payment", "slots pending retry --all-parked"),
    Fault(rows(late), "work.late", "1 send_message", "slots pending list --late"),
    Fault(rows(never_arrived), "work.reconciled", "never arrived", "signing secret"),
    Fault(rows(unheard), "work.webhooks", "stripe", "slots received list --unhandled"),
    Fault(rows(undelivered), "work.deliveries", "1 delivery", "slots drain"),
    Fault(rows(failing), "work.endpoints", "accepted no delivery for 2 h", "slots webhooks deliveries"),
    Fault(rows(overdue_offer), "invariant.I6", "its window ended at", "slots show"),
    Fault(rows(unpaid_booking), "work.needs_human", "Too much came.", "slots show"),
]
SHOPS = [
    Fault(shop(sms_from=None), "shops.number", "no sending number", "sms_from"),
    Fault(shop(sms_from="07700 900000"), "shops.number_shape", "07700 900000", "country code"),
    Fault(shop(timezone="Europe/Londinium"), "shops.zone", "Londinium", "IANA"),
    Fault(shop(locale="xx_YY"), "shops.locale", "xx_YY", "en_GB"),
    Fault(shop(template_offer="Reply YES {{ nonsense }}"), "shops.wording", "nonsense", "settings page"),
    Fault(shop(quiet_from="21:00"), "shops.quiet_hours", "only one of", "quiet_until"),
    Fault(rows(lambda session: builders.a_shop(session)), "shops.staff", "sign in", "INSERT INTO staff"),
]


def answering(status: int, body: bytes = b"hello", **headers: str) -> Callable[[ExaminedSystem], None]:
    """Runs another program on the port of the web process."""

    def plant(system: ExaminedSystem) -> None:
        system.set(APP_URL=enter(system, somebody_else(lambda _: (status, headers, body))))

    return plant


def a_gullible_web(system: ExaminedSystem) -> None:
    """Starts a server that reports that it is alive, and accepts every request."""
    alive = json.dumps({"alive": True}).encode()
    json_type = {"Content-Type": "application/json"}
    system.set(APP_URL=enter(system, somebody_else(lambda _: (200, json_type, alive))))


def a_web_that_answers(status: int, *, ahead: float = 0) -> Callable[[ExaminedSystem], None]:
    """Starts a server that is alive and ready.

    Its clock is `ahead` seconds fast, and it responds to webhooks with `status`.
    """
    alive, ready = json.dumps({"alive": True}).encode(), json.dumps({"ready": True}).encode()

    def answer(request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        headers = {"Content-Type": "application/json", "Date": formatdate(time.time() + ahead)}
        if request.command == "POST":
            return status, headers, b"{}"
        return 200, headers, ready if request.path == "/readyz" else alive

    return lambda system: system.set(APP_URL=enter(system, somebody_else(answer)))


def one_of_two_webs_is_not_ready(system: ExaminedSystem) -> None:
    """Starts a proxy that sends each request to the next of two web processes. One of them has a wrong clock."""
    with Session(system.engine) as session, session.begin():
        for pid in (1, 2):
            running_processes.begin(session, ProcessIdentity("web", "here", pid), runs=lambda _: True)
    turns = itertools.cycle([{"ready": True}, {"ready": True, "degraded": ["clock"]}])

    def answer(request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        body = next(turns) if request.path == "/readyz" else {"alive": True}
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    system.set(APP_URL=enter(system, somebody_else(answer)))


def a_web_that_runs_with(**others: str) -> Callable[[ExaminedSystem], None]:
    """Starts the web process with settings that differ from the doctor's settings."""

    def plant(system: ExaminedSystem) -> None:
        port, healthy = free_port(), dict(system.environment)
        url = f"http://127.0.0.1:{port}"
        system.set(**{"APP_URL": url} | others)
        enter(system, a_web(port))
        system.environment.update(healthy)
        system.set(APP_URL=url)

    return plant


def signed_by_others(system: ExaminedSystem) -> None:
    """Sends requests that are signed with secrets that neither the doctor nor the web process uses."""
    port = free_port()
    system.set(APP_URL=f"http://127.0.0.1:{port}")
    url = enter(system, a_web(port))
    for _ in range(5):
        signed = {"Stripe-Signature": stripe_signature(b"{}", OTHER_SECRET), "X-Twilio-Signature": "b3RoZXI="}
        requests.post(f"{url}/api/stripe/webhook", data=b"{}", headers=signed, timeout=PATIENCE_SECONDS)
        requests.post(f"{url}/api/twilio/inbound", data={"Body": "YES"}, headers=signed, timeout=PATIENCE_SECONDS)


def on_another_database(system: ExaminedSystem) -> None:
    """Runs the web process on another schema of the same server. This schema has its own table of webhooks."""
    system.sql(
        "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.webhook_events (LIKE public.webhook_events INCLUDING ALL)"
    )
    system.undo.append(lambda url=system.environment["DATABASE_URL"]: drop_schema(url))
    elsewhere = {"options": "-c search_path=elsewhere,shifted_clock,pg_catalog,public"}
    url = make_url(system.environment["DATABASE_URL"]).set(query=elsewhere)
    a_web_that_runs_with(DATABASE_URL=url.render_as_string(hide_password=False))(system)


def drop_schema(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA elsewhere CASCADE")


ENDPOINTS = [
    Fault(
        lambda system: system.set(APP_URL="http://127.0.0.1:1"),
        "web.unreachable",
        "no response",
        "slots up",
    ),
    Fault(answering(200), "web.not_ours", "another server", "another port"),
    Fault(
        answering(301, Location="https://www.salon.example/healthz"),
        "web.redirected",
        "www",
        "APP_URL=https://www",
    ),
    Fault(a_web_that_runs_with(TWILIO_AUTH_TOKEN=OTHER_TOKEN), "web.twilio", "valid signature", "TWILIO_AUTH_TOKEN"),
    Fault(a_web_that_runs_with(APP_URL="https://other.example"), "web.twilio", "valid signature", "APP_URL"),
    Fault(
        a_web_that_runs_with(STRIPE_WEBHOOK_SECRET=OTHER_SECRET),
        "web.stripe",
        "valid signature",
        "STRIPE_WEBHOOK",
    ),
    Fault(
        a_web_that_runs_with(REDIS_URL="redis://127.0.0.1:1/0"),
        "web.degraded.redis",
        "can't publish tasks to Redis",
        "REDIS_URL",
    ),
    Fault(signed_by_others, "web.degraded.stripe_signatures", "webhooks from Stripe", "signing secret"),
    Fault(signed_by_others, "web.degraded.twilio_signatures", "webhooks from Twilio", "Twilio console"),
    Fault(
        a_web_that_runs_with(DATABASE_URL="postgresql://x@127.0.0.1:1/x"),
        "web.not_ready",
        "database",
        "DATABASE_URL",
    ),
    Fault(one_of_two_webs_is_not_ready, "web.degraded.clock", "clocks of the web process", "NTP"),
    Fault(on_another_database, "web.database", "another database", "same DATABASE_URL"),
    Fault(a_web_that_answers(500), "web.twilio_fails", "status 500", "log"),
    Fault(a_web_that_answers(500), "web.stripe_fails", "status 500", "log"),
    Fault(a_web_that_answers(400, ahead=3600), "web.clock", "its clock", "NTP"),
    Fault(a_gullible_web, "web.twilio_open", "unsigned", "proxy"),
    Fault(a_gullible_web, "web.stripe_open", "unsigned", "proxy"),
]


def a_company(routes: dict[str, tuple[int, object]]) -> Callable[[ExaminedSystem], None]:
    """Simulates the responses of Twilio and Stripe that the sandbox cannot give.

    The response depends on the path and is an empty list by default.
    """

    def plant(system: ExaminedSystem) -> None:
        def answers(request):
            path = request.path.partition("?")[0]
            status, content = next(
                (answer for end, answer in routes.items() if path.endswith(end)), (200, {"data": []})
            )
            return status, {"Content-Type": "application/json"}, json.dumps(content).encode()

        url = enter(system, somebody_else(answers))
        system.set(TWILIO_API_URL=url, STRIPE_API_URL=url)
        with Session(system.engine) as session, session.begin():
            builders.a_staff_member(session, builders.a_shop(session, sms_from="+447700900555"))

    return plant


def numbers(**number: str) -> dict[str, tuple[int, object]]:
    return {"IncomingPhoneNumbers.json": (200, {"incoming_phone_numbers": [number] if number else []})}


COMPANIES = [
    Fault(lambda system: system.set(TWILIO_AUTH_TOKEN=OTHER_TOKEN), "twilio.credentials", "rejects", "console"),
    Fault(
        lambda system: system.set(TWILIO_API_URL="http://127.0.0.1:1"),
        "twilio.unreachable",
        "not respond",
        "connections",
    ),
    Fault(a_company({"Messages.json": (500, {})}), "twilio.trouble", "500", "status.twilio.com"),
    Fault(a_company(numbers()), "twilio.number", "+447700900555", "Buy it"),
    Fault(
        a_company(numbers(phone_number="+447700900555", sms_url="https://old.example/sms")),
        "twilio.webhook",
        "https://old.example/sms",
        "A message comes in",
    ),
    Fault(lambda system: system.set(STRIPE_API_KEY="sk_test_other"), "stripe.key", "rejects", "rolled"),
    Fault(lambda system: system.set(STRIPE_API_KEY=""), "stripe.key", "empty", "restricted key"),
    Fault(
        lambda system: system.set(STRIPE_API_URL="http://127.0.0.1:1"),
        "stripe.unreachable",
        "not respond",
        "connections",
    ),
    Fault(a_company({"v1/events": (403, {})}), "stripe.rights", "Events", "Events read"),
    Fault(a_company({"v1/refunds": (500, {})}), "stripe.trouble", "500", "status.stripe.com"),
    Fault(a_company({}), "stripe.endpoint", "no enabled webhook endpoint", "Add endpoint"),
]


def on_the_metrics_port(system: ExaminedSystem) -> None:
    url = enter(system, somebody_else(lambda _: (200, {}, b"other_figures 1")))
    system.set(METRICS_PORT=url.rpartition(":")[2])


MACHINE = [
    Fault(
        lambda system: system.set(PROMETHEUS_MULTIPROC_DIR="/proc"),
        "machine.metrics_folder",
        "can't be written to /proc",
        "need no restart",
    ),
    Fault(on_the_metrics_port, "machine.metrics", "another program", "free port"),
    Fault(
        lambda system: system.set(FLOWER_URL=enter(system, somebody_else(lambda _: (200, {}, b"{}")))),
        "machine.flower",
        "not protected",
        "FLOWER_BASIC_AUTH",
    ),
]


# Maps the groups of the doctor's checks to the faults that they must report.
PLANTED = {
    ("Settings",): SETTINGS,
    ("Postgres", "Postgres server and schema"): POSTGRES,
    ("Redis", "Redis server"): REDIS,
    ("Postgres", "Postgres server and schema", "Work"): WORK,
    ("Postgres", "Postgres server and schema", "Shops"): SHOPS,
    ("Postgres", "Postgres server and schema", "Endpoints", "Signatures"): ENDPOINTS,
    ("Postgres", "Postgres server and schema", "Twilio and Stripe"): COMPANIES,
    ("Machine",): MACHINE,
}
FAULTS = {fault.id: (titles, fault) for titles, faults in PLANTED.items() for fault in faults}
SOME_FAULTS = [faults[0].id for faults in PLANTED.values()]


@pytest.mark.parametrize("name", long_except(FAULTS, *SOME_FAULTS))
def test_a_planted_fault_is_found_with_its_fix(system: ExaminedSystem, name: str) -> None:
    titles, fault = FAULTS[name]
    fault.plant(system)

    complaints = system.complaints(groups=tuple(group for group in GROUPS if group.title in titles))

    assert fault.found in complaints, complaints
    assert fault.message in complaints[fault.found].message
    assert fault.fix in complaints[fault.found].fix


def test_a_healthy_system_has_nothing_to_complain_of(system: ExaminedSystem) -> None:
    with Session(system.engine) as session, session.begin():
        builders.a_staff_member(session, builders.a_shop(session))

    assert system.complaints() == {}


def test_after_a_rollback_the_other_checks_still_run(system: ExaminedSystem) -> None:
    """The schema is then newer than the code."""
    system.sql("UPDATE alembic_version SET version_num = '9' || version_num")
    system.undo.append(lambda: system.sql("UPDATE alembic_version SET version_num = substr(version_num, 2)"))
    rows(parked)(system)

    findings = system.findings()

    assert findings["schema.ahead"].state is State.WARNING
    assert findings["work.parked"].state is State.FAILURE


def test_little_free_disk_space_is_reported(system: ExaminedSystem) -> None:
    assert "Free some space" in system.findings(least_free_bytes=2**60)["machine.disk"].fix


def test_examining_twice_leaves_the_system_as_it_was(system: ExaminedSystem) -> None:
    system.findings()
    with Session(system.engine) as session:
        before = session.execute(text("SELECT count(*) FROM webhook_events")).scalar_one()
        assert session.execute(text("SELECT count(*) FROM pending_tasks")).scalar_one() == 0

    system.findings()

    with Session(system.engine) as session:
        assert session.execute(text("SELECT count(*) FROM webhook_events")).scalar_one() == before == 2


def test_every_complaint_comes_with_a_fix(system: ExaminedSystem) -> None:
    system.set(DATABASE_URL="", STRIPE_API_KEY="", APP_URL="http://127.0.0.1:1", REDIS_URL="redis://127.0.0.1:1/0")

    complaints = system.complaints()

    assert len(complaints) > 3
    assert all(complaint.fix for complaint in complaints.values())


def test_there_are_more_than_twenty_five_different_faults() -> None:
    assert len({fault.found for _, fault in FAULTS.values()}) > 25
    assert len(FAULTS) == sum(map(len, PLANTED.values()))


def test_a_skipped_check_states_what_it_needs(system: ExaminedSystem) -> None:
    system.set(REDIS_URL="redis://127.0.0.1:1/0")

    skipped = [one for one in system.findings().values() if one.state is State.SKIPPED]

    assert any("requires Redis" in one.message for one in skipped)


def enter(system: ExaminedSystem, server) -> str:
    """Enters the context manager, which is exited at the end of the test."""
    stack = ExitStack()
    address = stack.enter_context(server)
    system.undo.append(stack.close)
    return address


@contextmanager
def a_web(port: int) -> Iterator[str]:
    """Runs the web process with the current settings."""
    wiring = connect(load(WebSettings), load(DatabaseSettings), load(RedisSettings))
    try:
        with serving(create_app(wiring), port=port) as url:
            yield url
    finally:
        close(wiring.sessions.kw["bind"])
        wiring.broker.close()


class OldRedis(socketserver.ThreadingTCPServer):
    """Responds to PING, INFO and SELECT as an old version of Redis does."""

    daemon_threads = True
    INFO = b"redis_version:6.0.16\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\nrole:master\r\n"

    class Answers(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                words = [self._word() for _ in range(int(line[1:]))]
                self.wfile.write(self._answer(words[0].upper()))

        def _word(self) -> bytes:
            length = int(self.rfile.readline()[1:])
            return self.rfile.read(length + 2)[:-2]

        @staticmethod
        def _answer(command: bytes) -> bytes:
            info = OldRedis.INFO
            known = {b"PING": b"+PONG\r\n", b"SELECT": b"+OK\r\n", b"INFO": b"$%d\r\n%s\r\n" % (len(info), info)}
            return known.get(command, b"-ERR unknown command\r\n")


@pytest.fixture(scope="module")
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A correctly configured Valkey with an append-only file."""
    server = Valkey(tmp_path_factory.mktemp("valkey")).start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_sandbox(tmp_path_factory.mktemp("sandbox"), "http://127.0.0.1:1") as (_, url):
        yield url


@pytest.fixture
def examined(request: pytest.FixtureRequest, databases, migrated_template) -> Iterator[str]:
    """The URL of the database that the doctor examines. Faults that change the schema get a separate database."""
    name = request.node.callspec.params.get("name") if hasattr(request.node, "callspec") else None
    titles = FAULTS[name][0] if name else None
    if titles != ("Postgres", "Postgres server and schema"):
        yield request.getfixturevalue("database_url")
        return
    url = databases.make(like=migrated_template)
    yield url
    databases.drop(url)


@pytest.fixture
def system(examined: str, own_valkey, sandbox, monkeypatch) -> Iterator[ExaminedSystem]:
    for name in list(os.environ):
        if name.startswith(("DATABASE", "REDIS", "TWILIO", "STRIPE", "APP_", "FLOWER", "METRICS", "RESEND", "SMTP")):
            monkeypatch.delenv(name)
    url, port = examined, free_port()
    engine = make_engine(patient(url), application_name="tests")
    client = redis.Redis.from_url(own_valkey)

    def put(environment: dict[str, str]) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    system = ExaminedSystem(dict(HEALTHY), put, engine, client)
    system.set(
        DATABASE_URL=url,
        REDIS_URL=own_valkey,
        APP_URL=f"http://127.0.0.1:{port}",
        TWILIO_API_URL=sandbox,
        STRIPE_API_URL=sandbox,
    )
    with a_web(port):
        yield system
        for undo in reversed(system.undo):
            undo()
    client.close()
    close(engine)
