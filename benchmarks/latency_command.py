"""Measures the time from a cancellation to the text in the sandbox's ledger, and from a YES to the payment link.

    .venv/bin/python -m benchmarks.latency_command --runs 200

Run this command on an idle machine. It runs one recovery at a time, and reads all times from the ledger.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from cli.local.boot import boot
from cli.local.system import System
from tests.live_system import LiveCustomer, LiveSystem


def sent_at(live: LiveSystem, customer: LiveCustomer, words: str) -> datetime:
    """Waits for a text that contains `words` in the ledger; returns the time of the entry."""
    customer.gets(words)
    for entry in live.ledger():
        params = entry["params"]
        if params.get("To") == customer.phone and words in params.get("Body", ""):
            return datetime.fromisoformat(entry["at"]).astimezone(UTC)
    raise AssertionError(f"no text with {words!r} in the ledger")


def once(live: LiveSystem) -> tuple[float, float]:
    """Runs one recovery up to the payment link; returns both latencies in milliseconds."""
    shop = live.shop()
    ana = shop.customer("Ana")
    appointment = shop.appointment(shop.customer("Zoe", sms_opt_in=False))
    cancelled = datetime.now(UTC)
    appointment.ask_to_cancel()
    asked = sent_at(live, ana, "Reply YES")
    said_yes = datetime.now(UTC)
    ana.says("YES")
    linked = sent_at(live, ana, "/pay/")
    return (asked - cancelled).total_seconds() * 1000, (linked - said_yes).total_seconds() * 1000


def summary(name: str, samples: Sequence[float]) -> str:
    ordered = sorted(samples)
    tail = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{name:32s} median {statistics.median(ordered):6.1f} ms   99th {tail:6.1f} ms   {len(ordered)} runs"


@click.command()
@click.option("--runs", default=200, show_default=True, help="Number of recoveries to measure.")
@click.option("--raw", is_flag=True, help="Also print each sample.")
def main(runs: int, raw: bool) -> None:
    """Measure both latencies on a temporary system."""
    with tempfile.TemporaryDirectory(prefix="slots-latency-") as folder:
        system = System(Path(folder))
        try:
            boot(system, fill=lambda url: None, stopping=lambda: False)
            live = LiveSystem(system.settings)
            for _ in range(5):
                once(live)
            samples = [once(live) for _ in range(runs)]
        finally:
            system.stop()
    for name, column in (("cancel -> text", 0), ("YES -> payment link", 1)):
        values = [sample[column] for sample in samples]
        click.echo(summary(name, values))
        if raw:
            click.echo(" ".join(f"{value:.1f}" for value in values))


if __name__ == "__main__":
    main()
