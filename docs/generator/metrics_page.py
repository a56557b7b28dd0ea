"""docs/reference/metrics.md: the metrics for operators."""

from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

from cli.metrics_exporter import ANSWERS, QUEUE_AGE, QUEUE_LENGTH, SKEW
from docs.generator.markdown import code, page, table
from views.operator_metrics import FIGURES

INTRODUCTION = """\
Metrics are in the Prometheus text format. Labels contain names and codes, but never ids or phone numbers. `deploy/`
contains alert rules and a Grafana dashboard."""

COUNTED = """\
The web process and the workers serve these metrics, each on its own port (`METRICS_PORT`). Processes on one machine,
and the child processes of a worker, share their counters through `PROMETHEUS_MULTIPROC_DIR`. While its disk is full,
they count in memory; once there is space again, each process writes its counters when it next counts something."""

STANDING = """\
`slots metrics` prints these metrics once. With `--port`, it serves them and queries the database for each scrape.
With `PROMETHEUS_MULTIPROC_DIR`, the output includes the counters of the processes."""


def metrics_page() -> str:
    """Returns the page, with counters and gauges sorted by name."""
    counters = sorted(
        (code(name_of(m)), str(m._type), ", ".join(m._labelnames), m._documentation) for m in _metrics()
    )
    gauges = ((code(figure.name), ", ".join(figure.labels), figure.sentence) for figure in FIGURES)
    of_exporter = [(code(name), "", sentence) for name, sentence in (ANSWERS, SKEW)]
    of_exporter += [(code(name), "queue", sentence) for name, sentence in (QUEUE_LENGTH, QUEUE_AGE)]
    return page(
        "Metrics",
        INTRODUCTION,
        f"## Counted by processes\n\n{COUNTED}",
        table(("Metric", "Kind", "Labels", "Description"), counters),
        f"## Computed from the database\n\n{STANDING}",
        table(("Metric", "Labels", "Description"), sorted((*gauges, *of_exporter))),
    )


def all_names() -> set[str]:
    """Returns the Prometheus name of every metric. The name of a histogram has no suffix."""
    return {
        *map(name_of, _metrics()),
        *(figure.name for figure in FIGURES),
        *(name for name, _ in (ANSWERS, SKEW, QUEUE_LENGTH, QUEUE_AGE)),
    }


def name_of(metric: MetricWrapperBase) -> str:
    """Returns the name of a metric, with the suffix that the Prometheus client adds to counters."""
    return f"{metric._name}_total" if metric._type == "counter" else metric._name


def _metrics() -> Iterator[MetricWrapperBase]:
    from telemetry import metrics

    return (thing for thing in vars(metrics).values() if isinstance(thing, MetricWrapperBase))
