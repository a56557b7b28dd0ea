"""docs/reference/metrics.md: the figures an operator watches."""

from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

from cli.metrics_exporter import ANSWERS, SKEW
from cli.reference.markdown import code, page, table
from views.operator_metrics import FIGURES

INTRODUCTION = """\
In Prometheus' format. Labels hold names and codes, never ids or phone numbers. `deploy/` has alert rules, and a
dashboard for Grafana."""

COUNTED = """\
Web and workers count, each on a port of its own (`METRICS_PORT`); children of a worker, and processes on one machine,
share what they count through `PROMETHEUS_MULTIPROC_DIR`."""

STANDING = """\
`slots metrics` asks the database anew for each scrape (`--port`), or prints them once. With
`PROMETHEUS_MULTIPROC_DIR` it shows what the processes count as well."""


def metrics_page() -> str:
    """What is counted, and how things stand, each by name."""
    counted = sorted((code(name_of(m)), str(m._type), ", ".join(m._labelnames), m._documentation) for m in _metrics())
    standing = ((code(figure.name), ", ".join(figure.labels), figure.sentence) for figure in FIGURES)
    of_itself = ((code(name), "", sentence) for name, sentence in (ANSWERS, SKEW))
    return page(
        "Metrics",
        INTRODUCTION,
        f"## What processes count\n\n{COUNTED}",
        table(("Metric", "Kind", "Labels", "What it counts"), counted),
        f"## How things stand\n\n{STANDING}",
        table(("Metric", "Labels", "What it says"), sorted((*standing, *of_itself))),
    )


def all_names() -> set[str]:
    """Every metric there is, as Prometheus knows it; histograms without the names of their parts."""
    return {*map(name_of, _metrics()), *(figure.name for figure in FIGURES), ANSWERS[0], SKEW[0]}


def name_of(metric: MetricWrapperBase) -> str:
    """With the ending that Prometheus' client gives a counter."""
    return f"{metric._name}_total" if metric._type == "counter" else metric._name


def _metrics() -> Iterator[MetricWrapperBase]:
    from providers import call_metrics
    from telemetry import metrics

    for module in (metrics, call_metrics):
        yield from (thing for thing in vars(module).values() if isinstance(thing, MetricWrapperBase))
