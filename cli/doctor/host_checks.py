"""Checks this machine's disk space, its metrics, and the password of Flower."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import requests

from cli.doctor.findings import Finding, failure, ok, skipped, warning
from cli.doctor.target import CheckTarget
from providers.connections import pooled_session
from settings.database import DatabaseSettings, postgres_servers
from settings.setting_types import is_loopback
from settings.telemetry import TelemetrySettings

PATIENCE_SECONDS = 3.0
MIB = 1024 * 1024
METRICS_BYTES = MIB
"""More than the files of several processes."""


def disk(target: CheckTarget) -> Iterator[Finding]:
    here = Path.cwd()
    free = shutil.disk_usage(here).free
    where = f"on the disk of {here}{_elsewhere(target)}"
    if free < target.least_free_bytes:
        yield failure(
            "machine.disk", f"only {free // MIB} MiB are free {where}", "Free some space. Delete old logs first."
        )
    else:
        yield ok("machine.disk", f"{free // MIB} MiB are free {where}")


def _elsewhere(target: CheckTarget) -> str:
    """Returns a note if Postgres runs on another host, because the disk of that host is not checked."""
    settings = target.settings(DatabaseSettings)
    servers = postgres_servers(settings.database_url.get_secret_value()) if settings else ()
    away = [host for host, _ in servers if not is_loopback(host)]
    return f"; the Postgres disk on {', '.join(away)} is not checked" if away else ""


def metrics_folder(target: CheckTarget) -> Iterator[Finding]:
    """Checks that files can be written to the folder in which processes share their metrics."""
    settings = target.settings(TelemetrySettings)
    folder = settings.prometheus_multiproc_dir if settings else None
    if folder is None:
        yield skipped("machine.metrics_folder", "PROMETHEUS_MULTIPROC_DIR is not set: its disk is not checked")
        return
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(METRICS_BYTES))
    except OSError as error:
        fix = (
            "Free some space on its disk, or correct PROMETHEUS_MULTIPROC_DIR. Recoveries continue without metrics; "
            "the processes write them again once they can, and need no restart."
        )
        yield failure("machine.metrics_folder", f"metrics can't be written to {folder}: {error.strerror}", fix)
    else:
        yield ok("machine.metrics_folder", f"metrics can be written to {folder}")


def metrics_port(target: CheckTarget) -> Iterator[Finding]:
    shown = target.settings(TelemetrySettings)
    if shown is None or not shown.metrics_port:
        yield skipped("machine.metrics", "METRICS_PORT is 0 here; the metrics of other processes are not checked")
        return
    status, text = _get(f"http://127.0.0.1:{shown.metrics_port}/metrics")
    if status is None:
        message = f"nothing serves metrics on METRICS_PORT {shown.metrics_port}"
        yield warning(
            "machine.metrics", message, "Start the process. If it runs on another host, run slots doctor there."
        )
    elif "slots_" not in text:
        message = f"another program uses METRICS_PORT {shown.metrics_port}"
        yield failure("machine.metrics", message, "Set METRICS_PORT to a free port, and restart the process.")
    else:
        yield ok("machine.metrics", f"metrics are served on port {shown.metrics_port}")


def flower(target: CheckTarget) -> Iterator[Finding]:
    """Checks that Flower has a password, because Flower shows phone numbers and can stop workers."""
    url = target.value("FLOWER_URL").rstrip("/")
    if not url:
        yield skipped("machine.flower", "FLOWER_URL is not set: Flower is not checked")
        return
    status, _ = _get(f"{url}/api/workers")
    if status is None:
        yield warning("machine.flower", f"Flower does not respond at {url}", "Start it, or unset FLOWER_URL.")
    elif status < 400:
        fix = "Set FLOWER_BASIC_AUTH=user:password for Flower, and restart it."
        yield failure("machine.flower", f"Flower at {url} is not protected by a password", fix)
    else:
        yield ok("machine.flower", "Flower requires a password")


def _get(url: str) -> tuple[int | None, str]:
    try:
        answer = pooled_session(url, 1).get(url, timeout=PATIENCE_SECONDS, allow_redirects=False)
    except requests.RequestException:
        return None, ""
    return answer.status_code, answer.text
