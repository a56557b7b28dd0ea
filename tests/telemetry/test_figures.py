"""Metrics that are read from the database at each scrape, and their values while the database is unavailable."""

import os
import re
import signal
import sys
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import generate_latest
from sqlalchemy import text

from cli.metrics_exporter import DatabaseMetrics
from db.engine import engine as make_engine
from db.sessions import sessions
from telemetry.build import version
from telemetry.metrics_server import registry
from tests.builders import a_customer, a_shop, a_slot, an_offer, in_, insert
from tests.cli.commands import slots
from tests.servers import close
from tests.waiting import PATIENCE_SECONDS, answers, wait_for
from views.operator_metrics import FIGURES

HOUR = 3600
NOBODY = "postgresql://nobody@127.0.0.1:9/nothing"
METRICS = (sys.executable, "-c", "from cli.main import main; main()", "metrics", "--port", "{port}")


def test_a_quiet_system_has_nothing_due_and_nothing_for_a_human(shown):
    figures = shown()
    assert figures["slots_database_answers"] == 1
    assert figures["slots_payments_waiting_for_a_human"] == 0
    assert figures['slots_recoveries_open{stage="Looking"}'] == 0
    assert abs(figures["slots_clock_skew_seconds"]) < 60
    assert not [name for name in figures if name.startswith("slots_tasks")]


def test_tasks_are_counted_as_due_late_and_parked(session, shown):
    put(session, "pending_tasks", name="send_message", due_at="now() - interval '90 s'")
    put(session, "pending_tasks", name="send_message", due_at="now() - interval '30 s'")
    put(session, "pending_tasks", name="send_message", due_at="now() + interval '1 h'")
    put(session, "pending_tasks", name="send_message", due_at="now() - interval '1 h'", settled_at="now()")
    put(session, "pending_tasks", name="refund_payment", due_at="now() - interval '1 h'", parked_at="now()")
    figures = shown()
    assert figures['slots_tasks_due{task="send_message"}'] == 2
    assert 90 <= figures['slots_tasks_oldest_seconds{task="send_message"}'] < HOUR
    assert figures['slots_tasks_parked{task="refund_payment"}'] == 1
    assert 'slots_tasks_due{task="refund_payment"}' not in figures


def test_recoveries_are_counted_by_their_stage(session, shown):
    shop = a_shop(session)
    a_slot(session, shop)
    an_offer(session, a_slot(session, shop, starts_at=in_(hours=30)), a_customer(session, shop))
    session.commit()
    figures = shown()
    assert figures['slots_recoveries_open{stage="Looking"}'] == 1
    assert figures['slots_recoveries_open{stage="Offering"}'] == 1
    assert figures['slots_recoveries_open{stage="Holding"}'] == 0


def test_a_beat_that_stopped_is_seen_by_its_tick(session, shown):
    put(session, "job_runs", job="tick", overdue_at="now() - interval '5 min'", errors="""'[{"id": "1"}]'""")
    put(session, "job_runs", job="clean_up", overdue_at="now() + interval '5 min'")
    figures = shown()
    assert 300 <= figures['slots_job_overdue_seconds{job_name="tick"}'] < HOUR
    assert figures['slots_job_overdue_seconds{job_name="clean_up"}'] == 0
    assert figures['slots_job_errors{job_name="tick"}'] == 1


def test_recorded_webhooks_without_effect_and_texts_under_way_are_counted(session, shown):
    shop = a_shop(session)
    put(session, "webhook_events", provider="twilio", event_id="SM1")
    put(session, "messages", shop_id=f"'{shop.id}'", status="unknown")
    figures = shown()
    assert figures['slots_webhooks_unhandled{provider="twilio"}'] == 1
    assert figures['slots_messages_under_way{status="unknown"}'] == 1


def ago(seconds):
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_deliveries_are_counted_as_due_and_retrying(session, shown):
    shop = a_shop(session)
    attempts = ((ago(90), 0), (ago(30), 2), (in_(hours=1), 3), (in_(hours=1), 0))
    for status in ("enabled", "disabled"):
        values = {"url": "https://a.example", "secret": "x", "status": status}
        made = insert(session, "webhook_endpoints", shop_id=shop.id, **values)
        for due_at, tries in attempts:
            event = insert(session, "events", shop_id=shop.id, type="slot.opened")
            ids = {"shop_id": shop.id, "webhook_endpoint_id": made.id, "event_id": event.id}
            values = {"next_attempt_at": due_at, "tries": tries, "created_at": ago(7200)}
            insert(session, "webhook_deliveries", **ids, **values)
    session.commit()
    figures = shown()
    assert figures['slots_webhook_deliveries{state="due"}'] == 2
    assert figures['slots_webhook_deliveries{state="retrying"}'] == 1
    oldest = "slots_webhook_deliveries_oldest_seconds"
    assert 90 <= figures[oldest + '{state="due"}'] < HOUR
    assert 2 * HOUR <= figures[oldest + '{state="retrying"}'] < 3 * HOUR


def test_an_unavailable_database_is_a_metric_too():
    assert figures_of(NOBODY) == {"slots_database_answers": 0, f'slots_build_info{{version="{version()}"}}': 1}


def test_every_figure_is_asked_for_without_reading_whole_tables(session):
    """The exceptions are two small tables and a table that grows slowly."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    for figure in FIGURES:
        plan = " ".join(session.execute(text(f"EXPLAIN {figure.sql}")).scalars())
        read_whole = set(re.findall(r"Seq Scan on (\w+)", plan))
        assert read_whole <= {"job_runs", "running_processes", "payments"}, figure.name


def test_the_command_prints_them_once(database_url):
    ran = slots("metrics", DATABASE_URL=database_url)
    assert ran.code == 0
    assert "slots_database_answers 1.0" in ran.out


def test_the_command_says_what_is_missing():
    ran = slots("metrics")
    assert (ran.code, ran.out) == (1, "")
    assert "DATABASE_URL" in ran.err


@pytest.mark.long
def test_while_served_each_request_reads_them_again_until_it_is_stopped(start, session):
    served = start(METRICS)
    url = f"http://127.0.0.1:{served.port}/metrics"
    wait_for(lambda: "slots_database_answers 1.0" in (answers(url) or ""), "the figures")
    assert "slots_tasks_due{" not in wait_for(lambda: answers(url), "the figures")
    put(session, "pending_tasks", name="send_message", due_at="now()")
    assert 'slots_tasks_due{task="send_message"} 1.0' in wait_for(lambda: answers(url), "the figures")
    os.kill(served.process.pid, signal.SIGTERM)
    assert served.process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.long
def test_a_port_in_use_is_reported(start, database_url):
    served = start(METRICS)
    wait_for(lambda: answers(f"http://127.0.0.1:{served.port}/metrics"), "the figures")
    ran = slots("metrics", "--port", served.port, DATABASE_URL=database_url)
    assert ran.code == 1
    assert "--port" in ran.err


def figures_of(url):
    made = make_engine(url, application_name="tests")
    try:
        shown = generate_latest(registry(DatabaseMetrics(sessions(made)))).decode()
    finally:
        close(made)
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in shown.splitlines() if not line.startswith("#"))
    }


def put(session, table, **columns):
    """Inserts a row. Values that look like SQL expressions are not quoted."""
    quoted = [value if re.search(r"[('-]", value) else f"'{value}'" for value in columns.values()]
    session.execute(text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(quoted)})"))
    session.commit()


@pytest.fixture
def shown(database_url):
    return lambda: figures_of(database_url)
