"""Serves the metrics of this process and its child processes to Prometheus, on a separate port.

Forked processes share their metrics through files in PROMETHEUS_MULTIPROC_DIR. This folder must exist and be empty
when the first process starts.
"""

import os
from pathlib import Path

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from telemetry import shared_values
from telemetry.metrics import BUILD_INFO

log = structlog.get_logger()

SHARED = "PROMETHEUS_MULTIPROC_DIR"


def share() -> None:
    """Writes the metrics of this process and its later forks to PROMETHEUS_MULTIPROC_DIR, if it is set.

    Only the web process and the workers call this, so that commands create no files.
    """
    if folder := os.environ.get(SHARED):
        shared_values.share(Path(folder))


def registry(*more: Collector) -> CollectorRegistry:
    """Returns the metrics of this process, or of all processes that share the folder, and of the collectors in
    `more`.
    """
    shared = os.environ.get(SHARED)
    if not shared and not more:
        return REGISTRY
    combined = CollectorRegistry()
    for collector in more:
        combined.register(collector)
    if shared:
        MultiProcessCollector(combined)  # type: ignore[no-untyped-call]
    else:
        combined.register(BUILD_INFO)
    return combined


def serve(*, host: str, port: int) -> None:
    """Serves the metrics from a thread, unless the port is 0.

    If the port is in use or the shared folder is missing, logs this instead of raising an error.
    """
    if not port:
        return
    try:
        start_http_server(port, host, registry())
    except (OSError, ValueError) as why:
        log.warning("metrics_not_served", port=port, reason=str(why))
