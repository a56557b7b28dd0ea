"""Metrics that each scrape computes from the database."""

import time
from collections.abc import Iterator

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from outbox.queues import PLAIN, QUEUE_OF, QUEUES
from telemetry.error_origin import reason_of
from views import operator_metrics

log = structlog.get_logger()

ANSWERS = (
    "slots_database_answers",
    "1 if the database responds, 0 if not. If it is 0, the other database metrics are missing.",
)
QUEUE_LENGTH = ("slots_queue_length", "Tasks that are due and not done, by the queue whose workers run them.")
QUEUE_AGE = (
    "slots_queue_oldest_seconds",
    "Age of the oldest task that is due and not done, by queue; 0 if there is none.",
)
SKEW = ("slots_clock_skew_seconds", "Seconds by which the clock of this machine is ahead of the database clock.")


class DatabaseMetrics(Collector):
    """Collects the metrics. If a query fails, reports only that the database is unavailable, and raises no error."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Returns nothing, so that registering the collector does not query the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            families = self._read()
        except SQLAlchemyError as error:
            log.warning("database_metrics_missing", reason=reason_of(error))
            yield GaugeMetricFamily(*ANSWERS, value=0)
            return
        yield from families
        yield GaugeMetricFamily(*ANSWERS, value=1)

    def _read(self) -> list[GaugeMetricFamily]:
        with self._sessions.begin() as session:
            samples = dict(operator_metrics.read(session))
            families = [_family(metric, rows) for metric, rows in samples.items()]
            families += [*_by_queue({metric.name: rows for metric, rows in samples.items()})]
            return [*families, GaugeMetricFamily(*SKEW, value=time.time() - operator_metrics.clock(session))]


Samples = list[tuple[tuple[str, ...], float]]


def _by_queue(samples: dict[str, Samples]) -> Iterator[GaugeMetricFamily]:
    """Yields the number and the age of the due tasks by queue.

    Includes queues without due tasks, with the value 0.
    """
    length, age = dict.fromkeys(QUEUES, 0.0), dict.fromkeys(QUEUES, 0.0)
    for (task,), number in samples["slots_tasks_due"]:
        length[QUEUE_OF.get(task, PLAIN)] += number
    for (task,), seconds in samples["slots_tasks_oldest_seconds"]:
        queue = QUEUE_OF.get(task, PLAIN)
        age[queue] = max(age[queue], seconds)
    for about, values in ((QUEUE_LENGTH, length), (QUEUE_AGE, age)):
        family = GaugeMetricFamily(*about, labels=("queue",))
        for queue, value in values.items():
            family.add_metric((queue,), value)
        yield family


def _family(metric: operator_metrics.OperatorMetric, rows: list[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.sentence, labels=metric.labels)
    for labels, value in rows:
        family.add_metric(labels, value)
    return family
