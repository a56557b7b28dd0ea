"""Metrics for operators. Each query reads an index or a small table."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class OperatorMetric:
    """A gauge. `sql` returns rows of label values followed by a number. Label values without rows have no sample."""

    name: str
    sentence: str
    labels: tuple[str, ...]
    sql: str


# Leaves out disabled endpoints, because they receive nothing and their shops were notified. A delivery that is being
# sent has neither state.
DELIVERIES = """
WITH delivery AS (
SELECT 'due' AS state, d.next_attempt_at AS since
  FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.webhook_endpoint_id
 WHERE d.status = 'pending' AND e.status = 'enabled' AND e.deleted_at IS NULL
   AND d.next_attempt_at <= (SELECT clock_timestamp())
UNION ALL
SELECT 'retrying', d.created_at
  FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.webhook_endpoint_id
 WHERE d.status = 'pending' AND e.status = 'enabled' AND e.deleted_at IS NULL
   AND d.next_attempt_at > (SELECT clock_timestamp()) AND d.tries > 0
)
"""

FIGURES: tuple[OperatorMetric, ...] = (
    OperatorMetric(
        "slots_tasks_due",
        "Tasks that are due and not done.",
        ("task",),
        """
        SELECT name, count(*) FROM ONLY pending_tasks
         WHERE settled_at IS NULL AND parked_at IS NULL AND due_at <= (SELECT clock_timestamp()) GROUP BY name
        """,
    ),
    OperatorMetric(
        "slots_tasks_oldest_seconds",
        "Age of the oldest task that is due and not done.",
        ("task",),
        """
        SELECT name, extract(epoch FROM (SELECT clock_timestamp()) - min(due_at)) FROM ONLY pending_tasks
         WHERE settled_at IS NULL AND parked_at IS NULL AND due_at <= (SELECT clock_timestamp()) GROUP BY name
        """,
    ),
    OperatorMetric(
        "slots_tasks_parked",
        "Tasks parked after too many failed attempts.",
        ("task",),
        """
        SELECT name, count(*) FROM ONLY pending_tasks
         WHERE settled_at IS NULL AND parked_at IS NOT NULL GROUP BY name
        """,
    ),
    OperatorMetric(
        "slots_webhooks_unhandled",
        "Recorded webhooks that are not handled yet.",
        ("provider",),
        "SELECT provider, count(*) FROM webhook_events WHERE handled_at IS NULL GROUP BY provider",
    ),
    OperatorMetric(
        "slots_webhooks_reconciled",
        "Webhooks of the last hour that never arrived but were found in the provider's list.",
        ("provider",),
        """
        SELECT provider, count(*) FROM webhook_events
         WHERE reconciled AND received_at > (SELECT clock_timestamp()) - interval '1 h' GROUP BY provider
        """,
    ),
    OperatorMetric(
        "slots_webhook_deliveries",
        "Due deliveries to webhook endpoints, and failed deliveries that wait for the next attempt (retrying).",
        ("state",),
        f"{DELIVERIES} SELECT state, count(*) FROM delivery GROUP BY state",  # noqa: S608 - a constant
    ),
    OperatorMetric(
        "slots_webhook_deliveries_oldest_seconds",
        "Seconds since the oldest delivery became due, or since the oldest failed delivery was created (retrying).",
        ("state",),
        f"""
        {DELIVERIES} SELECT state, extract(epoch FROM (SELECT clock_timestamp()) - min(since)) FROM delivery
         GROUP BY state
        """,  # noqa: S608 - a constant
    ),
    OperatorMetric(
        "slots_recoveries_open",
        "Slots that are being sold again, by stage.",
        ("stage",),
        """
        SELECT 'Offering', count(*) FROM slot_offers WHERE status IN ('pending', 'sent')
        UNION ALL
        SELECT 'Holding', count(*) FROM appointments
         WHERE status = 'pending_payment' AND source_slot_opening_id IS NOT NULL
        UNION ALL
        SELECT 'Looking', count(*) FROM slot_openings s
         WHERE s.status = 'open'
           AND NOT EXISTS (SELECT FROM slot_offers o
                            WHERE o.slot_opening_id = s.id AND o.status IN ('pending', 'sent'))
           AND NOT EXISTS (SELECT FROM appointments a
                            WHERE a.source_slot_opening_id = s.id AND a.status IN ('pending_payment', 'booked'))
        """,
    ),
    OperatorMetric(
        "slots_messages_under_way",
        "Messages that are waiting or being sent, or that have an unknown outcome.",
        ("status",),
        """
        SELECT status, count(*) FROM messages WHERE status IN ('queued', 'sending', 'unknown') GROUP BY status
        """,
    ),
    OperatorMetric(
        "slots_payments_waiting_for_a_human",
        "Payments that the rules could not complete.",
        (),
        "SELECT count(*) FROM payments WHERE needs_human IS NOT NULL",
    ),
    OperatorMetric(
        "slots_job_overdue_seconds",
        "Seconds by which a periodic job is overdue; 0 if it is not overdue. The tick is published by beat.",
        ("job_name",),
        """
        SELECT job, extract(epoch FROM greatest((SELECT clock_timestamp()) - overdue_at, interval '0'))
          FROM job_runs WHERE overdue_at IS NOT NULL
        """,
    ),
    OperatorMetric(
        "slots_processes_lost",
        "Processes that ended unexpectedly and have not been replaced.",
        ("process",),
        """
        SELECT name, count(*) FILTER (WHERE lost) FROM (
          SELECT name, seen_at < pg_catalog.clock_timestamp() - interval '1 min' AS lost FROM running_processes
           WHERE stopped_at IS NULL AND seen_at > pg_catalog.clock_timestamp() - interval '7 days') AS started
         GROUP BY name
        """,
    ),
    OperatorMetric(
        "slots_job_errors",
        "Items that failed in the last run of a periodic job.",
        ("job_name",),
        "SELECT job, jsonb_array_length(errors) FROM job_runs",
    ),
)

CLOCK = text("SELECT extract(epoch FROM pg_catalog.clock_timestamp())::float8")


def read(session: Session) -> Iterator[tuple[OperatorMetric, list[tuple[tuple[str, ...], float]]]]:
    """Yields each metric with its samples, which are pairs of label values and a number."""
    for figure in FIGURES:
        rows = session.execute(text(figure.sql))
        yield figure, [(tuple(map(str, row[:-1])), float(row[-1])) for row in rows]


def clock(session: Session) -> float:
    """The Unix time of the database server, unaffected by tests that shift the clock."""
    return float(session.execute(CLOCK).scalar_one())
