"""Shows what this process counts, and its children with it, to Prometheus: on a port of its own.

Processes that fork share what they count through files in PROMETHEUS_MULTIPROC_DIR, a folder that must be there and
empty when the first of them starts.
"""

import os

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

log = structlog.get_logger()

SHARED = "PROMETHEUS_MULTIPROC_DIR"


def registry(*more: Collector) -> CollectorRegistry:
    """Everything that was counted, by this process or by all that share the folder, and what `more` add to it."""
    shared = os.environ.get(SHARED)
    if not shared and not more:
        return REGISTRY
    shown = CollectorRegistry()
    for collector in more:
        shown.register(collector)
    if shared:
        MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
    return shown


def serve(*, host: str, port: int) -> None:
    """In a thread of this process; port 0 serves nothing. A port that is taken is no reason not to work."""
    if not port:
        return
    try:
        start_http_server(port, host, registry())
    except OSError as why:
        log.warning("metrics_not_served", port=port, reason=str(why))
