"""docs/reference/metrics.md: the figures an operator watches."""

from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

from cli.reference.markdown import code, page, table

INTRODUCTION = """\
In Prometheus' format, on a loopback port of the worker (`METRICS_PORT`). Labels hold names and codes, never ids or
phone numbers."""


def metrics_page() -> str:
    """By name."""
    rows = sorted((code(m._name), str(m._type), ", ".join(m._labelnames), m._documentation) for m in _metrics())
    return page("Metrics", INTRODUCTION, table(("Metric", "Kind", "Labels", "What it counts"), rows))


def _metrics() -> Iterator[MetricWrapperBase]:
    from providers import metering
    from telemetry import metrics

    for module in (metrics, metering):
        yield from (thing for thing in vars(module).values() if isinstance(thing, MetricWrapperBase))
