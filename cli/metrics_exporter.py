"""What `slots metrics` shows: the database's figures, asked anew for each scrape."""

import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from views import operator_metrics

ANSWERS = ("slots_database_answers", "1 while the database answers; without it there are no figures of it.")
SKEW = ("slots_clock_skew_seconds", "How far the clock of this machine is ahead of the database's.")


class DatabaseFigures(Collector):
    """Never raises: a database that is away is a figure too."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: what is registered need not be asked for at the start."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = self._read()
        except SQLAlchemyError:
            yield GaugeMetricFamily(*ANSWERS, value=0)
            return
        yield from found
        yield GaugeMetricFamily(*ANSWERS, value=1)

    def _read(self) -> list[GaugeMetricFamily]:
        with self._sessions.begin() as session:
            found = [_family(figure, rows) for figure, rows in operator_metrics.read(session)]
            return [*found, GaugeMetricFamily(*SKEW, value=time.time() - operator_metrics.clock(session))]


def _family(figure: operator_metrics.OperatorMetric, rows: list[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(figure.name, figure.sentence, labels=figure.labels)
    for labels, value in rows:
        family.add_metric(labels, value)
    return family
