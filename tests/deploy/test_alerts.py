"""Every alert fires in time, on data that promtool replays and on data that a real Prometheus has scraped."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import WSGIServer

import pytest
import yaml
from prometheus_client import REGISTRY, CollectorRegistry, Gauge, start_http_server
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from cli import metrics_exporter
from cli.local.servers.free_ports import LOOPBACK, free_port
from cli.local.servers.server_process import wait_until
from cli.metrics_exporter import DatabaseMetrics
from db.engine import engine as make_engine
from db.sessions import sessions
from telemetry import metrics
from telemetry.metrics_server import registry
from tests.builders import a_customer, a_payment, a_shop, a_webhook_event, an_appointment, in_, insert
from tests.deploy.files import ROOT
from tests.deploy.programs import installed
from tests.servers import close
from tests.waiting import PATIENCE_SECONDS, answers, wait_for
from webhooks.refused_signatures import RefusedSignatures

RULES = ROOT / "deploy/prometheus/alerts.yml"
ALERTS = {
    rule["alert"]: rule["expr"]
    for group in yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
}
LATE_STEPS = 'slots_expiry_lag_seconds_bucket{{le="10.0", pod="{0}"}} | slots_expiry_lag_seconds_count{{pod="{0}"}}'
DISK = (
    'node_filesystem_avail_bytes{{mountpoint="{0}"}} | node_filesystem_size_bytes{{mountpoint="{0}"}} | '
    'node_filesystem_readonly{{mountpoint="{0}"}}'
)
SERIES = {
    # For each alert: its series, and their values every 15 s for two hours, during a fault and in a healthy system.
    "DatabaseUnavailable": ("slots_database_answers", "0x480", "1x480"),
    "BeatStopped": ('slots_job_overdue_seconds{job_name="tick", job="slots"}', "90x480", "20x480"),
    "TasksLag": ('slots_tasks_oldest_seconds{task="send_message"}', "150x480", "90x480"),
    "ManySignInCodes": ('slots_sign_in_codes_total{outcome="sent"}', "0+10x480", "0+1x480"),
    "TasksParked": ('slots_tasks_parked{task="refund_payment"}', "1x480", "0x480"),
    "PaymentNeedsAHuman": ("slots_payments_waiting_for_a_human", "1x480", "0x480"),
    "InvariantViolated": ('slots_invariant_violations{invariant="I1"}', "1x480", "0x480"),
    "JobOverdue": ('slots_job_overdue_seconds{job_name="resolve_outcomes", job="slots"}', "10x480", "0x480"),
    "JobFails": ('slots_job_errors{job_name="resolve_outcomes", job="slots"}', "1x480", "0x480"),
    "PublishFailures": ('slots_publish_failures_total{task="send_message"}', "0+1x480", "7x480"),
    "GatesBypassed": ('slots_gates_bypassed_total{gate="slot_lock"}', "0+1x480", "7x480"),
    "ProviderFails": (
        'provider_calls_total{outcome="unknown"} | provider_calls_total{outcome="done"}',
        "0+2x480 | 0+1x480",
        "0+1x480 | 0+2x480",
    ),
    "RequestsFail": (
        'slots_requests_total{status="503", route="/api/a"} | slots_requests_total{status="200", route="/api/a"}',
        "0+1x480 | 0+10x480",
        "0x480 | 0+50x480",
    ),
    "SignaturesRefused": (
        'slots_signatures_refused_total{reason="wrong"} | slots_signatures_refused_total{reason="missing"}',
        "0+1x480 | 0x480",
        "0x480 | 0+100x480",
    ),
    "WebhooksReconciled": ('slots_webhooks_reconciled{provider="stripe"}', "20x480", "1x480"),
    "ClockSkewed": ("slots_clock_skew_seconds", "-9x480", "-1x480"),
    "VersionsDiffer": (
        'slots_build_info{version="1.0.0"} | slots_build_info{version="1.1.0"}',
        "1x480 | 1x480",
        "1x480 | _x480",
    ),
    "WebhooksLag": ('slots_webhook_deliveries_oldest_seconds{state="due"}', "150x480", "90x480"),
    "WebhookEndpointFails": ('slots_webhook_deliveries_oldest_seconds{state="retrying"}', "3700x480", "3000x480"),
    # These series are evaluated together with the series of RequestsFail.
    "EndpointErrorsBurnFast": ('slots_requests_total{status="200", route="/api/b"}', "0+1x480", "0+1x480"),
    "EndpointErrorsBurnSlowly": ('slots_requests_total{status="200", route="/api/c"}', "0+1x480", "0+1x480"),
    "LateStepsBurnFast": (LATE_STEPS.format("a"), "0+1x480 | 0+2x480", "0+1x480 | 0+1x480"),
    "LateStepsBurnSlowly": (LATE_STEPS.format("b"), "0+1x480 | 0+2x480", "0+1x480 | 0+1x480"),
    "QueueLags": ('slots_queue_oldest_seconds{queue="replies"}', "90x480", "20x480"),
    "ProcessLost": ('slots_processes_lost{process="beat"}', "1x480", "0x480"),
    "DiskFillsUp": (DISK.format("/a"), "4000-5x480 | 10000x480 | 0x480", "1000x480 | 10000x480 | 0x480"),
    "DiskNearlyFull": (DISK.format("/b"), "400x480 | 10000x480 | 0x480", "600x480 | 10000x480 | 0x480"),
    "ProcessDown": ('up{job="slots-processes", instance="web:9464"}', "0x480", "1x480"),
}


@pytest.mark.long
def test_alerts_fire_in_time_and_stay_silent_without_a_fault(tmp_path: Path) -> None:
    """`promtool` replays the series and evaluates the alerts after two hours.

    Its output names each alert that does not fire as expected.
    """
    assert set(SERIES) == set(ALERTS)
    faults = {alert: (series, fault) for alert, (series, fault, _) in SERIES.items()}
    sound = {alert: (series, values) for alert, (series, _, values) in SERIES.items()}
    played = [played_by(faults, fires=True), played_by(sound, fires=False)]
    cases = {"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": played}
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(cases))
    command = [installed("promtool"), "test", "rules", str(tmp_path / "cases.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def played_by(series: dict[str, tuple[str, str]], *, fires: bool) -> dict[str, Any]:
    """Returns a promtool test that replays the values of each alert's series.

    Bars separate the series of an alert.
    """
    pairs = [zip(names.split(" | "), values.split(" | "), strict=True) for names, values in series.values()]
    return {
        "interval": "15s",
        "input_series": [{"series": name, "values": values} for pair in pairs for name, values in pair],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                "eval_time": "2h",
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
            for alert in series
        ],
    }


def test_rules_and_configuration_are_sound() -> None:
    promtool = installed("promtool")
    for kind, file in (("rules", RULES), ("config", RULES.with_name("prometheus.yml"))):
        done = subprocess.run([promtool, "check", kind, file], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_every_alert_sees_its_fault_in_what_was_scraped(
    prometheus: Prometheus, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for(lambda: len(prometheus.asks("up == 1")) == len(prometheus.targets), "the first scrapes")
    wait_for(lambda: not any(map(prometheus.asks, ALERTS.values())), "no alert to see a fault")

    plant_rows(session)
    session.commit()
    prometheus.stops_one_exporter()
    monkeypatch.setattr(metrics_exporter, "time", SimpleNamespace(time=lambda: time.time() + 60))
    seen: set[str] = set()

    def all_seen() -> bool:
        count_faults()
        seen.update(alert for alert in set(ALERTS) - seen if prometheus.asks(ALERTS[alert]))
        # DatabaseUnavailable may also fire if the database is slow for a moment.
        return seen >= set(ALERTS) - {"DatabaseUnavailable"}

    assert wait_for(all_seen, "the alerts")
    prometheus.loses_the_database()
    wait_for(lambda: prometheus.asks(ALERTS["DatabaseUnavailable"]), "the alert about the database")


HOST = CollectorRegistry()
"""The metrics of the node exporter, of a disk of 100 bytes."""
DISK_FREE, DISK_SIZE, DISK_READ_ONLY = (
    Gauge(f"node_filesystem_{name}", name, ["mountpoint"], registry=HOST)
    for name in ("avail_bytes", "size_bytes", "readonly")
)
NEEDS_A_HUMAN = text("UPDATE payments SET needs_human = 'Too much came.' WHERE id = :id")


def plant_rows(session: Session) -> None:
    """Inserts rows that trigger the alerts on metrics from the database."""
    insert(session, "job_runs", job="tick", overdue_at=in_(hours=-1), errors=[{"id": "1"}])
    insert(session, "job_runs", job="resolve_outcomes", overdue_at=in_(hours=-1))
    insert(session, "running_processes", name="beat", host="a", pid=7, seen_at=in_(hours=-1))
    insert(session, "pending_tasks", name="send_message", due_at=in_(hours=-1))
    insert(session, "pending_tasks", name="accept_offer", due_at=in_(hours=-1))
    insert(session, "pending_tasks", name="refund_payment", parked_at=in_(0))
    shop = a_shop(session)
    endpoint = insert(session, "webhook_endpoints", shop_id=shop.id, url="https://shop.example/hooks", secret="x")
    for due_at, tries in ((in_(hours=-1), 0), (in_(hours=1), 3)):
        event = insert(session, "events", shop_id=shop.id, type="slot.opened")
        more = {"created_at": in_(hours=-2), "next_attempt_at": due_at, "tries": tries}
        ids = {"webhook_endpoint_id": endpoint.id, "event_id": event.id}
        insert(session, "webhook_deliveries", shop_id=shop.id, **ids, **more)
    payment = a_payment(session, an_appointment(session, a_customer(session, a_shop(session)), deposit_cents=2000))
    session.execute(NEEDS_A_HUMAN, {"id": payment.id})
    for number in range(4):
        a_webhook_event(
            session, event_id=f"evt_found_{number}", received_at=in_(0), handled_at=in_(0), reconciled=True
        )


def count_faults() -> None:
    """Sets values that trigger the alerts on metrics of processes."""
    DISK_FREE.labels("/").set(4)
    metrics.VIOLATIONS.labels("I1").set(1)
    metrics.BUILD_INFO.labels("0.0.1").set(1)
    metrics.PUBLISH_FAILURES.labels("send_message").inc()
    metrics.GATES_BYPASSED.labels("slot_lock").inc()
    metrics.SIGN_IN_CODES.labels("sent").inc(1000)
    metrics.REQUESTS.labels("/api/stripe/webhook", 503).inc()
    metrics.EXPIRY_LAG.observe(60)
    metrics.PROVIDER_CALLS.labels("stripe", "create_intent", "unknown").inc()
    metrics.SIGN_IN_CODES.labels("written").inc(1000)
    for _ in range(10):
        RefusedSignatures().note("stripe", "wrong")


@dataclass
class Prometheus:
    """A Prometheus with the shipped configuration, which scrapes the exporters of this test."""

    url: str
    targets: list[str]
    exporters: list[WSGIServer]
    sessions: sessionmaker[Session]

    def asks(self, expression: str) -> list[Any]:
        """Returns the current series that match the expression."""
        question = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{question}", timeout=PATIENCE_SECONDS) as answer:
            found: list[Any] = json.load(answer)["data"]["result"]
            return found

    def stops_one_exporter(self) -> None:
        server = self.exporters.pop()
        server.shutdown()
        server.server_close()

    def loses_the_database(self) -> None:
        """Switches to a database address at which no server listens."""
        self.sessions.configure(bind=make_engine(f"postgresql://nobody@{LOOPBACK}:1/none", application_name="tests"))


@pytest.fixture
def prometheus(tmp_path: Path, database_url: str, session: Session) -> Iterator[Prometheus]:
    program = installed("prometheus")
    metrics.VIOLATIONS.clear()
    without_another_version()
    RefusedSignatures().start("stripe")
    database = make_engine(database_url, application_name="tests", pool_size=1)
    maker = sessions(database)
    for gauge, value in ((DISK_FREE, 90), (DISK_SIZE, 100), (DISK_READ_ONLY, 0)):
        gauge.labels("/").set(value)
    shown = registry(DatabaseMetrics(maker)), REGISTRY, HOST, CollectorRegistry()
    exporters = [start_http_server(0, LOOPBACK, each) for each in shown]
    targets = [f"{LOOPBACK}:{server.server_port}" for server, _ in exporters]
    config = yaml.safe_load(RULES.with_name("prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "250ms", "evaluation_interval": "250ms"}
    config["rule_files"] = [str(RULES)]
    # The exporters of Postgres and Redis and the Alertmanager are not running here.
    config["scrape_configs"], config["alerting"] = config["scrape_configs"][:2], {}
    for scraped, asked in zip(config["scrape_configs"], (targets[:1], targets[1:]), strict=True):
        scraped["static_configs"] = [{"targets": asked}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    port, log = free_port(), tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                program,
                f"--config.file={tmp_path / 'prometheus.yml'}",
                f"--storage.tsdb.path={tmp_path / 'data'}",
                f"--web.listen-address={LOOPBACK}:{port}",
            ],
            stdout=output,
            stderr=output,
        )
    made = Prometheus(f"http://{LOOPBACK}:{port}", targets, [one for one, _ in exporters], maker)
    try:
        wait_until(
            lambda: answers(f"{made.url}/-/ready") is not None,
            server,
            name="Prometheus",
            log=log,
            seconds=PATIENCE_SECONDS,
        )
        yield made
    finally:
        without_another_version()
        server.kill()
        server.wait()
        for exporter in made.exporters:
            exporter.shutdown()
            exporter.server_close()
        # Afterwards, no scrape may open a connection, and a running scrape must return its connection.
        made.loses_the_database()
        wait_for(lambda: checked_out(database) == 0, "the last scrape to end")
        close(database)


def without_another_version() -> None:
    with contextlib.suppress(KeyError):
        metrics.BUILD_INFO.remove("0.0.1")


def checked_out(database: Engine) -> int:
    pool = database.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()
