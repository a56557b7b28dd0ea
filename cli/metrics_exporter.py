"""Metrics computed from the database, queried for each scrape."""

import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from views import operator_metrics

ANSWERS = (
    "slots_database_answers",
    "1 if the database answers, else 0. Without it the other database metrics are missing.",
)
SKEW = ("slots_clock_skew_seconds", "Seconds by which the clock of this machine is ahead of the database clock.")


class DatabaseMetrics(Collector):
    """Never raises: if the database is unavailable, only that is reported."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Empty, so that registering does not query the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            families = self._read()
        except SQLAlchemyError:
            yield GaugeMetricFamily(*ANSWERS, value=0)
            return
        yield from families
        yield GaugeMetricFamily(*ANSWERS, value=1)

    def _read(self) -> list[GaugeMetricFamily]:
        with self._sessions.begin() as session:
            families = [_family(metric, rows) for metric, rows in operator_metrics.read(session)]
            return [*families, GaugeMetricFamily(*SKEW, value=time.time() - operator_metrics.clock(session))]


def _family(metric: operator_metrics.OperatorMetric, rows: list[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.sentence, labels=metric.labels)
    for labels, value in rows:
        family.add_metric(labels, value)
    return family
